// How windows are put together, and how they read.
#include <fmt/format.h>

#include <algorithm>
#include <hassette/error.hpp>

#include "time/names.hpp"
#include "time/window_node.hpp"

namespace hassette {

namespace {

using time::AllPart;
using time::AnyPart;
using time::DatesPart;
using time::HoursPart;
using time::NotPart;
using time::SeasonPart;
using time::WeekdaysPart;
using time::WindowNode;
using time::WindowPart;

// Between which hours of the day something lies in the course of a year, and where on average. It
// need not hold near the poles: it only tells which of two readings an author can have meant.
struct Range {
  double earliest;
  double usual;
  double latest;
};

Range range_of(const MomentOfDay& moment) {
  using Kind = SunEvent::Kind;
  const auto hours = [](std::chrono::seconds seconds) {
    return static_cast<double>(seconds.count()) / 3600;
  };
  if (!moment.event()) {
    const double at = hours(moment.time().since_midnight());
    return {at, at, at};
  }
  Range range{};
  switch (moment.event()->kind()) {
    case Kind::kDawn:
      range = {1, 5.5, 9.5};
      break;
    case Kind::kSunrise:
      range = {3, 6, 10};
      break;
    case Kind::kRising:
      range = {1, 7, 12};
      break;
    case Kind::kNoon:
      range = {10.5, 12, 15.5};
      break;
    case Kind::kSetting:
      range = {12, 17, 24};
      break;
    case Kind::kSunset:
      range = {15, 18, 23.5};
      break;
    case Kind::kDusk:
      range = {15.5, 18.5, 24};
      break;
    case Kind::kMidnight:
      range = {-1.5, 0, 3.5};
      break;
  }
  const double offset = hours(moment.offset());
  return {range.earliest + offset, range.usual + offset, range.latest + offset};
}

template <class Part>
std::vector<WindowPart> parts_of(const WindowPart& a, const WindowPart& b) {
  std::vector<WindowPart> parts;
  for (const WindowPart& each : {a, b}) {
    if (const auto* same = std::get_if<Part>(&each->what)) {
      parts.insert(parts.end(), same->parts.begin(), same->parts.end());
    } else {
      parts.push_back(each);
    }
  }
  return parts;
}

std::string text_of(const WindowNode& node);

// In brackets where the order of && and || would be lost.
std::string inner_text(const WindowPart& part) {
  const std::string text = text_of(*part);
  return std::holds_alternative<AnyPart>(part->what) ? '(' + text + ')' : text;
}

std::string joined(const std::vector<WindowPart>& parts, std::string_view between_them) {
  std::string text;
  for (const WindowPart& part : parts) {
    if (!text.empty()) text += between_them;
    text += between_them == " or " ? text_of(*part) : inner_text(part);
  }
  return text;
}

std::string text_of(const WindowNode& node) {
  struct Reader {
    std::string operator()(const HoursPart& hours) const {
      return fmt::format("between {} and {}", hours.from.str(), hours.to.str());
    }
    std::string operator()(const WeekdaysPart& part) const { return "on " + part.days.str(); }
    std::string operator()(const DatesPart& dates) const {
      if (dates.first == dates.last) return "on " + dates.first.str();
      return fmt::format("from {} to {}", dates.first.str(), dates.last.str());
    }
    std::string operator()(const SeasonPart& part) const {
      constexpr std::array<std::string_view, 4> kNames{"spring", "summer", "autumn", "winter"};
      return fmt::format("in {}", kNames.at(static_cast<std::size_t>(part.season)));
    }
    std::string operator()(const AllPart& all) const { return joined(all.parts, " and "); }
    std::string operator()(const AnyPart& any) const { return joined(any.parts, " or "); }
    std::string operator()(const NotPart& part) const {
      const std::string text = text_of(*part.part);
      const bool simple = !std::holds_alternative<AllPart>(part.part->what) &&
                          !std::holds_alternative<AnyPart>(part.part->what);
      return simple ? "not " + text : "not (" + text + ')';
    }
  };
  return std::visit(Reader{}, node.what);
}

}  // namespace

int time::days_until_end(const MomentOfDay& from, const MomentOfDay& to) {
  const Range begin = range_of(from);
  const Range end = range_of(to);
  // Two bounds that move together are compared as they usually are.
  const bool both_move = from.event() && to.event();
  const double begins = both_move ? begin.usual : begin.earliest;
  const double ends = both_move ? end.usual : end.latest;
  int days = -2;
  while (ends + 24 * days <= begins) ++days;
  return days;
}

std::expected<DayOfYear, std::string> DayOfYear::parse(std::string_view text) {
  const DayOfYear found = scan(text);
  if (found.is_set()) return found;
  return std::unexpected(fmt::format(
      "`{}` is no day of the year; write month and day with two digits each, like 12-31", text));
}

std::string DayOfYear::str() const {
  if (!is_set()) return "unset";
  return fmt::format("{} {}", day_, time::kMonthNames.at(month_ - 1));
}

Window::Window(time::WindowNode node)
    : node_(std::make_shared<const WindowNode>(std::move(node))) {}

std::string Window::str() const {
  return text_of(*node_);
}

Window operator&&(const Window& a, const Window& b) {
  const bool days = a.node_->is_about_days && b.node_->is_about_days;
  return Window({AllPart{parts_of<AllPart>(a.node_, b.node_)}, days});
}

Window operator||(const Window& a, const Window& b) {
  const bool days = a.node_->is_about_days && b.node_->is_about_days;
  return Window({AnyPart{parts_of<AnyPart>(a.node_, b.node_)}, days});
}

Window operator!(const Window& window) {
  return Window({NotPart{window.node_}, window.node_->is_about_days});
}

Window between(MomentOfDay from, MomentOfDay to) {
  if (!from.is_set() || !to.is_set()) {
    throw LogicError("between() needs two moments of the day, and one of them is unset");
  }
  if (from == to) {
    throw LogicError(fmt::format(
        "between({0}, {0}) begins where it ends; leave it out for the whole day", from.str()));
  }
  return Window({HoursPart{from, to, time::days_until_end(from, to)}, false});
}

Window on_days(Weekdays days) {
  if (days.empty()) throw LogicError("on_days() needs at least one day of the week");
  return Window({WeekdaysPart{days}});
}

Window weekdays() {
  return on_days(Weekdays::working());
}

Window weekends() {
  return on_days(Weekdays::weekend());
}

Window dates(DayOfYear first, DayOfYear last) {
  if (!first.is_set() || !last.is_set()) {
    throw LogicError("dates() needs two days of the year, and one of them is unset");
  }
  return Window({DatesPart{first, last}});
}

Window in_season(Season season) {
  return Window({SeasonPart{season}});
}

}  // namespace hassette
