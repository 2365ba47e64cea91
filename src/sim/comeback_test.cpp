// What was on its way when a home went down, and how it stands when it is up again.
#include "async/bucket.hpp"
#include "sim/boot.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using namespace std::chrono_literals;

class ComesBack : public HomeTest {
 public:
  void be_away(std::chrono::nanoseconds time) {
    Restart restart(home);
    restart.shut_down();
    pass(time);
    async::Bucket fibers{loop, nullptr};
    fibers.spawn(async::intern_label("test", "restart"), restart.boot({}));
    pass(1s);
  }
};

TEST_F(ComesBack, with_what_turned_or_moved_where_it_arrived) {
  const std::vector<std::array<const char*, 3>> ways = {{"lock.a", "locking", "locked"},
                                                        {"lock.b", "unlocking", "unlocked"},
                                                        {"lock.c", "opening", "open"},
                                                        {"cover.plain", "closing", "closed"},
                                                        {"vacuum.v", "returning", "docked"},
                                                        {"script.s", "on", "off"},
                                                        {"switch.s", "on", "on"}};
  for (const auto& [entity_id, on_its_way, arrived] : ways) {
    home.write(entity_id, on_its_way, Json::object({{"current", 1}}));
  }
  home.write("cover.half", "closing", Json::object({{"current_position", 40}}));
  be_away(5s);
  for (const auto& [entity_id, on_its_way, arrived] : ways) {
    EXPECT_EQ(home.state_text(entity_id), arrived) << entity_id;
  }
  EXPECT_EQ(home.state_text("cover.half"), "open");
  EXPECT_EQ(attribute("script.s", "current"), Json(0));
}

TEST_F(ComesBack, with_an_alarm_that_goes_on_arming_or_has_armed) {
  home.write("alarm_control_panel.p", "disarmed", {});
  const Json panel = Json::object({{"entity_id", "alarm_control_panel.p"}});
  ServiceCall arm{"alarm_control_panel", "alarm_arm_away", panel, home.make_context()};
  home.call(arm, [](const ServiceResult&) {});
  be_away(1s);
  EXPECT_EQ(home.state_text("alarm_control_panel.p"), "arming");
  pass(4s);
  EXPECT_EQ(home.state_text("alarm_control_panel.p"), "armed_away");
  EXPECT_TRUE(attribute("alarm_control_panel.p", "next_state").is_null());
  call("alarm_control_panel", "alarm_disarm", panel);
  home.call(arm, [](const ServiceResult&) {});
  be_away(20s);
  EXPECT_EQ(home.state_text("alarm_control_panel.p"), "armed_away");
  EXPECT_TRUE(attribute("alarm_control_panel.p", "previous_state").is_null());
}

TEST_F(ComesBack, with_a_timer_that_runs_on_to_its_end) {
  home.write("timer.t", "idle", Json::object({{"duration", "0:00:30"}, {"restore", true}}));
  const Json timer = Json::object({{"entity_id", "timer.t"}});
  ServiceCall start{"timer", "start", timer, home.make_context()};
  home.call(start, [](const ServiceResult&) {});
  const Json ends = attribute("timer.t", "finishes_at");
  watch("timer.restarted");
  watch("timer.finished");
  be_away(10s);
  EXPECT_EQ(home.state_text("timer.t"), "active");
  EXPECT_EQ(attribute("timer.t", "finishes_at"), ends);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]->type(), "timer.restarted");
  pass(20s);
  EXPECT_EQ(home.state_text("timer.t"), "idle");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1]->data()["finished_at"], ends);
}

TEST_F(ComesBack, with_a_timer_that_ended_meanwhile_finished) {
  home.write("timer.t", "idle", Json::object({{"duration", "0:00:30"}, {"restore", true}}));
  ServiceCall start{"timer", "start", Json::object({{"entity_id", "timer.t"}}),
                    home.make_context()};
  home.call(start, [](const ServiceResult&) {});
  const Json ends = attribute("timer.t", "finishes_at");
  watch("timer.finished");
  be_away(60s);
  EXPECT_EQ(home.state_text("timer.t"), "idle");
  EXPECT_TRUE(attribute("timer.t", "finishes_at").is_null());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]->data(), Json::object({{"entity_id", "timer.t"}, {"finished_at", ends}}));
}

}  // namespace
}  // namespace hassette::sim
