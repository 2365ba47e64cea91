// What stands behind SimulatedHome; shared by server.cpp and faults.cpp only.
//
// Owned by its SimulatedHome; loop thread only.
#pragma once

#include <chrono>
#include <vector>

#include "net/server.hpp"
#include "sim/server.hpp"
#include "sim/server_connection.hpp"

namespace hassette::sim {

struct SimulatedHome::Impl final : net::ServerHandlers {
  Impl(SimulatedHome& sim, async::Loop& its_loop, SimOptions given);

  Task<net::HttpResponse> on_request(net::HttpRequest request) override;
  bool accepts_websocket(const net::HttpRequest& request) override;
  Task<> on_websocket(net::HttpRequest request, net::WebSocket socket) override;

  SimOptions options;
  async::Loop& loop;
  Home home;
  Restart restart;
  Faults faults;
  Access access;
  std::chrono::nanoseconds delay{0};
  bool busy = false;
  std::vector<Connection*> connections;
  net::Server server;
};

}  // namespace hassette::sim
