// Lights of every kind, held against what the demo lights of Home Assistant show.
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

class Lights : public HomeTest {
 public:
  // Off, with everything that a light of these modes can show.
  void make(Json modes) {
    Json shown = Json::object({{"supported_color_modes", modes},
                               {"color_mode", nullptr},
                               {"brightness", nullptr},
                               {"hs_color", nullptr},
                               {"rgb_color", nullptr},
                               {"xy_color", nullptr}});
    for (const Json& mode : modes.as_array()) {
      const std::string& name = mode.as_string();
      if (name.starts_with("rgb")) shown[name + "_color"] = nullptr;
      if (name == "color_temp") shown["color_temp"] = shown["color_temp_kelvin"] = nullptr;
    }
    home.write("light.l", "off", shown);
  }
  std::string ask(const char* key, Json value, const char* service = "turn_on") {
    Json data = Json::object({{"entity_id", "light.l"}});
    data[key] = std::move(value);
    return refusal("light", service, std::move(data));
  }
  Json after(const char* key, Json value, const char* shown) {
    EXPECT_EQ(ask(key, std::move(value)), "accepted");
    return attribute("light.l", shown);
  }
};

TEST_F(Lights, are_refused_in_home_assistants_words) {
  make(Json::array({"color_temp", "hs"}));
  const auto words = [&](const char* key, Json value) {
    const std::string whole = ask(key, std::move(value));
    return whole.substr(0, whole.find(" for dictionary value"));
  };
  EXPECT_EQ(words("color_temp_kelvin", 0), "unknown_error: division by zero");
  EXPECT_EQ(words("kelvin", 0), "unknown_error: division by zero");
  EXPECT_EQ(words("color_temp", 2'000'000), "unknown_error: division by zero");
  EXPECT_EQ(words("color_temp_kelvin", -1), "invalid_format: value must be at least 0");
  EXPECT_EQ(words("rgb_color", Json::array({300, 0, 0})),
            "invalid_format: value must be at most 255");
  EXPECT_EQ(words("rgb_color", Json::array({1e30, 0, 0})),
            "invalid_format: value must be at most 255");
  EXPECT_EQ(words("rgbw_color", Json::array({1, 2, 3, -1})),
            "invalid_format: value must be at least 0");
  EXPECT_EQ(words("rgb_color", Json::array({1, 2})), "invalid_format: None");
  EXPECT_EQ(words("rgb_color", "red"), "invalid_format: expected int");
  EXPECT_EQ(words("rgb_color", 5), "invalid_format: expected tuple");
  EXPECT_EQ(words("hs_color", Json::array({400, 50})), "invalid_format: value must be at most 360");
  EXPECT_EQ(words("hs_color", Json::array({1, 101})), "invalid_format: value must be at most 100");
  EXPECT_EQ(words("xy_color", Json::array({2, 0})), "invalid_format: value must be at most 1");
  EXPECT_EQ(words("white", "x"), "invalid_format: not a valid value");
  EXPECT_EQ(home.state_text("light.l"), "off");
  EXPECT_EQ(words("transition", -1), "accepted");
  EXPECT_EQ(words("rgb_color", "123"), "accepted") << "a tuple of digits, as Python reads it";
  EXPECT_EQ(words("hs_color", Json::array({"10", "5"})), "accepted");
}

TEST_F(Lights, step_up_from_nothing_while_off) {
  make(Json::array({"brightness"}));
  EXPECT_EQ(after("brightness_step", 10, "brightness"), Json(10));
  EXPECT_EQ(after("brightness_step_pct", 10, "brightness"), Json(36));
  EXPECT_TRUE(after("brightness_step", -1000, "brightness").is_null());
  EXPECT_EQ(home.state_text("light.l"), "off");
  EXPECT_EQ(after("brightness_step_pct", 300, "brightness"), Json(255));
}

