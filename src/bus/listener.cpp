#include "bus/listener.hpp"

#include <fmt/format.h>

#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "base/glob.hpp"
#include "bus/router.hpp"

namespace hassette::bus {

namespace {

std::string_view or_none(std::string_view text) {
  return text.empty() ? "(none)" : text;
}

class StateRun final : public run::Run {
 public:
  StateRun(std::shared_ptr<StateListener> listener, std::shared_ptr<const StateChange> change)
      : listener_(std::move(listener)), change_(std::move(change)) {}
  [[clang::coro_wrapper]] Task<> start() override { return listener_->call(*change_); }
  std::string cause() const override { return describe(*change_); }

 private:
  std::shared_ptr<StateListener> listener_;
  std::shared_ptr<const StateChange> change_;
};

class EventRun final : public run::Run {
 public:
  EventRun(std::shared_ptr<EventListener> listener, std::shared_ptr<const Event> event)
      : listener_(std::move(listener)), event_(std::move(event)) {}
  [[clang::coro_wrapper]] Task<> start() override { return listener_->call(*event_); }
  std::string cause() const override {
    return event_->type == "call_service"
               ? fmt::format("call of {}.{}", event_->domain(), event_->service())
               : "event " + event_->type;
  }

 private:
  std::shared_ptr<EventListener> listener_;
  std::shared_ptr<const Event> event_;
};

}  // namespace

std::string describe(const StateChange& change) {
  return fmt::format("{}: {} → {}{}", change.entity_id.str(), or_none(change.old_text()),
                     or_none(change.new_text()), change.recovered ? ", recovered" : "");
}

// --- Listener

Listener::Listener(Owner& owner, run::Observer& observer, run::Source source, Mode mode, bool once)
    : owner_(owner), runner_(*owner.bucket, observer, std::move(source), mode), once_(once) {}

void Listener::cancel(CancelReason reason) {
  const std::shared_ptr<Listener> self = shared_from_this();
  end();
  runner_.cancel(reason);  // also what a `once` started before its registration ended
}

void Listener::end() {
  if (!std::exchange(active_, false)) return;
  owner_.router->remove(*this);
  drop_holds();
}

void Listener::submit(std::unique_ptr<run::Run> run) {
  if (!active_) return;  // its own predicate has cancelled it
  const std::shared_ptr<Listener> self = shared_from_this();
  if (once_) end();  // the registration, before the run may see another event
  runner_.submit(std::move(run));
}

void Listener::predicate_failed(const std::exception_ptr& error, std::string_view event) {
  Logger(owner_.app)
      .error("`{}`: its condition failed ({}): {} [registered at {}]", source().name, event,
             async::describe(error), runner_.place());
}

// --- StateListener

StateListener::StateListener(Owner& owner, run::Observer& observer, run::Source source, Mode mode,
                             bool once, Question question,
                             std::unique_ptr<Handler<StateChange>> handler)
    : Listener(owner, observer, std::move(source), mode, once),
      question_(std::move(question)),
      is_pattern_(base::is_glob(question_.entity)),
      handler_(std::move(handler)) {}

bool StateListener::matches(std::string_view entity_id) const {
  return base::glob_match(question_.entity, entity_id);
}

Json StateListener::value(const std::optional<State>& state) const {
  if (!state) return {};
  return question_.attribute.empty() ? Json(state->text()) : state->attribute(question_.attribute);
}

bool StateListener::value_changed(const StateChange& change) const {
  if (question_.attribute.empty()) return !question_.changed || change.state_changed();
  return !(value(change.old_state) == value(change.new_state));
}

bool StateListener::meets(const Condition& condition, const std::optional<State>& state) const {
  return !condition.is_set() || (state && condition(value(state)));
}

bool StateListener::asks_for(const StateChange& change) const {
  return value_changed(change) && meets(question_.changed_from, change.old_state) &&
         meets(question_.changed_to, change.new_state) &&
         (!question_.where || question_.where(change));
}

void StateListener::take(const state::Change& change, std::shared_ptr<const StateChange>& shared) {
  const async::Loop::Naming naming(owner_.bucket->loop(), runner().label());
  if (!shared) shared = std::make_shared<const StateChange>(to_state_change(change));
  try {
    if (question_.duration) {
      take_hold(change.entity->number, shared);
    } else if (asks_for(*shared)) {
      begin_run(shared);
    }
  } catch (...) {
    predicate_failed(std::current_exception(), describe(*shared));
  }
}

/// Whether an entity that is being waited for is still as it has to be.
bool StateListener::lasts(const StateChange& change) const {
  if (!change.new_state) return false;
  if (question_.changed_to.is_set()) return meets(question_.changed_to, change.new_state);
  return value(change.old_state) == value(change.new_state);
}

void StateListener::take_hold(std::uint32_t entity,
                              const std::shared_ptr<const StateChange>& change) {
  if (const auto held = holds_.find(entity); held != holds_.end()) {
    if (lasts(*change)) return;
    holds_.erase(held);
  }
  if (!change->new_state || !asks_for(*change) || !active()) return;
  auto hold = std::make_unique<Hold>(*this, entity, change);
  async::Loop& loop = owner_.bucket->loop();
  loop.start_timer(*hold, async::later(loop.now(), *question_.duration));
  holds_.insert_or_assign(entity, std::move(hold));
}

void StateListener::expired(std::uint32_t entity) {
  const std::shared_ptr<Listener> self = shared_from_this();
  const auto node = holds_.extract(entity);
  begin_run(node.mapped()->change());
}

void StateListener::begin_run(std::shared_ptr<const StateChange> change) {
  submit(std::make_unique<StateRun>(std::static_pointer_cast<StateListener>(shared_from_this()),
                                    std::move(change)));
}

// --- EventListener

EventListener::EventListener(Owner& owner, run::Observer& observer, run::Source source, Mode mode,
                             bool once, Question question, std::unique_ptr<Handler<Event>> handler)
    : Listener(owner, observer, std::move(source), mode, once),
      question_(std::move(question)),
      handler_(std::move(handler)) {}

void EventListener::take(const std::shared_ptr<const Event>& event) {
  const async::Loop::Naming naming(owner_.bucket->loop(), runner().label());
  try {
    const auto fits = [](const std::string& pattern, const std::string& text) {
      return pattern.empty() || base::glob_match(pattern, text);
    };
    if (!fits(question_.domain, event->domain()) || !fits(question_.service, event->service()))
      return;
    if (question_.where && !question_.where(*event)) return;
  } catch (...) {
    predicate_failed(std::current_exception(), event->type);
    return;
  }
  submit(std::make_unique<EventRun>(std::static_pointer_cast<EventListener>(shared_from_this()),
                                    event));
}

}  // namespace hassette::bus
