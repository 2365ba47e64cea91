#include "daemon/hold_messages.hpp"

#include <fmt/format.h>

#include "log/log.hpp"

namespace hassette::daemon {

using std::chrono::milliseconds;

std::string tell_who_holds(const async::Loop& loop) {
  const async::Label* label = loop.working_on();
  if (!label) return "the loop does not end; leaving without the apps' shutdown hooks";
  return fmt::format("`{}` of {} still holds the loop; leaving without the apps' shutdown hooks",
                     label->task, label->app);
}

void report_hold(const async::Hold& hold) {
  // Work of the engine's own is no app's fault and no news unless it is long.
  const bool own = hold.label->app == log::kEngine;
  if (own && hold.held < milliseconds(500)) return;
  if (hold.over) {
    log::write(
        LogLevel::kWarning, hold.label->app,
        fmt::format("`{}` held the loop for {} ms in all", hold.label->task, hold.held.count()));
  } else {
    log::write(
        LogLevel::kWarning, hold.label->app,
        fmt::format("`{}` holds the loop, for {} ms now: nothing else can run. Await instead "
                    "of blocking (sleep, api), or move it to task_bucket.run_in_thread",
                    hold.label->task, hold.held.count()));
  }
}

}  // namespace hassette::daemon
