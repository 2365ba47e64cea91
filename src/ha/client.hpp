#pragma once
// Client: the connection to Home Assistant, for as long as the engine runs.
//
// `run` connects, authenticates, subscribes, waits until Home Assistant says that it is running,
// hands over a snapshot, and then everything that happens, in wire order; when the connection is
// lost it begins again, for ever, with a jittered back-off. It ends only by cancellation, or with
// FirstContactError before the first success, for what only the user can mend. Requests may be sent
// while connected; replies resume their callers, on another path than events, so a caller can never
// hold up the reader. Deadlines follow real time. Loop thread only.
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>

#include <hassette/api.hpp>
#include <hassette/async.hpp>
#include <hassette/secret.hpp>
#include "async/bucket.hpp"
#include "async/clock.hpp"
#include "ha/connection.hpp"
#include "ha/frame.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"
#include "net/websocket.hpp"

namespace hassette::async {
class Loop;
}

namespace hassette::ha {

struct ClientOptions {
  net::Url base;  ///< http or https; the WebSocket's address is derived from it
  Secret token;
  net::TlsOptions tls;
  /// After this much silence a ping is sent; as much again without any answer, and the peer is
  /// hung.
  std::chrono::milliseconds ping_after{4000};
  std::chrono::milliseconds retry_first{500};
  std::chrono::milliseconds retry_longest{30'000};
  std::chrono::milliseconds answer_limit{30'000};
  std::uint64_t seed = 0;
};

struct Reply;

class Client final : public Connection, private FrameSink {
 public:
  Client(async::Loop& loop, ClientOptions options, HomeListener& listener);
  ~Client() override;

  /// Connects and reconnects until cancelled.
  Task<> run() override;
  const Link& link() const override { return link_; }

  Task<Json> call(Json command, std::string what, std::chrono::nanoseconds limit) override;
  Task<Json> first_push(Json command, std::string what, std::chrono::nanoseconds limit) override;
  Task<std::pair<int, std::string>> get(std::string path, std::string what) override;
  Task<> want(std::string event_type) override;

 private:
  struct Subscription;
  /// Whether a limit is the end also while a message, maybe the answer, is still arriving.
  enum class Patience : std::uint8_t { kLimit, kWhileArriving };

  // one connection
  Task<net::WebSocket> open();
  Task<bool> has_pages();
  Task<> session();
  Task<> authenticate(net::WebSocket* socket);
  Task<> read_all(net::WebSocket* socket);
  Task<> keep_alive(net::WebSocket* socket);
  Task<> silence(net::WebSocket* socket, std::chrono::nanoseconds length);
  Task<> ping(net::WebSocket* socket);
  Task<> synchronise();
  Task<> negotiate();
  Task<HomeConfig> ask_config();
  Task<HomeConfig> wait_until_running();
  Task<> follow_config();
  Task<> subscribe(std::string event_type);
  Task<> ask_for(std::string event_type, std::shared_ptr<Subscription> asked);
  /// Sends a command and waits for the reply, which it checks.
  Task<> exchange(Json command, std::string what, std::chrono::nanoseconds limit, Reply* reply,
                  Patience patience = Patience::kLimit);
  Task<> overdue(std::chrono::nanoseconds limit);
  Task<> send_and_wait(Json command, Reply* reply);
  Task<> await_push(std::string what, std::chrono::nanoseconds limit, Reply* reply);
  Task<> unsubscribe(std::uint64_t id);

  // between connections
  void failed(const std::exception_ptr& error);
  void count_too_large();
  void set_link(LinkState state, std::string message);
  void announce_connected(const HomeConfig& config, const Differences& differences);
  std::chrono::milliseconds next_delay();

  // FrameSink
  void on_expected(std::string_view entity_id) override;
  void on_change(const WireChange& change) override;
  void on_event(const WireEvent& event) override;
  void on_push(std::uint64_t id, std::string_view event) override;
  void on_result(const WireResult& result) override;
  void on_pong(std::uint64_t id) override;
  void on_auth(std::string_view type, std::string_view message, std::string_view version) override;
  void on_garbage(Garbage kind, std::string_view text) override;

  async::Loop& loop_;
  ClientOptions options_;
  HomeListener& listener_;
  FrameReader reader_;
  Link link_;
  std::minstd_rand random_;

  net::WebSocket* socket_ = nullptr;  // the connection's, while it is authenticated
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Reply*> pending_;
  std::optional<HomeConfig> config_;  // of the connection, once it runs
  bool synchronised_ = false;
  std::string auth_type_;
  std::string auth_message_;
  AsyncEvent maybe_running_;
  AsyncEvent config_changed_;

  bool was_connected_ = false;
  std::size_t attempts_ = 0;
  async::MonoTime last_heard_;              // when something was last read of a connection
  std::optional<async::MonoTime> lost_at_;  // since when it has been away
  std::set<std::string> wanted_;
  std::map<std::string, std::shared_ptr<Subscription>> subscribed_;  // of this connection
  std::set<std::string> refused_;  // event types that the token may not have; said once
  std::map<Garbage, std::uint64_t> garbage_;
  async::Bucket asking_;  // subscriptions under way; last: its fibers use everything above
};

/// Connections over a socket, as these options say.
Connector over_websocket(async::Loop& loop, ClientOptions options);

}  // namespace hassette::ha
