#pragma once
// Connection: the way to a home, whatever stands at its other end.
//
// `Client` is the one to a real Home Assistant; tests put a simulated home in its place, so that
// everything above runs unchanged. What it hears goes to the HomeListener that it was made with.
// Loop thread only.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hassette/async.hpp>
#include <hassette/entity_id.hpp>
#include <hassette/json.hpp>
#include <hassette/task.hpp>
#include "ha/home.hpp"

namespace hassette::ha {

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  /// Throws LogicError, naming `what`, on another thread than the loop's, where an app may call: a
  /// connection that no app is given asks nobody.
  virtual void assert_thread(std::string_view what) const { static_cast<void>(what); }

  /// Keeps the connection until cancelled.
  virtual Task<> run() = 0;
  virtual const Link& link() const = 0;
  /// Returns when the home is connected and its states have been compared: at once if it is.
  virtual Task<> connected();
  /// Returns when the home is not connected: at once if it is not.
  Task<> disconnected();

  /// Sends a command and gives its result. Throws HomeAssistantError or ConnectionLostError, with
  /// `what` (the author's words for the call) in front, or TimeoutError after `limit`.
  virtual Task<Json> call(Json command, std::string what, std::chrono::nanoseconds limit) = 0;
  /// Subscribes, and gives the first event that is pushed; then unsubscribes.
  virtual Task<Json> first_push(Json command, std::string what, std::chrono::nanoseconds limit) = 0;
  /// GET of a REST path; the status and the body.
  virtual Task<std::pair<int, std::string>> get(std::string path, std::string what) = 0;
  /// The entities whose ids are nearest to this one, which the home does not have; none where
  /// nothing is known of its entities.
  virtual std::vector<std::string> nearest(const EntityId& entity) const;
  /// Asks for an event type, now and after each reconnect.
  virtual Task<> want(std::string event_type) = 0;

 protected:
  /// Who makes the connection says so with each change of the link.
  void link_is(LinkState state);

 private:
  AsyncEvent is_connected_;
  AsyncEvent is_disconnected_;
};

/// Makes the connection that reports to this listener.
using Connector = std::function<std::unique_ptr<Connection>(HomeListener& listener)>;

}  // namespace hassette::ha
