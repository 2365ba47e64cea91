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

void report_unawaited(const std::source_location& made_at) noexcept {
  // An error or a cancellation on its way up takes along the tasks that stood ready to be awaited.
  if (tear_downs > 0 || std::uncaught_exceptions() > 0) return;
  Unawaited what{.made_at = made_at};
  const Loop* loop = Loop::current();
  if (loop && loop->running()) {
    what.app = loop->running()->label().app;
    what.task = loop->running()->label().task;
  }
  reporter.load()(what);
}

}  // namespace hassette::async
