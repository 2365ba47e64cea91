#include "model_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "berlin.hpp"

namespace hassette::simulation {

using berlin::kDay;
using berlin::kHour;
using berlin::kMinute;

namespace {

constexpr Micros kWeeks = 15 * kDay;
constexpr Micros kYear2000 = 946'684'800 * kSecond;

/// One field of a cron expression: *, */n, n, a-b or a list of these.
bool field_has(const std::string& field, int value) {
  std::istringstream parts(field);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t dash = part.find('-');
    if (part == "*") return true;
    if (part.starts_with("*/")) {
      if (value % std::stoi(part.substr(2)) == 0) return true;
    } else if (dash != std::string::npos) {
      if (value >= std::stoi(part.substr(0, dash)) && value <= std::stoi(part.substr(dash + 1))) {
        return true;
      }
    } else if (value == std::stoi(part)) {
      return true;
    }
  }
  return false;
}

struct Pattern {
  std::string minute;
  std::string hour;
  std::string weekday = "*";

  bool has(Micros local) const {
    return field_has(minute, static_cast<int>(local % kHour / kMinute)) &&
           field_has(hour, static_cast<int>(local % kDay / kHour)) &&
           field_has(weekday, berlin::weekday(local));
  }
  /// It names every hour: then it repeats with them, whatever the clocks do.
  bool follows_elapsed_time() const { return hour == "*"; }
};

Pattern pattern_of(const JobSpec& spec) {
  if (spec.trigger == "minutely") {
    return {.minute = spec.each == 60 ? "0" : "*/" + std::to_string(spec.each), .hour = "*"};
  }
  if (spec.trigger == "hourly") {
    return {.minute = "0", .hour = spec.each == 1 ? "*" : "*/" + std::to_string(spec.each)};
  }
  Pattern pattern;
  if (spec.trigger == "cron") {
    std::string expression = spec.time;
    std::ranges::replace(expression, '_', ' ');
    std::istringstream fields(expression);
    std::string any;
    fields >> pattern.minute >> pattern.hour >> any >> any >> pattern.weekday;
    return pattern;
  }
  pattern.minute = std::to_string(std::stoi(spec.time.substr(3)));
  pattern.hour = std::to_string(std::stoi(spec.time.substr(0, 2)));
  if (spec.trigger == "weekly") pattern.weekday = std::to_string(spec.each);
  return pattern;
}

/// Each minute that passes, until one shows what is asked for.
Micros next_elapsed(const Pattern& pattern, Micros after) {
  Micros minute = after / kMinute * kMinute + kMinute;
  while (!pattern.has(berlin::to_local(minute))) minute += kMinute;
  return minute;
}

/// Each minute of each local day, where the clocks put it.
Micros next_of_days(const Pattern& pattern, Micros after) {
  const Micros today = berlin::day_of(after);
  for (Micros day = today - kDay; day < today + kWeeks; day += kDay) {
    if (!field_has(pattern.weekday, berlin::weekday(day))) continue;
    std::optional<Micros> first;
    for (int hour = 0; hour < 24; ++hour) {
      if (!field_has(pattern.hour, hour)) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!field_has(pattern.minute, minute)) continue;
        const Micros moment = berlin::to_utc(day + hour * kHour + minute * kMinute);
        if (moment > after && (!first || moment < *first)) first = moment;
      }
    }
    if (first) return *first;
  }
  throw std::runtime_error("a time that no week has");
}

}  // namespace

std::optional<Micros> next_on_wall(const JobSpec& spec, Micros after) {
  const Pattern pattern = pattern_of(spec);
  return pattern.follows_elapsed_time() ? next_elapsed(pattern, after)
                                        : next_of_days(pattern, after);
}

ModelJob::ModelJob(ModelWorld& world, JobSpec spec, std::function<Micros()> wall)
    : world_(world), spec_(std::move(spec)), runs_(world, spec_.runs), wall_(std::move(wall)) {
  runs_.on_begin = [this] { ++counters_["runs"]; };
  runs_.on_end = [this](ModelRuns::Outcome how) { ++counters_[to_text(how)]; };
  runs_.on_refused = [this](ModelRuns::Outcome why) { ++counters_[to_text(why)]; };
}

bool ModelJob::recurs() const {
  return spec_.trigger != "in" && spec_.trigger != "at" && spec_.trigger != "once";
}

bool ModelJob::clock_is_set() const {
  return wall_() >= kYear2000;
}

/// Seen from now, on the clock that it follows.
std::optional<Micros> ModelJob::first() const {
  const Micros now = world_.agenda.now();
  if (spec_.trigger == "in") return now + spec_.length;
  if (spec_.trigger == "every" && !spec_.aligned) return now + spec_.length;
  if (spec_.trigger == "every") {
    const Micros midnight = berlin::to_utc(berlin::day_of(wall_()));
    return now + spec_.length - (wall_() - midnight) % spec_.length;
  }
  if (spec_.trigger == "at") return spec_.length;
  return next_on_wall(spec_, wall_());
}

