#pragma once
// ClockWatch: learns from the kernel that the machine's wall clock was set (by NTP, by hand, by a
// resume from suspend), so that nobody has to look at it.
//
// Owned by whoever wants to know, made and destroyed on the loop's thread; `told` is called there,
// and never after the destructor. A thread of its own sleeps in the kernel meanwhile and costs
// nothing. Where the kernel does not offer this, `works` is false and nothing is ever told.
#include <functional>
#include <memory>
#include <thread>

namespace hassette::async {

class Loop;

class ClockWatch {
 public:
  ClockWatch(Loop& loop, std::function<void()> told);
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;
  ~ClockWatch();

  bool works() const { return thread_.joinable(); }

 private:
  /// A file descriptor that is closed at the end; -1 is none.
  class Descriptor {
   public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    int number() const { return number_; }

   private:
    int number_;
  };
  bool arm() const;
  void watch();

  Loop& loop_;
  std::shared_ptr<std::function<void()>> told_;  // calls on their way only hold it weakly
  Descriptor timer_;
  Descriptor wake_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace hassette::async
