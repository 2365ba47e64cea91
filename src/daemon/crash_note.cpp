#include "daemon/crash_note.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <string_view>

#include "async/loop.hpp"

namespace hassette::daemon {

namespace {

constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
std::atomic<const async::Loop*> watched = nullptr;

/// What a signal handler may do: no allocation, no lock.
class Line {
 public:
  void add(std::string_view text) {
    const std::size_t length = std::min(text.size(), text_.size() - 1 - used_);
    std::memcpy(text_.data() + used_, text.data(), length);
    used_ += length;
  }
  void print() {
    text_[used_++] = '\n';
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), used_);
  }

 private:
  std::array<char, 512> text_{};
  std::size_t used_ = 0;
};

extern "C" void on_crash(int number) {
  const async::Loop* loop = watched.load();
  const async::Label* label = loop ? loop->working_on() : nullptr;
  Line line;
  line.add("hassette crashed (");
  line.add(number == SIGSEGV  ? "bad pointer, SIGSEGV"
           : number == SIGBUS ? "SIGBUS"
           : number == SIGFPE ? "SIGFPE"
           : number == SIGILL ? "SIGILL"
                              : "SIGABRT");
  line.add(") while the loop was running ");
  if (label) {
    line.add("`");
    line.add(label->task);
    line.add("` of ");
    line.add(label->app);
    line.add("; `enabled = false` under [hassette.apps.…] keeps an app from starting");
  } else {
    line.add("no handler");
  }
  line.print();
  raise(number);  // its default action: the handler was for once
}

}  // namespace

CrashNote::CrashNote(const async::Loop& loop) {
  watched = &loop;
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer)
  struct sigaction action{};
  action.sa_handler = &on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  sigemptyset(&action.sa_mask);
  for (const int number : kCrashes) sigaction(number, &action, nullptr);
#endif
}

CrashNote::~CrashNote() {
  for (const int number : kCrashes) std::signal(number, SIG_DFL);
  watched = nullptr;
}

}  // namespace hassette::daemon
