#include "sample_home.hpp"

#include <fmt/format.h>

#include <functional>
#include <iterator>

namespace bench {

namespace {

constexpr std::string_view kTimes[] = {"2026-11-23T00:16:19.386950", "2026-11-23T00:16:32.540916"};
constexpr std::string_view kEpochs[] = {"1795392979.38695", "1795392992.540916"};

/// A ULID that is the entity's own, in the alphabet of those that Home Assistant makes.
std::string context_id(std::string_view id, unsigned state) {
  return fmt::format("01M82W5X8W{:016X}", std::hash<std::string_view>{}(id) ^ state);
}

std::string_view value(std::string_view id, unsigned state) {
  constexpr std::string_view kSensor[] = {"21.53", "22.04"};
  constexpr std::string_view kOther[] = {"off", "on"};
  return id.starts_with("sensor.") ? kSensor[state] : kOther[state];
}

void append_attributes(std::string& out, std::string_view id, unsigned state) {
  const auto to = std::back_inserter(out);
  const std::string_view name = id.substr(id.find('.') + 1);
  if (id.starts_with("light.")) {
    fmt::format_to(
        to,
        R"({{"min_color_temp_kelvin":2000,"max_color_temp_kelvin":6535,"min_mireds":153,)"
        R"("max_mireds":500,"effect_list":["rainbow","none"],)"
        R"("supported_color_modes":["color_temp","hs"],"effect":null,"color_mode":"color_temp",)"
        R"("brightness":{},"color_temp_kelvin":2631,"color_temp":380,"hs_color":[28.55,67.974],)"
        R"("rgb_color":[255,164,82],"xy_color":[0.532,0.388],"friendly_name":"Light {}",)"
        R"("supported_features":44}})",
        state == 0 ? 120 : 180, name);
  } else if (id.starts_with("sensor.")) {
    fmt::format_to(to,
                   R"({{"state_class":"measurement","unit_of_measurement":"°C",)"
                   R"("device_class":"temperature","friendly_name":"Temperature {}"}})",
                   name);
  } else {
    fmt::format_to(to, R"({{"device_class":"motion","friendly_name":"Motion {}"}})", name);
  }
}

}  // namespace

std::string SampleHome::entity_id(std::size_t entity) {
  constexpr std::string_view kDomains[] = {"binary_sensor", "sensor", "sensor", "light",  "sensor",
                                           "sensor",        "switch", "sensor", "sensor", "light"};
  return fmt::format("{}.sample_{}", kDomains[entity % std::size(kDomains)], entity);
}

void SampleHome::append_state(std::string& out, std::string_view id, unsigned state) const {
  fmt::format_to(std::back_inserter(out), R"({{"entity_id":"{}","state":"{}","attributes":)", id,
                 value(id, state));
  append_attributes(out, id, state);
  fmt::format_to(std::back_inserter(out),
                 R"(,"last_changed":"{0}+00:00","last_reported":"{0}+00:00",)"
                 R"("last_updated":"{0}+00:00",)"
                 R"("context":{{"id":"{1}","parent_id":null,"user_id":null}}}})",
                 kTimes[state], context_id(id, state));
}

void SampleHome::append_change(std::string& out, std::string_view id, unsigned state) const {
  fmt::format_to(std::back_inserter(out),
                 R"({{"type":"event","event":{{"event_type":"state_changed",)"
                 R"("data":{{"entity_id":"{}","old_state":)",
                 id);
  append_state(out, id, 1 - state);
  out += R"(,"new_state":)";
  append_state(out, id, state);
  fmt::format_to(std::back_inserter(out),
                 R"(}},"origin":"LOCAL","time_fired":"{}+00:00",)"
                 R"("context":{{"id":"{}","parent_id":null,"user_id":null}}}},"id":2}})",
                 kTimes[state], context_id(id, state));
}

void SampleHome::append_difference(std::string& out, std::string_view id, unsigned state) const {
  fmt::format_to(std::back_inserter(out),
                 R"({{"type":"event","event":{{"c":{{"{}":{{"+":{{"s":"{}","lc":{},"c":"{}")", id,
                 value(id, state), kEpochs[state], context_id(id, state));
  if (id.starts_with("light.")) {
    fmt::format_to(std::back_inserter(out), R"(,"a":{{"brightness":{}}})", state == 0 ? 120 : 180);
  }
  out += R"(}}}},"id":2})";
}

std::string SampleHome::states() const {
  std::string out = "[";
  for (std::size_t entity = 0; entity < entities_; ++entity) {
    append_state(out, entity_id(entity), 0);
    out += ',';
  }
  append_state(out, kLast, 0);
  return out + ']';
}

}  // namespace bench
