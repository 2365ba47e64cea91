#include "bus/listener.hpp"

#include <fmt/format.h>

#include <hassette/duration.hpp>
#include <hassette/logger.hpp>
#include "async/loop.hpp"
#include "bus/router.hpp"
#include "run/error_tasks.hpp"

namespace hassette::bus {

namespace {

std::string_view or_none(std::string_view text) {
  return text.empty() ? "(none)" : text;
}

template <class E>
class RunOf final : public run::Run {
 public:
  RunOf(std::shared_ptr<ListenerOf<E>> listener, std::shared_ptr<const E> event)
      : listener_(std::move(listener)), event_(std::move(event)) {}
  [[clang::coro_wrapper]] Task<> start() override { return listener_->call(*event_); }
  std::string cause() const override { return describe(*event_); }
  void failed(const run::Failure& failure) override { listener_->failed(failure, event_); }

 private:
  std::shared_ptr<ListenerOf<E>> listener_;
  std::shared_ptr<const E> event_;
};

std::string in_words(const Mode& mode) {
  switch (mode.kind()) {
    case Mode::kSingle:
      return "single";
    case Mode::kRestart:
      return "restart";
    case Mode::kQueued:
      return fmt::format("queued({})", mode.limit());
    case Mode::kParallel:
      return fmt::format("parallel({})", mode.limit());
  }
  return {};
}

std::string in_words(const Throttle& throttle) {
  if (!throttle.is_set()) return "none";
  return format_duration(throttle.every()) + (throttle.trailing() ? ", both edges" : "");
}

Verdict verdict_of(run::Submitted submitted) {
  switch (submitted) {
    case run::Submitted::kStarted:
      return Verdict::kRan;
    case run::Submitted::kWaits:
      return Verdict::kWaits;
    case run::Submitted::kSuppressed:
      return Verdict::kSuppressed;
    case run::Submitted::kDropped:
      return Verdict::kDropped;
  }
  return Verdict::kRan;
}

}  // namespace

std::string describe(const StateChange& change) {
  return fmt::format("{}: {} → {}{}{}", change.entity_id.str(), or_none(change.old_text()),
                     or_none(change.new_text()), change.recovered ? ", recovered" : "",
                     change.immediate ? ", immediate" : "");
}

std::string describe(const Event& event) {
  return event.type == "call_service"
             ? fmt::format("call of {}.{}", event.domain(), event.service())
             : "event " + event.type;
}

// --- Listener

Listener::Listener(Owner& owner, run::Observer& observer, run::Source source, std::string topic,
                   Policy policy)
    : owner_(owner),
      thread_(owner.bucket->loop().thread()),
      runner_(*owner.bucket, observer, std::move(source), policy.mode, policy.timeout),
      key_(std::move(topic) + '\n' + this->source().name),
      policy_(std::move(policy)),
      on_error_(policy_.on_error.bind(owner.self)),
      failures_to_(&observer),
      failures_of_(runner_.number()) {}

void Listener::cancel(CancelReason reason) {
  const std::shared_ptr<Listener> self = shared_from_this();
  leave_ledger(reason);
  end();
  runner_.cancel(reason);  // also what a `once` started before its registration ended
}

void Listener::end() {
  if (!std::exchange(active_, false)) return;
  leave_router();
  drop_held();
  // The name may be a newer one's by now.
  const auto mine = owner_.listeners.find(key_);
  if (mine == owner_.listeners.end() || mine->second.get() != this) return;
  const std::shared_ptr<Listener> self = std::move(mine->second);
  owner_.listeners.erase(mine);
  owner_.router->keep_for_now(self);
}

Verdict Listener::submit(std::unique_ptr<run::Run> run, Lane lane) {
  const std::shared_ptr<Listener> self = shared_from_this();
  if (policy_.once) end();  // the registration, before the run may see another event
  const Verdict verdict = verdict_of(runner_.submit(std::move(run), lane));
  count(verdict);
  return verdict;
}

void Listener::count(Verdict verdict) {
  if (verdict == Verdict::kSuppressed) ++counts_.suppressed;
  if (verdict == Verdict::kDropped) ++counts_.dropped;
  if (verdict == Verdict::kThrottled) {
    ++counts_.throttled;
    runner_.observer().throttled(runner_.number());
  }
  if (verdict == Verdict::kMissed) runner_.observer().missed(runner_.number());
}

Moment Listener::moment() const {
  return owner_.router->moment(loop());
}

std::vector<Seen> Listener::recent() const {
  std::vector<Seen> seen;
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    const Verdicts::Note& note = verdicts_[i];
    seen.push_back({note.time, what(note.entity), outcome(note)});
  }
  return seen;
}

// --- What it was told

std::vector<Listener::Fact> Listener::facts() const {
  return {{".once", policy_.once ? "true" : "false"},
          {".debounce", policy_.debounce ? format_duration(*policy_.debounce) : "none"},
          {".throttle", in_words(policy_.throttle)},
          {".mode", in_words(policy_.mode)},
          {".timeout", policy_.timeout == kNoTimeout ? "none" : format_duration(policy_.timeout)},
          {".priority", std::to_string(policy_.priority)},
          {".on_error", policy_.on_error.is_set() ? policy_.on_error.type()->name() : "none"}};
}

