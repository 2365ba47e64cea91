#pragma once
// HomeConnection: the way to a simulated home in the same process, without a network.
//
// Commands take the road that a client's take, as text through a Session; changes and events come
// straight from the home's bus, in its order, and before the result of the call that caused them,
// as Home Assistant sends them. It can be cut and come back, and it can spoil single services.
// Deadlines follow the home's clock. Owned by the engine; loop thread only.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include <hassette/async.hpp>
#include "ha/connection.hpp"
#include "sim/home.hpp"
#include "sim/session.hpp"

namespace hassette::harness {

/// A state of the simulated home as a client gets it; views into what is given.
model::WireState to_wire(const sim::State& state, std::string_view context);
/// As JSON.
std::string text_of(const sim::Context& context);

/// What is done to the calls of one service.
struct Spoiled {
  std::size_t refusals = 0;  ///< how many more are refused
  std::string code;
  std::string message;
  std::chrono::nanoseconds delay{0};
  bool silent = false;
};

/// Who is told of the services that apps call.
class CallListener {
 public:
  /// The number names the call in `refused`.
  virtual std::size_t called(const Json& command) = 0;
  virtual void refused(std::size_t number, std::string error) = 0;

 protected:
  ~CallListener() = default;
};

class HomeConnection final : public ha::Connection, private sim::Wire {
 public:
  HomeConnection(sim::Home& home, ha::HomeListener& listener, CallListener& calls);
  ~HomeConnection() override;

  Task<> run() override;
  const ha::Link& link() const override { return link_; }
  Task<Json> call(Json command, std::string what, std::chrono::nanoseconds limit) override;
  Task<Json> first_push(Json command, std::string what, std::chrono::nanoseconds limit) override;
  Task<std::pair<int, std::string>> get(std::string path, std::string what) override;
  Task<> want(std::string event_type) override;

  /// Cuts the connection, and lets `run` make it again.
  void set_reachable(bool reachable);
  Spoiled& spoiled(const std::string& service) { return spoiled_[service]; }

 private:
  /// A command that waits for its result, or for the event that follows it.
  struct Pending {
    AsyncEvent answered;
    AsyncEvent pushed;
    Json result;  // the whole message; null when the connection was lost
    Json event;
    bool lost = false;
  };
  /// From the home: an event of its bus, or what the session says.
  using Arrival = std::variant<sim::EventPtr, std::string>;

  void send(std::string text) override { arrive(std::move(text)); }
  void close(std::uint16_t) override {}
  Task<> connect();
  void cut();
  void arrive(Arrival arrival);
  void deliver();
  void take(const Json& message);
  void hand_over(const sim::Event& event);
  void hand_over_snapshot();
  void set_link(ha::LinkState state, std::string message);
  Task<> send_and_wait(Json command, std::string what, Pending* pending);
  Task<> spoil(std::string service, std::string what);

  sim::Home& home_;
  ha::HomeListener& listener_;
  CallListener& calls_;
  sim::Access access_;
  ha::Link link_;
  std::unique_ptr<sim::Session> session_;
  std::uint64_t listening_ = 0;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Pending*> pending_;
  std::deque<Arrival> arrived_;
  bool delivery_due_ = false;
  std::set<std::string, std::less<>> wanted_;
  std::map<std::string, Spoiled> spoiled_;
  bool reachable_ = true;
  AsyncEvent reachable_changed_;
  std::shared_ptr<HomeConnection*> self_;  // for deferred calls, which may come too late
};

}  // namespace hassette::harness
