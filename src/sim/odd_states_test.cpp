// Anybody may write any state, as with POST /api/states: whatever stands there, the home lives on.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "async/bucket.hpp"
#include "base/repository_testing.hpp"
#include "sim/boot.hpp"
#include "sim/house.hpp"
#include "sim/load.hpp"
#include "sim/rest.hpp"
#include "sim/script.hpp"
#include "sim/template.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<std::string> kOddStates = {"",
                                             "unknown",
                                             "on",
                                             "active",
                                             "paused",
                                             "arming",
                                             "opening",
                                             "nan",
                                             "inf",
                                             "-1e308",
                                             "9223372036854775807",
                                             "-9223372036854775808",
                                             "99999999999999999999999",
                                             "9999-99-99 99:99:99",
                                             "0000-00-00",
                                             "\xC3\xA9t\xC3\xA9",
                                             std::string(255, 'x')};

const std::vector<Json>& odd_values() {
  static const std::vector<Json> all = {
      nullptr,
      true,
      "",
      "on",
      "abc",
      "9999-12-31T23:59:59+00:00",
      "0001-01-01T00:00:00+00:00",
      "9999-99-99 99:99:99",
      "999999999:00:00",
      0,
      -1,
      INT64_MAX,
      INT64_MIN,
      0.5,
      1e18,
      1e308,
      -1e308,
      5e-324,
      Json::array(),
      Json::array({nullptr, "abc", -1}),
      Json::array({INT64_MAX, -1e308, 1e308, 5e-324, 1e18}),
      Json::array({"heat", "off"}),
      Json::array({"hs", "xy", "rgb", "rgbw", "rgbww", "color_temp"}),
      Json::object(),
      Json::object({{"hours", 1e308}}),
  };
  return all;
}

// A value that the field takes.
Json sample(const std::string& field) {
  static const std::map<std::string, Json, std::less<>> all = {
      {"option", "a"},
      {"options", Json::array({"a", "b"})},
      {"value", 5},
      {"duration", "0:00:05"},
      {"date", "2026-05-03"},
      {"time", "06:30:00"},
      {"datetime", "2026-05-03 06:30:00"},
      {"timestamp", 1777777777},
      {"hvac_mode", "heat"},
      {"temperature", 21.5},
      {"target_temp_high", 23},
      {"target_temp_low", 19},
      {"humidity", 40},
      {"position", 55},
      {"tilt_position", 55},
      {"percentage", 55},
      {"percentage_step", 7},
      {"brightness", 120},
      {"brightness_pct", 50},
      {"brightness_step", 30},
      {"brightness_step_pct", -10},
      {"rgb_color", Json::array({10, 200, 30})},
      {"rgbw_color", Json::array({10, 200, 30, 40})},
      {"rgbww_color", Json::array({10, 200, 30, 40, 50})},
      {"hs_color", Json::array({200, 50})},
      {"xy_color", Json::array({0.3, 0.3})},
      {"color_temp_kelvin", 3000},
      {"color_temp", 300},
      {"kelvin", 3000},
      {"white", 100},
      {"color_name", "red"},
      {"profile", "relax"},
      {"volume_level", 0.4},
      {"repeat", "all"},
      {"cycle", true},
      {"aux_heat", true},
      {"away_mode", true},
      {"oscillating", true},
      {"is_volume_muted", true},
      {"shuffle", true},
      {"seek_position", 3},
      {"flash", "short"},
      {"transition", 1},
      {"type", "daily"},
      {"variables", Json::object()},
  };
  const auto found = all.find(field);
  return found == all.end() ? Json("abc") : found->second;
}

// The home of the recording, in which every domain has its entities and attributes.
class OddStates : public HomeTest {
 public:
  OddStates() {
    load_recording(home, base::repository() + "/tests/data/ha-2025.4.4/ws.jsonl");
    // It stands for all: a write of each would be a thousand events.
    home.states().for_each([&](const StatePtr& state) {
      auto& known = entities[std::string(state->domain())];
      if (known.size() < 2) known.push_back(state);
    });
  }

