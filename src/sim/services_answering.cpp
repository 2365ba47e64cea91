// Services that answer: forecasts, calendars, schedules, and a conversation about turning things
// on.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "sim/home.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

// The instant in the home's zone, with its offset: "2026-11-23T01:46:19.373439+01:00".
std::string local_iso(Home& home, TimePoint moment) {
  const LocalTime local = home.zone().to_local(moment);
  const auto offset = local.utc_offset.count() / 60;
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", local.year, local.month,
                                 local.day, local.hour, local.minute, local.second);
  if (local.microsecond != 0) text += fmt::format(".{:06}", local.microsecond);
  return text + fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', std::abs(offset) / 60,
                            std::abs(offset) % 60);
}

struct Day {
  const char* condition;
  double precipitation;
  double temperature;
  double templow;
  int probability;
};
// The demo integration's week in the south.
constexpr std::array<Day, 7> kWeek = {{{"rainy", 1, 22, 15, 60},
                                       {"rainy", 5, 19, 8, 30},
                                       {"cloudy", 0, 15, 9, 10},
                                       {"sunny", 0, 12, 6, 0},
                                       {"partlycloudy", 2, 14, 7, 20},
                                       {"rainy", 15, 18, 7, 0},
                                       {"fog", 0.2, 21, 12, 100}}};

Outcome forecast(Home& home, const ServiceCall& call, const StatePtr& weather) {
  const std::string type = call.data["type"].as_string();
  const auto features = weather->attributes()["supported_features"].get<int>().value_or(0);
  const int bit = type == "daily" ? 1 : type == "hourly" ? 2 : 4;
  if ((features & bit) == 0) {
    throw CommandFailure{"home_assistant_error",
                         fmt::format("Weather entity '{}' does not support '{}' forecast",
                                     weather->entity_id(), type),
                         {}};
  }
  const auto step = type == "daily"    ? std::chrono::hours(24)
                    : type == "hourly" ? std::chrono::hours(1)
                                       : std::chrono::hours(12);
  Json list = Json::array();
  // The demo counts its days from the next afternoon, 16:00 and the current second's fraction.
  const LocalTime local = home.zone().to_local(home.now());
  const auto fraction =
      std::chrono::microseconds(local.microsecond) + std::chrono::seconds(local.second);
  TimePoint day = home.zone().resolve(local.date(), TimeOfDay("16:00")) + fraction;
  for (const Day& forecast_day : kWeek) {
    Json entry = Json::object({{"datetime", local_iso(home, day)},
                               {"condition", forecast_day.condition},
                               {"precipitation", forecast_day.precipitation},
                               {"temperature", forecast_day.temperature},
                               {"templow", forecast_day.templow},
                               {"precipitation_probability", forecast_day.probability}});
    if (type == "twice_daily") entry["is_daytime"] = true;
    list.push_back(std::move(entry));
    day += step;
  }
  return {Json::object({{"forecast", std::move(list)}}), {}};
}

Outcome events(Home& home, const ServiceCall&, const StatePtr& calendar) {
  const Json& shown = calendar->attributes();
  Json list = Json::array();
  if (const auto event = calendar_event(home, *calendar)) {
    Json entry =
        Json::object({{"start", event->start}, {"end", event->end}, {"summary", shown["message"]}});
    for (const char* key : {"description", "location"}) {
      const auto text = shown[key].get<std::string>();
      if (text && !text->empty()) entry[key] = *text;
    }
    list.push_back(std::move(entry));
  }
  return {Json::object({{"events", std::move(list)}}), {}};
}

StatePtr named(Home& home, const std::string& name) {
  StatePtr found;
  home.states().for_each([&](const StatePtr& state) {
    const auto shown = state->attributes()["friendly_name"].get<std::string>();
    const bool switchable = home.services().find(state->domain(), "turn_on") != nullptr;
    if (!found && switchable && shown && base::lower_case(*shown) == name) found = state;
  });
  return found;
}

Json spoken(const char* kind, const std::string& speech, Json data) {
  return Json::object(
      {{"speech",
        Json::object({{"plain", Json::object({{"speech", speech}, {"extra_data", nullptr}})}})},
       {"card", Json::object()},
       {"language", "en"},
       {"response_type", kind},
       {"data", std::move(data)}});
}

