#pragma once
// Registries: which entities an area, a floor, a device or a label stands for, in this home.
//
// Read from Home Assistant whenever it is connected, and again when it says that they have changed;
// what is known stays while it is away. Targets follow Home Assistant's own rules: entities that
// are hidden, or only configure or diagnose a device, belong to it but are not meant by its area.
// Owned by the engine; loop thread only. A home that refuses to tell is said once.
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <hassette/api.hpp>
#include <hassette/json.hpp>
#include <hassette/task.hpp>
#include "bus/router.hpp"
#include "ha/connection.hpp"

namespace hassette::app {

class Registries final : public bus::Membership {
 public:
  std::vector<std::string> members(const Target& target) const override;
  bool known() const override { return known_; }

  /// Asks for all of them.
  Task<> refresh(ha::Connection* home);
  /// The event types after which they have to be asked for again.
  static const std::vector<std::string>& event_types();
  static bool concerns(std::string_view event_type);

  /// What `refresh` takes in: the answers of Home Assistant's list commands.
  void take(const Json& entities, const Json& devices, const Json& areas);

 private:
  using Labels = std::vector<std::string>;
  struct Entity {
    std::string id;
    std::string area;
    std::string device;
    Labels labels;
  };
  struct Device {
    std::string area;
    Labels labels;
  };
  struct Area {
    std::string floor;
    Labels labels;
  };
  std::vector<Entity> entities_;  // those that can be meant by more than their own id
  std::unordered_map<std::string, Device> devices_;
  std::unordered_map<std::string, Area> areas_;
  bool known_ = false;
  bool refused_ = false;
};

}  // namespace hassette::app
