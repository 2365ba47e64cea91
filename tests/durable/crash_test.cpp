// A durable job, and a durable hold, over crashes: the process is killed, or the power fails, at
// every step of what it writes, on real files; then it is started again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "app/job_file.hpp"
#include "life.hpp"

namespace hassette::durable {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const run::LedgerKey kJob{"app", "wake"};
const run::LedgerKey kHold{"app", "state light.a \nwake", "light.a"};

struct How {
  Kind kind;
  Interrupted interrupted;
  Loses loses;
};

std::string name_of(const testing::TestParamInfo<How>& info) {
  return std::string(info.param.kind == Kind::kJob ? "job_" : "hold_") +
         std::string(info.param.loses == Loses::kNothing ? "killed" : "without_power") +
         (info.param.interrupted == Interrupted::kSkip ? "_then_skipped" : "_then_again");
}

/// What the file says about the run of the day.
struct Record {
  int begun = 0;
  bool ended = false;
  bool known = false;  ///< there is an entry
};

class Crash : public testing::TestWithParam<How> {
 public:
  Crash() {
    std::string name = (fs::temp_directory_path() / "hassette-crash-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder = name;
    world = make_world();
    install_crash_disk(nullptr, -1, Loses::kNothing);
  }
  ~Crash() override {
    end_world(world);
    fs::remove_all(folder);
  }

  /// An empty disk, and nothing has run.
  void begin_anew() {
    fs::remove_all(folder);
    fs::create_directory(folder);
    world->begun = 0;
    world->ended = 0;
  }
  Fate live(TimePoint start, TimePoint end, int dies_at = -1) {
    return durable::live({.file = folder / "jobs.db",
                          .start = start,
                          .end = end,
                          .kind = GetParam().kind,
                          .interrupted = GetParam().interrupted,
                          .dies_at = dies_at,
                          .loses = GetParam().loses},
                         world);
  }
  TimePoint now() const { return TimePoint(std::chrono::microseconds(world->now)); }
  /// Looks at a copy, so that looking mends nothing.
  Record record() const {
    const fs::path copy = folder / "copy";
    fs::create_directory(copy);
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_regular_file()) fs::copy(entry.path(), copy);
    }
    app::JobFile file({.file = copy / "jobs.db", .content = "the jobs", .vfs = "crash"});
    const auto found = file.open();
    EXPECT_EQ(found.error, "");
    EXPECT_FALSE(fs::exists(copy / "jobs.db.damaged-1")) << "the file is whole after any crash";
    Record record;
    const bool is_job = GetParam().kind == Kind::kJob;
    if (const auto entry = found.read->find(is_job ? kJob : kHold); entry != found.read->end()) {
      const auto& row = entry->second.entry;
      const auto& open = row.open;
      record = {.begun = open.empty() ? 0 : open[0].begun,
                .ended = is_job && open.empty() && row.last == due(),
                .known = true};
    }
    // Nothing is kept of a hold that is over.
    if (!is_job) record.ended = !record.known && world->begun > 0;
    fs::remove_all(copy);
    return record;
  }
  bool is_over() const {
    const Record left = record();
    return GetParam().kind == Kind::kJob ? left.ended : !left.known;
  }
  /// A hold of which nothing was written yet when the light was on: the next life knows no change
  /// to it. Anything else that had not started starts once.
  bool is_lost(const Record& left, TimePoint restart) const {
    return GetParam().kind == Kind::kHold && !left.known && !left.ended && restart > goes_on();
  }
  /// No start without a record that was on disk before, and no end of it without a run's.
  void expect_record(const Record& record) const {
    if (world->begun > 0) EXPECT_TRUE(record.begun > 0 || record.ended);
    const bool again = GetParam().interrupted == Interrupted::kAgain;
    if (record.ended && again) EXPECT_GE(world->ended, 1);
  }

  fs::path folder;
  World* world = nullptr;
};

