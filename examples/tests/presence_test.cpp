// When the last one leaves: lights out, door locked, unless guests are there.
#include <hassette/testing.hpp>

#include "../apps/presence.cpp"

class Leaving : public ::testing::Test {
 protected:
  Leaving() {
    home.set_state("person.anna", "home");
    home.set_state("person.ben", "home");
    home.set_state("light.hall", "on");
    home.set_state("light.kitchen", "off");
    home.set_state("lock.front_door", "unlocked");
    home.set_state("input_boolean.guest_mode", "off");
    home.start<Presence>({.door_lock = "lock.front_door", .guests = "input_boolean.guest_mode"});
  }
  AppHarness home;
};

TEST_F(Leaving, does_nothing_while_somebody_is_there) {
  home.set_state("person.anna", "not_home");
  home.advance(1h);
  EXPECT_TRUE(home.calls().empty());
}

TEST_F(Leaving, switches_off_what_is_on_and_locks_the_door) {
  home.set_state("person.anna", "not_home");
  home.set_state("person.ben", "not_home");
  EXPECT_CALLED(home, light.turn_off, {{"entity_id", "light.hall"}});
  EXPECT_NOT_CALLED(home, light.turn_off, {{"entity_id", "light.kitchen"}});
  EXPECT_CALLED(home, lock.lock, {{"entity_id", "lock.front_door"}});
  home.advance(1min);
  EXPECT_EQ(home.state("lock.front_door")->text(), "locked");
}

TEST_F(Leaving, leaves_everything_to_guests) {
  home.set_state("input_boolean.guest_mode", "on");
  home.set_state("person.anna", "not_home");
  home.set_state("person.ben", "not_home");
  EXPECT_TRUE(home.calls().empty());
}

TEST_F(Leaving, is_noticed_although_home_assistant_was_away) {
  home.disconnect();
  home.set_state("person.anna", "not_home");
  home.set_state("person.ben", "not_home");
  home.reconnect();
  EXPECT_TRUE(home.run_until([&] { return home.call_count("lock.lock") > 0; }, 1min));
}
