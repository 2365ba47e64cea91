#include "sim/recorder.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 3> kNeverRecorded = {"attribution", "restored",
                                                            "supported_features"};
constexpr std::array<std::string_view, 18> kLight = {"supported_color_modes",
                                                     "effect_list",
                                                     "min_mireds",
                                                     "max_mireds",
                                                     "min_color_temp_kelvin",
                                                     "max_color_temp_kelvin",
                                                     "brightness",
                                                     "color_mode",
                                                     "color_temp",
                                                     "color_temp_kelvin",
                                                     "effect",
                                                     "hs_color",
                                                     "rgb_color",
                                                     "rgbw_color",
                                                     "rgbww_color",
                                                     "xy_color",
                                                     "white",
                                                     "profile"};
constexpr std::array<std::string_view, 5> kNumber = {"min", "max", "step", "mode", "editable"};
constexpr std::array<std::string_view, 2> kSelect = {"options", "editable"};
constexpr std::array<std::string_view, 1> kEditable = {"editable"};
constexpr std::array<std::string_view, 8> kClimate = {"hvac_modes",   "fan_modes",   "swing_modes",
                                                      "preset_modes", "min_temp",    "max_temp",
                                                      "min_humidity", "max_humidity"};
constexpr std::array<std::string_view, 5> kText = {"min", "max", "pattern", "mode", "editable"};
constexpr std::array<std::string_view, 3> kPicture = {"entity_picture", "access_token",
                                                      "media_position_updated_at"};

bool among(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Names unrecorded_of(std::string_view domain) {
  if (domain == "light") return kLight;
  if (domain == "input_number" || domain == "number") return kNumber;
  if (domain == "select" || domain == "input_select" || domain == "sensor") return kSelect;
  if (domain == "climate") return kClimate;
  if (domain == "input_text" || domain == "text") return kText;
  if (domain == "camera" || domain == "media_player") return kPicture;
  if (domain.starts_with("input_") || domain == "timer" || domain == "counter") return kEditable;
  return {};
}

Json recorded_attributes(std::string_view entity_id, const Json& attributes) {
  const Names left_out = unrecorded_of(entity_id.substr(0, entity_id.find('.')));
  Json kept = Json::object();
  for (const auto& [key, value] : attributes.as_object()) {
    if (among(kNeverRecorded, key) || among(left_out, key)) continue;
    kept[key] = value;
  }
  return kept;
}

// Domains whose attribute changes are significant by themselves.
bool attributes_matter(std::string_view entity_id) {
  constexpr std::array<std::string_view, 5> kDomains = {"climate", "device_tracker", "humidifier",
                                                        "thermostat", "water_heater"};
  return std::ranges::find(kDomains, entity_id.substr(0, entity_id.find('.'))) != kDomains.end();
}

Json unit_class_of(std::string_view unit) {
  if (unit == "°C" || unit == "°F" || unit == "K") return "temperature";
  if (unit == "W" || unit == "kW" || unit == "MW") return "power";
  if (unit == "Wh" || unit == "kWh" || unit == "MWh") return "energy";
  if (unit == "m³" || unit == "ft³" || unit == "L") return "volume";
  if (unit == "%") return "unitless";
  if (unit == "hPa" || unit == "Pa") return "pressure";
  if (unit == "km/h" || unit == "m/s") return "speed";
  return nullptr;
}

constexpr std::size_t kFetchAhead = 4;

}  // namespace

void Recorder::record(StatePtr state, bool removed, TimePoint time) {
  if (capacity_ == 0) return;
  if (rows_.size() >= capacity_) {
    rows_.pop_front();
    fetch_ahead();
  }
  rows_.push_back({std::move(state), time, removed});
}

// What goes a few calls later was made long ago and lies in no cache: it is fetched, and then what
// it points to, while others are handled.
void Recorder::fetch_ahead() const {
  if (rows_.size() <= 2 * kFetchAhead) return;
  const State* const later = rows_[2 * kFetchAhead].state.get();
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t at = 0; at < sizeof(State); at += kCacheLine) {
    __builtin_prefetch(reinterpret_cast<const std::byte*>(later) + at);
  }
  __builtin_prefetch(rows_[kFetchAhead].state->context().id.data());
}

void Recorder::record(const Event& event) {
  if (event.type() != "call_service") return;
  // The first call of a context is the one that somebody made; others followed from it.
  const auto [place, added] = causes_.try_emplace(
      event.context().id, Cause{event.data()["domain"].get<std::string>().value_or(""),
                                event.data()["service"].get<std::string>().value_or("")});
  if (!added) return;
  cause_order_.push_back(place->first);
  if (cause_order_.size() <= 1000) return;
  causes_.erase(cause_order_.front());
  cause_order_.pop_front();
}

