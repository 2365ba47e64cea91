// Instants as Home Assistant writes them: "2026-05-03T04:21:31.173024+00:00".
//
// Pure functions, any thread. Parsing allocates nothing: every event carries several of these.
#pragma once

#include <hassette/time.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace hassette::time {

// Date, `T` or a space, time with or without a fraction (digits beyond microseconds are dropped),
// then `Z`, `+hh:mm`, `+hhmm` or `+hh`. Nothing for text without an offset, which names no instant,
// and for dates and times that do not exist.
[[nodiscard]] std::optional<TimePoint> parse_iso8601(std::string_view text) noexcept;

// Always UTC with "+00:00"; the fraction is left out where it is zero, as Home Assistant does.
[[nodiscard]] std::string format_iso8601(TimePoint time);

}  // namespace hassette::time