std::vector<std::string> Listener::differences(const Listener& other) const {
  std::vector<std::string> found;
  if (!same_handler(other)) found.emplace_back("the handler");
  const std::vector<Fact> mine = facts();
  const std::vector<Fact> theirs = other.facts();
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (mine[i].second == theirs[i].second) continue;
    found.push_back(mine[i].first == ".on_error"
                        ? ".on_error"
                        : fmt::format("{} ({} instead of {})", mine[i].first, mine[i].second,
                                      theirs[i].second));
  }
  return found;
}

// --- Errors

HandlerError Listener::error_of(std::string cause, const std::exception_ptr& error,
                                std::string message) const {
  return {.app = owner_.app,
          .handler = source().name,
          .cause = std::move(cause),
          .message = std::move(message),
          .where = source().where,
          .error = error};
}

void Listener::condition_failed(HandlerError error) {
  Logger(owner_.app)
      .error("`{}`: its condition failed ({}): {} [registered at {}]", source().name, error.cause,
             error.message, runner_.place());
  failures_to_->condition_failed(failures_of_, error.message);
  tell(std::move(error));
}

void Listener::tell(HandlerError error) {
  std::shared_ptr<run::ErrorSink> sink = on_error_ ? on_error_ : owner_.on_error;
  if (!sink) return;
  if (!owner_.error_tasks) {
    owner_.error_tasks =
        std::make_shared<run::ErrorTasks>(*owner_.bucket, owner_.router->observer());
  }
  owner_.error_tasks->start(std::move(sink), std::move(error), failures_of_);
}

// --- ListenerOf

namespace {

void set_event(HandlerError& error, std::shared_ptr<const StateChange> change) {
  error.change = std::move(change);
}
void set_event(HandlerError& error, std::shared_ptr<const Event> event) {
  error.event = std::move(event);
}

}  // namespace

template <class E>
ListenerOf<E>::ListenerOf(Owner& owner, run::Observer& observer, run::Source source,
                          std::string topic, Policy policy, std::unique_ptr<Handler<E>> handler)
    : Listener(owner, observer, std::move(source), std::move(topic), std::move(policy)),
      handler_(std::move(handler)) {}

template <class E>
bool ListenerOf<E>::same_handler(const Listener& other) const {
  const auto* alike = dynamic_cast<const ListenerOf*>(&other);
  return alike && handler_->same(*alike->handler_);
}

template <class E>
void ListenerOf<E>::failed(const run::Failure& failure, const Shared& event) {
  HandlerError error = error_of(failure.cause, failure.error, failure.message);
  error.timed_out = failure.timed_out;
  set_event(error, event);
  tell(std::move(error));
}

template <class E>
void ListenerOf<E>::condition_threw(const Shared& event) {
  const std::exception_ptr thrown = std::current_exception();
  HandlerError error = error_of(describe(*event), thrown, async::describe(thrown));
  set_event(error, event);
  condition_failed(std::move(error));
}

template <class E>
Verdict ListenerOf<E>::accept(Lane lane, const Shared& event) {
  if (!active()) return Verdict::kEnded;  // its own predicate has cancelled it
  if (policy().debounce) return debounce(lane, event);
  if (policy().throttle.is_set()) return throttle(lane, event);
  return begin(lane, event);
}

template <class E>
Verdict ListenerOf<E>::begin(Lane lane, const Shared& event) {
  return submit(
      std::make_unique<RunOf<E>>(std::static_pointer_cast<ListenerOf>(shared_from_this()), event),
      lane);
}

template <class E>
Verdict ListenerOf<E>::debounce(Lane lane, const Shared& event) {
  Held& held = held_.try_emplace(lane, *this, lane).first->second;
  held.newest = event;
  loop().start_timer(held, async::later(loop().now(), *policy().debounce));
  return Verdict::kDebounced;
}

template <class E>
Verdict ListenerOf<E>::throttle(Lane lane, const Shared& event) {
  const async::MonoTime now = loop().now();
  Held& held = held_.try_emplace(lane, *this, lane).first->second;
  if (now >= held.closed_until && !held.running()) {
    // Closed before the run begins: a handler that fails has used its turn.
    held.closed_until = async::later(now, policy().throttle.every());
    return begin(lane, event);
  }
  if (!policy().throttle.trailing()) {
    count(Verdict::kThrottled);
    return Verdict::kThrottled;
  }
  if (held.running()) {
    count(Verdict::kThrottled);  // the one that this replaces
  } else {
    loop().start_timer(held, held.closed_until);
  }
  held.newest = event;
  return Verdict::kThrottled;
}

template <class E>
void ListenerOf<E>::held_is_due(Lane lane) {
  const std::shared_ptr<Listener> self = shared_from_this();
  if (policy().debounce) {
    const auto node = held_.extract(lane);
    note(loop().wall(), lane, begin(lane, node.mapped().newest));
    return;
  }
  Held& held = held_.at(lane);
  held.closed_until = async::later(loop().now(), policy().throttle.every());
  const Shared newest = std::exchange(held.newest, nullptr);
  note(loop().wall(), lane, begin(lane, newest));  // may end the registration, and `held` with it
}

template class ListenerOf<StateChange>;
template class ListenerOf<Event>;

}  // namespace hassette::bus
