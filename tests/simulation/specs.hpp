#pragma once
// What the operations `listen` and `job` ask for, read from their fields; for product and model.
#include <optional>
#include <string>
#include <vector>

#include "tape.hpp"

namespace hassette::simulation {

/// What a handler does when it runs.
struct Behaviour {
  Micros takes = 0;
  Micros cleanup = 0;   // how long it goes on when it is cancelled
  bool fails = false;   // throws at its end
  std::string cancels;  // a listener or a job that it cancels when it begins
};

/// What an error handler does when it is told.
struct OnError {
  Micros takes = 0;
  bool fails = false;
};

enum class When : std::uint8_t { kSingle, kRestart, kQueued, kParallel };
/// What if the name is taken.
enum class Taken : std::uint8_t { kReplace, kSkip, kRefuse };

struct RunSpec {
  std::string kind;  // "listener" or "job"
  std::string name;
  std::string label;  // in traces: the name, and the number where others had it before
  When mode = When::kSingle;
  std::size_t limit = 0;
  Micros timeout = 0;  // 0: ten minutes, the default
  Behaviour does;
  std::optional<OnError> on_error;  // its own
  Taken taken = Taken::kReplace;
};

/// Listens to states, to an attribute or to events.
struct ListenSpec {
  RunSpec runs;
  std::string event;  // a type; empty: to states
  std::string entities;
  std::string attribute;
  std::string changed_to;
  std::string changed_from;
  std::string changed;  // "any": `.changed = false`; "up": increased
  std::string where;    // "night"; "throws" at night; "even" of an event's value
  bool once = false;
  bool immediate = false;
  Micros duration = 0;
  Micros debounce = 0;
  Micros throttle = 0;
  bool both_edges = false;
  int priority = 0;

  bool hears(const std::string& entity) const;
  /// A name is taken for this only.
  std::string topic() const { return event + " " + entities + " " + attribute; }
};

struct JobSpec {
  RunSpec runs;
  std::string trigger;  // in, every, at, once, daily, weekly, minutely, hourly, cron
  Micros length = 0;    // of in and every; the moment of at
  std::string time;  // "02:30" of once, daily and weekly; the expression of cron, with _ for space
  int each = 1;      // minutes, hours; the day of the week, Sunday being 0
  bool aligned = false;
  std::string where;
  bool skips_late = false;
  Micros tolerance = 60 * kSecond;
};

ListenSpec listen_spec(const Op& op);
JobSpec job_spec(const Op& op);
OnError on_error_spec(const Op& op);

/// "L3", then "L3/2" for what takes its place.
std::string label_of(const std::string& name, int number);

/// Every entity that there is, in the order of their ids.
const std::vector<std::string>& all_entities();

}  // namespace hassette::simulation
