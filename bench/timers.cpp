// What a timer and a job cost: to register, to fire, to cancel, with few and with many pending.
//
//   bench_timers [--quick]
//
// Timers of the loop with 1,000 and 1,000,000 pending at random times, against std::multimap and
// against a std::priority_queue that leaves cancelled entries where they are; the same operations
// in turns. Jobs of an app's scheduler with 1,000 and 100,000 pending, against each other.
#include <fmt/core.h>

#include <array>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <queue>
#include <random>

#include <hassette/scheduler.hpp>

#include "app/reporter.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "figure.hpp"
#include "schedule/owner.hpp"
#include "schedule/timetable.hpp"

namespace {

using namespace hassette;
using namespace bench;
using async::MonoTime;

constexpr std::size_t kBatch = 1'000;

std::size_t fired = 0;

struct Bell final : async::Timer {
  void fire() override { ++fired; }
};

/// Ours.
class Heap {
 public:
  explicit Heap(std::size_t timers) : timers_(timers) {}
  void start(std::size_t timer, MonoTime due) { queue_.start(timers_[timer], due); }
  void cancel(std::size_t timer) { timers_[timer].stop(); }
  void fire(MonoTime now) {
    while (queue_.fire_one(now)) {
    }
  }

 private:
  async::TimerQueue queue_;
  std::vector<Bell> timers_;
};

class Multimap {
 public:
  explicit Multimap(std::size_t timers) : places_(timers) {}
  void start(std::size_t timer, MonoTime due) { places_[timer] = map_.emplace(due, timer); }
  void cancel(std::size_t timer) { map_.erase(places_[timer]); }
  void fire(MonoTime now) {
    while (!map_.empty() && map_.begin()->first <= now) {
      map_.erase(map_.begin());
      ++fired;
    }
  }

 private:
  std::multimap<MonoTime, std::size_t> map_;
  std::vector<std::multimap<MonoTime, std::size_t>::iterator> places_;
};

/// What is cancelled is skipped when its time has come.
class PriorityQueue {
 public:
  explicit PriorityQueue(std::size_t timers) : versions_(timers) {}
  void start(std::size_t timer, MonoTime due) { queue_.push({due, timer, ++versions_[timer]}); }
  void cancel(std::size_t timer) { ++versions_[timer]; }
  void fire(MonoTime now) {
    while (!queue_.empty() && queue_.top().due <= now) {
      const Entry entry = queue_.top();
      queue_.pop();
      if (versions_[entry.timer] == entry.version) ++fired;
    }
  }

 private:
  struct Entry {
    MonoTime due;
    std::size_t timer;
    std::uint32_t version;
    bool operator<(const Entry& other) const { return due > other.due; }
  };
  std::priority_queue<Entry> queue_;
  std::vector<std::uint32_t> versions_;
};

struct Costs {
  double start = 0;
  double cancel = 0;
  double fire = 0;
};

/// A queue with so many pending; each round starts and cancels some, and fires some more.
template <class Queue>
class Pending {
 public:
  explicit Pending(std::size_t pending) : pending_(pending), queue_(pending + kBatch) {
    for (std::size_t timer = 0; timer < pending; ++timer) queue_.start(timer, any_time());
  }

