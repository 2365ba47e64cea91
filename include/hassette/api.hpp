#pragma once
// layer: ha
//
// api: everything that talks to Home Assistant; each call waits for its answer.
//
// What Home Assistant refuses is thrown at the caller as HomeAssistantError, with its code and
// words; a connection that is lost before the answer came throws ConnectionLostError (the call may
// have had its effect: nothing with a side effect is sent twice). While Home Assistant is away,
// calls fail at once; what must not be lost waits for `connected()` first. Loop thread only.
#include <hassette/error.hpp>
#include <hassette/json.hpp>
#include <hassette/state.hpp>
#include <hassette/target.hpp>
#include <hassette/task.hpp>

#include <chrono>
#include <source_location>
#include <string>
#include <vector>

namespace hassette {

/// Home Assistant refused; `code()` is its code ("not_found", "service_validation_error", …; the
/// set is open) and `message()` its own words.
class [[gnu::visibility("default")]] HomeAssistantError : public Error {
 public:
  HomeAssistantError(std::string code, std::string message, std::string context)
      : Error(std::move(code), std::move(message), std::move(context)) {}
  ~HomeAssistantError() override;
};

/// There is no connection (`was_sent()` is false), or it was lost before the answer.
class [[gnu::visibility("default")]] ConnectionLostError : public Error {
 public:
  ConnectionLostError(std::string message, bool was_sent)
      : Error("connection_lost", std::move(message)), was_sent_(was_sent) {}
  ~ConnectionLostError() override;
  /// True if Home Assistant may have carried it out.
  bool was_sent() const { return was_sent_; }

 private:
  bool was_sent_;
};

struct CallOptions {
  Target target = {};
  Json data = {};
  /// Asks for the service's answer; services that give none refuse it, those that only answer
  /// demand it.
  bool return_response = false;
  /// Services may run long (a script is answered at its end); then TimeoutError.
  std::chrono::nanoseconds timeout = std::chrono::seconds(60);
};

struct ServiceResponse {
  Context context;
  Json response;  ///< null unless asked for
};

namespace ha {
class Connection;
}

class Api {
 public:
  explicit Api(ha::Connection& home) : home_(&home) {}

  /// Returns when Home Assistant is there and `states` has been compared with it: at once unless it
  /// is away.
  [[clang::coro_wrapper]] Task<> connected(
      std::source_location where = std::source_location::current());

  /// `light.turn_on` is call_service("light", "turn_on", …); in one text it is refused at the call.
  [[clang::coro_wrapper]] Task<ServiceResponse> call_service(
      std::string domain, std::string service, CallOptions options = {},
      std::source_location where = std::source_location::current());

  /// `<domain>.turn_on` of the entity's own domain, with the data that this service takes.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> turn_on(
      const EntityId& entity, Json data = {},
      std::source_location where = std::source_location::current());
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> turn_off(
      const EntityId& entity, Json data = {},
      std::source_location where = std::source_location::current());
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> toggle(
      const EntityId& entity, Json data = {},
      std::source_location where = std::source_location::current());

  /// The state as Home Assistant has it now, not the cache's; HomeAssistantError("not_found"), with
  /// the nearest ids, if none.
  [[clang::coro_wrapper]] Task<State> get_state(
      EntityId entity, std::source_location where = std::source_location::current());
  [[clang::coro_wrapper]] Task<Context> fire_event(
      std::string event_type, Json data = {},
      std::source_location where = std::source_location::current());
  /// The template's value with its native type: a number, a string, a list, …
  [[clang::coro_wrapper]] Task<Json> render_template(
      std::string text, Json variables = {},
      std::source_location where = std::source_location::current());
  /// Any WebSocket command: `{"type": …}` and its fields; gives the result.
  [[clang::coro_wrapper]] Task<Json> send(
      Json command, std::source_location where = std::source_location::current());

 private:
  ha::Connection* home_;
};

}  // namespace hassette
