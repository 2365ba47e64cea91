#include <hassette/bus.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include "async/loop.hpp"
#include "bus/check.hpp"
#include "bus/engine_events.hpp"
#include "bus/registration.hpp"
#include "bus/router.hpp"
#include "bus/unknown.hpp"

namespace hassette {

using bus::check_now;
using bus::enter;
using bus::EventListener;
using bus::existing;
using bus::Listener;
using bus::refuse;
using bus::StateListener;
using bus::trigger_of;
using bus::want;

namespace {

using ThreadPtr = std::shared_ptr<const async::LoopThread>;

/// What a subscription names, if it is still there, for who asks on the loop's thread. On another
/// one nothing of it is touched, be it only to see whether it is still there.
std::shared_ptr<Listener> named_by(const std::weak_ptr<Listener>& name, const ThreadPtr& thread,
                                   std::string_view what) {
  if (thread) thread->assert_this(what);
  return name.lock();
}

}  // namespace

Subscription::Subscription(const std::shared_ptr<Listener>& listener)
    : listener_(listener), thread_(listener->thread()) {}

void Subscription::cancel() {
  const auto listener = named_by(listener_, thread_, "Subscription::cancel");
  if (listener) listener->cancel(CancelReason::kRequested);
}

bool Subscription::active() const {
  const auto listener = named_by(listener_, thread_, "Subscription::active");
  return listener && listener->active();
}

std::vector<Seen> Subscription::recent() const {
  const auto listener = named_by(listener_, thread_, "Subscription::recent");
  return listener ? listener->recent() : std::vector<Seen>();
}

Durability Subscription::durability() const {
  const auto listener = named_by(listener_, thread_, "Subscription::durability");
  return listener ? listener->durability() : Durability();
}

std::string Entities::text() const {
  std::string text;
  const auto add = [&](std::string_view kind, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", kind, name);
    }
  };
  add("", ids_);
  add("group ", groups_);
  add("area ", target_.area_id.list());
  add("floor ", target_.floor_id.list());
  add("device ", target_.device_id.list());
  add("label ", target_.label_id.list());
  add("", target_.entity_id.list());
  return text;
}

namespace {

Task<Subscription> register_state(bus::Owner* owner, std::shared_ptr<StateListener> listener,
                                  IfExists if_exists) {
  check_now(*owner, *listener, if_exists);
  if (if_exists == IfExists::kSkip) {
    if (const auto old = existing(*owner, *listener)) co_return Subscription(old);
  }
  enter(*owner, listener);
  owner->router->add(*listener);
  bus::warn_of_unknown(*listener);
  listener->resume();
  if (listener->question().immediate) listener->take_present(listener->entities);
  co_return Subscription(listener);
}

Task<Subscription> register_event(bus::Owner* owner, std::shared_ptr<EventListener> listener,
                                  IfExists if_exists) {
  check_now(*owner, *listener, if_exists);
  if (const auto old = existing(*owner, *listener)) {
    if (if_exists == IfExists::kSkip) co_return Subscription(old);
    // The old one goes on until the new one can take its place.
    co_await want(owner, listener->question().type);
    check_now(*owner, *listener, if_exists);
    enter(*owner, listener);
    owner->router->add(*listener);
    co_return Subscription(listener);
  }
  enter(*owner, listener);
  owner->router->add(*listener);
  try {
    co_await want(owner, listener->question().type);
  } catch (...) {
    listener->cancel(CancelReason::kRequested);  // whoever registered it will never hear of it
    throw;
  }
  co_return Subscription(listener);
}

}  // namespace

StateChangeOptions Bus::for_attribute(AttributeChangeOptions&& options) {
  return {.name = std::move(options.name),
          .changed_from = std::move(options.changed_from),
          .changed_to = std::move(options.changed_to),
          .changed = std::move(options.changed),
          .where = std::move(options.where),
          .once = options.once,
          .immediate = options.immediate,
          .duration = options.duration,
          .durable = options.durable,
          .missed = options.missed,
          .interrupted = options.interrupted,
          .debounce = options.debounce,
          .throttle = options.throttle,
          .mode = options.mode,
          .timeout = options.timeout,
          .priority = options.priority,
          .if_exists = options.if_exists,
          .on_error = std::move(options.on_error)};
}

HandlerOwner* Bus::self() const {
  return owner_->self;
}