std::vector<const Recorder::Row*> Recorder::rows(const HistoryRequest& request,
                                                 std::string_view entity_id) const {
  std::vector<const Row*> found;
  const Row* before = nullptr;
  for (const Row& row : rows_) {
    if (row.removed || row.state->entity_id() != entity_id) continue;
    if (row.time < request.start) {
      before = &row;
    } else if (row.time < request.end) {
      const bool significant = row.state_is_new() || attributes_matter(entity_id);
      if (significant || !request.significant_only) found.push_back(&row);
    }
  }
  if (before && request.start_state) found.insert(found.begin(), before);
  return found;
}

Json Recorder::history(const HistoryRequest& request) const {
  Json answer = Json::object();
  if (request.start > home_.now()) return answer;
  for (const std::string& entity_id : request.entity_ids) {
    Json list;
    for (const Row* row : rows(request, entity_id)) {
      const State& state = *row->state;
      Json entry = Json::object({{"s", state.state()}});
      if (!request.no_attributes && !(request.minimal && !list.is_null())) {
        entry["a"] = recorded_attributes(entity_id, state.attributes());
      }
      entry["lu"] = epoch_seconds(std::max(row->time, request.start));
      if (!row->state_is_new() && row->time >= request.start) {
        entry["lc"] = epoch_seconds(state.last_changed());
      }
      list.push_back(std::move(entry));
    }
    if (!list.is_null()) answer[entity_id] = std::move(list);
  }
  return answer;
}

Json Recorder::rest_history(const HistoryRequest& request) const {
  Json answer = Json::array();
  if (request.start > home_.now()) return answer;
  for (const std::string& entity_id : request.entity_ids) {
    const std::vector<const Row*> found = rows(request, entity_id);
    Json list;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const State& state = *found[i]->state;
      const TimePoint updated = std::max(found[i]->time, request.start);
      const TimePoint changed = std::min(std::max(state.last_changed(), request.start), updated);
      if (request.minimal && i > 0 && i + 1 < found.size()) {
        list.push_back(
            Json::object({{"state", state.state()}, {"last_changed", iso_text(changed)}}));
        continue;
      }
      list.push_back(
          Json::object({{"entity_id", entity_id},
                        {"state", state.state()},
                        {"attributes", request.no_attributes
                                           ? Json::object()
                                           : recorded_attributes(entity_id, state.attributes())},
                        {"last_changed", iso_text(changed)},
                        {"last_updated", iso_text(updated)}}));
    }
    if (!list.is_null()) answer.push_back(std::move(list));
  }
  return answer;
}

Json Recorder::logbook_entry(const Row& row, bool iso) const {
  const State& state = *row.state;
  Json entry = Json::object({{"state", state.state()}, {"entity_id", state.entity_id()}});
  if (iso) {
    const Json& name = state.attributes()["friendly_name"];
    entry["name"] = name.is_string() ? name : Json(state.entity_id());
  }
  if (const Json* icon = state.attributes().find("icon")) entry["icon"] = *icon;
  entry["when"] = iso ? Json(iso_text(row.time)) : Json(epoch_seconds(row.time));
  const Context& context = state.context();
  if (!context.user_id.empty()) entry["context_user_id"] = context.user_id;
  const auto cause = causes_.find(context.id);
  if (cause != causes_.end()) {
    entry["context_domain"] = cause->second.domain;
    entry["context_service"] = cause->second.service;
    entry["context_event_type"] = "call_service";
  }
  return entry;
}

Json Recorder::logbook(TimePoint start, TimePoint end, const std::vector<std::string>& entity_ids,
                       std::string_view context_id, bool iso) const {
  Json answer = Json::array();
  std::unordered_map<std::string_view, const Row*> last;
  for (const Row& row : rows_) {
    const std::string& entity_id = row.state->entity_id();
    const Row* before = std::exchange(last[entity_id], &row);
    if (!before || row.removed || !row.state_is_new()) continue;
    if (row.time < start || row.time >= end) continue;
    const bool wanted = std::ranges::find(entity_ids, entity_id) != entity_ids.end();
    if (!entity_ids.empty() && !wanted) continue;
    if (!context_id.empty() && row.state->context().id != context_id) continue;
    // What is measured all the time would fill the book.
    if (row.state->attributes().contains("unit_of_measurement")) continue;
    answer.push_back(logbook_entry(row, iso));
  }
  return answer;
}

Json Recorder::statistic_ids() const {
  Json answer = Json::array();
  home_.states().for_each([&](const StatePtr& state) {
    const Json& kind = state->attributes()["state_class"];
    if (state->domain() != "sensor" || !kind.is_string()) return;
    const Json& unit = state->attributes()["unit_of_measurement"];
    const bool mean = kind.as_string() == "measurement";
    answer.push_back(Json::object(
        {{"statistic_id", state->entity_id()},
         {"display_unit_of_measurement", unit},
         {"has_mean", mean},
         {"mean_type", mean ? 1 : 0},
         {"has_sum", !mean},
         {"name", nullptr},
         {"source", "recorder"},
         {"statistics_unit_of_measurement", unit},
         {"unit_class", unit.is_string() ? unit_class_of(unit.as_string()) : Json()}}));
  });
  return answer;
}

}  // namespace hassette::sim
