#pragma once
// layer: bus
//
// bus: registers handlers for what happens in the home, for the app that it belongs to.
//
// Every `on_…` is checked when it is called (Error("registration"), before anything is awaited)
// and takes effect when it is awaited; for an event type that nobody listened to before, that
// includes Home Assistant's confirmation. What an app registered ends with the app. Loop thread
// only.
#include <hassette/handler.hpp>
#include <hassette/options.hpp>
#include <hassette/task.hpp>

#include <memory>
#include <optional>
#include <source_location>
#include <string>

namespace hassette {

namespace bus {
class Router;
class Listener;
struct Owner;
struct Registration;
}  // namespace bus

/// Names a registration; dropping it changes nothing.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::weak_ptr<bus::Listener> listener) : listener_(std::move(listener)) {}
  /// Ends it at once: no run begins any more, a running one is cancelled, except the caller's own.
  void cancel();
  bool active() const;

 private:
  std::weak_ptr<bus::Listener> listener_;
};

class Bus {
 public:
  explicit Bus(bus::Owner& owner) : owner_(&owner) {}

  /// Runs the handler when the entity's state changes. `entity` is an id or a glob ("light.*").
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_state_change(
      EntityId entity, H handler, StateChangeOptions options,
      std::source_location where = std::source_location::current()) {
    return add(std::move(entity), {}, bus::make_handler<StateChange>(self(), std::move(handler)),
               std::move(options), where);
  }

  /// Runs the handler when one attribute's value becomes another.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_attribute_change(
      EntityId entity, std::string attribute, H handler, AttributeChangeOptions options,
      std::source_location where = std::source_location::current()) {
    return add(std::move(entity), std::move(attribute),
               bus::make_handler<StateChange>(self(), std::move(handler)),
               for_attribute(std::move(options)), where);
  }

  /// Runs the handler when a service is called; an empty domain or service stands for any.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_call_service(
      std::string domain, std::string service, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add_call(std::move(domain), std::move(service),
                    bus::make_handler<Event>(self(), std::move(handler)), std::move(options),
                    where);
  }

  /// Runs the handler for an event type of Home Assistant's, or one that an app emits.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on(
      std::string event_type, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add(std::move(event_type), bus::make_handler<Event>(self(), std::move(handler)),
               std::move(options), where);
  }

  /// Gives an event to the handlers of all apps, without Home Assistant.
  void emit(std::string event_type, Json data = {});

 private:
  HandlerOwner* self() const;
  static StateChangeOptions for_attribute(AttributeChangeOptions&& options);
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> add(
      const EntityId& entity, std::optional<std::string> attribute,
      std::unique_ptr<bus::Handler<StateChange>> handler, StateChangeOptions options,
      std::source_location where);
  [[clang::coro_wrapper]] Task<Subscription> add_call(std::string domain, std::string service,
                                                      std::unique_ptr<bus::Handler<Event>> handler,
                                                      EventOptions options,
                                                      std::source_location where);
  [[clang::coro_wrapper]] Task<Subscription> add(std::string event_type,
                                                 std::unique_ptr<bus::Handler<Event>> handler,
                                                 EventOptions options, std::source_location where);

  bus::Owner* owner_;
};

}  // namespace hassette
