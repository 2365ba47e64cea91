#pragma once
// What this layer's tests share: a loop with real sockets, and a server whose behaviour a test
// plugs in.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "net/asio_reactor.hpp"
#include "net/error.hpp"
#include "net/server.hpp"
#include "net/transport.hpp"

namespace hassette::net {

/// A loop on real time and real sockets.
class NetTest : public ::testing::Test {
 public:
  /// Runs the task to its end and rethrows what it threw.
  void run(Task<> task) {
    bool done = false;
    std::exception_ptr error;
    const auto watch = [](Task<> inner, bool* finished, std::exception_ptr* thrown) -> Task<> {
      try {
        co_await std::move(inner);
      } catch (...) {
        *thrown = std::current_exception();
      }
      *finished = true;
    };
    fibers.spawn(label, watch(std::move(task), &done, &error));
    run_while([&] { return !done; });
    if (error) std::rethrow_exception(error);
  }
  std::uint64_t spawn(Task<> task) { return fibers.spawn(label, std::move(task)); }
  /// Lets I/O and fibers run until the condition holds.
  template <class Condition>
  void run_while(Condition condition) {
    while (condition()) {
      // A turn that may wait would do so after the work that ends the condition.
      if (!loop.turn(false) && condition()) reactor.wait(std::chrono::milliseconds(1));
    }
  }
  /// Runs what has become ready, without waiting for more.
  void settle() {
    for (int i = 0; i < 50; ++i) loop.turn(false);
  }

  async::RealClock clock;
  AsioReactor reactor;
  async::Loop loop{clock, reactor};
  const async::Label& label = async::intern_label("test", "body");
  async::Bucket fibers{loop, nullptr};
};

/// A listener for servers that a test plays itself.
class Listener {
 public:
  explicit Listener(asio::io_context& context)
      : acceptor_(context, {asio::ip::make_address("127.0.0.1"), 0}), context_(context) {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  Task<std::shared_ptr<Transport>> accept() {
    const auto peer = std::make_shared<Transport>(context_, "peer");
    const auto result = co_await operation<Nothing>(
        context_, kNoDeadline, OnCancel::kWait,
        [&](const auto& callback, asio::cancellation_slot slot) {
          acceptor_.async_accept(
              peer->socket(), asio::bind_cancellation_slot(
                                  slot, [peer, callback](error_code failed) { callback(failed); }));
        });
    if (result.error) throw net_error(result.error, "accept", "peer");
    co_return peer;
  }

 private:
  asio::ip::tcp::acceptor acceptor_;
  asio::io_context& context_;
};

/// The text that a task's NetError says, with its kind checked.
template <class T>
Task<std::string> expect_fault(NetFault kind, Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const NetError& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    co_return error.what();
  }
  ADD_FAILURE() << "expected " << to_string(kind);
  co_return std::string();
}

/// Answers requests with a page that repeats them, and WebSocket messages with themselves.
class EchoHandlers : public ServerHandlers {
 public:
  Task<HttpResponse> on_request(HttpRequest request) override {
    if (request.target == "/throw") throw Error("broken", "the handler is broken");
    if (request.target == "/split") co_return HttpResponse{.headers = {{"X", "a\r\nY: b"}}};
    if (request.target == "/large") co_return HttpResponse{.body = std::string(3u << 20, 'x')};
    if (request.target == "/wait") co_await sleep(std::chrono::hours(1));
    co_return HttpResponse{.body = request.method + ' ' + request.target + ' ' + request.body,
                           .content_type = "text/plain"};
  }
  bool accepts_websocket(const HttpRequest& request) override { return request.target == "/ws"; }
  Task<> on_websocket(HttpRequest, WebSocket socket) override {
    ++open;
    struct Leave {
      int& count;
      ~Leave() { --count; }
    };
    const Leave leave{open};
    for (;;) co_await socket.write(std::string(co_await socket.read()));
  }
  void on_fault(std::string_view target, const std::exception_ptr& error) noexcept override {
    faults.push_back(std::string(target) + ": " + async::describe(error));
  }

  int open = 0;
  std::vector<std::string> faults;
};

inline Url local_url(std::string_view scheme, std::uint16_t port, std::string target) {
  return {std::string(scheme), "127.0.0.1", port, std::move(target)};
}

}  // namespace hassette::net