// Understands "turn on NAME" and "turn off NAME".
Json understand(Home& home, const ServiceCall& call) {
  const std::string text = base::lower_case(call.data["text"].as_string());
  const bool on = text.starts_with("turn on ");
  const bool off = text.starts_with("turn off ");
  std::string name = on ? text.substr(8) : off ? text.substr(9) : "";
  if (name.starts_with("the ")) name.erase(0, 4);
  const StatePtr entity = name.empty() ? nullptr : named(home, name);
  if (!entity) {
    return spoken("error", "Sorry, I couldn't understand that",
                  Json::object({{"code", "no_intent_match"}}));
  }
  ServiceCall wanted;
  wanted.domain = "homeassistant";
  wanted.service = on ? "turn_on" : "turn_off";
  wanted.data["entity_id"] = entity->entity_id();
  wanted.context = call.context;
  home.call(std::move(wanted), [](const ServiceResult&) {});
  const Json done = Json::object({{"name", entity->attributes()["friendly_name"]},
                                  {"type", "entity"},
                                  {"id", entity->entity_id()}});
  return spoken("action_done", fmt::format("Turned {} the {}", on ? "on" : "off", entity->domain()),
                Json::object({{"targets", Json::array()},
                              {"success", Json::array({done})},
                              {"failed", Json::array()}}));
}

Outcome converse(Home& home, const ServiceCall& call) {
  const std::string agent = "conversation.home_assistant";
  if (home.state(agent)) {
    home.touch(agent, call.context);
    home.write_state(agent, iso_text(home.now()));
  }
  Json answer = Json::object();
  answer["response"] = understand(home, call);
  answer["conversation_id"] = home.ids().ulid(home.now());
  answer["continue_conversation"] = false;
  return {std::move(answer), {}};
}

}  // namespace

std::optional<CalendarEvent> calendar_event(Home& home, const State& calendar) {
  const auto local = [&](const char* key) -> std::optional<std::string> {
    const auto text = calendar.attributes()[key].get<std::string>();
    if (!text || text->size() < 19) return std::nullopt;
    // Shown in the home's own time without an offset.
    const auto part = [&](std::size_t at, std::size_t size) {
      return std::atoi(text->substr(at, size).c_str());
    };
    const Date day = std::chrono::year(part(0, 4)) / part(5, 2) / part(8, 2);
    const auto clock = std::chrono::seconds(part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2));
    if (!day.ok() || clock < clock.zero() || clock >= std::chrono::days(1)) return std::nullopt;
    return local_iso(home, home.zone().resolve(day, TimeOfDay::from_midnight(clock)));
  };
  const auto start = local("start_time");
  const auto end = local("end_time");
  if (!start || !end) return std::nullopt;
  return CalendarEvent{*start, *end};
}

void add_answering_services(Services& services) {
  services.add(
      {.domain = "weather",
       .name = "get_forecasts",
       .schema = Schema({{"type", accept::one_of({"daily", "hourly", "twice_daily"}), true}}),
       .responds = Responds::kAlways,
       .run_for_entity = forecast});
  services.add({.domain = "calendar",
                .name = "get_events",
                .schema = Schema({{"start_date_time", accept::text()},
                                  {"end_date_time", accept::text()},
                                  {"duration", accept::anything()}}),
                .responds = Responds::kAlways,
                .run_for_entity = events});
  services.add({.domain = "schedule",
                .name = "get_schedule",
                .responds = Responds::kAlways,
                .run_for_entity = [](Home&, const ServiceCall&, const StatePtr&) {
                  Json week = Json::object();
                  for (const char* day : {"monday", "tuesday", "wednesday", "thursday", "friday",
                                          "saturday", "sunday"}) {
                    week[day] = Json::array();
                  }
                  return Outcome{std::move(week), {}};
                }});
  services.add({.domain = "conversation",
                .name = "process",
                .schema = Schema({{"text", accept::text(), true},
                                  {"language", accept::text()},
                                  {"agent_id", accept::text()},
                                  {"conversation_id", accept::text()}}),
                .responds = Responds::kOptional,
                .run = converse});
}

}  // namespace hassette::sim
