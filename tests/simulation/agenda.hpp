#pragma once
// Agenda: time in the model. A list of what is due, and a line of what comes right after.
//
// What is due at one instant comes in the order in which it was set; what a cancellation or an end
// brings about comes after all of that. Nothing here is fast, and all of it can be read at once.
#include <deque>
#include <functional>
#include <vector>

#include "tape.hpp"

namespace hassette::simulation {

class Agenda {
 public:
  using What = std::function<void()>;

  Micros now() const { return now_; }

  /// The number names it for `drop`.
  std::uint64_t set(Micros at, What what) {
    due_.push_back({at, ++set_, std::move(what)});
    return set_;
  }
  void drop(std::uint64_t number) {
    std::erase_if(due_, [&](const Due& entry) { return entry.number == number; });
  }
  /// Right after what happens now.
  void soon(What what) { soon_.push_back(std::move(what)); }

  void settle() {
    while (!soon_.empty()) {
      const What what = std::move(soon_.front());
      soon_.pop_front();
      what();
    }
  }

  /// Everything up to this moment, and what lies at it.
  void run_until(Micros until) {
    settle();
    for (const Due* next = first(); next && next->at <= until; next = first()) {
      now_ = next->at;
      while (next && next->at <= now_) {
        const What what = next->what;
        drop(next->number);
        what();
        next = first();
      }
      settle();
    }
    now_ = until;
  }
  bool empty() const { return due_.empty() && soon_.empty(); }

 private:
  struct Due {
    Micros at;
    std::uint64_t number;
    What what;
  };
  const Due* first() const {
    const Due* found = nullptr;
    for (const Due& entry : due_) {
      if (!found || entry.at < found->at) found = &entry;  // the list is in the order of setting
    }
    return found;
  }

  Micros now_ = 0;
  std::uint64_t set_ = 0;
  std::vector<Due> due_;
  std::deque<What> soon_;
};

}  // namespace hassette::simulation