[[clang::coro_wrapper]] Task<Subscription> Bus::add(
    Entities entities, std::optional<std::string> attribute,
    std::unique_ptr<bus::Handler<StateChange>> handler, StateChangeOptions options,
    std::source_location where) {
  owner_->bucket->loop().assert_here(attribute ? "bus.on_attribute_change" : "bus.on_state_change");
  bus::check(entities, attribute, handler->domain(), options, *owner_, where);
  if (options.immediate && handler->asks_old_state()) {
    refuse({options.name, where},
           ".immediate (run for what is there now) contradicts a handler that asks for "
           "D::StateOld<>: there is no old state; ask for D::MaybeStateOld<>");
  }
  const std::string asked = entities.text();
  std::string of = attribute ? std::move(*attribute) : std::string();
  run::Source source{.kind = run::Kind::kListener,
                     .app = owner_->app,
                     .name = options.name,
                     .trigger = trigger_of(asked, of, options),
                     .where = where,
                     .durable = options.durable};
  std::string topic = fmt::format("state {} {}", asked, of);
  auto listener = std::make_shared<StateListener>(
      *owner_, owner_->router->observer(), std::move(source), std::move(topic),
      bus::policy_of(options, *owner_),
      bus::question_of(std::move(entities), std::move(of), options), std::move(handler));
  check_now(*owner_, *listener, options.if_exists);
  return register_state(owner_, std::move(listener), options.if_exists).at(where);
}

bus::EventQuestion Bus::calls(std::string domain, std::string service) {
  const auto shown = [](const std::string& text) { return text.empty() ? "*" : text; };
  std::string text = fmt::format("call of {}.{}", shown(domain), shown(service));
  return {"call_service",
          {{"domain", std::move(domain)}, {"service", std::move(service)}},
          std::move(text)};
}

bus::EventQuestion Bus::of_app(std::string app, std::string status) {
  return {std::string(bus::kAppStateChanged),
          {{"app", std::move(app)}, {"status", std::move(status)}},
          {}};
}

bus::EventQuestion Bus::of_service(std::string service) {
  return {std::string(bus::kServiceStateChanged), {{"service", std::move(service)}}, {}};
}

namespace {

/// "event component_loaded, component = zha"
std::string shown(const bus::EventQuestion& question) {
  if (!question.shown.empty()) return question.shown;
  std::string text = "event " + question.type;
  for (const auto& [name, pattern] : question.data) {
    if (!pattern.empty()) text += fmt::format(", {} = {}", name, pattern);
  }
  return text;
}

}  // namespace

[[clang::coro_wrapper]] Task<Subscription> Bus::add(bus::EventQuestion question,
                                                    std::unique_ptr<bus::Handler<Event>> handler,
                                                    EventOptions options,
                                                    std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on");
  bus::check(question, options, where);
  std::string topic = shown(question);
  run::Source source{.kind = run::Kind::kListener,
                     .app = owner_->app,
                     .name = options.name,
                     .trigger = topic,
                     .where = where};
  auto listener = std::make_shared<EventListener>(
      *owner_, owner_->router->observer(), std::move(source), std::move(topic),
      bus::policy_of(options, *owner_), std::move(question), std::move(options.where),
      std::move(handler));
  check_now(*owner_, *listener, options.if_exists);
  return register_event(owner_, std::move(listener), options.if_exists).at(where);
}

void Bus::on_error(const ErrorHandler& handler) {
  owner_->bucket->loop().assert_here("bus.on_error");
  owner_->on_error = handler.bind(owner_->self);
}

void Bus::emit(std::string event_type, Json data) {
  async::Loop& loop = owner_->bucket->loop();
  loop.assert_here("bus.emit");
  if (event_type.starts_with(bus::kEnginePrefix) || event_type == "state_changed") {
    throw Error("event", fmt::format("`{}` is an event of the engine's own; emit one of another "
                                     "type",
                                     event_type));
  }
  // In a later turn: handlers must not begin inside the one that emits, which may do so in a loop.
  loop.defer([router = owner_->router->self(), event = Event{.type = std::move(event_type),
                                                             .data = std::move(data),
                                                             .origin = Origin::kEngine,
                                                             .time_fired = loop.wall(),
                                                             .context = {}}]() mutable {
    if (const auto here = router.lock()) (*here)->dispatch(std::move(event));
  });
}

}  // namespace hassette
