#pragma once
// The model of runs: modes, timeouts and cancellation of one registration, as both reference pages
// have them. What the product does with fibers and timers is here a list and an agenda.
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agenda.hpp"
#include "coverage.hpp"
#include "model_errors.hpp"
#include "specs.hpp"
#include "trace.hpp"

namespace hassette::simulation {

class ModelRuns {
 public:
  enum class Outcome { kSucceeded, kFailed, kCancelled, kTimedOut, kSuppressed, kDropped };
  struct Run {
    std::string of;    // the name of its registration
    std::string lane;  // the entity; jobs and listeners to events have one only
    std::string cause;
    std::string shown;                    // the same with the event's value
    std::function<void(Outcome)> result;  // of run_now; may be empty
    Micros began = 0;
    bool begun = false;
    bool over = false;  // it ends in a moment, whatever is asked of it
    bool cancelled = false;
    Outcome why = Outcome::kCancelled;
    std::uint64_t end = 0;  // on the agenda
    std::uint64_t deadline = 0;
  };
  using RunPtr = std::shared_ptr<Run>;
  struct World {
    Agenda& agenda;
    Trace& trace;
    Coverage& coverage;
    ModelErrors& errors;
    /// A handler cancels this listener or job; the run is its own.
    std::function<void(const std::string& name, const Run* caller)> cancel;
    /// An event is being told right now.
    bool telling = false;
  };

  ModelRuns(World& world, RunSpec spec) : world_(world), spec_(std::move(spec)) {}

  /// Gives it to the mode.
  void submit(const RunPtr& run);
  /// Drops what waits, cancels what runs but the caller.
  void cancel(const Run* caller);
  /// Told of each run's beginning and end.
  std::function<void()> on_begin;
  std::function<void(Outcome)> on_end;
  std::function<void(Outcome)> on_refused;

 private:
  std::string group(const Run& run) const {
    return run.lane.empty() ? spec_.label : spec_.label + " " + run.lane;
  }
  void count(const std::string& what) { world_.coverage.count(spec_.kind + ": " + what); }
  std::vector<RunPtr> active_in(const std::string& lane) const;
  void refuse(const RunPtr& run, Outcome why);
  void submit_restart(const RunPtr& run, const RunPtr& earlier);
  void start(const RunPtr& run, bool now);
  void begin(const RunPtr& run);
  void stop(const RunPtr& run, Outcome why);
  void end(const RunPtr& run, Outcome outcome);
  void tell_error(const Run& run, const std::string& what);

  World& world_;
  RunSpec spec_;
  std::list<RunPtr> active_;
  std::map<std::string, std::list<RunPtr>> waiting_;
};

std::string to_text(ModelRuns::Outcome outcome);

}  // namespace hassette::simulation
