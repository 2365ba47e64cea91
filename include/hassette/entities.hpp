#pragma once
// layer: bus
//
// Entities: what a listener listens to, made from whatever names it.
//
//   "light.hall"   "light.*"   {"light.hall", "switch.*"}   domain("light")   group("light.all")
//   Target{.area_id = "kitchen"}
//
// A plain value. Globs follow entities that appear later, targets and groups follow the home's
// registries and the group's members as they change.
#include <hassette/target.hpp>

#include <string_view>

namespace hassette {

class Entities {
 public:
  Entities(const char* id) : ids_{id} {}
  Entities(std::string id) : ids_{std::move(id)} {}
  Entities(std::string_view id) : ids_{std::string(id)} {}
  Entities(const EntityId& id) : ids_{id.str()} {}
  Entities(std::initializer_list<EntityId> ids) : is_list_(true) {
    for (const EntityId& id : ids) ids_.push_back(id.str());
  }
  Entities(const std::vector<EntityId>& ids) : is_list_(true) {
    for (const EntityId& id : ids) ids_.push_back(id.str());
  }
  Entities(std::vector<std::string> ids) : ids_(std::move(ids)), is_list_(true) {}
  /// Everything of these areas, floors, devices, labels, and these entities.
  Entities(Target target) : target_(std::move(target)), is_target_(true) {}
  friend Entities group(std::string entity);

  const std::vector<std::string>& ids() const { return ids_; }  ///< ids and globs
  const std::vector<std::string>& groups() const { return groups_; }
  const Target& target() const { return target_; }
  bool is_list() const { return is_list_; }
  bool is_target() const { return is_target_; }
  /// As people read it: "light.hall", "light.a, light.b", "area kitchen", "group light.all".
  std::string text() const;

 private:
  Entities() = default;
  std::vector<std::string> ids_;
  std::vector<std::string> groups_;
  Target target_;
  bool is_list_ = false;
  bool is_target_ = false;
};

/// The members of a group entity, as they change; a member that is itself a `group.…` stands for
/// its members.
inline Entities group(std::string entity) {
  Entities made;
  made.groups_.push_back(std::move(entity));
  return made;
}

/// Every entity of a domain.
inline Entities domain(std::string_view name) {
  return Entities(std::string(name) + ".*");
}

}  // namespace hassette
