// The sun's events of a day, and moments that are either one of them or a time on the clock.
// layer: time
//
// Plain values; any thread. When they happen is worked out from the home's location. Text that is
// no such moment is refused with a sentence, at compile time where it is a literal.
#pragma once

#include <hassette/time.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace hassette {

// How far below the horizon the sun is when dawn begins and dusk ends: 6, 12 and 18 degrees.
enum class Twilight : std::uint8_t { kCivil, kNautical, kAstronomical };

// Something that the sun does about once a day, or not at all near the poles.
class SunEvent {
 public:
  enum class Kind : std::uint8_t {
    kSunrise,
    kSunset,
    kDawn,
    kDusk,
    kNoon,
    kMidnight,
    kRising,
    kSetting,
  };

  [[nodiscard]] static constexpr SunEvent sunrise() { return SunEvent(Kind::kSunrise); }
  [[nodiscard]] static constexpr SunEvent sunset() { return SunEvent(Kind::kSunset); }
  [[nodiscard]] static constexpr SunEvent dawn(Twilight twilight = Twilight::kCivil) {
    return {Kind::kDawn, twilight};
  }
  [[nodiscard]] static constexpr SunEvent dusk(Twilight twilight = Twilight::kCivil) {
    return {Kind::kDusk, twilight};
  }
  // When the sun stands highest, and when it stands lowest.
  [[nodiscard]] static constexpr SunEvent noon() { return SunEvent(Kind::kNoon); }
  [[nodiscard]] static constexpr SunEvent midnight() { return SunEvent(Kind::kMidnight); }
  // The sun passes this many degrees above the horizon (negative: below), as the attribute
  // `elevation` of Home Assistant's sun.sun counts them. Beyond 90 degrees: LogicError.
  [[nodiscard]] static SunEvent rising_through(double degrees);
  [[nodiscard]] static SunEvent setting_through(double degrees);

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr Twilight twilight() const noexcept { return twilight_; }
  [[nodiscard]] constexpr double degrees() const noexcept { return degrees_; }
  // It happens on the way up, between solar midnight and noon.
  [[nodiscard]] constexpr bool is_rising() const noexcept {
    return kind_ == Kind::kSunrise || kind_ == Kind::kDawn || kind_ == Kind::kRising;
  }
  // "sunset", "nautical dawn", "solar noon", "sun rising through 6 degrees".
  [[nodiscard]] std::string str() const;

  friend constexpr bool operator==(const SunEvent&, const SunEvent&) = default;

 private:
  constexpr explicit SunEvent(Kind kind) : kind_(kind) {}
  constexpr SunEvent(Kind kind, Twilight twilight) : kind_(kind), twilight_(twilight) {}

  Kind kind_;
  Twilight twilight_ = Twilight::kCivil;
  double degrees_ = 0;
};

// A moment of each day: "07:30", "sunset", "sunset-30min", "nautical dawn + 1h". A default one is
// unset. The sun's names are sunrise, sunset, dawn, dusk (with civil, nautical or astronomical in
// front), `solar noon` and `solar midnight`; an offset is less than twelve hours.
class MomentOfDay {
 public:
  constexpr MomentOfDay() = default;
  constexpr MomentOfDay(TimeOfDay time) : time_(time) {}
  constexpr MomentOfDay(SunEvent event, std::chrono::seconds offset = std::chrono::seconds(0))
      : event_(event), offset_(offset) {}
  // A wrong literal does not compile.
  template <std::size_t N>
  consteval MomentOfDay(const char (&text)[N]) : MomentOfDay(scan(std::string_view(text, N - 1))) {
    if (!is_set()) a_moment_reads_like_07_30_or_sunset_or_sunset_minus_30min();
  }
  template <RuntimeText Text>
  MomentOfDay(const Text&) = delete(
      "write the time as a literal, \"07:30\" or \"sunset-30min\"; a setting is a TimeOfDay in "
      "the app's config struct, and MomentOfDay::parse(text) reads any other text");

  // The error is a sentence.
  [[nodiscard]] static std::expected<MomentOfDay, std::string> parse(std::string_view text);

