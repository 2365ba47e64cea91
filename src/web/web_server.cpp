#include "web/web_server.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <future>
#include <thread>

#include <hassette/async.hpp>
#include <hassette/error.hpp>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "log/log.hpp"
#include "net/asio_reactor.hpp"
#include "net/server.hpp"
#include "web/site.hpp"
#include "web/token.hpp"

namespace hassette::web {

namespace {
constexpr net::ServerLimits kLimits{.max_body = 4u << 10,
                                    .max_websocket_message = 4u << 10,
                                    .max_websocket_unsent = 8u << 20,
                                    .max_connections = 64,
                                    .first_request = std::chrono::seconds(5),
                                    .idle = std::chrono::seconds(60)};

/// Where a browser on this machine reaches a server that listens on every address.
std::string reachable(const std::string& host) {
  if (host.empty() || host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}
}  // namespace

/// One start: the loop, what runs on it, and the thread that turns it.
class WebServer::Serving {
 public:
  Serving(const telemetry::Board& board, WebOptions options)
      : options_(std::move(options)),
        site_(board, options_.token, names_of(options_)),
        server_(loop_, site_, kLimits, "web"),
        bucket_(loop_, [](const async::Label&, const std::exception_ptr& error) {
          log::error("the web server ended: {}", async::describe(error));
        }) {}
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() {
    loop_.post([this] { stopping_.set(); });
    if (thread_.joinable()) thread_.join();
  }

  void start() {
    std::future<std::uint16_t> listening = listening_.get_future();
    bucket_.spawn(async::intern_label("web", "server"), serve(this));
    thread_ = std::thread([this] { run(); });
    port_ = listening.get();
  }
  std::uint16_t port() const { return port_; }

 private:
  static std::vector<std::string> names_of(const WebOptions& options) {
    std::vector<std::string> names = options.host_names;
    names.push_back(options.host);
    return names;
  }

  void run() {
    // Signals are for the main thread.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    loop_.run();
    loop_.run_ready();  // the bucket learns that its last task has ended
  }

  static Task<> serve(Serving* self) {
    try {
      const std::uint16_t port =
          co_await self->server_.listen(self->options_.host, self->options_.port);
      self->site_.set_port(port);
      self->listening_.set_value(port);
    } catch (const std::exception&) {
      self->listening_.set_exception(std::current_exception());
      self->loop_.stop();
      co_return;
    }
    co_await self->stopping_.wait();
    co_await self->server_.stop();
    self->loop_.stop();
  }

  WebOptions options_;
  async::RealClock clock_;
  net::AsioReactor reactor_;
  async::Loop loop_{clock_, reactor_};
  Site site_;
  net::Server server_;
  AsyncEvent stopping_;
  std::promise<std::uint16_t> listening_;
  std::uint16_t port_ = 0;
  async::Bucket bucket_;
  std::thread thread_;
};

WebServer::WebServer(const telemetry::Board& board, WebOptions options)
    : board_(board), options_(std::move(options)) {
  if (!is_usable_token(options_.token.reveal())) {
    throw ConfigError("the page's token must have 16 or more letters, digits, - or _");
  }
  log::hide(options_.token.reveal());
}

WebServer::~WebServer() = default;

std::uint16_t WebServer::start() {
  auto serving = std::make_unique<Serving>(board_, options_);
  serving->start();
  serving_ = std::move(serving);
  return serving_->port();
}

void WebServer::stop() {
  serving_.reset();
}

std::string WebServer::address() const {
  const std::uint16_t port = serving_ ? serving_->port() : options_.port;
  return fmt::format("http://{}:{}/", reachable(options_.host), port);
}

std::string WebServer::link() const {
  return fmt::format("{}?token={}", address(), options_.token.reveal());
}

}  // namespace hassette::web
