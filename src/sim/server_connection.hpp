// One client of the simulated home: its session, and the frames that wait for the socket.
//
// Lives in the fiber that serves the connection; the server knows it while it lives. Loop thread
// only.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include <hassette/async.hpp>

#include "async/loop.hpp"
#include "net/websocket.hpp"
#include "sim/session.hpp"

namespace hassette::sim {

class Connection final : public Wire {
 public:
  Connection(async::Loop& loop, Home& home, const Access& access, SessionLimits limits,
             const std::chrono::nanoseconds& delay, net::WebSocket socket)
      : loop_(loop),
        delay_(delay),
        socket_(std::move(socket)),
        session_(home, *this, access, limits) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Until either side ends it. Throws net::NetError where the peer did, or the way there broke.
  Task<> serve(std::chrono::nanoseconds authentication_limit);
  [[nodiscard]] Session& session() { return session_; }
  void send(std::string text) override;
  void close(std::uint16_t code) override;
  [[nodiscard]] bool ready() const override;

 private:
  struct Frame {
    async::MonoTime due;
    std::string text;
  };
  Task<> read();
  Task<> write();
  Task<> expect_authentication(std::chrono::nanoseconds limit);

  async::Loop& loop_;
  const std::chrono::nanoseconds& delay_;
  net::WebSocket socket_;
  std::deque<Frame> frames_;
  std::size_t waiting_bytes_ = 0;
  std::optional<std::uint16_t> close_code_;
  AsyncEvent work_;
  Session session_;
};

}  // namespace hassette::sim
