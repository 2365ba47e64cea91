// Fans and media players.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

Json percentage_at(const State& fan, std::int64_t percent) {
  Json changes = Json::object();
  if (fan.attributes().contains("percentage")) changes["percentage"] = percent;
  if (fan.attributes().contains("preset_mode")) changes["preset_mode"] = nullptr;
  return changes;
}

// What somebody wrote as a state may be any number.
std::int64_t percentage_of(const State& fan) {
  return std::clamp<std::int64_t>(fan.attributes()["percentage"].get<std::int64_t>().value_or(0), 0,
                                  100);
}

void set_percentage(Home& home, const State& fan, std::int64_t percent) {
  home.patch(fan.entity_id(), percent > 0 ? "on" : "off", percentage_at(fan, percent));
}

void set_preset(Home& home, const State& fan, const std::string& wanted) {
  const Json& modes = fan.attributes()["preset_modes"];
  std::string all;
  bool known = false;
  for (std::size_t i = 0; i < modes.size(); ++i) {
    known = known || modes.at(i) == Json(wanted);
    all += (i == 0 ? "" : ", ") + modes.at(i).get<std::string>().value_or("");
  }
  if (!known) {
    throw validation_failure(
        fmt::format("Preset mode {} is not valid, valid preset modes are: {}", wanted, all),
        "not_valid_preset_mode", Json::object({{"preset_mode", wanted}, {"preset_modes", all}}),
        "fan");
  }
  Json changes = Json::object({{"preset_mode", wanted}});
  if (fan.attributes().contains("percentage")) changes["percentage"] = nullptr;
  home.patch(fan.entity_id(), "on", std::move(changes));
}

void turn_fan_on(Home& home, const ServiceCall& call, const State& fan) {
  if (const auto preset = call.data["preset_mode"].get<std::string>()) {
    set_preset(home, fan, *preset);
    return;
  }
  const std::int64_t now = percentage_of(fan);
  set_percentage(home, fan,
                 call.data["percentage"].get<std::int64_t>().value_or(now > 0 ? now : 67));
}

// From one of the fan's speeds to the next, unless the call says by how much.
void step_fan(Home& home, const ServiceCall& call, const State& fan, int way) {
  const std::int64_t now = percentage_of(fan);
  std::int64_t wanted = 0;
  if (const auto step = call.data["percentage_step"].get<std::int64_t>()) {
    wanted = now + way * *step;
  } else {
    const auto of_one = fan.attributes()["percentage_step"].get<double>().value_or(1);
    const std::int64_t speeds =
        to_whole(std::round(100 / std::clamp(of_one, 1.0, 100.0))).value_or(1);
    const std::int64_t speed = (now * speeds + 99) / 100;  // a part of one counts as that
    wanted = (speed + way) * 100 / speeds;
  }
  set_percentage(home, fan, std::clamp<std::int64_t>(wanted, 0, 100));
}

void add_fan(Services& services) {
  const std::vector<Field> on = {{"percentage", accept::integer_within(0, 100)},
                                 {"preset_mode", accept::text()}};
  const auto off = [](Home& home, const ServiceCall&, const State& fan) {
    set_percentage(home, fan, 0);
  };
  services.add("fan", "turn_on", on, turn_fan_on);
  services.add("fan", "turn_off", {}, off);
  services.add("fan", "toggle", {}, [off](Home& home, const ServiceCall& call, const State& fan) {
    if (fan.state() == "on") {
      off(home, call, fan);
    } else {
      turn_fan_on(home, call, fan);
    }
  });
  const std::vector<Field> step = {{"percentage_step", accept::integer_within(0, 100)}};
  for (const int way : {1, -1}) {
    services.add("fan", way > 0 ? "increase_speed" : "decrease_speed", step,
                 [way](Home& home, const ServiceCall& call, const State& fan) {
                   step_fan(home, call, fan, way);
                 });
  }
  services.add("fan", "set_percentage", {{"percentage", accept::integer_within(0, 100), true}},
               [](Home& home, const ServiceCall& call, const State& fan) {
                 set_percentage(home, fan, call.data["percentage"].as_int());
               });
  services.add("fan", "set_preset_mode", {{"preset_mode", accept::text(), true}},
               [](Home& home, const ServiceCall& call, const State& fan) {
                 set_preset(home, fan, call.data["preset_mode"].as_string());
               });
  const auto show = [](const char* key) {
    return [key](Home& home, const ServiceCall& call, const State& state) {
      Json changes = Json::object();
      changes[key] = call.data[key];
      home.patch(state.entity_id(), std::nullopt, std::move(changes));
    };
  };
  services.add("fan", "oscillate", {{"oscillating", accept::boolean(), true}}, show("oscillating"));
  services.add("fan", "set_direction", {{"direction", accept::text()}}, show("direction"));
}

