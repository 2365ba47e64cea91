// One field of a cron expression, read into sets of values.
//
// Pure functions, any thread. Errors are sentences that name the field and what it may hold.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace hassette::time {

struct CronField {
  std::string_view name;  // "minute", for messages
  int lowest = 0;
  int highest = 59;
  std::span<const std::string_view> words = {};  // names of the values, from the lowest on

  enum class Extra : std::uint8_t { kNone, kDayOfMonth, kDayOfWeek };
  Extra extra = Extra::kNone;  // what L and # mean in it
};

struct CronValues {
  std::uint64_t values = 0;                     // bit v is the value v itself
  std::uint32_t from_last = 0;                  // L and L-n: bit n
  std::uint32_t last_weekdays = 0;              // 5L
  std::array<std::uint32_t, 5> nth_weekdays{};  // 5#2
  bool begins_with_star = false;
  bool is_stepped = false;  // */n, or the same written out as 0/n or 0-23/n
};

[[nodiscard]] std::expected<CronValues, std::string> parse_cron_field(std::string_view text,
                                                                      const CronField& field);

}  // namespace hassette::time
