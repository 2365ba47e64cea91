#include "async/timer.hpp"

#include <algorithm>

namespace hassette::async {

namespace {
constexpr std::size_t kArity = 4;
}

Timer::~Timer() {
  stop();
}

void Timer::stop() {
  if (queue_) queue_->stop(*this);
}

TimerQueue::~TimerQueue() {
  for (const Entry& entry : heap_) entry.timer->queue_ = nullptr;
}

bool TimerQueue::earlier(const Entry& a, const Entry& b) {
  return a.due != b.due ? a.due < b.due : a.order < b.order;
}

void TimerQueue::put(std::size_t place, Entry entry) {
  entry.timer->place_ = place;
  heap_[place] = entry;
}

void TimerQueue::start(Timer& timer, MonoTime due) {
  timer.stop();
  timer.queue_ = this;
  timer.due_ = due;
  timer.order_ = started_++;
  heap_.push_back({due, timer.order_, &timer});
  sift_up(heap_.size() - 1);
}

void TimerQueue::stop(Timer& timer) {
  const std::size_t place = timer.place_;
  timer.queue_ = nullptr;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  put(place, last);
  sift_up(place);
  sift_down(last.timer->place_);
}

bool TimerQueue::fire_one(MonoTime now) {
  if (heap_.empty() || heap_.front().due > now) return false;
  Timer& timer = *heap_.front().timer;
  stop(timer);
  timer.fire();
  return true;
}

void TimerQueue::sift_up(std::size_t place) {
  const Entry entry = heap_[place];
  while (place > 0) {
    const std::size_t parent = (place - 1) / kArity;
    if (!earlier(entry, heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerQueue::sift_down(std::size_t place) {
  const Entry entry = heap_[place];
  for (;;) {
    const std::size_t first = place * kArity + 1;
    if (first >= heap_.size()) break;
    std::size_t best = first;
    for (std::size_t child = first + 1; child < std::min(first + kArity, heap_.size()); ++child) {
      if (earlier(heap_[child], heap_[best])) best = child;
    }
    if (!earlier(heap_[best], entry)) break;
    put(place, heap_[best]);
    place = best;
  }
  put(place, entry);
}

}  // namespace hassette::async
