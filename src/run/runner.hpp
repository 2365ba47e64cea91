#pragma once
// Runner: starts the runs of one registration as its mode allows, one fiber each, and reports them.
//
// Belongs to a listener or job, which every run keeps alive. Runs are told apart by lane: what one
// entity causes neither waits for nor counts against another's. An exception that a run throws is
// logged with app, name, cause and the line of the registration, and ends nothing but that run; so
// does the time limit. Loop thread only.
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <hassette/mode.hpp>
#include <hassette/task.hpp>
#include "async/bucket.hpp"
#include "async/timer.hpp"
#include "base/block_pool.hpp"
#include "run/observer.hpp"

namespace hassette::run {

class Runner;

/// How a run ended that did not end well.
struct Failure {
  std::exception_ptr error;
  std::string cause;
  std::string message;
  bool timed_out = false;
};

/// One run to be: it keeps alive what it needs, the registration included.
class Run : public base::InBlock {
 public:
  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  virtual ~Run() = default;
  virtual Task<> start() = 0;
  virtual std::string cause() const = 0;
  /// It has failed, and that was logged.
  virtual void failed(const Failure& failure) { static_cast<void>(failure); }

 protected:
  /// Said before it is submitted: `start` waits for something, as for a disk, before the handler
  /// begins, and says when that does. The time limit is the handler's alone.
  void handler_begins_later() { handler_began_ = false; }
  void handler_begins();

 private:
  friend Runner;
  class Deadline final : public async::Timer {
   public:
    void set(async::Bucket& bucket, std::uint64_t fiber, std::chrono::nanoseconds limit);
    /// Counts from now, if one is set.
    void start();

   private:
    void fire() override { bucket_->cancel(fiber_, CancelReason::kTimeout); }
    async::Bucket* bucket_ = nullptr;
    std::uint64_t fiber_ = 0;
    std::chrono::nanoseconds limit_{0};
  };
  Deadline deadline_;
  bool handler_began_ = true;
};

/// What became of a run that was submitted.
enum class Submitted : std::uint8_t { kStarted, kWaits, kSuppressed, kDropped };

class Runner {
 public:
  using LaneKey = std::uint32_t;

  Runner(async::Bucket& bucket, Observer& observer, Source source, Mode mode,
         std::chrono::nanoseconds timeout = kNoTimeout);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  /// Begins the run at once, inside the caller, if the mode allows: a handler that awaits nothing
  /// has ended when this returns, so that it is never found running by the next event.
  Submitted submit(std::unique_ptr<Run> run, LaneKey lane = 0);
  /// Drops what waits and cancels what runs, except the run that calls this.
  void cancel(CancelReason reason);
  void tell_next_run(std::optional<async::WallTime> at) { observer_.next_run(number_, at); }
  bool running() const { return active_ > 0; }
  Mode mode() const { return mode_; }
  std::chrono::nanoseconds timeout() const { return timeout_; }
  Observer& observer() const { return observer_; }
  std::uint64_t number() const { return number_; }
  const Source& source() const { return source_; }
  /// "motion_lights.cpp:31", where it was registered.
  std::string place() const;
  const async::Label& label() const { return label_; }

 private:
  struct Lane {
    LaneKey key = 0;
    std::vector<std::uint64_t> active;  // numbers of fibers in the bucket, oldest first
    std::vector<std::unique_ptr<Run>> waiting;
    bool idle() const { return active.empty() && waiting.empty(); }
  };
  /// Owns a run that was started. If its frame is destroyed before it ended, the runs that wait for
  /// it are dropped: they keep their registration, and so this runner, alive.
  struct Started {
    Started(Runner& its_runner, LaneKey its_lane, std::unique_ptr<Run> its_run)
        : runner(&its_runner), run(std::move(its_run)), lane(its_lane) {}
    Started(Started&&) noexcept = default;
    Started& operator=(Started&&) = delete;
    ~Started();
    Runner* runner;
    std::unique_ptr<Run> run;
    LaneKey lane;
    bool ended = false;
  };
  static Task<> execute(Started started);
  Lane& lane_of(LaneKey key);
  Lane* find_lane(LaneKey key);
  void start(Lane& lane, std::unique_ptr<Run> run, bool now);
  Submitted wait(Lane& lane, std::unique_ptr<Run> run);
  Submitted drop(const Run& run);
  void tell_end_of_burst();
  void drop_waiting(Lane& lane);
  void drop_waiting();
  void ended(const Started& started, const std::exception_ptr& error,
             std::chrono::nanoseconds duration);
  Failure failure_of(const std::exception_ptr& error, CancelReason reason, std::string cause) const;
  void next_in(LaneKey key);

  async::Bucket& bucket_;
  Observer& observer_;
  Source source_;
  Mode mode_;
  std::chrono::nanoseconds timeout_;
  const async::Label& label_;
  std::uint64_t number_;
  Lane first_;  // most registrations use one lane at a time
  std::unordered_map<LaneKey, Lane> others_;
  std::size_t active_ = 0;   // in all lanes
  std::size_t waiting_ = 0;  // likewise
  std::size_t dropped_in_burst_ = 0;
};

/// "motion_lights.cpp:31"
std::string short_place(const std::source_location& where);

}  // namespace hassette::run
