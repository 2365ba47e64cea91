#pragma once
// Runner: starts the runs of one registration as its mode allows, one fiber each, and reports them.
//
// Belongs to a listener or job, which every run keeps alive. An exception that a run throws is
// logged with app, name, cause and the line of the registration, and ends nothing but that run.
// Loop thread.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <hassette/mode.hpp>
#include <hassette/task.hpp>
#include "async/bucket.hpp"
#include "run/observer.hpp"

namespace hassette::run {

/// One run to be: it keeps alive what it needs, the registration included.
class Run {
 public:
  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  virtual ~Run() = default;
  virtual Task<> start() = 0;
  virtual std::string cause() const = 0;
};

class Runner {
 public:
  /// How many runs wait in mode `queued`.
  static constexpr std::size_t kQueueLimit = 10;

  Runner(async::Bucket& bucket, Observer& observer, Source source, Mode mode);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  /// Begins the run at once, inside the caller, if the mode allows: a handler that awaits nothing
  /// has ended when this returns, so that it is never found running by the next event.
  void submit(std::unique_ptr<Run> run);
  /// Drops what waits and cancels what runs, except the run that calls this.
  void cancel(CancelReason reason);
  void tell_next_run(std::optional<async::WallTime> at) { observer_.next_run(number_, at); }
  bool running() const { return !active_.empty(); }
  const Source& source() const { return source_; }
  /// "motion_lights.cpp:31", where it was registered.
  std::string place() const;
  const async::Label& label() const { return label_; }

 private:
  /// Owns a run that was started. If its frame is destroyed before it ended, the runs that wait for
  /// it are dropped: they keep their registration, and so this runner, alive.
  struct Started {
    Started(Runner& its_runner, std::unique_ptr<Run> its_run)
        : runner(&its_runner), run(std::move(its_run)) {}
    Started(Started&&) noexcept = default;
    Started& operator=(Started&&) = delete;
    ~Started();
    Runner* runner;
    std::unique_ptr<Run> run;
    bool ended = false;
  };
  static Task<> execute(Started started);
  void start_now(std::unique_ptr<Run> run);
  void start_later(std::unique_ptr<Run> run);
  void ended(const Run& run, const std::exception_ptr& error, std::chrono::nanoseconds duration);

  async::Bucket& bucket_;
  Observer& observer_;
  Source source_;
  Mode mode_;
  const async::Label& label_;
  std::uint64_t number_;
  std::vector<std::uint64_t> active_;  // numbers of fibers in the bucket, oldest first
  std::deque<std::unique_ptr<Run>> waiting_;
};

}  // namespace hassette::run
