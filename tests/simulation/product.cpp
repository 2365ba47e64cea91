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
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"
#include "async/unawaited.hpp"
#include "link.hpp"
#include "log/log.hpp"
#include "model.hpp"
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

std::string lane_of(const std::string& cause) {
  return cause.starts_with("event ") ? "event" : cause.substr(0, cause.find(": "));
}

std::string with_lane(const std::string& name, const std::string& lane) {
  return lane.empty() ? name : name + " " + lane;
}

std::string or_none(std::string_view text) {
  return text.empty() ? "(none)" : std::string(text);
}

/// Writes the observer's side of the trace.
class Scribe final : public run::Observer, public app::EngineObserver {
 public:
  explicit Scribe(Trace& its_trace) : trace(its_trace) {}

  std::uint64_t registered(const run::Source& source) override {
    sources[++numbered_] = source;
    sources[numbered_].name = label_of(source.name, ++registered_[source.name]);
    return numbered_;
  }
  void removed(std::uint64_t number) override { sources.erase(number); }
  void started(std::uint64_t) override {}
  void ended(std::uint64_t number, const run::Ended& how) override {
    static constexpr const char* kOutcomes[] = {"succeeded", "failed", "cancelled", "timed out"};
    const run::Source& source = sources.at(number);
    const bool job = source.kind == run::Kind::kJob;
    const std::string cause = job ? std::string() : how.cause;
    const auto lasted = std::chrono::duration_cast<microseconds>(how.duration).count();
    const std::string outcome = kOutcomes[static_cast<int>(how.outcome)];
    trace.add(now(), with_lane(source.name, job ? std::string() : lane_of(cause)),
              fmt::format("ended {} after {} {}", outcome, seconds_text(lasted), cause));
    trace.count("ended " + outcome);
  }
  void held_back(std::uint64_t number, bool dropped) override {
    note(number, dropped ? "dropped" : "held back");
  }
  void throttled(std::uint64_t number) override { note(number, "throttled"); }
  void condition_failed(std::uint64_t number, const std::string&) override {
    note(number, "condition failed");
  }

  void on_link(const ha::Link&) override {}
  void on_home(const ha::HomeConfig&) override {}
  void on_change(const state::Change&) override {}
  void on_event(const Event&) override {}
  void on_garbage(ha::Garbage) override {}
  void settle(std::size_t) override {}

  /// What the next registration of this name is called in the trace.
  std::string next_label(const std::string& name) const {
    const auto found = registered_.find(name);
    return label_of(name, found == registered_.end() ? 1 : found->second + 1);
  }
  Micros now() const {
    return loop ? std::chrono::duration_cast<microseconds>(loop->now().time_since_epoch()).count()
                : 0;
  }

  Trace& trace;
  const async::Loop* loop = nullptr;
  std::map<std::uint64_t, run::Source> sources;  // those that are there

 private:
  void note(std::uint64_t number, const std::string& what) {
    trace.add(now(), sources.at(number).name, what);
    trace.count(what);
  }
  std::uint64_t numbered_ = 0;
  std::map<std::string, int> registered_;
};

async::Pool& idle_pool() {
  static async::Pool pool(1);
  return pool;
}

Mode mode_of(const RunSpec& spec) {
  switch (spec.mode) {
    case When::kRestart:
      return Mode::kRestart;
    case When::kQueued:
      return queued(spec.limit);
    case When::kParallel:
      return parallel(spec.limit);
    case When::kSingle:
      break;
  }
  return Mode::kSingle;
}

Condition condition_of(const std::string& text) {
  if (text.empty()) return {};
  if (text == "above20") return C::above(20);
  if (text.find_first_not_of("0123456789") == std::string::npos) return std::stod(text);
  return text;
}

Entities entities_of(const std::string& text) {
  std::vector<std::string> ids;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    ids.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return ids;
}

