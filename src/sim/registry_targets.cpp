// Which entities an area, a floor, a device or a label stands for.
#include <algorithm>
#include <set>

#include "sim/registry.hpp"

namespace hassette::sim {

namespace {

bool holds(const Json& list, std::string_view text) {
  return list.is_array() && std::ranges::any_of(list.as_array(), [&](const Json& item) {
           return item.is_string() && item.as_string() == text;
         });
}

bool is(const Json& value, std::string_view text) {
  return value.is_string() && value.as_string() == text;
}

}  // namespace

std::vector<std::string> Registries::entities_of_device(std::string_view device_id) const {
  std::vector<std::string> found;
  for (const Json& entry : entities_.as_array()) {
    if (is(entry["device_id"], device_id)) found.push_back(entry["entity_id"].as_string());
  }
  return found;
}

std::vector<std::string> Registries::entities_in_area(std::string_view area_id) const {
  std::set<std::string, std::less<>> devices;
  for (const Json& device : devices_.as_array()) {
    if (is(device["area_id"], area_id)) devices.insert(device["id"].as_string());
  }
  std::vector<std::string> found;
  for (const Json& entry : entities_.as_array()) {
    const Json& own = entry["area_id"];
    const Json& device = entry["device_id"];
    const bool through_device =
        own.is_null() && device.is_string() && devices.contains(device.as_string());
    if (is(own, area_id) || through_device) found.push_back(entry["entity_id"].as_string());
  }
  return found;
}

std::vector<std::string> Registries::areas_on_floor(std::string_view floor_id) const {
  std::vector<std::string> found;
  for (const Json& area : areas_.as_array()) {
    if (is(area["floor_id"], floor_id)) found.push_back(area["area_id"].as_string());
  }
  return found;
}

std::vector<std::string> Registries::entities_with_label(std::string_view label_id) const {
  std::vector<std::string> found;
  std::set<std::string, std::less<>> from_elsewhere;
  for (const Json& area : areas_.as_array()) {
    if (!holds(area["labels"], label_id)) continue;
    for (auto& id : entities_in_area(area["area_id"].as_string())) from_elsewhere.insert(id);
  }
  for (const Json& device : devices_.as_array()) {
    if (!holds(device["labels"], label_id)) continue;
    for (auto& id : entities_of_device(device["id"].as_string())) from_elsewhere.insert(id);
  }
  for (const Json& entry : entities_.as_array()) {
    const std::string& id = entry["entity_id"].as_string();
    if (holds(entry["labels"], label_id) || from_elsewhere.contains(id)) found.push_back(id);
  }
  return found;
}

}  // namespace hassette::sim
