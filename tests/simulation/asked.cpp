#include "asked.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace hassette::simulation {

namespace {

using std::chrono::microseconds;

Mode mode_of(const RunSpec& spec) {
  switch (spec.mode) {
    case When::kRestart:
      return Mode::kRestart;
    case When::kQueued:
      return queued(spec.limit);
    case When::kParallel:
      return parallel(spec.limit);
    case When::kSingle:
      break;
  }
  return Mode::kSingle;
}

IfExists if_exists_of(const RunSpec& spec) {
  switch (spec.taken) {
    case Taken::kSkip:
      return IfExists::kSkip;
    case Taken::kRefuse:
      return IfExists::kError;
    case Taken::kReplace:
      break;
  }
  return IfExists::kReplace;
}

Condition condition_of(const std::string& text) {
  if (text.empty()) return {};
  if (text == "above20") return C::above(20);
  if (text.find_first_not_of("0123456789") == std::string::npos) return std::stod(text);
  return text;
}

/// A question that any registration may ask.
std::function<bool()> question_of(const std::string& where, const Surroundings& around) {
  if (where == "throws") {
    return [is_night = around.is_night] {
      if (is_night()) throw std::runtime_error("the question fails at night");
      return true;
    };
  }
  return around.is_night;
}

/// What both kinds of registrations have.
template <class Options>
void set_runs(Options& options, const RunSpec& spec, const Surroundings& around) {
  options.mode = mode_of(spec);
  if (spec.timeout > 0) options.timeout = microseconds(spec.timeout);
  options.if_exists = if_exists_of(spec);
  if (spec.on_error) options.on_error = around.error_handler(*spec.on_error);
}

/// What all listeners have.
template <class Options>
void set_listener(Options& options, const ListenSpec& spec, const Surroundings& around) {
  set_runs(options, spec.runs, around);
  options.once = spec.once;
  if (spec.debounce > 0) options.debounce = microseconds(spec.debounce);
  if (spec.throttle > 0) {
    options.throttle = {microseconds(spec.throttle),
                        spec.both_edges ? Throttle::kBothEdges : Throttle::kLeading};
  }
  options.priority = spec.priority;
}

template <class Options>
Options change_options(const ListenSpec& spec, const Surroundings& around) {
  Options options{.name = spec.runs.name};
  set_listener(options, spec, around);
  options.changed_to = condition_of(spec.changed_to);
  options.changed_from = condition_of(spec.changed_from);
  if (spec.changed == "any") options.changed = false;
  if (spec.changed == "up") options.changed = C::increased();
  options.immediate = spec.immediate;
  if (spec.duration > 0) options.duration = microseconds(spec.duration);
  if (!spec.where.empty()) options.where = question_of(spec.where, around);
  return options;
}

}  // namespace

std::string value_of(const Event& event) {
  return event.data["value"].get<std::string>().value_or("");
}

Entities entities_of(const ListenSpec& spec) {
  std::vector<std::string> ids;
  for (std::size_t at = 0; at <= spec.entities.size();) {
    const std::size_t end = std::min(spec.entities.find(',', at), spec.entities.size());
    ids.push_back(spec.entities.substr(at, end - at));
    at = end + 1;
  }
  return ids;
}

StateChangeOptions state_options(const ListenSpec& spec, const Surroundings& around) {
  return change_options<StateChangeOptions>(spec, around);
}

AttributeChangeOptions attribute_options(const ListenSpec& spec, const Surroundings& around) {
  return change_options<AttributeChangeOptions>(spec, around);
}

EventOptions event_options(const ListenSpec& spec, const Surroundings& around) {
  EventOptions options{.name = spec.runs.name};
  set_listener(options, spec, around);
  if (spec.where == "even") {
    options.where = [](const Event& event) {
      const std::string value = value_of(event);
      return !value.empty() && (value.back() - '0') % 2 == 0;
    };
  } else if (!spec.where.empty()) {
    options.where = question_of(spec.where, around);
  }
  return options;
}

JobOptions job_options(const JobSpec& spec, const Surroundings& around) {
  JobOptions options{.name = spec.runs.name};
  set_runs(options, spec.runs, around);
  options.late = spec.skips_late ? Late::kSkip : Late::kRun;
  options.late_tolerance = microseconds(spec.tolerance);
  options.aligned = spec.aligned;
  if (!spec.where.empty()) options.where = question_of(spec.where, around);
  return options;
}

Trigger trigger_of(const JobSpec& spec) {
  const auto length = microseconds(spec.length);
  if (spec.trigger == "in") return After{length};
  if (spec.trigger == "every") return Every{length};
  if (spec.trigger == "at") return At{TimePoint(length)};
  if (spec.trigger == "minutely") return Minutely{spec.each};
  if (spec.trigger == "hourly") return Hourly{spec.each};
  if (spec.trigger == "cron") {
    std::string expression = spec.time;
    std::ranges::replace(expression, '_', ' ');
    return CronTimes{expression};
  }
  const MomentOfDay moment(TimeOfDay::parse(spec.time).value());
  if (spec.trigger == "once") return Once{moment};
  if (spec.trigger == "daily") return Daily{moment};
  const std::chrono::weekday day(static_cast<unsigned>(spec.each));
  return Weekly{{day}, moment};
}

}  // namespace hassette::simulation
