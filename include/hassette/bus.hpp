#pragma once
// layer: bus
//
// bus: registers handlers for what happens in the home, for the app that it belongs to.
//
// Every `on_…` is checked when it is called (Error("registration"), before anything is awaited)
// and takes effect when it is awaited; for an event type that nobody listened to before, that
// includes Home Assistant's confirmation. What an app registered ends with the app. Loop thread
// only.
#include <hassette/entities.hpp>
#include <hassette/handler.hpp>
#include <hassette/options.hpp>
#include <hassette/sequence.hpp>
#include <hassette/stream.hpp>
#include <hassette/task.hpp>

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace hassette {

namespace async {
class LoopThread;
}

namespace bus {
class Listener;
struct Owner;

/// What an event must be: its type, and which of its data must match which glob.
struct EventQuestion {
  std::string type;
  std::vector<std::pair<std::string, std::string>> data;
  std::string shown;  ///< for people: "call of light.*"
};
}  // namespace bus

/// An event that reached a listener, and what became of it.
struct Seen {
  TimePoint time;
  std::string what;     ///< the entity, or the type of the event
  std::string outcome;  ///< "ran", "its .changed_to says no", "throttled"
};

/// Names a registration; dropping it changes nothing.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(const std::shared_ptr<bus::Listener>& listener);
  /// Ends it at once: no run begins any more, what is held back is forgotten, a running one is
  /// cancelled, except the caller's own.
  void cancel();
  bool active() const;
  /// The last eight events that reached it, oldest first: why it ran, or why it did not.
  std::vector<Seen> recent() const;
  /// Whether its holds are remembered over a restart, and if that fails at present, why.
  Durability durability() const;

 private:
  std::weak_ptr<bus::Listener> listener_;
  std::shared_ptr<const async::LoopThread> thread_;  // on which it may be asked
};

class Bus {
 public:
  explicit Bus(bus::Owner& owner) : owner_(&owner) {}

