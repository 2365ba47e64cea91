// The registries of the simulated home: entities, devices, areas, floors and labels.
//
// Entries are kept as the JSON that Home Assistant sends, in its order of keys; only what the home
// itself asks for has a function. Every change fires the registry's event with the old values.
// Owned by the Home, used on its loop's thread. A refused change is thrown as CommandFailure.
#pragma once

#include <hassette/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/failure.hpp"
#include "sim/state.hpp"

namespace hassette::sim {

class Home;

class Registries {
 public:
  explicit Registries(Home& home) : home_(home) {}

  // What a list command answers; `kind` is "entity", "device", "area", "floor" or "label".
  [[nodiscard]] const Json& list(std::string_view kind) const;
  void load(std::string_view kind, Json entries);
  [[nodiscard]] Json list_for_display() const;

  // Areas, floors and labels. `fields` as the client sent them, without id and type.
  Json create(std::string_view kind, const Json& fields);
  Json update(std::string_view kind, const Json& fields);
  void remove(std::string_view kind, std::string_view id);

  // Entities. A new one takes its keys from `fields`; the rest is null.
  void add_entity(std::string_view entity_id, std::string_view platform, Json fields);
  void remove_entity(std::string_view entity_id);
  [[nodiscard]] Json entity(std::string_view entity_id) const;  // with what only `get` shows
  Json update_entity(const Json& fields);
  void add_device(std::string id, std::string name, Json fields);
  Json update_device(const Json& fields);

  [[nodiscard]] const Json* find_entity(std::string_view entity_id) const;
  [[nodiscard]] std::vector<std::string> entities_in_area(std::string_view area_id) const;
  [[nodiscard]] std::vector<std::string> entities_of_device(std::string_view device_id) const;
  [[nodiscard]] std::vector<std::string> areas_on_floor(std::string_view floor_id) const;
  [[nodiscard]] std::vector<std::string> entities_with_label(std::string_view label_id) const;

 private:
  Json* find(Json& entries, std::string_view key, std::string_view id);
  Json& entries_of(std::string_view kind);
  void announce(std::string_view kind, std::string_view action, std::string_view id,
                const Json& changes);
  // Writes `fields` over the entry and gives the old values of what changed.
  Json apply(Json& entry, const Json& fields, std::string_view id_key);
  Json switched(const std::string& entity_id, const StatePtr& state);
  void rename_entity(Json& entry, const std::string& new_id, Json& changes);

  Home& home_;
  Json entities_ = Json::array();
  Json devices_ = Json::array();
  Json areas_ = Json::array();
  Json floors_ = Json::array();
  Json labels_ = Json::array();
};

}  // namespace hassette::sim
