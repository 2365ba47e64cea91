// Lengths of time as people write and read them: "5min", "1h30min", "00:05:00".
// layer: base
//
// Pure functions, any thread. Inside namespace hassette `5min` and `250ms` are literals.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace hassette {

using namespace std::chrono_literals;

// Reads numbers with units ("1h 30min", "1.5s", "250ms"; ns, us, ms, s, min, h, d, w) or a clock
// form ("00:05:00", "00:05" being hours and minutes as in Home Assistant). A minus sign in front
// counts for the whole. The error is a sentence that says what to write.
[[nodiscard]] std::expected<std::chrono::nanoseconds, std::string> parse_duration(
    std::string_view text);

// "5 min", "1 h 30 min", "42 s", "0.25 s", "173 us": rounded to what a reader needs, which is a
// millisecond above one millisecond.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace hassette
