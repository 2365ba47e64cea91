#pragma once
// FloodHome: a Home Assistant of one blocking thread that sends as fast as the socket takes it.
//
// It answers what a client asks when it connects, over a real socket on loopback, and is then told
// what to do: flood the client with `state_changed` events that were made beforehand, or change one
// entity and wait for the call of a service. One client at a time; the next may come when it has
// gone. The object belongs to the thread that made it, which may be a client's own.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sample_home.hpp"
#include "websocket_wire.hpp"

namespace bench {

struct FloodOptions {
  std::size_t entities = 1000;
  bool coalesced = true;     ///< 256 events a frame; otherwise one
  bool makes_events = true;  ///< false: there will be no flood, and no memory is spent on one
  std::uint16_t port = 0;
};

class FloodHome {
 public:
  /// How many events Home Assistant puts into one frame at most.
  static constexpr std::size_t kCoalesced = 256;

  explicit FloodHome(FloodOptions options);
  FloodHome(const FloodHome&) = delete;
  FloodHome& operator=(const FloodHome&) = delete;
  ~FloodHome();

  std::uint16_t port() const { return port_; }
  const SampleHome& sample() const { return sample_; }
  /// Events of one pass of a flood: each entity changes twice, in random order.
  std::size_t events_a_pass() const { return 2 * sample_.entities(); }
  std::size_t bytes_a_pass() const { return events_.size(); }

  /// Sends that many passes, then the change of SampleHome::kLast. Returns at once.
  void flood(std::size_t passes);
  /// Changes SampleHome::kAsks so often and waits each time for a call of a service; then changes
  /// kLast. Gives how long each answer took, from before the sending to after the receiving.
  std::future<std::vector<std::chrono::nanoseconds>> ask(std::size_t times);

 private:
  class Session;
  using Order = std::function<void(Session&)>;

  void make_events(bool coalesced);
  void serve();
  void serve_client(Descriptor client);
  void give(Order order);

  SampleHome sample_;
  std::string events_;  // frames of one pass
  Descriptor listener_;
  std::uint16_t port_;
  int wake_[2] = {-1, -1};
  std::mutex mutex_;
  std::vector<Order> orders_;  // guarded by mutex_
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;
};

}  // namespace bench
