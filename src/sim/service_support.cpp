// Which entities a service can be called for.
#include <algorithm>

#include "sim/service.hpp"

namespace hassette::sim {

namespace {

// Where Home Assistant's code asks for other features than its description of the service lists:
// the code decides. Found by comparing the two over all integrations of the demo.
struct Asked {
  std::string_view domain;
  std::string_view service;
  std::vector<std::int64_t> any_of;
};
const std::vector<std::int64_t>* asked_by_the_code(const Service& service) {
  static const std::vector<Asked> all = {
      {"fan", "toggle", {16, 32}},         // described without features
      {"fan", "set_preset_mode", {1, 8}},  // a fan that has speeds may have modes, too
      {"update", "install", {1}},          // described without features, as all that follow
      {"vacuum", "clean_spot", {1024}},    //
      {"vacuum", "set_fan_speed", {32}},   //
      {"vacuum", "send_command", {256}},   //
      {"water_heater", "turn_on", {8}},    //
      {"water_heater", "turn_off", {8}},
  };
  const auto found = std::ranges::find_if(all, [&](const Asked& one) {
    return one.domain == service.domain && one.service == service.name;
  });
  return found == all.end() ? nullptr : &found->any_of;
}

}  // namespace

bool supports(const Service& service, const State& state) {
  const auto shown = state.attributes()["supported_features"].get<std::int64_t>();
  const auto has = [features = shown.value_or(0)](std::int64_t bits) {
    return (features & bits) == bits;
  };
  const auto* const asked = asked_by_the_code(service);
  if (asked && shown) return std::ranges::any_of(*asked, has);
  const Json& wanted = service.description["target"]["entity"].at(0)["supported_features"];
  if (!wanted.is_array()) return true;
  return std::ranges::any_of(wanted.as_array(),
                             [&](const Json& bits) { return bits.is_int() && has(bits.as_int()); });
}

}  // namespace hassette::sim
