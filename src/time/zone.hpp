// A time zone by its IANA name, and the questions that automations ask of it.
//
// A small value; the tables behind it belong to the process and live for ever, so copies are free
// and any thread may use them. The rules come from the system's tz database, whose tables reach to
// the end of 2037. Only find() can fail.
#pragma once

#include <expected>
#include <hassette/time.hpp>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace hassette::time {

// What a local time means that the clocks jump over.
enum class SkipRule {
  kFirstAfter,    // the first moment after the gap: 02:30 becomes 03:00
  kShiftForward,  // as far after the gap as it would have been into it: 02:30 becomes 03:30
};

// Which of the two is meant where the clocks show a local time twice.
enum class RepeatRule { kEarlier, kLater };

class Zone {
 public:
  // UTC, which needs no database.
  Zone() noexcept = default;
  [[nodiscard]] static Zone utc() noexcept { return {}; }
  // "Europe/Berlin". The error names the closest zones, or says that the database is missing.
  [[nodiscard]] static std::expected<Zone, std::string> find(std::string_view name);

  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] LocalTime to_local(TimePoint time) const;
  [[nodiscard]] Date date_of(TimePoint time) const;
  [[nodiscard]] TimePoint resolve(Date date, TimeOfDay time,
                                  SkipRule skipped = SkipRule::kFirstAfter,
                                  RepeatRule repeated = RepeatRule::kEarlier) const;
  // False for the few dates that a zone left out when it moved across the date line.
  [[nodiscard]] bool has_day(Date date) const;
  // The next moment after `after` at which a daily job is due. Called with its own results it
  // gives exactly one moment for every local day that exists.
  [[nodiscard]] TimePoint next_daily(TimePoint after, TimeOfDay time,
                                     SkipRule skipped = SkipRule::kFirstAfter,
                                     RepeatRule repeated = RepeatRule::kEarlier) const;

  friend bool operator==(const Zone&, const Zone&) = default;

 private:
  explicit Zone(const date::time_zone* data) noexcept : data_(data) {}

  const date::time_zone* data_ = nullptr;  // null is UTC
};

}  // namespace hassette::time