  /// Runs the handler when an entity's state changes. `entities` is an id, a glob ("light.*"), a
  /// list of them, `domain("light")`, `group("light.all")` or `Target{.area_id = "kitchen"}`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_state_change(
      Entities entities, H handler, StateChangeOptions options,
      std::source_location where = std::source_location::current()) {
    return add(std::move(entities), {}, bus::make_handler<StateChange>(self(), std::move(handler)),
               std::move(options), where);
  }

  /// Runs the handler when one attribute's value becomes another.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_attribute_change(
      Entities entities, std::string attribute, H handler, AttributeChangeOptions options,
      std::source_location where = std::source_location::current()) {
    return add(std::move(entities), std::move(attribute),
               bus::make_handler<StateChange>(self(), std::move(handler)),
               for_attribute(std::move(options)), where);
  }

  /// Runs the handler when a service is called; globs are allowed, an empty domain or service
  /// stands for any.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_call_service(
      std::string domain, std::string service, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add(calls(std::move(domain), std::move(service)), handle(handler), std::move(options),
               where);
  }

  /// Runs the handler for an event type of Home Assistant's, or one that an app emits.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on(
      std::string event_type, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add({std::move(event_type), {}, {}}, handle(handler), std::move(options), where);
  }

  /// Home Assistant has loaded an integration's component; "" or a glob for several.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_component_loaded(
      std::string component, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add({"component_loaded", {{"component", std::move(component)}}, {}}, handle(handler),
               std::move(options), where);
  }

  /// A service has become available; globs are allowed, "" stands for any.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription>
  on_service_registered(std::string domain, std::string service, H handler, EventOptions options,
                        std::source_location where = std::source_location::current()) {
    return add({"service_registered",
                {{"domain", std::move(domain)}, {"service", std::move(service)}},
                {}},
               handle(handler), std::move(options), where);
  }

  /// Home Assistant says that it has started (`homeassistant_started`). Heard only where the
  /// connection is there again before that, which is a matter of luck; on_connected is sure.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription>
  on_homeassistant_start(H handler, EventOptions options,
                         std::source_location where = std::source_location::current()) {
    return add({"homeassistant_started", {}, {}}, handle(handler), std::move(options), where);
  }
  /// Home Assistant says that it begins to stop (`homeassistant_stop`). That of 2025.4 closes its
  /// connections before anybody hears of it; on_disconnected is sure.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription>
  on_homeassistant_stop(H handler, EventOptions options,
                        std::source_location where = std::source_location::current()) {
    return add({"homeassistant_stop", {}, {}}, handle(handler), std::move(options), where);
  }
  /// Somebody has called `homeassistant.restart`; it is about to stop.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription>
  on_homeassistant_restart(H handler, EventOptions options,
                           std::source_location where = std::source_location::current()) {
    return add(calls("homeassistant", "restart"), handle(handler), std::move(options), where);
  }

  /// Home Assistant is there (again), and `states` is up to date. The data has `first`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_connected(
      H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add({"hassette.connected", {}, {}}, handle(handler), std::move(options), where);
  }
  /// The connection is lost. The data has `reason`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_disconnected(
      H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add({"hassette.disconnected", {}, {}}, handle(handler), std::move(options), where);
  }

  /// An app, by its key ("" or a glob for several), starts, runs, stops or fails. The data has
  /// `app`, `instance`, `status`, `previous` and, where it failed, `error`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription>
  on_app_state_changed(std::string app, H handler, EventOptions options,
                       std::source_location where = std::source_location::current()) {
    return add(of_app(std::move(app), ""), handle(handler), std::move(options), where);
  }
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_app_running(
      std::string app, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add(of_app(std::move(app), "running"), handle(handler), std::move(options), where);
  }
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_app_stopping(
      std::string app, H handler, EventOptions options,
      std::source_location where = std::source_location::current()) {
    return add(of_app(std::move(app), "stopping"), handle(handler), std::move(options), where);
  }

  /// A part of the engine that apps rely on ("" or a glob for several) fails or works again. There
  /// is "job_ledger", which keeps durable jobs and holds. The data has `service`, `status`
  /// ("failed", "running") and, where it failed, `error`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription>
  on_service_state_changed(std::string service, H handler, EventOptions options,
                           std::source_location where = std::source_location::current()) {
    return add(of_service(std::move(service)), handle(handler), std::move(options), where);
  }

  /// Runs the handler when a sequence is complete, with the change of its last step.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_sequence(
      Sequence steps, H handler, WatchOptions options,
      std::source_location where = std::source_location::current()) {
    return watch(steps, handle_change(handler), std::move(options), where);
  }
  /// Runs the handler once an entity has shown no new value for this long, and again only after
  /// one.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_stale(
      Entities entities, Length after, H handler, WatchOptions options,
      std::source_location where = std::source_location::current()) {
    return watch(entities, after, handle_change(handler), std::move(options), where);
  }
  /// Runs the handler when a number begins to change as fast as asked: `per_hour(C::above(2))`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_rate(
      Entities entities, RateOfChange rate, H handler, WatchOptions options,
      std::source_location where = std::source_location::current()) {
    return watch(entities, rate, handle_change(handler), std::move(options), where);
  }
  /// Runs the handler when a number crosses a limit: `rising_above(25, 0.5)`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> on_crossing(
      Entities entities, Crossing crossing, H handler, WatchOptions options,
      std::source_location where = std::source_location::current()) {
    return watch(entities, crossing, handle_change(handler), std::move(options), where);
  }

  /// The next change that answers, from the moment of the co_await on; see stream.hpp.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<StateChange> next(
      Entities entities, NextOptions options = {},
      std::source_location where = std::source_location::current());
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Event> next_event(
      std::string type, NextEventOptions options = {},
      std::source_location where = std::source_location::current());
  /// The same, or TimeoutError.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<StateChange> wait_for(
      Entities entities, NextOptions options, Length limit,
      std::source_location where = std::source_location::current());
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Event> wait_for_event(
      std::string type, NextEventOptions options, Length limit,
      std::source_location where = std::source_location::current());
  /// All of them, from the moment of the co_await on, with none lost between two waits.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Stream<StateChange>> stream(
      Entities entities, StreamOptions options = {},
      std::source_location where = std::source_location::current());
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Stream<Event>> stream_events(
      std::string type, StreamEventOptions options = {},
      std::source_location where = std::source_location::current());

  /// Told of what this app's handlers and conditions throw where a registration has no `.on_error`
  /// of its own; the last one given counts.
  void on_error(const ErrorHandler& handler);

  /// Gives an event to the handlers of all apps, without Home Assistant. They begin in a later
  /// turn.
  void emit(std::string event_type, Json data = {});

 private:
  HandlerOwner* self() const;
  template <class H>
  std::unique_ptr<bus::Handler<Event>> handle(H& handler) const {
    return bus::make_handler<Event>(self(), std::move(handler));
  }
  template <class H>
  std::unique_ptr<bus::Handler<StateChange>> handle_change(H& handler) const {
    return bus::make_handler<StateChange>(self(), std::move(handler));
  }
  using ChangeHandler = std::unique_ptr<bus::Handler<StateChange>>;
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> watch(
      const Sequence& steps, ChangeHandler handler, WatchOptions options,
      std::source_location where);
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> watch(
      const Entities& entities, Length after, ChangeHandler handler, WatchOptions options,
      std::source_location where);
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> watch(
      const Entities& entities, const RateOfChange& rate, ChangeHandler handler,
      WatchOptions options, std::source_location where);
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Subscription> watch(
      const Entities& entities, const Crossing& crossing, ChangeHandler handler,
      WatchOptions options, std::source_location where);
  static StateChangeOptions for_attribute(AttributeChangeOptions&& options);
  static bus::EventQuestion calls(std::string domain, std::string service);
  static bus::EventQuestion of_app(std::string app, std::string status);
  static bus::EventQuestion of_service(std::string service);
  [[clang::coro_wrapper]] Task<Subscription> add(Entities entities,
                                                 std::optional<std::string> attribute,
                                                 std::unique_ptr<bus::Handler<StateChange>> handler,
                                                 StateChangeOptions options,
                                                 std::source_location where);
  [[clang::coro_wrapper]] Task<Subscription> add(bus::EventQuestion question,
                                                 std::unique_ptr<bus::Handler<Event>> handler,
                                                 EventOptions options, std::source_location where);

  bus::Owner* owner_;
};

}  // namespace hassette
