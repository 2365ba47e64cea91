// The hall's light, in a simulated home and in virtual time. `hassette test` runs it.
#include <hassette/testing.hpp>

#include "../apps/motion_lights.cpp"

class Hall : public ::testing::Test {
 protected:
  Hall() {
    home.set_state("binary_sensor.hall_motion", "off");
    home.set_state("light.hall", "off", {{"supported_color_modes", {"brightness"}}});
    home.start<MotionLights>(
        {.motion = "binary_sensor.hall_motion", .light = "light.hall", .off_after = 15s});
  }
  AppHarness home;
};

TEST_F(Hall, is_lit_as_soon_as_somebody_moves) {
  home.set_state("binary_sensor.hall_motion", "on");
  ASSERT_CALLED(home, light.turn_on, {{"entity_id", "light.hall"}, {"brightness", 200}});
  EXPECT_EQ(home.state("light.hall")->text(), "on");
}

TEST_F(Hall, is_dark_again_fifteen_seconds_after_the_last_motion) {
  home.set_state("binary_sensor.hall_motion", "on");
  home.set_state("binary_sensor.hall_motion", "off");
  home.advance(14s);
  EXPECT_EQ(home.state("light.hall")->text(), "on");
  home.advance(1s);
  EXPECT_CALLED(home, light.turn_off, {{"entity_id", "light.hall"}});
  EXPECT_EQ(home.state("light.hall")->text(), "off");
}

TEST_F(Hall, stays_lit_while_somebody_comes_and_goes) {
  for (int i = 0; i < 5; ++i) {
    home.set_state("binary_sensor.hall_motion", "on");
    home.set_state("binary_sensor.hall_motion", "off");
    home.advance(10s);
  }
  EXPECT_NOT_CALLED(home, light.turn_off);
}

TEST_F(Hall, goes_dark_although_home_assistant_was_away) {
  home.set_state("binary_sensor.hall_motion", "on");
  home.disconnect();
  home.set_state("binary_sensor.hall_motion", "off");
  home.reconnect();
  EXPECT_TRUE(home.run_until([&] { return home.call_count("light.turn_off") == 1; }, 1min));
}

TEST_F(Hall, says_so_when_the_lamp_refuses_and_goes_on) {
  home.fail_service("light.turn_on", "home_assistant_error", "the bulb does not answer");
  home.set_state("binary_sensor.hall_motion", "on");
  home.expect_error("the bulb does not answer");
  home.set_state("binary_sensor.hall_motion", "off");
  home.set_state("binary_sensor.hall_motion", "on");
  EXPECT_EQ(home.state("light.hall")->text(), "on");
}
