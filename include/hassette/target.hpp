#pragma once
// layer: model
//
// What a service call or a listener is meant for: entities, devices, areas, floors, labels.
//
// Plain data; any thread.
#include <hassette/entity_id.hpp>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace hassette {

/// One id or several: "light.kitchen", {"light.kitchen", "light.hall"}, or an EntityId.
class Ids {
 public:
  Ids() = default;
  Ids(const char* id) : ids_{id} {}
  Ids(std::string id) : ids_{std::move(id)} {}
  Ids(const EntityId& id) : ids_{id.str()} {}
  Ids(std::vector<std::string> ids) : ids_(std::move(ids)) {}
  Ids(const std::vector<EntityId>& ids) {
    for (const EntityId& id : ids) ids_.push_back(id.str());
  }
  Ids(std::initializer_list<std::string> ids) : ids_(ids) {}
  bool empty() const { return ids_.empty(); }
  const std::vector<std::string>& list() const { return ids_; }
  friend bool operator==(const Ids&, const Ids&) = default;

 private:
  std::vector<std::string> ids_;
};

struct Target {
  Ids entity_id = {};
  Ids device_id = {};
  Ids area_id = {};
  Ids floor_id = {};
  Ids label_id = {};
  friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace hassette