TEST_P(Crash, starts_once_what_had_not_started) {
  int step = 0;
  bool lost_any = false;
  bool kept_any = false;
  for (;; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    begin_anew();
    if (live(at(10, 6, 0), at(10, 7, 30), step) == Fate::kLived) break;
    const Record left = record();
    expect_record(left);
    EXPECT_LE(world->begun, 1);
    const int before = world->begun;
    const bool lost = is_lost(left, now() + 10min);
    ASSERT_EQ(live(now() + 10min, at(11, 6, 0)), Fate::kLived);
    const int after = world->begun - before;
    if (left.ended) {
      EXPECT_EQ(world->ended, 1);
      EXPECT_EQ(after, 0) << "it had ended";
    } else if (left.begun > 0) {
      EXPECT_EQ(after, GetParam().interrupted == Interrupted::kAgain ? 1 : 0) << "interrupted";
    } else {
      EXPECT_EQ(before, 0);
      EXPECT_EQ(after, lost ? 0 : 1) << "what had not started starts exactly once";
    }
    EXPECT_TRUE(is_over());
    lost_any |= lost;
    kept_any |= left.known && left.begun == 0 && !left.ended;
    if (HasFailure()) return;
  }
  EXPECT_EQ(world->begun, 1);
  EXPECT_EQ(lost_any, GetParam().kind == Kind::kHold) << "before its begin was on disk";
  EXPECT_TRUE(kept_any);
  EXPECT_GE(step, 60) << "opening, layout, registration, due, begin, end and stop, each in parts";
}

TEST_P(Crash, starts_at_most_as_often_as_it_was_written_over_two_crashes) {
  begin_anew();
  ASSERT_EQ(live(at(10, 6, 0), at(10, 7, 30)), Fate::kLived);
  const int steps = world->steps;
  for (int step = 0; step < steps; ++step) {
    const int second = step * 7 % steps;
    SCOPED_TRACE("killed at steps " + std::to_string(step) + " and " + std::to_string(second));
    begin_anew();
    ASSERT_EQ(live(at(10, 6, 0), at(10, 7, 30), step), Fate::kKilled);
    const Record first = record();
    expect_record(first);
    const TimePoint first_restart = now() + 5min;
    live(first_restart, at(10, 7, 45), second);  // which may be over before that step
    const Record left = record();
    expect_record(left);
    const int before = world->begun;
    const bool lost =
        (is_lost(first, first_restart) && world->begun == 0) || is_lost(left, now() + 5min);
    ASSERT_EQ(live(now() + 5min, at(11, 6, 0)), Fate::kLived);
    if (GetParam().interrupted == Interrupted::kSkip) {
      EXPECT_LE(world->begun, 1);
      const bool was_written = first.begun > 0 || left.begun > 0;
      if (world->begun == 0)
        EXPECT_TRUE(was_written || lost) << "it had not started, and never did";
    } else if (!left.ended) {
      EXPECT_EQ(world->begun, before + (lost ? 0 : 1)) << "it had not ended, so it begins again";
    }
    EXPECT_TRUE(is_over());
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Durable, Crash,
                         testing::Values(How{Kind::kJob, Interrupted::kSkip, Loses::kNothing},
                                         How{Kind::kJob, Interrupted::kAgain, Loses::kNothing},
                                         How{Kind::kJob, Interrupted::kSkip, Loses::kUnsynced},
                                         How{Kind::kJob, Interrupted::kAgain, Loses::kUnsynced},
                                         How{Kind::kHold, Interrupted::kSkip, Loses::kNothing},
                                         How{Kind::kHold, Interrupted::kAgain, Loses::kNothing},
                                         How{Kind::kHold, Interrupted::kSkip, Loses::kUnsynced},
                                         How{Kind::kHold, Interrupted::kAgain, Loses::kUnsynced}),
                         name_of);

}  // namespace
}  // namespace hassette::durable
