// The English names of days and months, as cron expressions and configuration write them.
//
// Pure functions, any thread.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::time {

inline constexpr std::array<std::string_view, 7> kDayNames{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
inline constexpr std::array<std::string_view, 12> kMonthNames{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

// The index of a name, written in full or with its first three letters, in any case.
[[nodiscard]] std::optional<int> index_of_name(std::string_view text,
                                               std::span<const std::string_view> names);

// "a", "a and b", "a, b and c".
[[nodiscard]] std::string listed(const std::vector<std::string>& words,
                                 std::string_view last = "and");

// "Monday to Friday", "Monday and Thursday", from a set whose bit 0 is Sunday; days that follow
// each other around the week are joined from three on.
[[nodiscard]] std::string day_list(unsigned bits, std::string_view last = "and");

}  // namespace hassette::time
