#include "flood_home.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <simdjson.h>
#include <algorithm>
#include <cerrno>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace bench {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view kConfig =
    R"({"latitude":52.37,"longitude":4.9,"elevation":2,"radius":100,"location_name":"Sample",)"
    R"("time_zone":"Europe/Amsterdam","components":[],"version":"2025.4.4","state":"RUNNING"})";
constexpr std::string_view kCalled =
    R"({"context":{"id":"01M82W5X8WB9RDCVH6MXBNA089","parent_id":null,"user_id":null}})";

// On loopback whoever reads handles the acknowledgements too, and with them sends what the other
// side has left in its queue: the slower a receiver, the more of the sender's work is billed to it.
// On a network it is not. So the home leaves nothing in its queue, does not pace by timers that
// interrupt the receiver, and does not sleep while it floods, which would have the receiver wake
// it.

void bill_the_sender(const Descriptor& socket) {
  const int on = 1;
  const int unsent = 1;
  constexpr std::string_view kWithoutTimers = "cubic";
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, kWithoutTimers.data(),
               kWithoutTimers.size());
}

void send_awake(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      std::this_thread::yield();
    } else if (errno != EINTR) {
      throw std::runtime_error("the client has gone");
    }
  }
}

bool wait_for(const Descriptor& socket, int wake) {
  pollfd waited[] = {{socket.get(), POLLIN, 0}, {wake, POLLIN, 0}};
  while (::poll(waited, 2, -1) < 0) {
  }
  if (waited[1].revents != 0) {
    char byte = 0;
    return ::read(wake, &byte, 1) < 0;
  }
  return true;
}

}  // namespace

/// One client's connection.
class FloodHome::Session {
 public:
  Session(const SampleHome& sample, Descriptor client)
      : sample_(sample), client_(std::move(client)), reader_(client_) {
    bill_the_sender(client_);
    answer_handshake(client_);
    send(R"({"type":"auth_required","ha_version":"2025.4.4"})");
    reader_.next();
    send(R"({"type":"auth_ok","ha_version":"2025.4.4"})");
  }

  const Descriptor& socket() const { return client_; }

  void send(std::string_view text) {
    frame_.clear();
    append_text_frame(frame_, text, false);
    send_all(client_, frame_);
  }

  void send_change(std::string_view id, unsigned state) {
    text_.clear();
    sample_.append_change(text_, id, state);
    send(text_);
  }

  void send_last() { send_change(SampleHome::kLast, last_state_ = 1 - last_state_); }

  /// Reads one command and answers it; gives its type.
  std::string answer() {
    const simdjson::padded_string text(reader_.next());
    const simdjson::dom::element command = parser_.parse(text);
    const std::uint64_t id = command["id"];
    const std::string_view type = command["type"];
    if (type == "ping") {
      send(fmt::format(R"({{"id":{},"type":"pong"}})", id));
    } else if (type == "get_states") {
      send_result(id, sample_.states());
    } else if (type == "get_config") {
      send_result(id, kConfig);
    } else if (type == "call_service") {
      send_result(id, kCalled);
    } else if (type.starts_with("config/")) {
      send_result(id, "[]");  // the registries: a home without areas
    } else if (type == "supported_features" || type == "subscribe_events") {
      send_result(id, "null");
    } else {
      send(fmt::format(R"({{"id":{},"type":"result","success":false,)"
                       R"("error":{{"code":"unknown_command","message":"Unknown command."}}}})",
                       id));
    }
    return std::string(type);
  }

 private:
  void send_result(std::uint64_t id, std::string_view result) {
    send(fmt::format(R"({{"id":{},"type":"result","success":true,"result":{}}})", id, result));
  }

  const SampleHome& sample_;
  Descriptor client_;
  SlowReader reader_;
  simdjson::dom::parser parser_;
  std::string frame_;
  std::string text_;
  unsigned last_state_ = 0;
};

FloodHome::FloodHome(FloodOptions options)
    : sample_(options.entities), listener_(listen_on(options.port)), port_(port_of(listener_)) {
  if (options.makes_events) make_events(options.coalesced);
  if (::pipe(wake_) < 0) throw std::runtime_error("there is no pipe to be had");
  thread_ = std::jthread([this] { serve(); });
}

FloodHome::~FloodHome() {
  stopping_ = true;
  give({});
  thread_.join();
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void FloodHome::make_events(bool coalesced) {
  std::mt19937 random(1);
  std::vector<std::size_t> order(sample_.entities());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::string text;
  std::size_t gathered = 0;
  const auto end_frame = [&] {
    if (gathered == 0) return;
    if (coalesced) text += ']';
    append_text_frame(events_, text, false);
    text.clear();
    gathered = 0;
  };
  for (const unsigned state : {1U, 0U}) {
    std::ranges::shuffle(order, random);
    for (const std::size_t entity : order) {
      if (coalesced) text += gathered == 0 ? '[' : ',';
      sample_.append_change(text, SampleHome::entity_id(entity), state);
      if (++gathered == (coalesced ? kCoalesced : 1)) end_frame();
    }
  }
  end_frame();
  events_.shrink_to_fit();
}

void FloodHome::give(Order order) {
  {
    const std::scoped_lock lock(mutex_);
    orders_.push_back(std::move(order));
  }
  const char byte = 0;
  if (::write(wake_[1], &byte, 1) != 1) throw std::runtime_error("the home cannot be woken");
}

void FloodHome::serve() {
  ::pthread_setname_np(::pthread_self(), "home");  // so that a profile tells the two sides apart
  while (!stopping_) {
    if (!wait_for(listener_, wake_[0])) continue;
    try {
      serve_client(Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    } catch (const std::runtime_error&) {
      // The client has gone, which is how each of them ends.
      const std::scoped_lock lock(mutex_);
      orders_.clear();
    }
  }
}

void FloodHome::serve_client(Descriptor client) {
  Session session(sample_, std::move(client));
  while (!stopping_) {
    if (wait_for(session.socket(), wake_[0])) {
      session.answer();
      continue;
    }
    std::vector<Order> orders;
    {
      const std::scoped_lock lock(mutex_);
      orders.swap(orders_);
    }
    for (const Order& order : orders) {
      if (order) order(session);
    }
  }
}

void FloodHome::flood(std::size_t passes) {
  give([this, passes](Session& session) {
    for (std::size_t pass = 0; pass < passes; ++pass) send_awake(session.socket(), events_);
    session.send_last();
  });
}

std::future<std::vector<std::chrono::nanoseconds>> FloodHome::ask(std::size_t times) {
  auto promise = std::make_shared<std::promise<std::vector<std::chrono::nanoseconds>>>();
  give([times, promise](Session& session) {
    std::vector<std::chrono::nanoseconds> took;
    for (std::size_t i = 0; i < times; ++i) {
      const auto begin = steady_clock::now();
      session.send_change(SampleHome::kAsks, i % 2 == 0 ? 1 : 0);
      while (session.answer() != "call_service") {
      }
      took.push_back(steady_clock::now() - begin);
    }
    promise->set_value(std::move(took));
    session.send_last();
  });
  return promise->get_future();
}

}  // namespace bench
