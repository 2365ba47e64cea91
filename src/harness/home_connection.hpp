#pragma once
// HomeConnection: the way to a simulated home in the same process, without a network.
//
// Commands take the road that a client's take, as text through a Session; changes and events come
// straight from the home's bus, in its order, and before the result of the call that caused them,
// as Home Assistant sends them. It can be cut and come back, and it can spoil single services.
// Deadlines follow the home's clock. Owned by the engine; loop thread only.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <hassette/async.hpp>
#include "async/loop.hpp"
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

  /// An answer that has left the home and not reached the app that waits for it.
  struct Held {
    std::uint64_t number;
    std::string what;
    async::MonoTime since;
    std::function<void()> release;
  };
  /// From now on answers to the tasks that this names are held, until `release` or the last word.
  using Whose = std::function<bool(const async::Label&)>;
  void hold_answers(Whose whose) { holds_ = std::move(whose); }
  void release_all();
  const std::vector<Held>& held() const { return held_; }
  void release(std::size_t place);

  /// Cuts the connection, and lets `run` make it again.
  void set_reachable(bool reachable);
  Spoiled& spoiled(const std::string& service) { return spoiled_[service]; }

 private:
  /// Who waits, for as long as it does: what is held for it goes when it goes.
  struct Caller {
    explicit Caller(HomeConnection& its_connection, const std::string& what);
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;
    ~Caller() { connection.forget_held(held); }
    HomeConnection& connection;
    std::string what;  // where its answer is held
    std::uint64_t held = 0;
  };
  /// A command that waits for its result, or for the event that follows it.
  struct Pending {
    Pending(HomeConnection& connection, const std::string& what, std::chrono::nanoseconds its_limit)
        : caller(connection, what),
          limit(its_limit),
          deadline(async::later(connection.home_.loop().now(), its_limit)) {}
    Caller caller;
    std::chrono::nanoseconds limit;
    async::MonoTime deadline;
    AsyncEvent answered;
    AsyncEvent pushed;
    Json result;  // the whole message; null when the connection was lost
    Json event;
    bool lost = false;
    bool late = false;
  };
  /// Ends the wait when the time is over.
  class Limit;
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
  void answered(std::uint64_t id, Json message);
  void hold(Caller& caller, std::function<void()> release);
  void forget_held(std::uint64_t number);
  Task<> send_and_wait(Json command, std::string what, Pending* pending);
  Task<> spoil(std::string service, std::string what, std::chrono::nanoseconds limit);

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
  Whose holds_;
  std::vector<Held> held_;
  std::uint64_t held_so_far_ = 0;
  std::string context_text_;  // of the change that is handed over
  std::set<std::string, std::less<>> wanted_;
  std::map<std::string, Spoiled> spoiled_;
  bool reachable_ = true;
  AsyncEvent reachable_changed_;
  std::shared_ptr<HomeConnection*> self_;  // for deferred calls, which may come too late
};

}  // namespace hassette::harness