TEST_F(Lights, mix_whites_into_what_they_can_show) {
  const Json all = Json::array({10, 20, 30, 40, 50});
  make(Json::array({"color_temp", "hs"}));
  EXPECT_EQ(after("rgbww_color", all, "hs_color"), Json::array({22.5, 16.0}));
  EXPECT_EQ(attribute("light.l", "rgb_color"), Json::array({255, 230, 214}));

  make(Json::array({"rgbw"}));
  EXPECT_EQ(after("rgbww_color", all, "rgbw_color"), Json::array({10, 4, 0, 50}));
  EXPECT_EQ(attribute("light.l", "rgb_color"), Json::array({50, 45, 42}));
  EXPECT_EQ(after("hs_color", Json::array({200, 50}), "rgbw_color"),
            Json::array({0, 167, 253, 255}));
  EXPECT_EQ(after("color_temp_kelvin", 3000, "rgbw_color"), Json::array({255, 118, 0, 193}));
  EXPECT_EQ(attribute("light.l", "hs_color"), Json::array({27.724, 56.863}));

  make(Json::array({"rgbww"}));
  EXPECT_EQ(after("rgb_color", Json::array({10, 20, 30}), "rgbww_color"),
            Json::array({0, 15, 30, 12, 12}));
  EXPECT_EQ(attribute("light.l", "rgb_color"), Json::array({10, 20, 30}));
  EXPECT_EQ(after("hs_color", Json::array({200, 50}), "rgbww_color"),
            Json::array({0, 157, 255, 165, 165}));
  EXPECT_EQ(after("rgbw_color", Json::array({10, 20, 30, 40}), "rgbww_color"),
            Json::array({0, 19, 37, 40, 40}));
  EXPECT_EQ(attribute("light.l", "hs_color"), Json::array({212.727, 27.5}));
  EXPECT_EQ(after("brightness", 180, "brightness"), Json(180));
  EXPECT_EQ(after("color_temp_kelvin", 3000, "rgbww_color"), Json::array({0, 0, 0, 87, 93}));
  EXPECT_EQ(attribute("light.l", "rgb_color"), Json::array({93, 65, 40}));
  EXPECT_EQ(after("color_temp_kelvin", 9000, "rgbww_color"), Json::array({0, 0, 0, 202, -22}));
}

TEST_F(Lights, take_a_profile_and_their_own_white) {
  make(Json::array({"hs", "white"}));
  EXPECT_EQ(after("profile", "relax", "hs_color"), Json::array({35.932, 69.412}));
  EXPECT_EQ(attribute("light.l", "brightness"), Json(144));
  EXPECT_EQ(after("profile", "nope", "brightness"), Json(144));
  EXPECT_EQ(after("white", 50, "brightness"), Json(50));
  EXPECT_EQ(attribute("light.l", "color_mode"), Json("white"));
  EXPECT_TRUE(attribute("light.l", "hs_color").is_null());
  EXPECT_EQ(after("white", true, "brightness"), Json(50));
  ask("white", 0);
  EXPECT_EQ(home.state_text("light.l"), "off");
}

TEST_F(Lights, bear_whatever_somebody_wrote_as_their_state) {
  make(Json::array({"rgbw", "color_temp"}));
  home.patch("light.l", "on",
             Json::object({{"color_mode", "rgbw"},
                           {"brightness", INT64_MAX},
                           {"rgbw_color", Json::array({1e300, "x"})}}));
  EXPECT_EQ(after("brightness_step", 10, "brightness"), Json(255));
  home.patch("light.l", "on",
             Json::object({{"color_mode", "color_temp"}, {"color_temp_kelvin", 0}}));
  EXPECT_EQ(after("brightness", 10, "brightness"), Json(10));
  home.patch("light.l", "on",
             Json::object({{"color_mode", "hs"}, {"hs_color", Json::array({1e300})}}));
  EXPECT_EQ(after("brightness", 20, "brightness"), Json(20));
}

}  // namespace
}  // namespace hassette::sim
