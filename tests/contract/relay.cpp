#include "relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <hassette/error.hpp>

namespace hassette::contract {

namespace {

constexpr int kPatience = 5;  // milliseconds until orders are looked at

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Call>
bool with_address(sockaddr_in& address, Call call) {
  return call(reinterpret_cast<sockaddr*>(&address)) == 0;
}

}  // namespace

Relay::Relay(std::uint16_t target)
    : target_(target), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  const bool ready =
      listener_ >= 0 &&
      with_address(address, [&](sockaddr* at) { return bind(listener_, at, size); }) &&
      listen(listener_, 16) == 0 &&
      with_address(address, [&](sockaddr* at) { return getsockname(listener_, at, &size); });
  if (!ready) throw Error("relay", "no port for the relay");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

Relay::~Relay() {
  thread_.request_stop();
  thread_.join();
  close(listener_);
}

void Relay::cut() {
  wanted_open_ = false;
  open_.wait(true);
}

void Relay::restore() {
  wanted_open_ = true;
  open_.wait(false);
}

void Relay::apply(bool open) {
  if (!open) {
    for (const Pair& pair : pairs_) {
      close(pair.client);
      close(pair.home);
    }
    pairs_.clear();
  }
  open_ = open;
  open_.notify_all();
}

void Relay::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (wanted_open_ != open_) apply(wanted_open_);
    std::vector<pollfd> polled{{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      polled.push_back({pair.client, POLLIN, 0});
      polled.push_back({pair.home, POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), kPatience) <= 0) continue;
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      const Pair pair = pairs_[i];
      const bool goes_on = (polled[2 * i + 1].revents == 0 || carry(pair.client, pair.home)) &&
                           (polled[2 * i + 2].revents == 0 || carry(pair.home, pair.client));
      if (goes_on) continue;
      close(pair.client);
      close(pair.home);
      pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled[0].revents != 0) accept_one();
  }
  apply(false);
}

void Relay::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int home = open_ ? socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
  sockaddr_in address = loopback(target_);
  if (home >= 0 &&
      with_address(address, [&](sockaddr* at) { return connect(home, at, sizeof(address)); })) {
    pairs_.push_back({client, home});
    return;
  }
  close(client);
  if (home >= 0) close(home);
}

/// False when either end has gone.
bool Relay::carry(int from, int to) {
  std::array<char, 65536> bytes{};
  const ssize_t count = read(from, bytes.data(), bytes.size());
  for (ssize_t sent = 0; sent < count;) {
    const ssize_t step =
        send(to, bytes.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
    if (step <= 0) return false;
    sent += step;
  }
  return count > 0;
}

}  // namespace hassette::contract
