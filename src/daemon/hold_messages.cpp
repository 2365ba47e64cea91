#include "daemon/hold_messages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>

#include "log/log.hpp"

namespace hassette::daemon {

using std::chrono::milliseconds;

namespace {
constexpr milliseconds kBrief{100};
}

std::string tell_who_holds(const async::Loop& loop, const std::vector<std::string>& alive) {
  const async::Label* label = loop.working_on();
  const char* without = alive.empty() ? "it" : "the apps' shutdown hooks";
  if (!label) return fmt::format("the loop does not end; leaving without {}", without);
  return fmt::format("`{}` of {} still holds the loop; leaving without {}", label->task, label->app,
                     without);
}

std::string tell_what_does_not_end(const async::Loop& loop, const std::vector<std::string>& alive) {
  const async::Loop::Busy busy = loop.busy();
  // Only what has the loop for a while: somebody has it at every moment.
  const bool held = busy.label && std::chrono::steady_clock::now() - busy.since > kBrief;
  if (held && busy.label->app != log::kEngine) {
    return fmt::format(
        "`{}` of {} still holds the loop, so the stop cannot go on; leaving in the middle of it",
        busy.label->task, busy.label->app);
  }
  if (alive.empty()) return "the engine's own tasks do not end; leaving without them";
  return fmt::format("{} {} not end in time; leaving in the middle of the stop",
                     fmt::join(alive, ", "), alive.size() == 1 ? "does" : "do");
}

std::string tell_slow_file(const std::filesystem::path& file) {
  return fmt::format(
      "{} takes too long to be written: see to its disk. Leaving without the last of what durable "
      "jobs and holds did, so the next start may take them for interrupted",
      file.string());
}

std::string tell_what_blocks(const async::Loop& loop) {
  const async::Label* label = loop.working_on();
  if (!label) return "the engine does not end; leaving without it";
  return fmt::format("`{}` of {} blocks; leaving without it", label->task, label->app);
}

}  // namespace hassette::daemon
