#include "app/registries.hpp"

#include <algorithm>

#include <hassette/logger.hpp>

namespace hassette::app {

namespace {

std::string text(const Json& object, const char* key) {
  return object[key].get<std::string>().value_or("");
}

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> found;
  if (!list.is_array()) return found;
  for (const Json& item : list.as_array()) {
    if (item.is_string()) found.push_back(item.as_string());
  }
  return found;
}

bool any_in(const std::vector<std::string>& texts, const std::unordered_set<std::string>& wanted) {
  return std::ranges::any_of(texts, [&](const std::string& one) { return wanted.contains(one); });
}

/// Without the empty text, which stands for an entity that has none.
std::unordered_set<std::string> set_of(const Ids& ids) {
  std::unordered_set<std::string> set(ids.list().begin(), ids.list().end());
  set.erase("");
  return set;
}

}  // namespace

const std::vector<std::string>& Registries::event_types() {
  static const std::vector<std::string> kTypes{"entity_registry_updated", "device_registry_updated",
                                               "area_registry_updated", "floor_registry_updated",
                                               "label_registry_updated"};
  return kTypes;
}

bool Registries::concerns(std::string_view event_type) {
  return std::ranges::find(event_types(), event_type) != event_types().end();
}

void Registries::take(const Json& entities, const Json& devices, const Json& areas) {
  known_ = true;
  entities_.clear();
  devices_.clear();
  areas_.clear();
  for (const Json& entry : entities.as_array()) {
    if (!entry["hidden_by"].is_null() || !entry["entity_category"].is_null()) continue;
    entities_.push_back({.id = text(entry, "entity_id"),
                         .area = text(entry, "area_id"),
                         .device = text(entry, "device_id"),
                         .labels = texts(entry["labels"])});
  }
  for (const Json& entry : devices.as_array()) {
    devices_.emplace(text(entry, "id"),
                     Device{.area = text(entry, "area_id"), .labels = texts(entry["labels"])});
  }
  for (const Json& entry : areas.as_array()) {
    areas_.emplace(text(entry, "area_id"),
                   Area{.floor = text(entry, "floor_id"), .labels = texts(entry["labels"])});
  }
}

std::vector<std::string> Registries::members(const Target& target) const {
  const std::unordered_set<std::string> labels = set_of(target.label_id);
  const std::unordered_set<std::string> floors = set_of(target.floor_id);
  std::unordered_set<std::string> areas = set_of(target.area_id);
  std::unordered_set<std::string> devices = set_of(target.device_id);
  for (const auto& [id, area] : areas_) {
    if (floors.contains(area.floor) || any_in(area.labels, labels)) areas.insert(id);
  }
  for (const auto& [id, device] : devices_) {
    if (any_in(device.labels, labels)) devices.insert(id);
  }
  std::vector<std::string> found;
  for (const Entity& entity : entities_) {
    const auto device = devices_.find(entity.device);
    // An entity's own area counts before that of its device.
    const std::string& area =
        entity.area.empty() && device != devices_.end() ? device->second.area : entity.area;
    if (areas.contains(area) || devices.contains(entity.device) || any_in(entity.labels, labels)) {
      found.push_back(entity.id);
    }
  }
  return found;
}

Task<> Registries::refresh(ha::Connection* home) {
  const std::chrono::seconds limit(30);
  try {
    const Json entities = co_await home->call({{"type", "config/entity_registry/list"}},
                                              "reading the entity registry", limit);
    const Json devices = co_await home->call({{"type", "config/device_registry/list"}},
                                             "reading the device registry", limit);
    const Json areas =
        co_await home->call({{"type", "config/area_registry/list"}}, "reading the areas", limit);
    if (entities.is_array() && devices.is_array() && areas.is_array()) {
      take(entities, devices, areas);
    }
  } catch (const ConnectionLostError&) {  // the next connection asks again
  } catch (const Error& error) {
    if (std::exchange(refused_, true)) co_return;
    Logger("engine").warning(
        "areas, floors, devices and labels are unknown, listeners to them hear nothing: {}",
        error.what());
  }
}

}  // namespace hassette::app
