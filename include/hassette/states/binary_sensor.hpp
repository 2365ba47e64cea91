#pragma once
// layer: model
//
// States of the domain `binary_sensor`. Attributes are those that Home Assistant sends; each is
// empty where it is absent, null or of another kind.
#include <hassette/states/typed.hpp>

namespace hassette::states {

class BinarySensor : public State {
 public:
  static constexpr std::string_view kDomain = "binary_sensor";
  explicit BinarySensor(State state) noexcept : State(std::move(state)) {}

  std::optional<bool> value() const { return read_bool(text()); }
  bool is_on() const { return text() == "on"; }
  bool is_off() const { return text() == "off"; }

  std::optional<std::string> device_class() const {
    return attribute_as<std::string>("device_class");
  }
};

}  // namespace hassette::states
