#pragma once
// layer: model
//
// States of the domain `light`. Attributes are those that Home Assistant sends; each is empty where
// it is absent, null or of another kind.
#include <hassette/states/typed.hpp>

namespace hassette::states {

class Light : public State {
 public:
  static constexpr std::string_view kDomain = "light";
  explicit Light(State state) noexcept : State(std::move(state)) {}

  std::optional<bool> value() const { return read_bool(text()); }
  bool is_on() const { return text() == "on"; }
  bool is_off() const { return text() == "off"; }

  std::optional<int> brightness() const { return attribute_as<int>("brightness"); }
  std::optional<std::string> color_mode() const { return attribute_as<std::string>("color_mode"); }
  std::optional<int> color_temp_kelvin() const { return attribute_as<int>("color_temp_kelvin"); }
  std::optional<int> min_color_temp_kelvin() const {
    return attribute_as<int>("min_color_temp_kelvin");
  }
  std::optional<int> max_color_temp_kelvin() const {
    return attribute_as<int>("max_color_temp_kelvin");
  }
  std::optional<std::string> effect() const { return attribute_as<std::string>("effect"); }
  const Json& effect_list() const { return attribute("effect_list"); }
  const Json& rgb_color() const { return attribute("rgb_color"); }
  const Json& hs_color() const { return attribute("hs_color"); }
  const Json& xy_color() const { return attribute("xy_color"); }
  const Json& supported_color_modes() const { return attribute("supported_color_modes"); }
  std::optional<std::int64_t> supported_features() const {
    return attribute_as<std::int64_t>("supported_features");
  }
};

}  // namespace hassette::states
