// A time zone's table as the system's tz database holds it (TZif, RFC 8536), with the rule at its
// end, which reaches beyond the table's last year; and the folder that the tables come from.
//
// Tables do not change once read. load_zone_table() keeps them for the life of the process and may
// be called on any thread; everything else is pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "time/posix_tz.hpp"

namespace hassette::time {

class ZoneTable {
 public:
  // Nothing for bytes that are no such table. Version 1, which ends in 2038, is none.
  [[nodiscard]] static std::optional<ZoneTable> read(std::string name, std::string_view bytes);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] ZonePeriod period_at(std::chrono::sys_seconds time) const;

 private:
  struct Kind {
    std::chrono::seconds offset{0};
    std::size_t abbreviation = 0;  // where it begins in abbreviations_
  };
  [[nodiscard]] std::string_view abbreviation(const Kind& kind) const noexcept {
    return abbreviations_.c_str() + kind.abbreviation;
  }

  std::string name_;
  std::vector<std::chrono::sys_seconds> changes_;  // ascending
  std::vector<std::uint8_t> kinds_after_;          // one for each change
  std::vector<Kind> kinds_;                        // never empty; the first holds before any change
  std::string abbreviations_;                      // each ends with a zero
  std::optional<PosixTz> rule_;                    // what holds after the last change
};

// The table of an IANA name such as "Europe/Berlin". The error names the closest ones, or says that
// the database is missing.
[[nodiscard]] std::expected<const ZoneTable*, std::string> load_zone_table(std::string_view name);

}  // namespace hassette::time
