#pragma once
// LoopGuard: while an engine's loop may run, its parts are watched, and a wish to stop reaches
// them.
//
// Who holds the loop is told, a crash names who was running, and a stop that does not come to its
// end says why. Made after the parts and destroyed before them, on the loop's thread.
#include <optional>

#include "async/watchdog.hpp"
#include "daemon/crash_note.hpp"
#include "daemon/stop_path.hpp"
#include "telemetry/hold_lines.hpp"

namespace hassette::daemon {

struct EngineParts;

class LoopGuard {
 public:
  LoopGuard(EngineParts& parts, StopPath& stop);
  LoopGuard(const LoopGuard&) = delete;
  LoopGuard& operator=(const LoopGuard&) = delete;
  ~LoopGuard() = default;

  /// What blocks from here on holds nobody up but the end, of which the last resort speaks.
  void loop_has_ended() { watchdog_.reset(); }

 private:
  const CrashNote crash_note_;
  telemetry::HoldLines lines_;
  std::optional<async::Watchdog> watchdog_;
  StopRequest::Scope listening_;
};

/// The loop knows that it is to stop: the apps get the time that they declare, and who does not end
/// in it is named. Loop thread only.
void expect_end(EngineParts& parts, StopPath& stop);

}  // namespace hassette::daemon