  [[nodiscard]] constexpr bool is_set() const noexcept { return event_ || time_.is_set(); }
  // One of both is there.
  [[nodiscard]] constexpr TimeOfDay time() const noexcept { return time_; }
  [[nodiscard]] constexpr const std::optional<SunEvent>& event() const noexcept { return event_; }
  [[nodiscard]] constexpr std::chrono::seconds offset() const noexcept { return offset_; }
  // "07:30", "sunset", "30 min before sunset", "unset".
  [[nodiscard]] std::string str() const;

  friend constexpr bool operator==(const MomentOfDay&, const MomentOfDay&) = default;

 private:
  // Not constexpr and never defined: its name is what the compiler shows for a wrong literal.
  static void a_moment_reads_like_07_30_or_sunset_or_sunset_minus_30min();

  struct Name {
    std::string_view text;
    SunEvent event;
  };
  static constexpr std::array kNames{
      Name{"sunrise", SunEvent::sunrise()},
      Name{"sunset", SunEvent::sunset()},
      Name{"dawn", SunEvent::dawn()},
      Name{"dusk", SunEvent::dusk()},
      Name{"civil dawn", SunEvent::dawn()},
      Name{"civil dusk", SunEvent::dusk()},
      Name{"nautical dawn", SunEvent::dawn(Twilight::kNautical)},
      Name{"nautical dusk", SunEvent::dusk(Twilight::kNautical)},
      Name{"astronomical dawn", SunEvent::dawn(Twilight::kAstronomical)},
      Name{"astronomical dusk", SunEvent::dusk(Twilight::kAstronomical)},
      Name{"solar noon", SunEvent::noon()},
      Name{"solar midnight", SunEvent::midnight()},
  };

  static constexpr std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
  }
  static constexpr bool same_name(std::string_view name, std::string_view text) {
    if (name.size() != text.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] != (text[i] == '_' ? ' ' : text[i])) return false;
    }
    return true;
  }
  // "30min", "1h30min", "1h 30min", "90s", "00:30"; in seconds, or -1.
  static constexpr std::int64_t scan_offset(std::string_view text) {
    constexpr std::int64_t kLimit = 12 * 3600 - 1;
    if (const auto clock = TimeOfDay::scan(text); clock >= 0) return clock <= kLimit ? clock : -1;
    std::int64_t seconds = 0;
    text = trimmed(text);
    if (text.empty()) return -1;
    for (; !text.empty(); text = trimmed(text)) {
      std::int64_t value = -1;
      for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1)) {
        value = (value < 0 ? 0 : value * 10) + (text[0] - '0');
        if (value > kLimit) return -1;
      }
      text = trimmed(text);
      const std::int64_t unit = text.starts_with("min") ? 60
                                : text.starts_with("h") ? 3600
                                : text.starts_with("s") ? 1
                                                        : -1;
      if (value < 0 || unit < 0) return -1;
      text.remove_prefix(unit == 60 ? 3 : 1);
      seconds += value * unit;
      if (seconds > kLimit) return -1;
    }
    return seconds;
  }
  // Unset where the text is no moment.
  static constexpr MomentOfDay scan(std::string_view text) {
    TimeOfDay time;
    time.second_of_day_ = TimeOfDay::scan(text);
    if (time.is_set()) return time;
    const std::size_t sign = text.find_first_of("+-");
    const std::string_view wanted = trimmed(text.substr(0, sign));
    for (const Name& name : kNames) {
      if (!same_name(name.text, wanted)) continue;
      if (sign == std::string_view::npos) return name.event;
      const std::int64_t offset = scan_offset(trimmed(text.substr(sign + 1)));
      if (offset < 0) return {};
      return {name.event, std::chrono::seconds(text[sign] == '-' ? -offset : offset)};
    }
    return {};
  }

  TimeOfDay time_;
  std::optional<SunEvent> event_;
  std::chrono::seconds offset_{0};
};

std::ostream& operator<<(std::ostream& out, const SunEvent& event);
std::ostream& operator<<(std::ostream& out, const MomentOfDay& moment);

}  // namespace hassette
