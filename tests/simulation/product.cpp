#include "product.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>

#include <hassette/bus.hpp>
#include <hassette/error.hpp>
#include <hassette/scheduler.hpp>
#include "app/engine.hpp"
#include "asked.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"
#include "async/unawaited.hpp"
#include "link.hpp"
#include "log/log.hpp"
#include "model.hpp"
#include "run/error_tasks.hpp"
#include "scribe.hpp"
#include "specs.hpp"

namespace hassette::simulation {

namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

std::vector<std::string>* unawaited = nullptr;

/// Log lines are made, as in the engine; nobody reads them.
class Silence final : public log::Sink {
 public:
  void write(const log::LogRecord&) override {}
};

std::string or_none(std::string_view text) {
  return text.empty() ? "(none)" : std::string(text);
}

async::Pool& idle_pool() {
  static async::Pool pool(1);
  return pool;
}

class Product {
 public:
  explicit Product(const Tape& tape)
      : tape_(tape),
        home_(first_table(tape.wall + tape.lead)),
        scribe_(trace_),
        clock_(async::WallTime(microseconds(tape.wall))),
        loop_(clock_, reactor_),
        engine_(loop_, idle_pool(),
                [this](ha::HomeListener& listener) {
                  auto made = std::make_unique<Link>(listener, home_);
                  link_ = made.get();
                  return made;
                },
                scribe_, scribe_,
                {.zone = *time::Zone::find("Europe/Berlin"),
                 .missing_grace = nanoseconds(0),
                 .seed = tape.seed,
                 .clock_steps_are_told = true}) {
    scribe_.follow(loop_);
    bus_owner_.error_tasks = std::make_shared<run::ErrorTasks>(runs_, scribe_);
    schedule_owner_.error_tasks = bus_owner_.error_tasks;  // one bound for the app
    own_.spawn(async::intern_label("engine", "connection"), engine_.run());
    own_.spawn(async::intern_label("engine", "ready"), engine_.ready());
    loop_.run_ready();
    run_here([this] { link_->tell_clock(home_clock()); });
  }

  void play() {
    for (const Op& op : tape_.ops) {
      if (op.at > scribe_.now()) run_until(op.at);
      happen(op);
    }
    run_until((tape_.ops.empty() ? 0 : tape_.ops.back().at) + kAfterwards);
    sum_up();
    shut_down();
  }

  Trace take_trace() { return std::move(trace_); }
  const std::vector<std::string>& leaks() const { return leaks_; }
  const std::vector<std::string>& refused() const { return refused_; }

 private:
  Micros home_clock() const { return clock_.wall().time_since_epoch().count() + tape_.lead; }

  void run_until(Micros at) { loop_.run_until(async::MonoTime(microseconds(at))); }
  /// On the loop, as all that the engine does; then what is ready runs.
  void run_here(std::function<void()> what) {
    loop_.defer([what = std::move(what)] { what(); });
    loop_.run_ready();
  }
  /// Begins when the loop runs next, before whatever is deferred from now on.
  void spawn(Task<> task) {
    loop_.defer([this, task = std::move(task)]() mutable {
      own_.spawn_now(async::intern_label("tape", "operation"), std::move(task));
    });
  }

  void happen(const Op& op) {
    if (op.verb == "listen") {
      const ListenSpec spec = labelled(listen_spec(op));
      spawn(unless_taken(this, spec.runs, listen(this, spec)));
      if (!op.has("together")) loop_.run_ready();
    } else if (op.verb == "job") {
      const JobSpec spec = labelled(job_spec(op));
      spawn(unless_taken(this, spec.runs, schedule(this, spec)));
      loop_.run_ready();
    } else if (op.verb == "errors") {
      run_here([&] {
        const ErrorHandler handler = error_handler(on_error_spec(op));
        if (op.subject == "job") scheduler_.on_error(handler);
        if (op.subject == "listener") bus_.on_error(handler);
      });
    } else if (op.verb == "cancel") {
      run_here([&] { cancel(op.subject); });
    } else if (op.verb == "now") {
      spawn(run_now(this, op.subject));
      loop_.run_ready();
    } else if (op.verb == "emit") {
      run_here([&] { bus_.emit(op.subject, {{"value", op.text("value")}}); });
    } else if (op.verb == "step") {
      run_here([&] {
        clock_.step_wall(microseconds(op.number("by")));
        engine_.clock_was_set();
      });
    } else {
      run_here([&] { tell(op); });
    }
  }

