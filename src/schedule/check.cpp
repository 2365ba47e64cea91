#include "schedule/check.hpp"

#include <fmt/format.h>

namespace hassette::schedule {

namespace {

using std::chrono::nanoseconds;
using Fault = std::optional<std::string>;

template <class... T>
bool is_one_of(const Trigger& trigger) {
  return (std::holds_alternative<T>(trigger.kind()) || ...);
}

/// An option that the trigger would leave without effect.
Fault misplaced(const JobOptions& options, const Trigger& trigger) {
  if (options.if_past && !is_one_of<Once, At>(trigger)) {
    return "`.if_past` belongs to run_once and has no effect here";
  }
  if ((options.start || options.aligned) && !is_one_of<Every>(trigger)) {
    return fmt::format("`.{}` belongs to run_every and has no effect here",
                       options.start ? "start" : "aligned");
  }
  if (options.clock && !is_one_of<Once, Daily, Weekly, Hourly, CronTimes, EntityTime>(trigger)) {
    return "`.clock` is for times of day and has no effect here";
  }
  if (!is_one_of<Manual>(trigger)) return std::nullopt;
  const char* useless = options.where                     ? "where"
                        : options.window                  ? "window"
                        : options.jitter > nanoseconds(0) ? "jitter"
                        : options.late != Late::kRun      ? "late"
                        : options.durable                 ? "durable"
                                                          : nullptr;
  if (!useless) return std::nullopt;
  return fmt::format("`.{}` has no effect on a job that only runs when run_now is called", useless);
}

Fault find_length_fault(const JobOptions& options) {
  constexpr std::chrono::hours kYear{24 * 366};
  if (options.jitter < nanoseconds(0)) return "`.jitter` is negative";
  if (options.jitter > kYear) return "`.jitter` is longer than a year";
  if (options.late_tolerance < nanoseconds(0)) return "`.late_tolerance` is negative";
  if (options.timeout && options.timeout->get() <= nanoseconds(0)) {
    return "`.timeout` must be longer than nothing; kNoTimeout is for ever";
  }
  return std::nullopt;
}

}  // namespace

Fault find_fault(const std::string& name, const JobOptions& options, const Trigger& trigger,
                 const Ports& ports) {
  if (name.empty()) return ".name is empty; give it a name that the log and the page can show";
  if (auto fault = find_length_fault(options)) return fault;
  if (options.mode.limit() < 1 || options.mode.limit() > Mode::kMost) {
    return fmt::format("the limit of `.mode` is {}; it must be from 1 to {}", options.mode.limit(),
                       Mode::kMost);
  }
  if (auto fault = misplaced(options, trigger)) return fault;
  if (!options.durable && (options.missed || options.interrupted)) {
    return fmt::format("`.{}` needs `.durable = true`", options.missed ? "missed" : "interrupted");
  }
  if (options.durable && !ports.ledger) {
    return "`.durable = true`, but this engine keeps no ledger of jobs";
  }
  return std::nullopt;
}

}  // namespace hassette::schedule
