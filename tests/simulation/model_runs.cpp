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
  const std::vector<RunPtr> earlier = active_in(run->lane);
  std::list<RunPtr>& waiting = waiting_[run->lane];
  if (spec_.mode == When::kParallel) {
    if (earlier.size() >= spec_.limit) return refuse(run, Outcome::kDropped);
    return start(run, true);
  }
  if (earlier.empty()) return start(run, true);
  if (spec_.mode == When::kSingle) return refuse(run, Outcome::kSuppressed);
  if (spec_.mode == When::kQueued) {
    if (waiting.size() >= spec_.limit) return refuse(run, Outcome::kDropped);
    waiting.push_back(run);
    return;
  }
  // Restart: of several that wait for the end of the old one, the newest.
  if (!waiting.empty()) refuse(waiting.front(), Outcome::kSuppressed);
  waiting = {run};
  stop(earlier.front(), Outcome::kCancelled);
}

void ModelRuns::cancel(const Run* caller) {
  for (auto& [lane, waiting] : waiting_) {
    for (const RunPtr& run : waiting) {
      if (run->result) run->result(Outcome::kCancelled);
    }
    waiting.clear();
  }
  const std::list<RunPtr> active = active_;
  for (const RunPtr& run : active) {
    if (run.get() != caller) stop(run, Outcome::kCancelled);
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
    if (run->cancelled) return end(run, run->why);  // cancelled before it could begin
    begin(run);
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
  world_.trace.count("ended " + to_text(outcome));
  if (on_end && run->begun) on_end(outcome);
  if (run->result) run->result(outcome);
  std::list<RunPtr>& waiting = waiting_[run->lane];
  if (waiting.empty() || !active_in(run->lane).empty()) return;
  const RunPtr next = waiting.front();
  waiting.pop_front();
  start(next, false);
}

}  // namespace hassette::simulation
