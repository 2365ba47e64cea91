#include "tape_app.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <stdexcept>

#include <hassette/async.hpp>
#include <hassette/error.hpp>
#include "run/error_tasks.hpp"

namespace hassette::simulation {

namespace {

using std::chrono::microseconds;

std::string or_none(std::string_view text) {
  return text.empty() ? "(none)" : std::string(text);
}

const char* to_text(JobState state) {
  switch (state) {
    case JobState::kScheduled:
      return "scheduled";
    case JobState::kWaiting:
      return "waiting";
    case JobState::kManual:
      return "manual";
    case JobState::kCompleted:
      return "completed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

std::string status(const Job& job) {
  std::string text = to_text(job.state());
  if (const auto next = job.next_run()) {
    text += " next " + seconds_text(next->time_since_epoch().count());
  }
  const JobCounters counted = job.counters();
  const std::map<std::string, std::uint64_t> named{
      {"cancelled", counted.cancelled},   {"dropped", counted.dropped},
      {"failed", counted.failed},         {"late", counted.late},
      {"missed", counted.missed},         {"runs", counted.runs},
      {"skipped", counted.skipped},       {"succeeded", counted.succeeded},
      {"suppressed", counted.suppressed}, {"timed out", counted.timed_out}};
  for (const auto& [name, count] : named) {
    if (count > 0) text += fmt::format(" {}={}", name, count);
  }
  return text;
}

}  // namespace

TapeApp::TapeApp(async::Loop& loop, app::Engine& engine, Scribe& scribe)
    : engine_(engine),
      scribe_(scribe),
      bus_owner_{
          .app = "tape", .self = &handlers_, .bucket = &runs_, .router = &engine.services().router},
      schedule_owner_{.app = "tape",
                      .self = &handlers_,
                      .bucket = &runs_,
                      .timetable = &engine.services().timetable},
      around_{.is_night = [this] { return is_night(); },
              .error_handler = [this](const OnError& does) { return error_handler(does); }},
      runs_(loop, [](const async::Label&, const std::exception_ptr&) {}) {
  // One bound for both, as an instance of an app has it.
  bus_owner_.error_tasks = std::make_shared<run::ErrorTasks>(runs_, scribe);
  schedule_owner_.error_tasks = bus_owner_.error_tasks;
}

// --- Operations

template <class Spec>
Spec TapeApp::labelled(Spec spec) {
  spec.runs.label = label_of(spec.runs.name, ++registered_[spec.runs.name]);
  scribe_.call(spec.runs.name, spec.runs.label);
  return spec;
}

Task<> TapeApp::listen(const Op& op) {
  const ListenSpec spec = labelled(listen_spec(op));
  return unless_taken(this, spec.runs, register_listener(this, spec));
}

Task<> TapeApp::schedule(const Op& op) {
  const JobSpec spec = labelled(job_spec(op));
  return unless_taken(this, spec.runs, register_job(this, spec));
}

Task<> TapeApp::run_now(const std::string& name) {
  return run_job(this, name);
}

void TapeApp::cancel(const std::string& name) {
  if (const auto found = subscriptions_.find(name); found != subscriptions_.end()) {
    found->second.cancel();
  }
  if (const auto found = jobs_.find(name); found != jobs_.end()) found->second.cancel();
}

void TapeApp::serve_errors(const Op& op) {
  const ErrorHandler handler = error_handler(on_error_spec(op));
  if (op.subject == "job") scheduler_.on_error(handler);
  if (op.subject == "listener") bus_.on_error(handler);
}

void TapeApp::emit(const Op& op) {
  bus_.emit(op.subject, {{"value", op.text("value")}});
}

void TapeApp::sum_up() {
  for (const auto& [name, subscription] : subscriptions_) {
    if (subscription.active()) scribe_.add(name, "is registered");
  }
  for (const auto& [name, job] : jobs_) scribe_.add(name, status(job));
}

Task<> TapeApp::close(TapeApp* self) {
  self->engine_.services().router.remove_all(self->bus_owner_, CancelReason::kShutdown);
  self->engine_.services().timetable.remove_all(self->schedule_owner_, CancelReason::kShutdown);
  co_await self->runs_.close(CancelReason::kShutdown);
}

// --- Registrations

/// Tells what was refused because the name is taken, where the tape asks for that.
Task<> TapeApp::unless_taken(TapeApp* self, RunSpec spec, Task<> registers) {
  bool refused = false;
  try {
    co_await std::move(registers);
  } catch (const Error&) {
    if (spec.taken != Taken::kRefuse) throw;
    refused = true;
  }
  if (refused) self->scribe_.add(spec.label, "is refused");
}

Task<> TapeApp::register_job(TapeApp* self, JobSpec spec) {
  self->jobs_[spec.runs.name] = co_await self->scheduler_.schedule(
      trigger_of(spec),
      [self, runs = spec.runs]() -> Task<> {
        self->scribe_.begins(runs.label, "");
        co_await act(self, runs.does);
      },
      job_options(spec, self->around_));
}

Task<> TapeApp::run_job(TapeApp* self, std::string name) {
  const auto found = self->jobs_.find(name);
  if (found == self->jobs_.end()) co_return;
  Job job = found->second;
  std::string how;
  try {
    how = to_string((co_await job.run_now()).outcome);
  } catch (const Error&) {
    how = "refused";
  }
  self->scribe_.add(name + " now", how);
}

// --- Handlers

bool TapeApp::is_night() const {
  const state::Entity* const sun = engine_.services().cache.find("sun.sun");
  return sun && sun->state && sun->state->text() == "night";
}

Task<> TapeApp::act(TapeApp* self, Behaviour does) {
  if (!does.cancels.empty()) self->cancel(does.cancels);
  CancelReason reason = CancelReason::kNone;
  try {
    if (does.takes > 0) co_await sleep(microseconds(does.takes));
  } catch (const Cancelled& cancelled) {
    reason = cancelled.reason;
  }
  if (reason != CancelReason::kNone) {
    if (does.cleanup > 0) {
      co_await shield(sleep(microseconds(does.cleanup)), microseconds(does.cleanup + kSecond));
    }
    throw Cancelled{reason};
  }
  if (does.fails) throw std::runtime_error("as the tape says");
}

auto TapeApp::change_handler(const RunSpec& spec) {
  return [this, spec](StateChange change) -> Task<> {
    const std::string cause =
        fmt::format("{}: {} → {}{}{}", change.entity_id.str(), or_none(change.old_text()),
                    or_none(change.new_text()), change.recovered ? ", recovered" : "",
                    change.immediate ? ", immediate" : "");
    scribe_.begins(group_of(spec.label, change.entity_id.str()), cause);
    co_await act(this, spec.does);
  };
}

auto TapeApp::event_handler(const RunSpec& spec) {
  return [this, spec](Event event) -> Task<> {
    const std::string value = value_of(event);
    scribe_.begins(group_of(spec.label, "event"),
                   "event " + event.type + (value.empty() ? "" : " " + value));
    co_await act(this, spec.does);
  };
}

ErrorHandler TapeApp::error_handler(const OnError& does) {
  return [this, does](const HandlerError& error) -> Task<> {
    const std::string what = error.timed_out ? "timeout" : error.message;
    const bool of_listener = error.change || error.event;
    scribe_.add(error.handler + " error",
                "is told: " + (of_listener ? fmt::format("{} ({})", what, error.cause) : what));
    if (does.takes > 0) co_await sleep(microseconds(does.takes));
    if (does.fails) throw std::runtime_error("the error handler, too");
  };
}

Task<> TapeApp::register_listener(TapeApp* self, ListenSpec spec) {
  Subscription made;
  if (!spec.event.empty()) {
    made = co_await self->bus_.on(spec.event, self->event_handler(spec.runs),
                                  event_options(spec, self->around_));
  } else if (spec.attribute.empty()) {
    made = co_await self->bus_.on_state_change(entities_of(spec), self->change_handler(spec.runs),
                                               state_options(spec, self->around_));
  } else {
    made = co_await self->bus_.on_attribute_change(entities_of(spec), spec.attribute,
                                                   self->change_handler(spec.runs),
                                                   attribute_options(spec, self->around_));
  }
  self->subscriptions_[spec.runs.name] = made;
}

}  // namespace hassette::simulation
