#pragma once
// layer: model
//
// States of the domain `sensor`. A sensor may hold a number, a text or a time: `number()` is empty
// where it is none. Attributes are empty where they are absent, null or of another kind.
#include <hassette/states/typed.hpp>

namespace hassette::states {

class Sensor : public State {
 public:
  static constexpr std::string_view kDomain = "sensor";
  explicit Sensor(State state) noexcept : State(std::move(state)) {}

  std::optional<std::string> value() const { return read_text(*this); }
  std::optional<double> number() const { return read_number(text()); }

  std::optional<std::string> device_class() const {
    return attribute_as<std::string>("device_class");
  }
  std::optional<std::string> state_class() const {
    return attribute_as<std::string>("state_class");
  }
  std::optional<std::string> unit_of_measurement() const {
    return attribute_as<std::string>("unit_of_measurement");
  }
  const Json& options() const { return attribute("options"); }
};

}  // namespace hassette::states
