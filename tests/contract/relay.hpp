#pragma once
// Carries bytes between a client and a home, until it is told to cut the line.
//
// Serves on a thread of its own, so that a test can lose a connection without the home's help.
// Every call may come from any thread and has taken effect when it returns.
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace hassette::contract {

class Relay {
 public:
  explicit Relay(std::uint16_t target);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  std::uint16_t port() const { return port_; }
  /// Cuts every connection; new ones end at once until `restore`.
  void cut();
  void restore();

 private:
  struct Pair {
    int client;
    int home;
  };
  void serve(const std::stop_token& stop);
  void accept_one();
  bool carry(int from, int to);
  void apply(bool open);

  std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> wanted_open_ = true;
  std::atomic<bool> open_ = true;
  std::vector<Pair> pairs_;  // the thread's own
  std::jthread thread_;
};

}  // namespace hassette::contract
