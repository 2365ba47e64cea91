#include "app/calendars.hpp"

#include <algorithm>

#include <hassette/logger.hpp>
#include "time/iso8601.hpp"

namespace hassette::app {

class Calendars::Watching final : public schedule::Watch {
 public:
  Watching(Calendar& calendar, std::list<Call>::iterator at) : calendar_(calendar), at_(at) {}
  ~Watching() override { calendar_.calls.erase(at_); }

 private:
  Calendar& calendar_;
  std::list<Call>::iterator at_;
};

namespace {

constexpr std::size_t kDateLength = 10;

/// "2026-03-02T09:00:00+01:00", or a whole day's "2026-03-02", which begins at midnight in the
/// home.
std::optional<TimePoint> moment(const Json& value, const time::Zone& zone) {
  const auto text = value.get<std::string>();
  if (!text) return std::nullopt;
  if (const auto instant = time::parse_iso8601(*text)) return *instant;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (std::sscanf(text->c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return std::nullopt;
  const Date date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return zone.resolve(date, TimeOfDay("00:00"));
}

}  // namespace

std::vector<CalendarEvent> Calendars::parse(const Json& events, const time::Zone& zone) {
  std::vector<CalendarEvent> found;
  if (!events.is_array()) return found;
  for (const Json& event : events.as_array()) {
    const auto start = moment(event["start"], zone);
    const auto end = moment(event["end"], zone);
    if (!start || !end) continue;
    const auto text = [&event](std::string_view key) {
      return event[key].get<std::string>().value_or(std::string());
    };
    found.push_back({.start = *start,
                     .end = *end,
                     .summary = text("summary"),
                     .description = text("description"),
                     .location = text("location"),
                     .all_day = text("start").size() == kDateLength});
  }
  std::ranges::sort(found, {}, &CalendarEvent::start);
  return found;
}

std::unique_ptr<schedule::Watch> Calendars::watch(
    const EntityId& calendar, std::function<void(std::span<const CalendarEvent>)> events) {
  Calendar& entry = calendars_[calendar.str()];
  const auto at = entry.calls.insert(entry.calls.end(), std::move(events));
  due_.insert(calendar.str());  // also where it is known: whoever watches wants to be told
  wanted_.set();
  return std::make_unique<Watching>(entry, at);
}

void Calendars::changed(std::string_view entity_id) {
  if (calendars_.empty() || !entity_id.starts_with("calendar.")) return;
  if (!calendars_.contains(std::string(entity_id))) return;
  due_.insert(std::string(entity_id));
  wanted_.set();
}

void Calendars::all_changed() {
  for (const auto& [id, calendar] : calendars_) due_.insert(id);
  if (!due_.empty()) wanted_.set();
}

Task<> Calendars::run(ha::Connection* home) {
  for (;;) {
    if (calendars_.empty()) {
      co_await wanted_.wait();
    } else {
      try {
        co_await timeout(wanted_.wait(), kInterval);
      } catch (const TimeoutError&) {
        all_changed();
      }
    }
    wanted_.clear();
    for (const std::string& id : std::exchange(due_, {})) co_await read(home, id);
  }
}

Task<> Calendars::read(ha::Connection* home, std::string id) {
  Calendar& calendar = calendars_[id];
  if (calendar.calls.empty()) co_return;
  const TimePoint now = loop_.wall();
  Json answer;
  try {
    answer =
        co_await home->call({{"type", "call_service"},
                             {"domain", "calendar"},
                             {"service", "get_events"},
                             {"service_data",
                              {{"start_date_time", time::format_iso8601(now - kBack - kMargin)},
                               {"end_date_time", time::format_iso8601(now + kAhead + kMargin)}}},
                             {"target", {{"entity_id", id}}},
                             {"return_response", true}},
                            "reading " + id, std::chrono::seconds(30));
  } catch (const ConnectionLostError&) {  // asked again when Home Assistant is back
    co_return;
  } catch (const Error& error) {
    if (!std::exchange(calendar.refused, true)) Logger("engine").warning("{}", error.what());
    co_return;
  }
  calendar.refused = false;
  const std::vector<CalendarEvent> events = parse(answer["response"][id]["events"], zone_);
  // A call may end its own watch, and others.
  const std::vector<Call> calls(calendar.calls.begin(), calendar.calls.end());
  for (const Call& call : calls) call(events);
}

}  // namespace hassette::app