  Costs round() {
    Costs costs;
    std::vector<MonoTime> times(kBatch);
    for (MonoTime& time : times) time = any_time();
    costs.start = batch([&](std::size_t i) { queue_.start(pending_ + i, times[i]); });
    std::vector<std::size_t> order(kBatch);
    for (std::size_t i = 0; i < kBatch; ++i) order[i] = pending_ + i * 7 % kBatch;
    costs.cancel = batch([&](std::size_t i) { queue_.cancel(order[i]); });
    // Those that fire are due before all others.
    for (std::size_t i = 0; i < kBatch; ++i) {
      queue_.start(pending_ + i, now_ + std::chrono::nanoseconds(random_() % 1'000));
    }
    now_ += std::chrono::microseconds(1);
    const std::size_t before = fired;
    const auto begin = thread_time();
    queue_.fire(now_);
    costs.fire = 1e9 * seconds(thread_time() - begin) / kBatch;
    if (fired - before != kBatch) throw std::runtime_error("not every timer fired");
    return costs;
  }

 private:
  template <class Operation>
  static double batch(Operation operation) {
    const auto begin = thread_time();
    for (std::size_t i = 0; i < kBatch; ++i) operation(i);
    return 1e9 * seconds(thread_time() - begin) / kBatch;
  }
  /// Within a day, and not before an hour.
  MonoTime any_time() {
    return now_ + std::chrono::hours(1) + std::chrono::nanoseconds(random_() % 86'400'000'000'000);
  }

  std::size_t pending_;
  Queue queue_;
  std::mt19937_64 random_{11};
  MonoTime now_{};
};

void show(const Comparison& comparison, const std::string& name, const char* goal, double limit,
          bool quick) {
  Figure figure = comparison.figure(name, "ns", goal);
  if (!quick && limit > 0) figure.met = figure.ratio <= limit;
  print(figure);
}

void timers(std::size_t pending, bool quick) {
  Pending<Heap> ours(pending);
  Pending<Multimap> map(pending);
  Pending<PriorityQueue> queue(pending);
  // A tree has done at registration what a heap does when it fires: only together they compare.
  const auto figures = [](const Costs& costs) {
    return std::array{costs.start, costs.fire, costs.cancel, costs.start + costs.fire,
                      costs.start + costs.cancel};
  };
  constexpr std::array kWhat = {"register", "fire", "cancel", "register and fire",
                                "register and cancel"};
  std::array<Comparison, kWhat.size()> against_map;
  std::array<Comparison, kWhat.size()> against_queue;
  for (int round = 0; round < (quick ? 3 : 101); ++round) {
    const auto theirs = figures(map.round());
    const auto simple = figures(queue.round());
    const auto own = figures(ours.round());
    for (std::size_t i = 0; i < own.size(); ++i) {
      against_map[i].add(theirs[i], own[i]);
      against_queue[i].add(simple[i], own[i]);
    }
  }
  for (std::size_t i = 0; i < kWhat.size(); ++i) {
    const bool whole = i >= 3;
    show(against_map[i],
         fmt::format("{} a timer, {} pending, against std::multimap", kWhat[i], pending),
         whole ? "<= 1" : "", whole ? 1 : 0, quick);
    show(against_queue[i],
         fmt::format("{} a timer, {} pending, against std::priority_queue", kWhat[i], pending), "",
         0, quick);
  }
}

[[noreturn]] void give_up(const async::Label&, const std::exception_ptr& error) {
  std::fprintf(stderr, "%s\n", async::describe(error).c_str());
  std::exit(1);
}

/// An app's scheduler in virtual time, with so many jobs pending.
class Jobs {
 public:
  explicit Jobs(std::size_t pending) {
    register_some(pending, std::chrono::hours(100));
    jobs_.clear();
  }
  ~Jobs() { table_.remove_all(owner_, CancelReason::kShutdown); }

  Costs round() {
    Costs costs;
    costs.start = measured([&] { register_some(kBatch, std::chrono::hours(1)); });
    costs.cancel = measured([&] {
      for (Job& job : jobs_) job.cancel();
      loop_.run_ready();
    });
    jobs_.clear();
    register_some(kBatch, std::chrono::milliseconds(1));
    const std::size_t before = fired;
    costs.fire = measured([&] { loop_.run_until(loop_.now() + std::chrono::seconds(2)); });
    if (fired - before != kBatch) throw std::runtime_error("not every job ran");
    jobs_.clear();
    return costs;
  }

 private:
  template <class Work>
  static double measured(Work work) {
    const auto begin = thread_time();
    work();
    return 1e9 * seconds(thread_time() - begin) / kBatch;
  }
  void register_some(std::size_t count, std::chrono::nanoseconds from) {
    tasks_.spawn(async::intern_label("bench", "register"),
                 [](Jobs* self, std::size_t number, std::chrono::nanoseconds begin) -> Task<> {
                   for (std::size_t i = 0; i < number; ++i) {
                     self->jobs_.push_back(co_await self->scheduler_.run_in(
                         begin + std::chrono::milliseconds(i), [] { ++fired; },
                         {.name = fmt::format("job {}", ++self->named_)}));
                   }
                 }(this, count, from));
    loop_.run_ready();
  }

  async::VirtualClock clock_{TimePoint(std::chrono::hours(24 * 365 * 50))};
  async::ParkReactor reactor_;
  async::Loop loop_{clock_, reactor_};
  telemetry::Board board_{clock_, "bench"};
  app::Reporter reporter_{loop_, board_, "http://127.0.0.1"};
  async::Bucket tasks_{loop_, give_up};
  schedule::Timetable table_{loop_, reporter_};
  schedule::Owner owner_{.app = "bench", .bucket = &tasks_, .timetable = &table_};
  Scheduler scheduler_{owner_};
  std::vector<Job> jobs_;
  std::size_t named_ = 0;
};

void jobs(bool quick) {
  const std::size_t many = quick ? 2'000 : 100'000;
  Jobs few(1'000);
  Jobs full(many);
  Comparison comparisons[3];
  for (int round = 0; round < (quick ? 2 : 31); ++round) {
    const Costs small = few.round();
    const Costs large = full.round();
    comparisons[0].add(small.start, large.start);
    comparisons[1].add(small.fire, large.fire);
    comparisons[2].add(small.cancel, large.cancel);
  }
  const char* const what[] = {"register", "fire and run", "cancel"};
  for (std::size_t i = 0; i < 3; ++i) {
    show(comparisons[i], fmt::format("{} a job, {} pending, against 1000", what[i], many), "<= 3",
         3, quick);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  timers(1'000, quick);
  timers(quick ? 10'000 : 1'000'000, quick);
  jobs(quick);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_timers: %s\n", error.what());
  return 1;
}