  void write(const StatePtr& was, const std::string& state, Json attributes) {
    home.set(was->entity_id(), state, std::move(attributes), home.make_context());
  }

  // Every service of the entity's domain, with what it requires and then each of what it may take.
  void call_all_services_of(const StatePtr& was) {
    const std::string domain(was->domain());
    const Json listed = home.services().list()[domain];
    if (!listed.is_object()) return;
    for (const auto& [name, description] : listed.as_object()) {
      const Service* const service = home.services().find(domain, name);
      if (!service->run_for_entity) continue;
      const bool answers = service->responds != Responds::kNever;
      Json data = Json::object({{"entity_id", was->entity_id()}});
      const std::vector<Field> fields = service->schema.fields();
      for (const Field& field : fields) {
        if (field.required) data[field.name] = sample(field.name);
      }
      call_quietly(domain, name, data, answers);
      for (const Field& field : fields) {
        Json more = data;
        more[field.name] = sample(field.name);
        if (!field.required) call_quietly(domain, name, std::move(more), answers);
      }
    }
  }
  void call_quietly(const std::string& domain, const std::string& service, Json data,
                    bool answers) {
    ++calls;
    home.call({domain, service, std::move(data), home.make_context(), answers},
              [this](const ServiceResult& result) {
                if (!result.failure) ++accepted;
              });
  }

  RestAnswer rest(const std::string& method, const std::string& target, std::string body = {}) {
    std::optional<RestAnswer> answer;
    answer_rest(home, Access{.token = "t"},
                {.method = method, .target = target, .authorization = "Bearer t", .body = body},
                [&](RestAnswer given) { answer = std::move(given); });
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(RestAnswer{});
  }

  std::map<std::string, std::vector<StatePtr>> entities;
  std::size_t calls = 0;
  std::size_t accepted = 0;
};

