// Durable jobs and holds, as the scheduler's reference shows them.
#include <hassette/testing.hpp>

#include <gmock/gmock.h>

namespace hassette {
namespace {

using namespace std::chrono_literals;

/// The iron goes off twenty minutes after somebody switched it on, restarts or not.
class Iron : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("switch.iron", &Iron::off_later,
                                 {.name = "iron on", .changed_to = "on"});
    if (scheduler.remembers("iron off")) co_await off_later();
  }
  Task<> off_later() {
    co_await scheduler.run_in(
        20min, &Iron::off, {.name = "iron off", .if_exists = IfExists::kReplace, .durable = true});
  }
  Task<> off() { co_await api.turn_off("switch.iron"); }
};

TEST(DurableApp, goes_on_with_what_a_handler_had_begun) {
  AppHarness home;
  home.set_state("switch.iron", "off");
  home.start<Iron>();
  home.set_state("switch.iron", "on");
  home.advance(15min);
  home.stop("iron");
  home.start<Iron>();
  home.advance(4min + 59s);
  EXPECT_NOT_CALLED(home, switch.turn_off);
  home.advance(1s);
  EXPECT_CALLED(home, switch.turn_off, {{"entity_id", "switch.iron"}});
}

TEST(DurableApp, begins_nothing_that_no_handler_had_begun) {
  AppHarness home;
  home.set_state("switch.iron", "on");
  home.start<Iron>();
  home.stop("iron");
  home.start<Iron>();
  home.advance(1h);
  EXPECT_NOT_CALLED(home, switch.turn_off);
}

/// Tells once that the door stays open, and again each hour until it is closed.
class FrontDoor : public App<> {
  Task<> on_initialize() override {
    if (scheduler.remembers("again")) co_await remind_later();
    co_await bus.on_state_change("binary_sensor.door", &FrontDoor::on_left_open,
                                 {.name = "left open",
                                  .changed_to = "on",
                                  .immediate = true,
                                  .duration = 10min,
                                  .durable = true});
    co_await bus.on_state_change("binary_sensor.door", &FrontDoor::on_closed,
                                 {.name = "closed", .changed_to = "off", .immediate = true});
  }
  Task<> on_left_open() {
    if (scheduler.find("again").active()) co_return;
    co_await remind_later();
    co_await tell();
  }
  Task<> remind_later() {
    co_await scheduler.run_every(1h, &FrontDoor::tell,
                                 {.name = "again",
                                  .if_exists = IfExists::kReplace,
                                  .durable = true,
                                  .missed = Missed::kSkip});
  }
  Task<> tell() {
    co_await api.connected();
    co_await api.call_service("notify", "phone", {.data = {{"message", "the door is open"}}});
  }
  void on_closed() { scheduler.find("again").cancel(); }
};

class ADoorLeftOpen : public testing::Test {
 protected:
  ADoorLeftOpen() {
    home.add_service("notify.phone");
    home.set_state("binary_sensor.door", "off");
    home.start<FrontDoor>();
    home.set_state("binary_sensor.door", "on");
  }
  void restart_after(std::chrono::nanoseconds pause) {
    home.stop();
    home.advance(pause);
    home.start<FrontDoor>();
    home.advance(0s);
  }
  std::size_t told() const { return home.call_count("notify.phone"); }

  AppHarness home;
};

TEST_F(ADoorLeftOpen, is_told_of_in_time_although_the_engine_was_away) {
  home.advance(5min);
  restart_after(1min);
  home.advance(3min + 59s);
  EXPECT_EQ(told(), 0u);
  home.advance(1s);
  EXPECT_EQ(told(), 1u);
}

TEST_F(ADoorLeftOpen, is_told_of_once_and_again_each_hour_however_often_the_engine_starts) {
  home.advance(10min);
  EXPECT_EQ(told(), 1u);
  restart_after(1min);
  restart_after(1min);
  EXPECT_EQ(told(), 1u);
  home.advance(57min + 59s);
  EXPECT_EQ(told(), 1u);
  home.advance(1s);
  EXPECT_EQ(told(), 2u);
}

TEST_F(ADoorLeftOpen, is_not_told_of_any_more_once_it_was_closed_while_the_engine_was_away) {
  home.advance(10min);
  home.stop();
  home.set_state("binary_sensor.door", "off");
  home.start<FrontDoor>();
  home.advance(3h);
  EXPECT_EQ(told(), 1u);
}

}  // namespace
}  // namespace hassette
