#include "schedule/calendar_text.hpp"

#include <hassette/json.hpp>
#include "json/parse.hpp"
#include "time/instant.hpp"

namespace hassette::schedule {

namespace {

std::optional<CalendarEvent> read_event(const Json& from) {
  const auto start = from["start"].get<std::int64_t>();
  const auto end = from["end"].get<std::int64_t>();
  const auto text = [&](std::string_view key) {
    return from[key].get<std::string>().value_or(std::string());
  };
  if (!start || !end) return std::nullopt;
  return CalendarEvent{.start = time::from_micros(*start),
                       .end = time::from_micros(*end),
                       .summary = text("summary"),
                       .description = text("description"),
                       .location = text("location"),
                       .all_day = from["all_day"] == Json(true)};
}

}  // namespace

std::string write_events(const Events& events) {
  if (events.empty()) return {};
  Json::Array all;
  for (const auto& event : events) {
    all.push_back(Json::object({{"start", time::to_micros(event->start)},
                                {"end", time::to_micros(event->end)},
                                {"summary", event->summary},
                                {"description", event->description},
                                {"location", event->location},
                                {"all_day", event->all_day}}));
  }
  return Json(std::move(all)).dump();
}

Events read_events(std::string_view text) {
  Events events;
  const auto all = json::parse(text);
  if (!all || !all->is_array()) return events;
  for (const Json& from : all->as_array()) {
    if (auto event = read_event(from)) {
      events.push_back(std::make_shared<const CalendarEvent>(*std::move(event)));
    }
  }
  return events;
}

}  // namespace hassette::schedule
