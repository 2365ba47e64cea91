#pragma once
// SimulatedHomeThread: the embedded home, on a thread and a loop of its own, behind a real socket.
//
// So the engine meets it as it meets any Home Assistant, and a held loop of the engine does not
// hold the home. Made and destroyed by the composition root.
#include <cstdint>
#include <future>
#include <string>
#include <thread>

#include <hassette/async.hpp>

namespace hassette::async {
class Clock;
class Loop;
}  // namespace hassette::async

namespace hassette::daemon {

class SimulatedHomeThread {
 public:
  /// Returns when the home answers. Throws what kept it from starting.
  SimulatedHomeThread(async::Clock& clock, std::uint64_t seed, std::string token);
  SimulatedHomeThread(const SimulatedHomeThread&) = delete;
  SimulatedHomeThread& operator=(const SimulatedHomeThread&) = delete;
  ~SimulatedHomeThread();

  std::uint16_t port() const { return port_; }
  /// The residents' life begins; until then the house stands still. Any thread.
  void begin_day();

 private:
  void serve(async::Clock& clock, std::uint64_t seed, const std::string& token);

  std::promise<std::uint16_t> started_;
  struct Inside {  // the thread's own, for what comes from other threads
    async::Loop* loop = nullptr;
    AsyncEvent* day = nullptr;
  };
  std::promise<Inside> inside_;
  std::uint16_t port_ = 0;
  Inside running_;
  std::jthread thread_;
};

}  // namespace hassette::daemon
