#pragma once
// SampleHome: the texts of a home of any size, worded as Home Assistant words them.
//
// Six entities in ten are sensors, the others binary sensors, lights and switches; a state is about
// 470 bytes, as in a real home. Each entity knows two states, 0 and 1, and changes between them.
// Immutable; any thread.
#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

class SampleHome {
 public:
  /// The entity whose change ends a measurement; it comes on top of the others, as the last.
  static constexpr std::string_view kLast = "input_boolean.end_of_flood";
  /// The entity whose change asks for a call of a service.
  static constexpr std::string_view kAsks = "binary_sensor.sample_0";

  explicit SampleHome(std::size_t entities) : entities_(entities) {}
  std::size_t entities() const { return entities_; }

  static std::string entity_id(std::size_t entity);
  /// A state object as get_states has it.
  void append_state(std::string& out, std::string_view id, unsigned state) const;
  /// The message of a `state_changed` event, from the other state to this one.
  void append_change(std::string& out, std::string_view id, unsigned state) const;
  /// The same change as `subscribe_entities` tells it.
  void append_difference(std::string& out, std::string_view id, unsigned state) const;
  /// The array that get_states answers with: everything in state 0.
  std::string states() const;

 private:
  std::size_t entities_;
};

}  // namespace bench
