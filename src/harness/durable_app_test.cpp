// A durable job that a handler begins, as the scheduler's reference shows it.
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

}  // namespace
}  // namespace hassette
