#include <hassette/bus.hpp>

#include <fmt/format.h>

#include <hassette/duration.hpp>
#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "base/glob.hpp"
#include "bus/router.hpp"

namespace hassette {

using bus::EventListener;
using bus::StateListener;

void Subscription::cancel() {
  if (const auto listener = listener_.lock()) listener->cancel(CancelReason::kRequested);
}

bool Subscription::active() const {
  const auto listener = listener_.lock();
  return listener && listener->active();
}

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error("registration", fmt::format("listener `{}`: {}", name, why));
}

void check_name(const std::string& name) {
  if (name.empty())
    refuse(name, ".name is empty; give it a name that the log and the page can show");
}

void check(const EntityId& entity, std::string_view domain, const StateChangeOptions& options) {
  check_name(options.name);
  if (!base::is_glob(entity.str()) && !entity.is_valid()) {
    refuse(options.name,
           fmt::format("`{}` cannot be an entity id; write it as domain.object_id, in "
                       "lower case",
                       entity.str()));
  }
  // A pattern may still name its domain: `light.*`.
  if (!domain.empty() && !base::is_glob(entity.domain()) && entity.domain() != domain &&
      !(base::is_glob(entity.str()) && entity.domain().empty())) {
    refuse(options.name, fmt::format("its handler asks for a state of `{}`, but it listens to {}",
                                     domain, entity.str()));
  }
  if (options.duration && *options.duration <= std::chrono::nanoseconds(0)) {
    refuse(options.name, ".duration must be longer than zero; leave it out to run at once");
  }
  if (!options.changed && (options.changed_from.is_set())) {
    refuse(options.name,
           ".changed = false (run also for attributes) contradicts .changed_from, which asks for a "
           "change of the state");
  }
}

std::string trigger_of(const std::string& entity, const std::string& attribute,
                       const StateChangeOptions& options) {
  std::string text = attribute.empty() ? entity : fmt::format("{} [{}]", entity, attribute);
  if (options.changed_from.is_set()) text += " from " + options.changed_from.summary();
  if (options.changed_to.is_set()) text += " → " + options.changed_to.summary();
  if (options.duration) text += " for " + format_duration(*options.duration);
  return text;
}

/// A handler that goes on while its app stops must not leave a listener behind.
void check_running(const bus::Owner& owner, const bus::Listener& listener) {
  if (owner.bucket->closed()) refuse(listener.source().name, "its app has stopped");
}

Task<Subscription> register_state(bus::Owner* owner, std::shared_ptr<StateListener> listener) {
  check_running(*owner, *listener);
  owner->router->add(listener);
  co_return Subscription(listener);
}

Task<Subscription> register_event(bus::Owner* owner, std::shared_ptr<EventListener> listener) {
  check_running(*owner, *listener);
  owner->router->add(listener);
  try {
    co_await owner->router->source().want(listener->question().type);
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
          .where = std::move(options.where),
          .once = options.once,
          .duration = options.duration,
          .mode = options.mode};
}

HandlerOwner* Bus::self() const {
  return owner_->self;
}

[[clang::coro_wrapper]] Task<Subscription> Bus::add(
    const EntityId& entity, std::optional<std::string> attribute,
    std::unique_ptr<bus::Handler<StateChange>> handler, StateChangeOptions options,
    std::source_location where) {
  owner_->bucket->loop().assert_here(attribute ? "bus.on_attribute_change" : "bus.on_state_change");
  check(entity, handler->domain(), options);
  if (attribute && attribute->empty()) {
    refuse(options.name, "the attribute has no name; for the state itself use bus.on_state_change");
  }
  run::Source source{.kind = run::Kind::kListener,
                     .app = owner_->app,
                     .name = options.name,
                     .trigger = trigger_of(entity.str(), attribute.value_or(""), options),
                     .where = where};
  auto listener = std::make_shared<StateListener>(
      *owner_, owner_->router->observer(), std::move(source), options.mode, options.once,
      StateListener::Question{.entity = entity.str(),
                              .attribute = std::move(attribute).value_or(""),
                              .changed_from = std::move(options.changed_from),
                              .changed_to = std::move(options.changed_to),
                              .changed = options.changed,
                              .where = std::move(options.where),
                              .duration = options.duration},
      std::move(handler));
  return register_state(owner_, std::move(listener)).at(where);
}

[[clang::coro_wrapper]] Task<Subscription> Bus::add_call(
    std::string domain, std::string service, std::unique_ptr<bus::Handler<Event>> handler,
    EventOptions options, std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on_call_service");
  check_name(options.name);
  if ((domain + service).find('.') != std::string::npos) {
    refuse(options.name,
           "write domain and service apart: bus.on_call_service(\"light\", \"turn_on\", …)");
  }
  const auto shown = [](const std::string& text) { return text.empty() ? "*" : text; };
  run::Source source{.kind = run::Kind::kListener,
                     .app = owner_->app,
                     .name = options.name,
                     .trigger = fmt::format("call of {}.{}", shown(domain), shown(service)),
                     .where = where};
  auto listener = std::make_shared<EventListener>(
      *owner_, owner_->router->observer(), std::move(source), options.mode, options.once,
      EventListener::Question{.type = "call_service",
                              .domain = std::move(domain),
                              .service = std::move(service),
                              .where = std::move(options.where)},
      std::move(handler));
  return register_event(owner_, std::move(listener)).at(where);
}

[[clang::coro_wrapper]] Task<Subscription> Bus::add(std::string event_type,
                                                    std::unique_ptr<bus::Handler<Event>> handler,
                                                    EventOptions options,
                                                    std::source_location where) {
  owner_->bucket->loop().assert_here("bus.on");
  check_name(options.name);
  if (event_type.empty() || event_type == "*") {
    refuse(options.name, "name one event type; for state changes use bus.on_state_change");
  }
  if (event_type == "state_changed") {
    refuse(options.name, "`state_changed` comes through bus.on_state_change(\"*\", …)");
  }
  run::Source source{.kind = run::Kind::kListener,
                     .app = owner_->app,
                     .name = options.name,
                     .trigger = "event " + event_type,
                     .where = where};
  auto listener = std::make_shared<EventListener>(
      *owner_, owner_->router->observer(), std::move(source), options.mode, options.once,
      EventListener::Question{.type = std::move(event_type),
                              .domain = {},
                              .service = {},
                              .where = std::move(options.where)},
      std::move(handler));
  return register_event(owner_, std::move(listener)).at(where);
}

void Bus::emit(std::string event_type, Json data) {
  owner_->bucket->loop().assert_here("bus.emit");
  async::Loop& loop = owner_->bucket->loop();
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
