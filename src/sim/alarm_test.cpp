// Alarm control panels: codes, ways and what time does to them.
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using namespace std::chrono_literals;

class Alarm : public HomeTest {
 public:
  void SetUp() override {
    home.write(kPanel, "disarmed",
               Json::object({{"code_format", "number"}, {"code_arm_required", true}}));
  }
  std::string ask(const char* service, const char* code = nullptr) {
    Json data = Json::object({{"entity_id", kPanel}});
    if (code) data["code"] = code;
    ServiceResult result;
    home.call({"alarm_control_panel", service, std::move(data), home.make_context()},
              [&](const ServiceResult& given) { result = given; });
    return result.failure ? result.failure->message : "accepted";
  }
  // The state, where it comes from and where it goes.
  std::string shown() {
    const auto word = [&](const char* key) {
      return attribute(kPanel, key).get<std::string>().value_or("-");
    };
    return word("previous_state") + ' ' + home.state_text(kPanel) + ' ' + word("next_state");
  }
  static constexpr const char* kPanel = "alarm_control_panel.p";
};

TEST_F(Alarm, disarmed_on_its_way_stays_disarmed) {
  EXPECT_EQ(ask("alarm_arm_away", "1234"), "accepted");
  EXPECT_EQ(shown(), "disarmed arming armed_away");
  pass(4s);
  EXPECT_EQ(ask("alarm_disarm", "1234"), "accepted");
  EXPECT_EQ(shown(), "- disarmed -");
  pass(60s);
  EXPECT_EQ(shown(), "- disarmed -");
}

TEST_F(Alarm, arms_after_five_seconds_and_rings_for_ten) {
  ask("alarm_arm_home", "1234");
  pass(5s);
  EXPECT_EQ(shown(), "- armed_home -");
  ask("alarm_trigger");
  EXPECT_EQ(shown(), "armed_home triggered -");
  pass(10s);
  EXPECT_EQ(shown(), "- armed_home -");
  ask("alarm_trigger");
  EXPECT_EQ(ask("alarm_trigger"), "<AlarmControlPanelState.TRIGGERED: 'triggered'>");
  ask("alarm_arm_away", "1234");
  EXPECT_EQ(shown(), "triggered arming armed_away");
}

TEST_F(Alarm, wants_its_code) {
  EXPECT_EQ(ask("alarm_arm_away"),
            "Validation error: Arming requires a code but none was given for "
            "alarm_control_panel.p");
  EXPECT_EQ(ask("alarm_arm_away", "9"), "Validation error: Invalid alarm code provided");
  EXPECT_EQ(shown(), "- disarmed -");
  ask("alarm_arm_away", "1234");
  EXPECT_EQ(ask("alarm_disarm"), "Validation error: Invalid alarm code provided");
  EXPECT_EQ(home.state_text(kPanel), "arming");
}

TEST_F(Alarm, without_a_code_format_asks_for_none) {
  home.write(kPanel, "disarmed", Json::object({{"code_format", nullptr}}));
  EXPECT_EQ(ask("alarm_arm_night"), "accepted");
  pass(5s);
  EXPECT_EQ(home.state_text(kPanel), "armed_night");
  EXPECT_EQ(ask("alarm_disarm"), "accepted");
}

}  // namespace
}  // namespace hassette::sim