TEST_F(OddStates, of_any_attribute_end_no_service) {
  std::set<std::string> tried;
  for (const auto& [domain, known] : entities) {
    for (const StatePtr& was : known) {
      for (const auto& [key, value] : was->attributes().as_object()) {
        if (!tried.insert(domain + '.' + key).second) continue;
        for (const Json& odd : odd_values()) {
          Json attributes = was->attributes();
          attributes[key] = odd;
          write(was, was->state(), std::move(attributes));
          call_all_services_of(was);
        }
        pass(seconds(20));
      }
    }
  }
  EXPECT_GT(accepted, 10'000u);
}

TEST_F(OddStates, end_no_service) {
  for (const auto& [domain, known] : entities) {
    for (const StatePtr& was : known) {
      for (std::size_t i = 0; i < std::max(kOddStates.size(), odd_values().size()); ++i) {
        const std::string& odd = kOddStates[i % kOddStates.size()];
        write(was, odd, was->attributes());
        call_all_services_of(was);
        Json attributes = was->attributes();
        for (auto& [key, value] : attributes.as_object()) {
          value = odd_values()[i % odd_values().size()];
        }
        write(was, odd, std::move(attributes));
        call_all_services_of(was);
      }
      write(was, was->state(), Json::object());
      call_all_services_of(was);
      pass(seconds(20));
    }
  }
  EXPECT_GT(accepted, 10'000u);
}

TEST_F(OddStates, are_wanted_of_any_entity_by_scenes_and_kept_by_them) {
  for (const auto& [domain, known] : entities) {
    for (const StatePtr& was : known) {
      for (const std::string& state : kOddStates) {
        for (const Json& odd : odd_values()) {
          Json wanted = was->attributes();
          for (auto& [key, value] : wanted.as_object()) value = odd;
          wanted["state"] = state;
          Json entities = Json::object();
          entities[was->entity_id()] = wanted;
          call_quietly("scene", "apply", Json::object({{"entities", entities}}), false);
        }
        write(was, state, was->attributes());
        const Json ids = Json::array({was->entity_id()});
        call_quietly("scene", "create",
                     Json::object({{"scene_id", "kept"}, {"snapshot_entities", ids}}), false);
        write(was, was->state(), was->attributes());
        call_quietly("scene", "turn_on", Json::object({{"entity_id", "scene.kept"}}), false);
      }
      pass(seconds(20));
    }
  }
  EXPECT_GT(accepted, 10'000u);
}

TEST_F(OddStates, come_through_a_restart) {
  async::Bucket fibers{loop, nullptr};
  for (std::size_t round = 0; round < kOddStates.size() + odd_values().size(); ++round) {
    const Json& odd = odd_values()[round % odd_values().size()];
    for (const auto& [domain, known] : entities) {
      for (const StatePtr& was : known) {
        Json attributes = was->attributes();
        for (auto& [key, value] : attributes.as_object()) value = odd;
        attributes["restore"] = true;
        write(was, kOddStates[round % kOddStates.size()], std::move(attributes));
      }
    }
    Restart restart(home);
    restart.shut_down();
    pass(seconds(5));
    fibers.spawn(async::intern_label("test", "restart"), restart.boot({}));
    pass(seconds(60));
    ASSERT_EQ(home.phase(), "RUNNING");
  }
}

TEST_F(OddStates, are_shown_in_every_list) {
  for (const Json& odd : odd_values()) {
    for (const auto& [domain, known] : entities) {
      for (const StatePtr& was : known) {
        Json attributes = was->attributes();
        for (auto& [key, value] : attributes.as_object()) value = odd;
        write(was, was->state(), std::move(attributes));
        if (domain == "calendar") {
          EXPECT_EQ(rest("GET", "/api/calendars/" + was->entity_id() + "?start=a&end=b").status,
                    200);
        }
      }
    }
    for (const char* path :
         {"/api/states", "/api/calendars", "/api/logbook", "/api/config", "/api/services",
          "/api/history/period?filter_entity_id=light.ceiling_lights,sensor.doubled_level"}) {
      const RestAnswer answer = rest("GET", path);
      EXPECT_EQ(answer.status, 200) << path;
      EXPECT_TRUE(json::parse(answer.body).has_value()) << path;
    }
    static_cast<void>(home.recorder().statistic_ids());
  }
}

TEST_F(OddStates, leave_templates_that_follow_them_alive) {
  home.follow({"sensor.doubled_level", {"input_number.level"}, [&] {
                 return std::optional(
                     render_template(home, "{{ states('input_number.level') | int * 2 }}").text);
               }});
  testing::internal::CaptureStderr();
  for (const std::string& odd : kOddStates) {
    home.write_state("input_number.level", odd);
    pass(seconds(1));
    for (const char* code : {"{{ states('input_number.level') | int(0) + 1 }}",
                             "{{ states('input_number.level') | float(0) | round(2) }}",
                             "{{ 1.5 | round(states('input_number.level') | int(0)) }}",
                             "{{ [1, 2][states('input_number.level') | int(0)] }}",
                             "{{ 2 ** (states('input_number.level') | int(0)) }}"}) {
      EXPECT_NO_THROW(static_cast<void>(render_template(home, code).native())) << code << odd;
    }
  }
  home.write_state("input_number.level", "21");
  pass(seconds(1));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("sensor.doubled_level failed: ValueError: "));
  EXPECT_EQ(home.state_text("sensor.doubled_level"), "42");
}

TEST_F(OddStates, of_groups_that_hold_each_other_or_themselves_come_to_an_end) {
  for (const char* name : {"first", "second"}) {
    call("group", "set",
         Json::object({{"object_id", name}, {"entities", Json::array({"input_boolean.motion"})}}));
  }
  const auto hold = [&](const char* name, Json members) {
    call("group", "set", Json::object({{"object_id", name}, {"entities", std::move(members)}}));
  };
  hold("first", Json::array({"group.first", "group.second", "input_boolean.motion"}));
  hold("second", Json::array({"group.first", "cover.hall_window", "input_boolean.away"}));
  const Json target = Json::object({{"entity_id", "group.first"}});
  EXPECT_FALSE(call("homeassistant", "turn_on", target).failure);
  EXPECT_EQ(home.state_text("input_boolean.away"), "on");
  EXPECT_FALSE(call("homeassistant", "turn_off", target).failure);
  EXPECT_EQ(home.state_text("input_boolean.motion"), "off");
  pass(seconds(20));
}

TEST_F(OddStates, of_the_home_itself_are_not_called_for_ever) {
  home.set("homeassistant.odd", "on", {}, home.make_context());
  const Json odd = Json::object({{"entity_id", "homeassistant.odd"}});
  EXPECT_FALSE(call("homeassistant", "turn_on", odd).failure);
  call("homeassistant", "turn_on", Json::object({{"entity_id", "all"}}));
  EXPECT_EQ(home.state_text("homeassistant.odd"), "on");
}

TEST_F(OddStates, are_refused_where_attributes_are_none) {
  const char* path = "/api/states/sensor.new";
  EXPECT_EQ(rest("POST", path, R"({"state": "1", "attributes": [1, 2]})").status, 500);
  EXPECT_EQ(rest("POST", path, R"({"state": "1", "attributes": "abc"})").status, 500);
  EXPECT_EQ(home.state("sensor.new"), nullptr);
  EXPECT_EQ(rest("POST", path, R"({"state": "1", "attributes": []})").status, 201);
  EXPECT_EQ(home.state("sensor.new")->attributes(), Json::object());
}

TEST_F(OddStates, of_a_cover_are_behind_it_when_it_arrives) {
  for (const Json& odd : {Json(1e15), Json(INT64_MAX), Json(INT64_MIN)}) {
    home.write("cover.far", "open",
               Json::object({{"current_position", odd}, {"supported_features", 15}}));
    EXPECT_FALSE(call("cover", "set_cover_position",
                      Json::object({{"entity_id", "cover.far"}, {"position", 40}}))
                     .failure);
    pass(seconds(20));
    EXPECT_EQ(attribute("cover.far", "current_position"), Json(40)) << odd.dump();
    EXPECT_EQ(home.state_text("cover.far"), "open");
  }
}

TEST_F(OddStates, that_upset_what_the_home_has_begun_are_told_and_end_nothing_else) {
  bool later = false;
  testing::internal::CaptureStderr();
  home.after("light.ceiling_lights", seconds(1), [] { throw std::runtime_error("upset"); });
  home.after("light.bed_light", seconds(2), [&] { later = true; });
  home.soon([] { throw CommandFailure{"invalid_format", "turn is upset", {}}; });
  pass(seconds(3));
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(later);
  EXPECT_THAT(told, testing::HasSubstr("light.ceiling_lights failed: upset"));
  EXPECT_THAT(told, testing::HasSubstr("turn is upset"));
}

TEST_F(HomeTest, residents_live_on_among_odd_states) {
  House house(home, loop, 7);
  house.furnish();
  async::Bucket fibers{loop, nullptr};
  const auto life = fibers.spawn(async::intern_label("test", "days"), house.live());
  const std::vector<StatePtr> furnished = home.states().all();
  for (std::size_t round = 0; round < odd_values().size(); ++round) {
    for (std::size_t i = 0; i < furnished.size(); ++i) {
      const StatePtr& was = furnished[i];
      Json attributes = was->attributes();
      for (auto& [key, value] : attributes.as_object()) {
        value = odd_values()[(round + i) % odd_values().size()];
      }
      home.set(was->entity_id(), kOddStates[(round + i) % kOddStates.size()], std::move(attributes),
               home.make_context());
    }
    pass(hours(2));
  }
  for (const StatePtr& was : furnished) {
    home.set(was->entity_id(), was->state(), was->attributes(), home.make_context());
  }
  home.patch("light.hall", "on", Json::object({{"brightness", 1e308}}));
  home.patch("cover.living_room_blind", std::nullopt, Json::object({{"current_position", -1e308}}));
  pass(minutes(3));
  EXPECT_LT(std::stod(home.state_text("sensor.hall_illuminance")), 1e6);
  pass(hours(24));
  // What the house computes from states recovers from them.
  const double warmth = std::stod(home.state_text("sensor.living_room_temperature"));
  EXPECT_GT(warmth, 10);
  EXPECT_LT(warmth, 35);
  fibers.cancel(life, CancelReason::kRequested);
  loop.run_ready();
}

}  // namespace
}  // namespace hassette::sim
