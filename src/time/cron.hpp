// Cron expressions: what they mean and when they fire next.
//
// A value; pure functions, any thread. Five fields are minute, hour, day of month, month and day of
// week; with six the first one is the second. (Python's Hassette and its croniter read a sixth
// field at the end; everything else that schedules homes has it in front, and so have we. An
// expression that was written for the other order is refused wherever its values give it away.)
//
//   *  every value           a-b  a range, also around the end: fri-mon, 22-4
//   a,b  a list              */n, a-b/n, a/n  every n-th value; a/n goes on to the field's end
//   ?  the same as * in both day fields
//   L  the last day of the month, L-2 two days before it; 5L, L5 or friL the last Friday
//   5#2 or fri#2  the second Friday of the month
//   jan..dec, mon..sun and full names in any case; 0 and 7 both are Sunday
//   @hourly @daily @midnight @weekly @monthly @yearly @annually
//
// Where both day fields are restricted, either may match, as in every cron since Vixie's; a field
// that begins with * or ? does not count as restricted, and then both must match.
//
// Daylight saving: an expression fires by the wall clock and so follows the WallClockRule. One that
// repeats within the hours follows elapsed time instead, whatever the rule: it fires in both of two
// repeated hours, and makes up for nothing that was skipped. Those are all whose hour field names
// every hour, and those whose hour field is a step (*/2) and that fire several times an hour.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <hassette/time.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "time/wall_clock.hpp"
#include "time/zone.hpp"

namespace hassette::time {

class Cron final : private LocalPattern {
 public:
  // The error is one sentence with the field and what it may hold. What can never fire is refused.
  [[nodiscard]] static std::expected<Cron, std::string> parse(std::string_view expression);

  // The first time after `after`. Nothing only where a rule drops each of its times.
  [[nodiscard]] std::optional<TimePoint> next(TimePoint after, const Zone& zone,
                                              WallClockRule rule = {}) const;

  // "at 07:30 on Monday to Friday", "every 5 minutes from 08:00 to 17:59 in March".
  [[nodiscard]] std::string describe() const;
  // As it was written.
  [[nodiscard]] const std::string& expression() const noexcept { return expression_; }
  [[nodiscard]] bool follows_elapsed_time() const noexcept { return follows_elapsed_time_; }

  friend bool operator==(const Cron& a, const Cron& b) { return a.expression_ == b.expression_; }

 private:
  class Parser;
  Cron() = default;

  [[nodiscard]] std::optional<std::chrono::local_seconds> first_from(
      std::chrono::local_seconds from) const override;
  // The time of day at or after this one, in seconds.
  [[nodiscard]] std::optional<std::chrono::seconds> time_from(std::chrono::seconds of_day) const;
  // The days of a month that match: bit 0 is the first.
  [[nodiscard]] std::uint32_t days_in(std::chrono::year_month month) const;
  [[nodiscard]] bool can_fire() const;
  [[nodiscard]] std::string describe_times() const;
  [[nodiscard]] std::string describe_days() const;

  std::string expression_;
  std::uint64_t seconds_ = 1;
  std::uint64_t minutes_ = 0;
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;              // bit 0 is the first of the month
  std::uint32_t days_before_last_ = 0;  // bit n is n days before the last
  std::uint32_t months_ = 0;            // bit 0 is January
  std::uint32_t weekdays_ = 0;          // bit 0 is Sunday, in all of these
  std::uint32_t last_weekdays_ = 0;     // the last such day of the month
  std::array<std::uint32_t, 5> nth_weekdays_{};
  bool any_day_ = false;      // the day field begins with * or ?
  bool any_weekday_ = false;  // so does the other one
  bool follows_elapsed_time_ = false;
};

}  // namespace hassette::time
