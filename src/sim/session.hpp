// One client's conversation with the simulated home, as Home Assistant's WebSocket API holds it.
//
// It knows no socket: text comes in through `receive` and leaves through a Wire, so that a recorded
// conversation can be replayed without a network. Owned by whoever accepted the client; lives on
// the loop's thread and within the Home. What the client does wrong is answered, never thrown.
#pragma once

#include <cstdint>
#include <functional>
#include <hassette/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/event.hpp"
#include "sim/failure.hpp"

namespace hassette::sim {

class Home;

// Where a session's frames go.
class Wire {
 public:
  virtual void send(std::string text) = 0;
  virtual void close(std::uint16_t code) = 0;
  // False while the peer takes nothing: the session keeps its messages, and drops the client when
  // there are too many. Whoever implements it calls Session::flush when this turns true.
  [[nodiscard]] virtual bool ready() const { return true; }

 protected:
  ~Wire() = default;
};

struct Access {
  std::string token;
  std::string plain_token;  // of a user without administrator rights; empty: there is none
  bool refuse_all = false;
};

struct SessionLimits {
  std::size_t pending_messages = 4096;  // then the client is dropped
  std::size_t coalesced = 256;          // messages that are gathered without waiting any longer
};

class Session {
 public:
  Session(Home& home, Wire& wire, const Access& access, SessionLimits limits = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void open();  // the first word is the server's
  void receive(std::string_view text);
  void flush();
  // No answer any more: the connection is going, or gone.
  void close(std::uint16_t code);

  [[nodiscard]] bool authenticated() const { return phase_ == Phase::kReady; }
  [[nodiscard]] bool closed() const { return phase_ == Phase::kClosed; }
  [[nodiscard]] std::size_t pending() const { return queue_.size(); }

  // For the commands.
  [[nodiscard]] Home& home() const { return home_; }
  [[nodiscard]] const std::string& user_id() const { return user_id_; }
  [[nodiscard]] bool is_admin() const { return admin_; }
  void coalesce(bool on) { coalesce_ = on; }
  void answer(std::uint64_t id, const Json& result);
  void answer_text(std::uint64_t id, std::string_view result);
  void refuse(const Json& id, const CommandFailure& failure);
  void send(std::string text);
  // A bus event: its text is shared, and the id stands last.
  void send_event(std::uint64_t id, const TextPtr& event);
  // Any other event: the id stands first.
  void send_own_event(std::uint64_t id, std::string_view event);
  // `cancel` runs when the client unsubscribes or goes.
  void subscribed(std::uint64_t id, std::function<void()> cancel);
  bool unsubscribe(std::uint64_t id);
  // For what answers later: false once the session is gone.
  [[nodiscard]] std::weak_ptr<bool> alive() const { return alive_; }

 private:
  enum class Phase : std::uint8_t { kAuthentication, kReady, kClosed };
  struct Message {
    TextPtr event;
    std::uint64_t id = 0;
    std::string text;
  };
  void authenticate(const Json& message);
  void reject(std::string message);
  void dispatch(const Json& message);
  void queue(Message message);
  void later(std::function<void()> action);
  void flush_later();
  static void write(const Message& message, std::string& out);

  Home& home_;
  Wire& wire_;
  const Access& access_;
  SessionLimits limits_;
  Phase phase_ = Phase::kAuthentication;
  bool admin_ = false;
  bool coalesce_ = false;
  bool flush_due_ = false;
  bool overflown_ = false;
  std::size_t seen_ = 0;  // messages at the last look, to see whether the queue still grows
  std::uint64_t last_id_ = 0;
  std::string user_id_;
  std::vector<Message> queue_;
  std::map<std::uint64_t, std::function<void()>> subscriptions_;
  std::shared_ptr<bool> alive_;
};

}  // namespace hassette::sim
