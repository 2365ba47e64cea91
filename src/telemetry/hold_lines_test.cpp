#include "telemetry/hold_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "log/repeats.hpp"

namespace hassette::telemetry {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class HoldsOfAHandler : public testing::Test {
 public:
  /// A hold as the watchdog reports it; gives what is said of it.
  std::vector<std::string> hold(std::chrono::milliseconds length) {
    std::vector<std::string> said;
    const auto tell = [&](std::chrono::milliseconds held, bool over) {
      if (auto line = lines.line({label, held, over}, now + held)) said.push_back(*line);
    };
    if (length >= 100ms) tell(100ms, false);
    if (length >= 1s) tell(1s, false);
    tell(length, true);
    now += length;
    return said;
  }

  const async::Label* label = &async::intern_label("lights", "motion");
  HoldLines lines;
  HoldLines::Time now{1h};
};

TEST_F(HoldsOfAHandler, have_a_line_while_they_last_and_one_with_the_total) {
  EXPECT_THAT(hold(130ms),
              ElementsAre(HasSubstr("`motion` holds the loop, for 100 ms now: nothing else"),
                          "`motion` held the loop for 130 ms in all"));
}

TEST_F(HoldsOfAHandler, are_told_with_what_can_be_done_about_them) {
  EXPECT_THAT(hold(130ms).front(), HasSubstr(": nothing else can run. Await instead of blocking"));
  for (const auto& [task, remedy] :
       {std::pair("loading", "make it in on_initialize, which may await"),
        std::pair("constructor", "to on_initialize, which may await"),
        std::pair("destructor", "to on_shutdown, which may await")}) {
    label = &async::intern_label("lights", task);
    EXPECT_THAT(hold(130ms).front(), HasSubstr(remedy));
    EXPECT_THAT(hold(130ms).front(), testing::Not(HasSubstr("Await instead"))) << task;
  }
}

TEST_F(HoldsOfAHandler, are_never_taken_for_repetitions_by_the_log) {
  log::RepeatFilter filter;
  std::size_t admitted = 0;
  for (int i = 0; i < 3; ++i) {
    for (std::string& line : hold(130ms)) {
      const log::LogRecord record{{}, LogLevel::kWarning, "lights", "", std::move(line)};
      if (filter.admits(record, async::MonoTime(now.time_since_epoch()))) ++admitted;
    }
    now += 1s;
  }
  EXPECT_EQ(admitted, 6u);
}

TEST_F(HoldsOfAHandler, are_numbered_until_it_pauses) {
  hold(130ms);
  now += 9s;
  EXPECT_THAT(hold(130ms), ElementsAre(HasSubstr("for 100 ms now (hold 2 in a row): nothing"),
                                       HasSubstr("130 ms in all (hold 2 in a row)")));
  now += 10s;
  EXPECT_EQ(hold(130ms).back(), "`motion` held the loop for 130 ms in all");
}

TEST_F(HoldsOfAHandler, of_another_are_counted_apart) {
  hold(130ms);
  label = &async::intern_label("lights", "door");
  EXPECT_EQ(hold(130ms).back(), "`door` held the loop for 130 ms in all");
}

TEST_F(HoldsOfAHandler, do_not_fill_the_log) {
  std::vector<int> told;
  for (int i = 1; i <= 100; ++i) {
    const auto said = hold(130ms);
    if (!said.empty()) told.push_back(i);
    if (i == 10) {
      EXPECT_THAT(said.back(), HasSubstr("the next to be told is hold 20"));
    }
    now += 50ms;
  }
  EXPECT_THAT(told, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 40, 80));
}

TEST_F(HoldsOfAHandler, are_told_however_many_there_were_when_they_are_long) {
  for (int i = 1; i <= 10; ++i) hold(130ms);
  EXPECT_THAT(hold(130ms), IsEmpty());
  EXPECT_THAT(hold(1500ms), ElementsAre(HasSubstr("for 1000 ms now (hold 12 in a row)"),
                                        HasSubstr("held the loop for 1500 ms in all")));
}

TEST_F(HoldsOfAHandler, of_the_engine_are_told_only_when_they_are_long) {
  label = &async::intern_label("engine", "main");
  EXPECT_THAT(hold(400ms), IsEmpty());
  EXPECT_THAT(hold(600ms), ElementsAre("`main` held the loop for 600 ms in all"));
  EXPECT_THAT(hold(1200ms), SizeIs(2));
}

}  // namespace
}  // namespace hassette::telemetry
