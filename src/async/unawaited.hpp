#pragma once
// Where a Task that was destroyed unawaited is reported: the log layer plugs itself in here.
#include <source_location>
#include <string_view>

namespace hassette::async {

struct Unawaited {
  // What ran when it was made, else when it was destroyed; empty if that was not inside a loop.
  std::string_view app;
  std::string_view task;  // the handler
  std::source_location made_at;
};

using UnawaitedReporter = void (*)(const Unawaited&) noexcept;

/// Replaces the reporter, which at first writes to standard error; gives the one before. Any
/// thread.
UnawaitedReporter set_unawaited_reporter(UnawaitedReporter reporter) noexcept;

/// While one exists on this thread, frames are torn down and nothing is reported: whoever would
/// have awaited their tasks is gone.
class TearDown {
 public:
  TearDown() noexcept;
  TearDown(const TearDown&) = delete;
  TearDown& operator=(const TearDown&) = delete;
  ~TearDown();
};

}  // namespace hassette::async
