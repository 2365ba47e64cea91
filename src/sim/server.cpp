#include "sim/server.hpp"

#include <algorithm>
#include <vector>

#include "net/error.hpp"
#include "net/server.hpp"
#include "sim/rest.hpp"
#include "sim/server_connection.hpp"
#include "sim/server_impl.hpp"

namespace hassette::sim {

SimulatedHome::Impl::Impl(SimulatedHome& sim, async::Loop& its_loop, SimOptions given)
    : options(std::move(given)),
      loop(its_loop),
      home(its_loop, options.seed),
      restart(home),
      faults(sim),
      access{options.token, options.non_admin_token, false},
      server(its_loop, *this, {.max_body = 4u << 20}, "sim") {
  Json config = home.config();
  config["version"] = options.version;
  home.set_config(std::move(config));
  add_services(home.services());
}

bool SimulatedHome::Impl::accepts_websocket(const net::HttpRequest& request) {
  return !busy && request.target == "/api/websocket";
}

Task<net::HttpResponse> SimulatedHome::Impl::on_request(net::HttpRequest request) {
  net::HttpResponse response;
  if (busy) {
    response.status = 503;
    co_return response;
  }
  struct Waiting {
    RestAnswer answer;
    AsyncEvent done;
  };
  const auto waiting = std::make_shared<Waiting>();
  RestRequest asked{request.method, request.target, std::string(request.header("Authorization")),
                    request.body};
  // A call goes on although the client is gone, so the answer must outlive this fiber.
  answer_rest(home, access, asked, [waiting](RestAnswer answer) {
    waiting->answer = std::move(answer);
    waiting->done.set();
  });
  co_await waiting->done.wait();
  if (delay.count() > 0) co_await sleep(delay);
  response.status = waiting->answer.status;
  response.body = std::move(waiting->answer.body);
  response.content_type = waiting->answer.content_type;
  if (!waiting->answer.location.empty()) {
    response.headers.push_back({"Location", waiting->answer.location});
  }
  co_return response;
}

Task<> SimulatedHome::Impl::on_websocket(net::HttpRequest, net::WebSocket socket) {
  Connection connection(loop, home, access, options.limits, delay, std::move(socket));
  // Known for as long as this frame lives, however it ends.
  struct Known {
    std::vector<Connection*>& list;
    Connection* self;
    ~Known() { std::erase(list, self); }
  };
  connections.push_back(&connection);
  const Known known{connections, &connection};
  try {
    co_await connection.serve(options.authentication_limit);
  } catch (const net::NetError&) {
    // A client that goes is no fault of this side; there is nobody left to tell.
    co_return;
  }
}

SimulatedHome::SimulatedHome(async::Loop& loop, SimOptions options)
    : impl_(std::make_unique<Impl>(*this, loop, std::move(options))) {}

SimulatedHome::~SimulatedHome() = default;

Home& SimulatedHome::home() {
  return impl_->home;
}

Task<std::uint16_t> SimulatedHome::start(std::string host, std::uint16_t port) {
  co_return co_await impl_->server.listen(std::move(host), port);
}

Task<> SimulatedHome::stop() {
  for (Connection* connection : std::vector(impl_->connections)) connection->session().close(1000);
  co_await impl_->server.stop();
}

std::uint16_t SimulatedHome::port() const {
  return impl_->server.port();
}

std::size_t SimulatedHome::clients() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      impl_->connections, [](Connection* c) { return c->session().authenticated(); }));
}

Faults& SimulatedHome::faults() {
  return impl_->faults;
}

}  // namespace hassette::sim
