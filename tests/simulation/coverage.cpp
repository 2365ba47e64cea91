#include "coverage.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

namespace hassette::simulation {

namespace {

constexpr std::array kOutcomes{"succeeded", "failed",     "cancelled",
                               "timed out", "suppressed", "dropped"};

/// Both kinds of registrations do these.
constexpr std::array kOfBoth{"run waited in its queue",
                             "run dropped from a full queue",
                             "run beside another",
                             "run dropped beside others",
                             "run suppressed",
                             "run replaced by a restart",
                             "run that waited to replace was replaced",
                             "run cancelled before it began",
                             "run cancelled in its cleanup",
                             "cancelled by its own handler",
                             "cancelled by another handler",
                             "cancelled from outside",
                             "cancelled while a run waited",
                             "cancelled while it ran",
                             "replaced",
                             "kept by if_exists skip",
                             "refused by if_exists error",
                             "told its own error handler",
                             "told the error handler of all",
                             "told nobody of an error"};

constexpr std::array kOthers{"ran for an entity",
                             "ran for a glob",
                             "ran for a list",
                             "ran for an attribute",
                             "ran for an event",
                             "ran with changed_to",
                             "ran with changed_from",
                             "ran with changed = false",
                             "ran with increased",
                             "ran with where",
                             "ran with a priority",
                             "ran with once",
                             "ran for what was there",
                             "ran for what was recovered",
                             "ran after a duration",
                             "ran after a debounce",
                             "ran at the beginning of a throttle",
                             "ran at the end of a throttle",
                             "change came before what was there was looked at",
                             "condition threw",
                             "hold began",
                             "hold went on through a change",
                             "hold counted anew from when the state came back",
                             "state had come back meanwhile",
                             "hold went on through an outage",
                             "hold was ended by a change",
                             "hold was ended by a removal",
                             "hold was ended by the registration's end",
                             "hold counted from last_changed",
                             "hold had lasted long enough",
                             "hold ended with a no of where",
                             "debounce began anew",
                             "debounce was ended by the registration's end",
                             "throttle dropped an event",
                             "throttle was ended by the registration's end",
                             "error handler failed",
                             "error handler took too long",
                             "error handler found no room",
                             "home was away",
                             "home had changed meanwhile",
                             "home lacked an entity",
                             "event was lost while away",
                             "job came: in",
                             "job came: every",
                             "job came: every, aligned",
                             "job came: at",
                             "job came: once",
                             "job came: daily",
                             "job came: weekly",
                             "job came: minutely",
                             "job came: hourly",
                             "job came: cron",
                             "job came in the hour after the clocks went forward",
                             "job came in the hours around the clocks going back",
                             "job came late",
                             "job was missed",
                             "job was skipped by where",
                             "job waited for the clock to be set",
                             "clock was set forward under a job",
                             "clock was set back under a job",
                             "time that had been did not come again",
                             "run_now was refused"};

std::vector<std::string> all_kinds() {
  std::vector<std::string> all;
  for (const char* const who : {"listener: ", "job: "}) {
    for (const char* const outcome : {"succeeded", "failed", "cancelled", "timed out"}) {
      all.push_back(std::string(who) + "run " + outcome);
    }
    for (const char* const kind : kOfBoth) all.push_back(std::string(who) + kind);
  }
  all.insert(all.end(), kOthers.begin(), kOthers.end());
  for (const char* const outcome : kOutcomes) all.push_back(std::string("run_now ") + outcome);
  if (all.size() > Coverage::kMost) throw std::logic_error("more kinds than Coverage has room for");
  return all;
}

}  // namespace

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> kAll = all_kinds();
  return kAll;
}

void Coverage::count(std::string_view kind) {
  const auto found = std::ranges::find(kinds(), kind);
  if (found == kinds().end()) throw std::logic_error("no kind of thing: " + std::string(kind));
  ++counts_.at(static_cast<std::size_t>(found - kinds().begin()));
}

}  // namespace hassette::simulation
