#pragma once
// Who is told of registrations and runs, for the page and the console. Loop thread.
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>

#include "async/clock.hpp"

namespace hassette::run {

enum class Kind : std::uint8_t { kListener, kJob, kStream, kWait };

/// A registration, or what a task waits for, as people know it.
struct Source {
  Kind kind = Kind::kListener;
  std::string app;
  std::string name;
  std::string trigger;  ///< what it waits for: "light.hall → on", "every 20 s"
  std::source_location where;
  bool durable = false;  ///< to be remembered over a restart
};

enum class Outcome : std::uint8_t { kSuccess, kError, kCancelled, kTimedOut };

struct Ended {
  Outcome outcome = Outcome::kSuccess;
  std::chrono::nanoseconds duration{0};
  std::string cause;  ///< what it ran for: "light.hall: off → on"
  std::string error;  ///< the message, where it failed or timed out
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// The number names the registration in the calls below.
  virtual std::uint64_t registered(const Source& source) = 0;
  virtual void removed(std::uint64_t number) = 0;
  virtual void started(std::uint64_t number) = 0;
  /// Whether `ended` is to say the cause of a run that ended well, too: making that text costs.
  virtual bool wants_causes() const { return true; }
  virtual void ended(std::uint64_t number, const Ended& how) = 0;
  /// When a job is due next, on the home's clock; empty when it is not any more.
  virtual void next_run(std::uint64_t number, std::optional<async::WallTime> at) {
    static_cast<void>(number);
    static_cast<void>(at);
  }
  /// A run that was not started, because of the mode (`dropped` false) or a full queue (true).
  virtual void held_back(std::uint64_t number, bool dropped) = 0;
  /// An event that `.throttle` kept from the handler.
  virtual void throttled(std::uint64_t number) { static_cast<void>(number); }
  /// A time of a job at which its `.where` or `.window` said no.
  virtual void skipped(std::uint64_t number) { static_cast<void>(number); }
  /// A run of a job that begins later than `.late_tolerance` allows.
  virtual void late(std::uint64_t number) { static_cast<void>(number); }
  /// A time of a job, or the end of a durable hold, that was given up because it came too late.
  virtual void missed(std::uint64_t number) { static_cast<void>(number); }
  /// A task begins to wait for an event. The number names the wait, for `waits_no_more`.
  virtual std::uint64_t waits(const Source& source) {
    static_cast<void>(source);
    return 0;
  }
  virtual void waits_no_more(std::uint64_t number) { static_cast<void>(number); }
  /// A condition or `.where` threw.
  virtual void condition_failed(std::uint64_t number, const std::string& message) {
    static_cast<void>(number);
    static_cast<void>(message);
  }
  /// An error handler failed, took too long, or was not started because too many ran.
  virtual void error_handler_failed(std::uint64_t number) { static_cast<void>(number); }
};

}  // namespace hassette::run
