#pragma once
// The web server: shows the board to whoever holds the page's link.
//
// Runs on a thread and a loop of its own and touches nothing of the engine but the board, so that
// the page answers while the engine's loop is held. Owned by the composition root; the board
// outlives it. `start` and `stop` are called on one thread, and wait.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <hassette/secret.hpp>

#include "telemetry/board.hpp"

namespace hassette::web {

struct WebOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8126;  ///< 0 takes any free one
  Secret token;               ///< see `load_or_make_token`
  /// Further names that browsers may know the machine by.
  std::vector<std::string> host_names = {};
};

class WebServer {
 public:
  /// Throws ConfigError when the token is too short or holds what a link cannot carry.
  WebServer(const telemetry::Board& board, WebOptions options);
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer();

  /// Gives the port, or throws NetError: in use, not allowed, no such address.
  std::uint16_t start();
  void stop();

  /// Where the page is: "http://127.0.0.1:8126/".
  std::string address() const;
  /// The same with the token: for the console alone, since log lines mask it.
  std::string link() const;

 private:
  class Serving;
  const telemetry::Board& board_;
  WebOptions options_;
  std::unique_ptr<Serving> serving_;
};

}  // namespace hassette::web
