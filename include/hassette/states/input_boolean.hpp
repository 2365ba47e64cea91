#pragma once
// layer: model
//
// States of the domain `input_boolean`. Attributes are those that Home Assistant sends; each is
// empty where it is absent, null or of another kind.
#include <hassette/states/typed.hpp>

namespace hassette::states {

class InputBoolean : public State {
 public:
  static constexpr std::string_view kDomain = "input_boolean";
  explicit InputBoolean(State state) noexcept : State(std::move(state)) {}

  std::optional<bool> value() const { return read_bool(text()); }
  bool is_on() const { return text() == "on"; }
  bool is_off() const { return text() == "off"; }

  std::optional<bool> editable() const { return attribute_as<bool>("editable"); }
};

}  // namespace hassette::states