void ModelJob::begin() {
  plan(first());
}

void ModelJob::plan(std::optional<Micros> due) {
  world_.agenda.drop(on_agenda_);
  due_.reset();
  if (follows_wall() && !clock_is_set()) {
    count("job waited for the clock to be set");
    state_ = State::kWaiting;
    return;
  }
  if (!due) {
    state_ = State::kCompleted;
    return;
  }
  state_ = State::kScheduled;
  due_ = due;
  const Micros now = world_.agenda.now();
  const Micros at = follows_wall() ? now + std::max<Micros>(0, *due - wall_()) : *due;
  on_agenda_ = world_.agenda.set(at, [self = shared_from_this()] { self->come(); });
}

void ModelJob::come() {
  world_.agenda.drop(on_agenda_);
  const Micros came = *due_;
  const Micros now = follows_wall() ? wall_() : world_.agenda.now();
  count_coming(came);
  if (follows_wall()) last_ = came;
  if (!recurs()) {
    plan(std::nullopt);
  } else if (follows_wall()) {
    plan(next_on_wall(spec_, std::max(came, now)));
  } else {
    plan(came + spec_.length);
  }
  if (now - came > spec_.tolerance) {
    ++counters_[spec_.skips_late ? "missed" : "late"];
    count(spec_.skips_late ? "job was missed" : "job came late");
    if (spec_.skips_late) return;
  }
  if (wanted() && !cancelled_) submit({});
}

void ModelJob::count_coming(Micros came) {
  count("job came: " + spec_.trigger + (spec_.aligned ? ", aligned" : ""));
  const std::vector<Micros> changes = berlin::changes_of_year(came);
  if (!follows_wall() || changes.empty()) return;
  if (came >= changes[0] && came < changes[0] + kHour) {
    count("job came in the hour after the clocks went forward");
  }
  if (came >= changes[1] - kHour && came < changes[1] + kHour) {
    count("job came in the hours around the clocks going back");
  }
}

bool ModelJob::wanted() {
  if (spec_.where == "night" && !world_.is_night()) {
    ++counters_["skipped"];
    count("job was skipped by where");
    return false;
  }
  if (spec_.where == "throws" && world_.is_night()) {
    ++counters_["failed"];
    count("condition threw");
    world_.trace.add(world_.agenda.now(), spec_.runs.label, "condition failed");
    world_.errors.tell(spec_.runs, "the question fails at night");
    return false;
  }
  return true;
}

void ModelJob::submit(std::function<void(ModelRuns::Outcome)> result) {
  auto run = std::make_shared<ModelRuns::Run>();
  run->result = std::move(result);
  runs_.submit(run);
}

void ModelJob::run_now() {
  const auto tell = [this](const std::string& what) {
    world_.trace.add(world_.agenda.now(), spec_.runs.name + " now", what);
  };
  if (!active()) {
    count("run_now was refused");
    return tell("refused");
  }
  submit([this, tell](ModelRuns::Outcome how) {
    count("run_now " + to_text(how));
    tell(to_text(how));
  });
}

/// Set forward, what has become due comes late; that is the caller's to see. Set back, a time whose
/// run has been is not shown again, unless the clock was wrong before.
void ModelJob::review(Micros by, bool first_time) {
  if (!active() || !follows_wall()) return;
  count(by < 0 ? "clock was set back under a job" : "clock was set forward under a job");
  const Micros now = wall_();
  const bool again = due_ && last_ && *last_ > now && *last_ - now <= (*due_ - *last_) / 2;
  if (by < 0 && again) count("time that had been did not come again");
  plan(due_ && (again || (by > 0 && !first_time)) ? due_ : first());
}

void ModelJob::cancel(const ModelRuns::Run* caller) {
  cancelled_ = true;
  if (active()) {
    world_.agenda.drop(on_agenda_);
    due_.reset();
    state_ = State::kCancelled;
  }
  runs_.cancel(caller);
}

std::string ModelJob::status() const {
  const char* state = state_ == State::kScheduled   ? "scheduled"
                      : state_ == State::kWaiting   ? "waiting"
                      : state_ == State::kCompleted ? "completed"
                                                    : "cancelled";
  std::string text = state;
  if (due_) {
    const Micros on_wall = follows_wall() ? *due_ : wall_() + *due_ - world_.agenda.now();
    text += " next " + seconds_text(on_wall);
  }
  for (const auto& [name, count] : counters_) {
    if (count > 0) text += fmt::format(" {}={}", name, count);
  }
  return text;
}

}  // namespace hassette::simulation
