#pragma once
// What the text of an entity says about time: a moment, a local date and time, or a time of day.
//
// Pure functions, any thread. Text that names no time gives nothing: an entity may be unknown.
#include <string_view>
#include <variant>

#include <hassette/json.hpp>
#include <hassette/time.hpp>

namespace hassette::schedule {

/// A date and a time of day, as clocks in the home show them.
struct LocalMoment {
  Date date;
  TimeOfDay time;
  friend bool operator==(const LocalMoment&, const LocalMoment&) = default;
};

using NamedTime = std::variant<std::monostate, TimePoint, LocalMoment, TimeOfDay>;

/// "2026-05-03T07:30:00+02:00", "2026-05-03 07:30:00" (local), "2026-05-03" (its midnight),
/// "07:30:00", "1777786200" or "1777786200.5" (seconds since 1970).
NamedTime read_time(std::string_view text);
/// The same for an attribute, which may be a number.
NamedTime read_time_in(const Json& value);

}  // namespace hassette::schedule
