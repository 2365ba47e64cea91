// A time zone by its IANA name, and the questions that automations ask of it.
//
// A small value; the tables behind it belong to the process and live for ever, so copies are free
// and any thread may use them. The rules come from the system's tz database and hold for all years.
// Only find() can fail.
#pragma once

#include <expected>
#include <hassette/time.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "time/posix_tz.hpp"

namespace hassette::time {

class ZoneTable;

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
  // The offset in force, and from when until when it is.
  [[nodiscard]] ZonePeriod period_at(std::chrono::sys_seconds time) const;
  // When the clocks are changed next after this moment; nothing where they never are again.
  [[nodiscard]] std::optional<TimePoint> next_change(TimePoint after) const;

  // The moment of a local time. It always answers: a time that the rule drops is taken to be the
  // first moment after the gap, and of both the first.
  [[nodiscard]] TimePoint resolve(Date date, TimeOfDay time, WallClockRule rule = {}) const;
  // The first moment of a local day, which is not midnight where the clocks jump over that.
  [[nodiscard]] TimePoint start_of(Date date) const;
  // False for the few dates that a zone left out when it moved across the date line.
  [[nodiscard]] bool has_day(Date date) const;
  // The next moment after `after` at which a daily job is due. Called with its own results it
  // gives exactly one moment for every local day that exists, unless the rule says otherwise.
  [[nodiscard]] TimePoint next_daily(TimePoint after, TimeOfDay time,
                                     WallClockRule rule = {}) const;

  friend bool operator==(const Zone&, const Zone&) = default;

 private:
  explicit Zone(const ZoneTable* table) noexcept : table_(table) {}

  const ZoneTable* table_ = nullptr;  // null is UTC
};

}  // namespace hassette::time
