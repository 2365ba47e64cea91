#include "daemon/loop_guard.hpp"

#include "daemon/engine_parts.hpp"
#include "daemon/hold_messages.hpp"
#include "log/log.hpp"

namespace hassette::daemon {

LoopGuard::LoopGuard(EngineParts& parts, StopPath& stop)
    : crash_note_(parts.loop),
      watchdog_(std::in_place, parts.loop, async::kHoldLimit,
                [this, &parts](const async::Hold& hold) {
                  parts.board.set_loop_held(hold);
                  if (auto line = lines_.line(hold, std::chrono::steady_clock::now())) {
                    log::write(LogLevel::kWarning, hold.label->app, std::move(*line));
                  }
                }),
      listening_(stop.request(), [&parts, &stop] {
        stop.expect_end([&parts] { return tell_who_holds(parts.loop, parts.board.alive()); });
        parts.loop.post([&parts, &stop] {
          expect_end(parts, stop);
          parts.stop.set();
        });
      }) {}

void expect_end(EngineParts& parts, StopPath& stop) {
  stop.last_resort().allow(parts.host.shutdown_limit() - StopPath::kUsualHooks);
  stop.expect_end([&parts] {
    if (parts.settles_jobs) return tell_slow_file(parts.jobs_file());
    return tell_what_does_not_end(parts.loop, parts.board.alive());
  });
}

}  // namespace hassette::daemon