Trigger trigger_of(const JobSpec& spec) {
  const auto length = microseconds(spec.length);
  if (spec.trigger == "in") return After{length};
  if (spec.trigger == "every") return Every{length};
  if (spec.trigger == "at") return At{TimePoint(length)};
  if (spec.trigger == "minutely") return Minutely{spec.each};
  if (spec.trigger == "hourly") return Hourly{spec.each};
  if (spec.trigger == "cron") {
    std::string expression = spec.time;
    std::ranges::replace(expression, '_', ' ');
    return CronTimes{expression};
  }
  const MomentOfDay moment(TimeOfDay::parse(spec.time).value());
  if (spec.trigger == "once") return Once{moment};
  if (spec.trigger == "daily") return Daily{moment};
  const std::chrono::weekday day(static_cast<unsigned>(spec.each));
  return Weekly{{day}, moment};
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
    scribe_.loop = &loop_;
    own_.spawn(async::intern_label("engine", "connection"), engine_.run());
    own_.spawn(async::intern_label("engine", "ready"), engine_.ready());
    loop_.run_ready();
    run_here([this] { link_->tell_clock(home_clock()); });
  }

  void play() {
    for (const Op& op : tape_.ops) {
      run_until(op.at);
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
  void run_here(Task<> task) {
    own_.spawn(async::intern_label("tape", "operation"), std::move(task));
    loop_.run_ready();
  }

  void happen(const Op& op) {
    if (op.verb == "listen") {
      ListenSpec spec = listen_spec(op);
      spec.runs.label = scribe_.next_label(op.subject);
      run_here(listen(this, std::move(spec)));
    } else if (op.verb == "job") {
      JobSpec spec = job_spec(op);
      spec.runs.label = scribe_.next_label(op.subject);
      labels_[op.subject] = spec.runs.label;
      run_here(schedule(this, std::move(spec)));
    } else if (op.verb == "cancel") {
      run_here([&] { cancel(op.subject); });
    } else if (op.verb == "now") {
      run_here(run_now(this, op.subject));
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
    trace_.add(scribe_.now(), group, "begins " + cause);
    trace_.count("began");
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
      begins(with_lane(spec.label, change.entity_id.str()), cause);
      co_await act(this, spec.does);
    };
  }
  auto event_handler(const RunSpec& spec) {
    return [this, spec](Event event) -> Task<> {
      const std::string value = event.data["value"].get<std::string>().value_or("");
      begins(with_lane(spec.label, "event"),
             "event " + event.type + (value.empty() ? "" : " " + value));
      co_await act(this, spec.does);
    };
  }

  bool is_night() const {
    const state::Entity* const sun = engine_.services().cache.find("sun.sun");
    return sun && sun->state && sun->state->text() == "night";
  }
  bool asks(const std::string& where) const {
    if (where == "throws" && is_night()) throw std::runtime_error("the question fails at night");
    return where == "throws" || is_night();
  }

  // --- Registrations

  template <class Options>
  static void set_common(Options& options, const ListenSpec& spec) {
    options.once = spec.once;
    if (spec.debounce > 0) options.debounce = microseconds(spec.debounce);
    if (spec.throttle > 0) {
      options.throttle = {microseconds(spec.throttle),
                          spec.both_edges ? Throttle::kBothEdges : Throttle::kLeading};
    }
    options.mode = mode_of(spec.runs);
    if (spec.runs.timeout > 0) options.timeout = microseconds(spec.runs.timeout);
    options.priority = spec.priority;
    options.if_exists = IfExists::kReplace;
  }

  EventOptions event_options(const ListenSpec& spec) {
    EventOptions options{.name = spec.runs.name};
    set_common(options, spec);
    if (spec.where == "even") {
      options.where = [](const Event& event) {
        const std::string value = event.data["value"].get<std::string>().value_or("");
        return !value.empty() && (value.back() - '0') % 2 == 0;
      };
    } else if (!spec.where.empty()) {
      options.where = [this, where = spec.where] { return asks(where); };
    }
    return options;
  }

  template <class Options>
  Options change_options(const ListenSpec& spec) {
    Options options{.name = spec.runs.name};
    set_common(options, spec);
    options.changed_to = condition_of(spec.changed_to);
    options.changed_from = condition_of(spec.changed_from);
    if (spec.changed == "any") options.changed = false;
    if (spec.changed == "up") options.changed = C::increased();
    options.immediate = spec.immediate;
    if (spec.duration > 0) options.duration = microseconds(spec.duration);
    if (!spec.where.empty()) {
      options.where = [this, where = spec.where] { return asks(where); };
    }
    return options;
  }

  static Task<> listen(Product* self, ListenSpec spec) {
    Subscription& own = self->subscriptions_[spec.runs.name];
    if (!spec.event.empty()) {
      own = co_await self->bus_.on(spec.event, self->event_handler(spec.runs),
                                   self->event_options(spec));
    } else if (spec.attribute.empty()) {
      own = co_await self->bus_.on_state_change(entities_of(spec.entities),
                                                self->change_handler(spec.runs),
                                                self->change_options<StateChangeOptions>(spec));
    } else {
      own = co_await self->bus_.on_attribute_change(
          entities_of(spec.entities), spec.attribute, self->change_handler(spec.runs),
          self->change_options<AttributeChangeOptions>(spec));
    }
  }

  static Task<> schedule(Product* self, JobSpec spec) {
    JobOptions options{.name = spec.runs.name, .if_exists = IfExists::kReplace};
    options.mode = mode_of(spec.runs);
    if (spec.runs.timeout > 0) options.timeout = microseconds(spec.runs.timeout);
    options.late = spec.skips_late ? Late::kSkip : Late::kRun;
    options.late_tolerance = microseconds(spec.tolerance);
    options.aligned = spec.aligned;
    if (!spec.where.empty()) {
      options.where = [self, where = spec.where] { return self->asks(where); };
    }
    Job& own = self->jobs_[spec.runs.name];
    own = co_await self->scheduler_.schedule(
        trigger_of(spec),
        [self, runs = spec.runs]() -> Task<> {
          self->begins(runs.label, "");
          co_await act(self, runs.does);
        },
        std::move(options));
  }

  static Task<> run_now(Product* self, std::string name) {
    const auto found = self->jobs_.find(name);
    if (found == self->jobs_.end()) co_return;
    Job job = found->second;
    const std::string label = self->labels_.at(name);
    std::string how;
    try {
      how = to_string((co_await job.run_now()).outcome);
    } catch (const Error&) {
      how = "refused";
    }
    self->trace_.add(self->scribe_.now(), label + " now", how);
    self->trace_.count("run_now " + how);
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
      if (subscription.active()) trace_.add(scribe_.now(), name, "is registered");
    }
    for (const auto& [name, job] : jobs_) trace_.add(scribe_.now(), name, status(job));
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
    for (const auto& [number, source] : scribe_.sources) {
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
  std::map<std::string, std::string> labels_;  // of the jobs
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
