#include "async/unawaited.hpp"

#include <atomic>
#include <cstdio>
#include <exception>
#include <hassette/task.hpp>

#include "async/loop.hpp"

namespace hassette::async {

namespace {
void to_standard_error(const Unawaited& what) noexcept {
  std::fprintf(stderr, "%s:%u: this Task was destroyed without being awaited: co_await it\n",
               what.made_at.file_name(), what.made_at.line());
}
std::atomic<UnawaitedReporter> reporter{&to_standard_error};
thread_local int tear_downs = 0;
}  // namespace

TearDown::TearDown() noexcept {
  ++tear_downs;
}
TearDown::~TearDown() {
  --tear_downs;
}

UnawaitedReporter set_unawaited_reporter(UnawaitedReporter next) noexcept {
  return reporter.exchange(next ? next : &to_standard_error);
}

const Label* running_label() noexcept {
  // What the watchdog would name: it also knows of an app's constructor inside the engine's fiber.
  const Loop* loop = Loop::current();
  return loop ? loop->working_on() : nullptr;
}

void report_unawaited(const Label* made_by, const std::source_location& made_at) noexcept {
  // An error or a cancellation on its way up takes along the tasks that stood ready to be awaited.
  if (tear_downs > 0 || std::uncaught_exceptions() > 0) return;
  Unawaited what{.made_at = made_at};
  // A member's Task goes with its app, outside of the app's fibers, and a thread has no fiber.
  if (const Label* label = made_by ? made_by : running_label()) {
    what.app = label->app;
    what.task = label->task;
  }
  reporter.load()(what);
}

}  // namespace hassette::async
