// What the tests of this folder share: short ways to write moments, and a model of a zone that
// walks through it minute by minute and knows nothing of offsets, gaps and repeats.
//
// For tests only.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "time/iso8601.hpp"
#include "time/zone.hpp"

namespace hassette::time::testing_model {

using namespace std::chrono_literals;
using std::chrono::local_seconds;

inline TimePoint utc(const char* text) {
  return parse_iso8601(text).value();
}
inline Zone zone(const char* name) {
  return Zone::find(name).value();
}
inline Date day(int year, unsigned month, unsigned number) {
  return {std::chrono::year(year), std::chrono::month(month), std::chrono::day(number)};
}
inline std::string local(const Zone& in, TimePoint time) {
  return in.to_local(time).str();
}
inline local_seconds shown(const Zone& in, TimePoint time) {
  const LocalTime at = in.to_local(time);
  return std::chrono::local_days(at.date()) + at.time_of_day().since_midnight();
}

// How far apart two moments are, in seconds; far, where one is missing.
inline double apart(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (a.has_value() != b.has_value()) return 1e9;
  return a ? std::abs(std::chrono::duration<double>(*a - *b).count()) : 0;
}

// All that a wall clock shows from `begin` to `end`, step by step.
class WallClock {
 public:
  WallClock(const Zone& in, TimePoint begin, TimePoint end, std::chrono::seconds step = 1min)
      : begin_(begin), step_(step) {
    for (TimePoint time = begin; time < end; time += step) shown_.push_back(shown(in, time));
    std::map<local_seconds, std::size_t> seen;
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      const auto [before, is_new] = seen.try_emplace(shown_[i], i);
      first_.push_back(is_new);
      last_.push_back(true);
      if (!is_new) last_[std::exchange(before->second, i)] = false;
      days_.insert(std::chrono::floor<std::chrono::days>(shown_[i]));
    }
  }

  // When jobs for the local times that match fire. A skipped time counts for the step after the
  // gap if its date was seen at all.
  [[nodiscard]] std::set<TimePoint> firings(const std::function<bool(local_seconds)>& matches,
                                            WallClockRule rule) const {
    std::set<TimePoint> fired;
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      const local_seconds now = shown_[i];
      const bool meant = rule.repeated == Repeated::kBoth ||
                         (rule.repeated == Repeated::kFirst ? first_[i] : last_[i]);
      if (meant && matches(now)) fired.insert(at(i));
      if (i == 0) continue;
      local_seconds skipped = shown_[i - 1] + step_;
      for (std::size_t shift = 0; skipped < now; skipped += step_, ++shift) {
        if (rule.skipped == Skipped::kDropped || !matches(skipped)) continue;
        if (!days_.contains(std::chrono::floor<std::chrono::days>(skipped))) continue;
        fired.insert(at(rule.skipped == Skipped::kShifted ? i + shift : i));
      }
    }
    return fired;
  }

 private:
  [[nodiscard]] TimePoint at(std::size_t index) const {
    return begin_ + step_ * static_cast<std::int64_t>(index);
  }

  TimePoint begin_;
  std::chrono::seconds step_;
  std::vector<local_seconds> shown_;
  std::vector<bool> first_;  // whether it is shown for the first time
  std::vector<bool> last_;   // and for the last
  std::set<std::chrono::local_days> days_;
};

inline std::string list(const Zone& in, const std::set<TimePoint>& times) {
  std::string text;
  for (const TimePoint time : times) text += local(in, time) + '\n';
  return text;
}

constexpr std::array kAllRules{
    WallClockRule{Skipped::kAfterGap, Repeated::kFirst},
    WallClockRule{Skipped::kAfterGap, Repeated::kSecond},
    WallClockRule{Skipped::kAfterGap, Repeated::kBoth},
    WallClockRule{Skipped::kShifted, Repeated::kFirst},
    WallClockRule{Skipped::kShifted, Repeated::kSecond},
    WallClockRule{Skipped::kDropped, Repeated::kFirst},
    WallClockRule{Skipped::kDropped, Repeated::kSecond},
    WallClockRule{Skipped::kDropped, Repeated::kBoth},
};

}  // namespace hassette::time::testing_model
