// The front door: open at night is told, open by day is not.
#include <hassette/testing.hpp>

#include "../apps/door_alert.cpp"

class FrontDoor : public ::testing::Test {
 protected:
  FrontDoor() {
    home.set_state("binary_sensor.front_door", "off", {{"friendly_name", "Front door"}});
    home.start<DoorAlert>({.door = "binary_sensor.front_door"});
  }
  void open_for(std::chrono::seconds time) {
    home.set_state("binary_sensor.front_door", "on");
    home.advance(time);
  }
  AppHarness home;
};

TEST_F(FrontDoor, is_nobody_s_business_by_day) {
  open_for(1h);
  EXPECT_NOT_CALLED(home, persistent_notification.create);
}

TEST_F(FrontDoor, is_told_of_when_it_stays_open_for_two_minutes_at_night) {
  home.advance_to("23:00");
  open_for(119s);
  EXPECT_NOT_CALLED(home, persistent_notification.create);
  home.advance(1s);
  EXPECT_CALLED(home, persistent_notification.create,
                {{"message", "Front door has been open for 2 min."}});
}

TEST_F(FrontDoor, may_be_open_for_a_moment_at_night) {
  home.advance_to("02:00");
  open_for(90s);
  home.set_state("binary_sensor.front_door", "off");
  home.advance(1h);
  EXPECT_TRUE(home.calls().empty());
}

TEST_F(FrontDoor, takes_the_message_back_once_when_somebody_closes_it) {
  home.advance_to("05:00");
  open_for(2min);
  home.set_state("binary_sensor.front_door", "off");
  EXPECT_CALLED(home, persistent_notification.dismiss, {{"notification_id", "door_alert"}});
  open_for(30s);
  home.set_state("binary_sensor.front_door", "off");
  EXPECT_EQ(home.call_count("persistent_notification.dismiss"), 1u);
}

TEST_F(FrontDoor, is_quiet_after_the_night_has_ended) {
  home.advance_to("06:29");
  open_for(2min);
  EXPECT_NOT_CALLED(home, persistent_notification.create);
}
