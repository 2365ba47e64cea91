#pragma once
// Timers of a loop: an indexed four-ary heap of nodes that their owners keep.
//
// A node is started, moved and stopped in O(log n), and lives where its owner puts it; destroying a
// started node stops it. Equal times fire in the order in which they were started. Loop thread
// only.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "async/clock.hpp"

namespace hassette::async {

class TimerQueue;

class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer();

  bool running() const { return queue_ != nullptr; }
  MonoTime due() const { return due_; }
  void stop();

 protected:
  /// Called on the loop when the time has come; the timer is stopped by then and may be started
  /// again.
  virtual void fire() = 0;

 private:
  friend TimerQueue;
  TimerQueue* queue_ = nullptr;
  MonoTime due_{};
  std::uint64_t order_ = 0;
  std::size_t place_ = 0;
};

class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  void start(Timer& timer, MonoTime due);
  void stop(Timer& timer);
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  MonoTime next() const { return heap_.front().due; }
  /// Fires one timer whose time is not after `now`; false when none is due.
  bool fire_one(MonoTime now);

 private:
  struct Entry {  // due and order are repeated here so that sifting does not touch the nodes
    MonoTime due;
    std::uint64_t order;
    Timer* timer;
  };
  static bool earlier(const Entry& a, const Entry& b);
  void put(std::size_t place, Entry entry);
  void sift_up(std::size_t place);
  void sift_down(std::size_t place);

  std::vector<Entry> heap_;
  std::uint64_t started_ = 0;
};

}  // namespace hassette::async
