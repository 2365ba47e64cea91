#include "model_runs.hpp"

namespace hassette::simulation {

namespace {
constexpr Micros kDefaultTimeout = 600 * kSecond;
}

std::string to_text(ModelRuns::Outcome outcome) {
  switch (outcome) {
    case ModelRuns::Outcome::kSucceeded:
      return "succeeded";
    case ModelRuns::Outcome::kFailed:
      return "failed";
    case ModelRuns::Outcome::kCancelled:
      return "cancelled";
    case ModelRuns::Outcome::kTimedOut:
      return "timed out";
    case ModelRuns::Outcome::kSuppressed:
      return "suppressed";
    case ModelRuns::Outcome::kDropped:
      return "dropped";
  }
  return {};
}

void ModelRuns::tell_error(const Run& run, const std::string& what) {
  world_.errors.tell(spec_, run.cause.empty() ? what : what + " (" + run.cause + ")");
}

std::vector<ModelRuns::RunPtr> ModelRuns::active_in(const std::string& lane) const {
  std::vector<RunPtr> found;
  for (const RunPtr& run : active_) {
    if (run->lane == lane) found.push_back(run);
  }
  return found;
}

void ModelRuns::refuse(const RunPtr& run, Outcome why) {
  const bool dropped = why == Outcome::kDropped;
  world_.trace.add(world_.agenda.now(), spec_.label, dropped ? "dropped" : "held back");
  if (on_refused) on_refused(why);
  if (run->result) run->result(why);
}

void ModelRuns::submit(const RunPtr& run) {
  run->of = spec_.name;
  const std::vector<RunPtr> earlier = active_in(run->lane);
  if (earlier.empty()) return start(run, true);
  std::list<RunPtr>& waiting = waiting_[run->lane];
  switch (spec_.mode) {
    case When::kSingle:
      count("run suppressed");
      return refuse(run, Outcome::kSuppressed);
    case When::kRestart:
      return submit_restart(run, earlier.front());
    case When::kQueued:
      if (waiting.size() >= spec_.limit) {
        count("run dropped from a full queue");
        return refuse(run, Outcome::kDropped);
      }
      count("run waited in its queue");
      return waiting.push_back(run);
    case When::kParallel:
      if (earlier.size() >= spec_.limit) {
        count("run dropped beside others");
        return refuse(run, Outcome::kDropped);
      }
      count("run beside another");
      return start(run, true);
  }
}

/// Of several that wait for the end of the old one, the newest.
void ModelRuns::submit_restart(const RunPtr& run, const RunPtr& earlier) {
  std::list<RunPtr>& waiting = waiting_[run->lane];
  if (!waiting.empty()) {
    count("run that waited to replace was replaced");
    refuse(waiting.front(), Outcome::kSuppressed);
  }
  count("run replaced by a restart");
  waiting = {run};
  stop(earlier, Outcome::kCancelled);
}

void ModelRuns::cancel(const Run* caller) {
  for (auto& [lane, waiting] : waiting_) {
    for (const RunPtr& run : waiting) {
      count("cancelled while a run waited");
      if (run->result) run->result(Outcome::kCancelled);
    }
    waiting.clear();
  }
  const std::list<RunPtr> active = active_;
  for (const RunPtr& run : active) {
    if (run.get() == caller) continue;
    count("cancelled while it ran");
    stop(run, Outcome::kCancelled);
  }
}

void ModelRuns::start(const RunPtr& run, bool now) {
  active_.push_back(run);
  run->began = world_.agenda.now();
  const Micros limit = spec_.timeout == 0 ? kDefaultTimeout : spec_.timeout;
  run->deadline =
      world_.agenda.set(run->began + limit, [this, run] { stop(run, Outcome::kTimedOut); });
  if (now) return begin(run);
  world_.agenda.soon([this, run] {
    if (!run->cancelled) return begin(run);
    count("run cancelled before it began");
    end(run, run->why);
  });
}

void ModelRuns::begin(const RunPtr& run) {
  run->begun = true;
  const std::string text = "begins " + (run->shown.empty() ? run->cause : run->shown);
  world_.trace.add(world_.agenda.now(), group(*run), text);
  if (world_.telling) world_.trace.told.push_back(group(*run) + " " + text);
  if (on_begin) on_begin();
  if (!spec_.does.cancels.empty()) world_.cancel(spec_.does.cancels, run.get());
  const Outcome outcome = spec_.does.fails ? Outcome::kFailed : Outcome::kSucceeded;
  if (spec_.does.takes == 0) return end(run, outcome);
  run->end = world_.agenda.set(world_.agenda.now() + spec_.does.takes, [this, run, outcome] {
    run->over = true;
    world_.agenda.soon([this, run, outcome] { end(run, outcome); });
  });
}

void ModelRuns::stop(const RunPtr& run, Outcome why) {
  if (run->cancelled && run->begun && spec_.does.cleanup > 0) count("run cancelled in its cleanup");
  if (run->over || run->cancelled) return;  // the first reason stays
  run->cancelled = true;
  run->why = why;
  if (!run->begun) return;  // it is asked when its turn comes
  world_.agenda.drop(run->end);
  if (spec_.does.cleanup == 0) {
    world_.agenda.soon([this, run] { end(run, run->why); });
  } else {
    run->end = world_.agenda.set(world_.agenda.now() + spec_.does.cleanup,
                                 [this, run] { end(run, run->why); });
  }
}

void ModelRuns::end(const RunPtr& run, Outcome outcome) {
  world_.agenda.drop(run->deadline);
  active_.remove(run);
  const Micros lasted = world_.agenda.now() - run->began;
  world_.trace.add(
      world_.agenda.now(), group(*run),
      "ended " + to_text(outcome) + " after " + seconds_text(lasted) + " " + run->cause);
  count("run " + to_text(outcome));
  if (on_end && run->begun) on_end(outcome);
  if (run->result) run->result(outcome);
  if (outcome == Outcome::kFailed) tell_error(*run, "as the tape says");
  if (outcome == Outcome::kTimedOut) tell_error(*run, "timeout");
  std::list<RunPtr>& waiting = waiting_[run->lane];
  if (waiting.empty() || !active_in(run->lane).empty()) return;
  const RunPtr next = waiting.front();
  waiting.pop_front();
  start(next, false);
}

}  // namespace hassette::simulation