Services::EntityRun play(std::string state) {
  return [state = std::move(state)](Home& home, const ServiceCall&, const State& player) {
    home.write_state(player.entity_id(), state);
  };
}

void change_volume(Home& home, const State& player, double level) {
  level = std::clamp(std::round(level * 100) / 100, 0.0, 1.0);
  home.patch(player.entity_id(), std::nullopt, Json::object({{"volume_level", level}}));
}

double volume_of(const State& player) {
  return player.attributes()["volume_level"].get<double>().value_or(0.5);
}

void add_volume(Services& services) {
  for (const double way : {0.1, -0.1}) {
    services.add("media_player", way > 0 ? "volume_up" : "volume_down", {},
                 [way](Home& home, const ServiceCall&, const State& player) {
                   change_volume(home, player, volume_of(player) + way);
                 });
  }
  services.add("media_player", "volume_set", {{"volume_level", accept::number_within(0, 1), true}},
               [](Home& home, const ServiceCall& call, const State& player) {
                 change_volume(home, player, call.data["volume_level"].as_double());
               });
}

// Services that show what they are given under another name.
void add_shown(Services& services) {
  const auto show = [&](const char* service, const char* field, const char* attribute,
                        Check check) {
    services.add("media_player", service, {{field, std::move(check), true}},
                 [field, attribute](Home& home, const ServiceCall& call, const State& player) {
                   Json changes = Json::object();
                   changes[attribute] = call.data[field];
                   home.patch(player.entity_id(), std::nullopt, std::move(changes));
                 });
  };
  show("volume_mute", "is_volume_muted", "is_volume_muted", accept::boolean());
  show("select_source", "source", "source", accept::text());
  show("select_sound_mode", "sound_mode", "sound_mode", accept::text());
  show("shuffle_set", "shuffle", "shuffle", accept::boolean());
  show("repeat_set", "repeat", "repeat", accept::one_of({"all", "off", "one"}));
  show("media_seek", "seek_position", "media_position", accept::number());
}

}  // namespace

void add_player_services(Services& services) {
  add_fan(services);
  const std::string player = "media_player";
  services.add(player, "turn_on", {}, play("playing"));
  services.add(player, "turn_off", {}, play("off"));
  services.add(player, "toggle", {}, [](Home& home, const ServiceCall&, const State& state) {
    home.write_state(state.entity_id(), state.state() == "off" ? "playing" : "off");
  });
  services.add(player, "media_play", {}, play("playing"));
  services.add(player, "media_pause", {}, play("paused"));
  services.add(player, "media_stop", {}, play("off"));
  services.add(
      player, "media_play_pause", {}, [](Home& home, const ServiceCall&, const State& state) {
        home.write_state(state.entity_id(), state.state() == "playing" ? "paused" : "playing");
      });
  for (const int way : {1, -1}) {
    services.add(player, way > 0 ? "media_next_track" : "media_previous_track", {},
                 [way](Home& home, const ServiceCall&, const State& state) {
                   constexpr std::int64_t kLast = 1'000'000;
                   const auto track = state.attributes()["media_track"].get<std::int64_t>();
                   if (!track) return;
                   const std::int64_t next = std::clamp<std::int64_t>(*track, 0, kLast) + way;
                   home.patch(state.entity_id(), std::nullopt,
                              Json::object({{"media_track", std::max<std::int64_t>(1, next)}}));
                 });
  }
  add_volume(services);
  add_shown(services);
  services.add(player, "play_media",
               {{"media_content_id", accept::text(), true},
                {"media_content_type", accept::text(), true},
                {"enqueue", accept::anything()},
                {"announce", accept::boolean()},
                {"extra", accept::object()}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 home.patch(
                     state.entity_id(), "playing",
                     Json::object({{"media_content_id", call.data["media_content_id"]},
                                   {"media_content_type", call.data["media_content_type"]}}));
               });
}

}  // namespace hassette::sim