  template <class Spec>
  Spec labelled(Spec spec) {
    spec.runs.label = label_of(spec.runs.name, ++registered_[spec.runs.name]);
    scribe_.call(spec.runs.name, spec.runs.label);
    return spec;
  }

  /// What the home says.
  void tell(const Op& op) {
    telling_ = true;
    if (op.verb == "state" || op.verb == "remove") {
      if (apply_to_home(home_, op, home_clock()) && link_->connected()) {
        link_->change(op.subject, home_clock());
      }
    } else if (op.verb == "event" && link_->connected()) {
      link_->event(op.subject, {{"value", op.text("value")}});
    } else if (op.verb == "away" && link_->connected()) {
      link_->lose();
    } else if (op.verb == "back" && !link_->connected()) {
      link_->connect();
    }
    telling_ = false;
  }

  // --- Handlers

  void begins(const std::string& group, const std::string& cause) {
    scribe_.add(group, "begins " + cause);
    if (telling_) trace_.told.push_back(group + " begins " + cause);
  }

  static Task<> act(Product* self, Behaviour does) {
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

  auto change_handler(const RunSpec& spec) {
    return [this, spec](StateChange change) -> Task<> {
      std::string cause =
          fmt::format("{}: {} → {}{}{}", change.entity_id.str(), or_none(change.old_text()),
                      or_none(change.new_text()), change.recovered ? ", recovered" : "",
                      change.immediate ? ", immediate" : "");
      begins(group_of(spec.label, change.entity_id.str()), cause);
      co_await act(this, spec.does);
    };
  }
  auto event_handler(const RunSpec& spec) {
    return [this, spec](Event event) -> Task<> {
      const std::string value = value_of(event);
      begins(group_of(spec.label, "event"),
             "event " + event.type + (value.empty() ? "" : " " + value));
      co_await act(this, spec.does);
    };
  }

  bool is_night() const {
    const state::Entity* const sun = engine_.services().cache.find("sun.sun");
    return sun && sun->state && sun->state->text() == "night";
  }
  ErrorHandler error_handler(const OnError& does) {
    return [this, does](const HandlerError& error) -> Task<> {
      const std::string what = error.timed_out ? "timeout" : error.message;
      const bool of_listener = error.change || error.event;
      scribe_.add(error.handler + " error",
                  "is told: " + (of_listener ? fmt::format("{} ({})", what, error.cause) : what));
      if (does.takes > 0) co_await sleep(microseconds(does.takes));
      if (does.fails) throw std::runtime_error("the error handler, too");
    };
  }

  // --- Registrations

  /// Tells what was refused because the name is taken, where the tape asks for that.
  static Task<> unless_taken(Product* self, RunSpec spec, Task<> registers) {
    bool refused = false;
    try {
      co_await std::move(registers);
    } catch (const Error&) {
      if (spec.taken != Taken::kRefuse) throw;
      refused = true;
    }
    if (refused) self->scribe_.add(spec.label, "is refused");
  }

  static Task<> listen(Product* self, ListenSpec spec) {
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

  static Task<> schedule(Product* self, JobSpec spec) {
    self->jobs_[spec.runs.name] = co_await self->scheduler_.schedule(
        trigger_of(spec),
        [self, runs = spec.runs]() -> Task<> {
          self->begins(runs.label, "");
          co_await act(self, runs.does);
        },
        job_options(spec, self->around_));
  }

  static Task<> run_now(Product* self, std::string name) {
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

  void cancel(const std::string& name) {
    if (const auto found = subscriptions_.find(name); found != subscriptions_.end()) {
      found->second.cancel();
    }
    if (const auto found = jobs_.find(name); found != jobs_.end()) found->second.cancel();
  }

  // --- The end

  static std::string status(const Job& job) {
    static constexpr const char* kStates[] = {"scheduled", "waiting", "manual", "completed",
                                              "cancelled"};
    std::string text = kStates[static_cast<int>(job.state())];
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

  void sum_up() {
    for (const auto& [name, subscription] : subscriptions_) {
      if (subscription.active()) scribe_.add(name, "is registered");
    }
    for (const auto& [name, job] : jobs_) scribe_.add(name, status(job));
  }

  static Task<> close(Product* self, async::Bucket* bucket, bool* closed) {
    self->engine_.services().router.remove_all(self->bus_owner_, CancelReason::kShutdown);
    self->engine_.services().timetable.remove_all(self->schedule_owner_, CancelReason::kShutdown);
    co_await bucket->close(CancelReason::kShutdown);
    *closed = true;
  }

  void shut_down() {
    bool runs_ended = false;
    async::Bucket closing(loop_, [](const async::Label&, const std::exception_ptr&) {});
    closing.spawn(async::intern_label("tape", "end"), close(this, &runs_, &runs_ended));
    loop_.run_until(loop_.now() + microseconds(kEnding));
    if (!runs_ended) leaks_.push_back("runs do not end when they are cancelled");
    for (const auto& [number, source] : scribe_.present()) {
      leaks_.push_back("the registration " + source.name + " is still there");
    }
    if (loop_.timers() > 0) leaks_.push_back(fmt::format("{} timers are left", loop_.timers()));
    bool all_ended = false;
    closing.spawn(async::intern_label("tape", "end"), close(this, &own_, &all_ended));
    loop_.run_ready();
    if (!all_ended) leaks_.push_back("the engine does not end");
  }

  const Tape& tape_;
  Table home_;
  Trace trace_;
  Scribe scribe_;
  Link* link_ = nullptr;
  bool telling_ = false;
  std::vector<std::string> leaks_;
  std::vector<std::string> refused_;
  async::VirtualClock clock_;
  async::ParkReactor reactor_;
  async::Loop loop_;
  app::Engine engine_;
  HandlerOwner handlers_;
  bus::Owner bus_owner_{
      .app = "tape", .self = &handlers_, .bucket = &runs_, .router = &engine_.services().router};
  schedule::Owner schedule_owner_{.app = "tape",
                                  .self = &handlers_,
                                  .bucket = &runs_,
                                  .timetable = &engine_.services().timetable};
  Bus bus_{bus_owner_};
  Scheduler scheduler_{schedule_owner_};
  std::map<std::string, Subscription> subscriptions_;
  std::map<std::string, Job> jobs_;
  std::map<std::string, int> registered_;  // how often each name was
  const Surroundings around_{
      .is_night = [this] { return is_night(); },
      .error_handler = [this](const OnError& does) { return error_handler(does); }};
  async::Bucket own_{loop_, [this](const async::Label&, const std::exception_ptr& error) {
                       refused_.push_back(async::describe(error));
                     }};
  async::Bucket runs_{loop_, [](const async::Label&, const std::exception_ptr&) {}};
};

}  // namespace

Played play_product(const Tape& tape) {
  static const bool quiet = [] {
    log::add_sink(std::make_shared<Silence>());
    return true;
  }();
  static_cast<void>(quiet);
  Played played;
  unawaited = &played.leaks;
  const auto before = async::set_unawaited_reporter([](const async::Unawaited& what) noexcept {
    unawaited->push_back("never awaited: " + std::string(what.task));
  });
  std::vector<std::string> leaks;
  {
    Product product(tape);
    product.play();
    played.trace = product.take_trace();
    leaks = product.leaks();
    played.refused = product.refused();
  }
  async::set_unawaited_reporter(before);
  played.leaks.insert(played.leaks.end(), leaks.begin(), leaks.end());
  return played;
}

}  // namespace hassette::simulation
