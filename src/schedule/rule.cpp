#include "schedule/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <hassette/duration.hpp>
#include <hassette/logger.hpp>

#include "time/cron.hpp"
#include "time/iso8601.hpp"
#include "time/wall_clock.hpp"

namespace hassette::schedule {

using async::MonoTime;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

constexpr std::chrono::hours kHundredYears{24 * 36'525};

// --- Elapsed time

class AfterRule final : public Rule {
 public:
  explicit AfterRule(nanoseconds delay) : delay_(delay) {}
  std::string describe() const override { return "in " + format_duration(delay_); }
  std::optional<Due> first(const Now& now) override { return async::later(now.mono, delay_); }
  std::optional<Due> next(const Due&, const Now&) override { return std::nullopt; }
  bool follows_wall() const override { return false; }

 private:
  nanoseconds delay_;
};

class EveryRule final : public Rule {
 public:
  EveryRule(nanoseconds interval, std::optional<TimePoint> start, bool aligned)
      : interval_(interval), start_(start), aligned_(aligned) {}

  std::string describe() const override {
    std::string text = "every " + format_duration(interval_);
    if (start_) text += " from " + time::format_iso8601(*start_);
    if (aligned_) text += ", aligned to midnight";
    return text;
  }

  std::optional<Due> first(const Now& now) override {
    if (!start_ && !aligned_) return async::later(now.mono, interval_);
    const TimePoint anchor =
        start_ ? *start_ : now.place.zone.start_of(now.place.zone.date_of(now.wall));
    const nanoseconds ahead = anchor - now.wall;
    if (ahead >= nanoseconds(0)) return async::later(now.mono, ahead);
    return async::later(now.mono, interval_ - -ahead % interval_);
  }

  std::optional<Due> next(const Due& came, const Now& now) override {
    // What an earlier life of the engine had planned comes by the wall clock; the steps stay.
    const nanoseconds late = std::holds_alternative<MonoTime>(came)
                                 ? now.mono - std::get<MonoTime>(came)
                                 : nanoseconds(now.wall - std::get<TimePoint>(came));
    return async::later(now.mono, interval_ - late % interval_);
  }
  bool follows_wall() const override { return false; }

 private:
  nanoseconds interval_;
  std::optional<TimePoint> start_;
  bool aligned_;
};

// --- The clock on the wall

class AtRule final : public Rule {
 public:
  explicit AtRule(TimePoint moment) : moment_(moment) {}
  std::string describe() const override { return "once at " + time::format_iso8601(moment_); }
  std::optional<Due> first(const Now&) override { return moment_; }
  std::optional<Due> next(const Due&, const Now&) override { return std::nullopt; }

 private:
  TimePoint moment_;
};

/// Times that come round: from whichever is later, the last or now. One that came late must not run
/// twice, and after a step of the clock what lies between is not made up for.
class Recurring : public Rule {
 public:
  std::optional<Due> first(const Now& now) final { return as_due(after(now.wall, now)); }
  std::optional<Due> next(const Due& came, const Now& now) override {
    return as_due(after(std::max(std::get<TimePoint>(came), now.wall), now));
  }

 protected:
  virtual std::optional<TimePoint> after(TimePoint moment, const Now& now) = 0;

 private:
  static std::optional<Due> as_due(const std::optional<TimePoint>& moment) {
    return moment ? std::optional<Due>(*moment) : std::nullopt;
  }
};

/// Some that happen on no day for months have no time within the year that is looked through.
std::string never_comes(const MomentOfDay& moment) {
  return fmt::format("{}, which does not happen here within a year", moment.str());
}

class MomentRule final : public Recurring {
 public:
  MomentRule(MomentOfDay at, Weekdays days, WallClockRule clock)
      : at_(at), days_(days), clock_(clock) {}

  std::string describe() const override {
    if (days_ == Weekdays::all()) {
      return at_.event() ? at_.str() + ", daily" : "daily at " + at_.str();
    }
    return at_.event() ? fmt::format("{} on {}", at_.str(), days_.str())
                       : fmt::format("at {} on {}", at_.str(), days_.str());
  }
  std::string waits_for() const override { return never_comes(at_); }

 protected:
  std::optional<TimePoint> after(TimePoint moment, const Now& now) override {
    if (!at_.event()) {
      return time::next_local(moment, at_.time(), days_, now.place.zone, clock_);
    }
    // A year of days at most, of which a week at most is the wrong one in a row.
    for (int tried = 0; tried < 366; ++tried) {
      const auto found = time::next_moment(moment, at_, now.place, clock_);
      if (!found || days_.contains(Weekday(std::chrono::sys_days(now.place.zone.date_of(*found)))))
        return found;
      moment = *found;
    }
    return std::nullopt;
  }

 private:
  MomentOfDay at_;
  Weekdays days_;
  WallClockRule clock_;
};

class OnceRule final : public Rule {
 public:
  OnceRule(MomentOfDay at, WallClockRule clock, bool at_once)
      : at_(at), clock_(clock), at_once_(at_once) {}
  std::string describe() const override { return "once at " + at_.str(); }
  std::optional<Due> first(const Now& now) override {
    if (std::exchange(at_once_, false)) return now.wall;
    const auto found = time::next_moment(now.wall, at_, now.place, clock_);
    came_ = false;
    return found ? std::optional<Due>(*found) : std::nullopt;
  }
  std::optional<Due> next(const Due&, const Now&) override {
    came_ = true;
    return std::nullopt;
  }
  std::string waits_for() const override { return came_ ? std::string() : never_comes(at_); }

 private:
  MomentOfDay at_;
  WallClockRule clock_;
  bool at_once_;
  bool came_ = false;
};

class CronRule final : public Recurring {
 public:
  CronRule(time::Cron cron, WallClockRule clock) : cron_(std::move(cron)), clock_(clock) {}
  std::string describe() const override {
    return fmt::format("cron {}: {}", cron_.expression(), cron_.describe());
  }

 protected:
  std::optional<TimePoint> after(TimePoint moment, const Now& now) override {
    return cron_.next(moment, now.place.zone, clock_);
  }

 private:
  time::Cron cron_;
  WallClockRule clock_;
};

class CustomRule final : public Recurring {
 public:
  CustomRule(std::shared_ptr<CustomTrigger> trigger, std::string app)
      : trigger_(std::move(trigger)), app_(std::move(app)) {}
  std::string describe() const override { return trigger_->describe(); }

 protected:
  /// The author's code may answer with a moment that has passed: it must neither spin nor block.
  std::optional<TimePoint> after(TimePoint moment, const Now& now) override {
    const auto given = trigger_->next(moment, Place(now.place));
    if (!given || *given > moment) return given;
    if (!std::exchange(warned_, true)) {
      Logger(app_).warning(
          "the trigger `{}` was asked for a time after {} and gave {}; it is asked again a second "
          "later",
          trigger_->describe(), time::format_iso8601(moment), time::format_iso8601(*given));
    }
    return moment + seconds(1);
  }

 private:
  std::shared_ptr<CustomTrigger> trigger_;
  std::string app_;
  bool warned_ = false;
};

class ManualRule final : public Rule {
 public:
  std::string describe() const override { return "manual only"; }
  std::optional<Due> first(const Now&) override { return std::nullopt; }
  std::optional<Due> next(const Due&, const Now&) override { return std::nullopt; }
  std::string waits_for() const override { return std::string(kWaitsForRunNow); }
  bool follows_wall() const override { return false; }
};

// --- From triggers

using Made = std::expected<std::unique_ptr<Rule>, std::string>;

std::optional<std::string> fault_of(nanoseconds length, const char* what, nanoseconds least) {
  if (length < nanoseconds(0)) return fmt::format("the {} is negative", what);
  if (length < least) return fmt::format("the {} is shorter than a millisecond", what);
  if (length > kHundredYears) return fmt::format("the {} is longer than a hundred years", what);
  return std::nullopt;
}

/// Beyond these, differences would not fit into nanoseconds.
std::optional<std::string> fault_of(TimePoint moment) {
  constexpr TimePoint kFirst{seconds(-2'208'988'800)};
  constexpr TimePoint kLast{seconds(8'835'955'200)};
  if (moment >= kFirst && moment < kLast) return std::nullopt;
  return "the moment lies outside the years 1900 to 2249";
}

std::optional<std::string> fault_of_offset(nanoseconds offset, std::chrono::hours most) {
  if (offset < most && offset > -most) return std::nullopt;
  return fmt::format("the offset is not less than {}", format_duration(most));
}

std::optional<std::string> fault_of(const EntityId& id, const char* domain) {
  if (!id.is_valid()) return fmt::format("`{}` is no entity id", id);
  if (*domain && id.domain() != domain) return fmt::format("`{}` is no {}", id, domain);
  return std::nullopt;
}

struct Maker {
  const RuleParts& parts;
  const Now& now;

  WallClockRule clock() const { return parts.options.clock.value_or(WallClockRule()); }

  Made operator()(const After& after) const {
    if (auto fault = fault_of(after.delay, "delay", nanoseconds(0))) return std::unexpected(*fault);
    return std::make_unique<AfterRule>(after.delay);
  }
  Made operator()(const Every& every) const {
    if (auto fault = fault_of(every.interval, "interval", std::chrono::milliseconds(1)))
      return std::unexpected(*fault);
    if (parts.options.start && parts.options.aligned) {
      return std::unexpected("`.start` and `.aligned` both say when it runs first; keep one");
    }
    if (parts.options.start) {
      if (auto fault = fault_of(*parts.options.start)) return std::unexpected(*fault);
    }
    return std::make_unique<EveryRule>(every.interval, parts.options.start, parts.options.aligned);
  }
  Made operator()(const At& at) const {
    if (auto fault = fault_of(at.moment)) return std::unexpected(*fault);
    const IfPast if_past = parts.options.if_past.value_or(IfPast::kNow);
    if (if_past == IfPast::kTomorrow) {
      return std::unexpected("`.if_past = IfPast::kTomorrow` needs a time of day, not a moment");
    }
    if (if_past == IfPast::kError && at.moment <= now.wall) {
      return std::unexpected(time::format_iso8601(at.moment) + " has passed");
    }
    return std::make_unique<AtRule>(at.moment);
  }
  Made operator()(const Once& once) const {
    if (!once.at.is_set()) return std::unexpected("the time of day is unset");
    const IfPast if_past = parts.options.if_past.value_or(IfPast::kTomorrow);
    const auto today = now.place.zone.date_of(now.wall);
    const bool passed = time::moment_on(today, once.at, now.place) <= now.wall;
    if (passed && if_past == IfPast::kError) {
      return std::unexpected(once.at.str() + " has passed today");
    }
    return std::make_unique<OnceRule>(once.at, clock(), passed && if_past == IfPast::kNow);
  }
  Made operator()(const Minutely& each) const {
    if (each.minutes < 1 || each.minutes > 60 || 60 % each.minutes != 0) {
      return std::unexpected(fmt::format(
          "an hour does not divide into {} minutes; run_every({}min, …) follows elapsed time",
          each.minutes, each.minutes));
    }
    return made_of(each.minutes == 60 ? "0 * * * *" : fmt::format("*/{} * * * *", each.minutes));
  }
  Made operator()(const Hourly& each) const {
    if (each.hours < 1 || each.hours > 24 || 24 % each.hours != 0) {
      return std::unexpected(
          fmt::format("a day does not divide into {} hours; run_every({}h, …) follows elapsed time",
                      each.hours, each.hours));
    }
    return made_of(each.hours == 24 ? "0 0 * * *" : fmt::format("0 */{} * * *", each.hours));
  }
  Made operator()(const CronTimes& times) const { return made_of(times.expression); }
  Made made_of(const std::string& expression) const {
    auto cron = time::Cron::parse(expression);
    if (!cron) return std::unexpected(cron.error());
    return std::make_unique<CronRule>(*std::move(cron), clock());
  }
  Made operator()(const Daily& daily) const {
    if (!daily.at.is_set()) return std::unexpected("the time of day is unset");
    return std::make_unique<MomentRule>(daily.at, Weekdays::all(), clock());
  }
  Made operator()(const Weekly& weekly) const {
    if (!weekly.at.is_set()) return std::unexpected("the time of day is unset");
    if (weekly.days.empty()) return std::unexpected("there is no day of the week in `.days`");
    return std::make_unique<MomentRule>(weekly.at, weekly.days, clock());
  }
  Made operator()(const AtSun& sun) const {
    if (auto fault = fault_of_offset(sun.offset, std::chrono::hours(12)))
      return std::unexpected(*fault);
    const MomentOfDay at(sun.event, std::chrono::floor<seconds>(sun.offset.get()));
    return std::make_unique<MomentRule>(at, Weekdays::all(), clock());
  }
  Made operator()(const EntityTime& of) const {
    if (auto fault = fault_of(of.entity, "")) return std::unexpected(*fault);
    if (auto fault = fault_of_offset(of.offset, kHundredYears)) return std::unexpected(*fault);
    if (!parts.ports.entities) return std::unexpected("this engine has no entities to read");
    return make_entity_rule(of, parts);
  }
  Made operator()(const CalendarTime& of) const {
    if (auto fault = fault_of(of.calendar, "calendar")) return std::unexpected(*fault);
    if (of.offset < -CalendarSource::kAhead || of.offset > CalendarSource::kBack) {
      return std::unexpected(
          "the offset is not within 7 d before and 24 h after: the events of that time are not "
          "known");
    }
    if (!parts.ports.calendars) return std::unexpected("this engine has no calendars to read");
    return make_calendar_rule(of, parts);
  }
  Made operator()(const Manual&) const { return std::make_unique<ManualRule>(); }
  Made operator()(const std::shared_ptr<CustomTrigger>& custom) const {
    return std::make_unique<CustomRule>(custom, parts.app);
  }
};

}  // namespace

Made make_rule(const Trigger& trigger, const RuleParts& parts, const Now& now) {
  return std::visit(Maker{parts, now}, trigger.kind());
}

std::string describe_offset(nanoseconds offset) {
  if (offset == nanoseconds(0)) return {};
  return fmt::format("{} {} ", format_duration(std::chrono::abs(offset)),
                     offset < nanoseconds(0) ? "before" : "after");
}

TimePoint shifted(TimePoint time, nanoseconds by) {
  const auto micros = std::chrono::floor<microseconds>(by);
  if (micros > microseconds(0) && time > TimePoint::max() - micros) return TimePoint::max();
  if (micros < microseconds(0) && time < TimePoint::min() - micros) return TimePoint::min();
  return time + micros;
}

}  // namespace hassette::schedule
