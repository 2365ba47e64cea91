// Groups: what group.set makes and changes, and how a group's state follows from its members.
#include <algorithm>
#include <set>

#include "sim/checks.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {

// Which states of a domain count as on, and what a group of this domain alone then says.
struct Kind {
  std::string_view domain;
  std::vector<std::string_view> on_states;
  const char* on = "on";
  const char* off = "off";
};

const Kind& kind_of(std::string_view domain) {
  static const std::vector<Kind> kKinds = {
      {"alarm_control_panel",
       {"armed_away", "armed_custom_bypass", "armed_home", "armed_night", "armed_vacation",
        "triggered"}},
      {"climate", {"auto", "cool", "dry", "fan_only", "heat", "heat_cool"}},
      {"cover", {"open"}, "open", "closed"},
      {"device_tracker", {"home"}, "home", "not_home"},
      {"lock", {"locking", "open", "opening", "unlocked", "unlocking"}, "unlocked", "locked"},
      {"media_player", {"on", "paused", "playing", "idle"}},
      {"person", {"home"}, "home", "not_home"},
      {"vacuum", {"on", "cleaning", "returning", "error"}}};
  static const Kind kUsual{"", {"on"}};
  const auto found = std::ranges::find(kKinds, domain, &Kind::domain);
  return found == kKinds.end() ? kUsual : *found;
}

std::vector<std::string> members_of(const Json& list) {
  std::vector<std::string> members;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto id = list.at(i).get<std::string>()) members.push_back(*std::move(id));
  }
  return members;
}

std::string state_of(Home& home, const std::vector<std::string>& members, bool wants_all) {
  std::set<std::pair<std::string_view, std::string_view>> words;
  std::size_t known = 0;
  std::size_t on = 0;
  for (const std::string& member : members) {
    const StatePtr& state = home.state(member);
    if (!state || state->state() == "unknown" || state->state() == "unavailable") continue;
    const Kind& kind = kind_of(state->domain());
    words.emplace(kind.on, kind.off);
    ++known;
    if (std::ranges::find(kind.on_states, state->state()) != kind.on_states.end()) ++on;
  }
  if (known == 0) return "unknown";
  const bool is_on = wants_all ? on == known : on > 0;
  if (words.size() > 1) return is_on ? "on" : "off";  // of different kinds
  return std::string(is_on ? words.begin()->first : words.begin()->second);
}

void change_members(const ServiceCall& call, std::vector<std::string>& members) {
  if (call.data.contains("entities")) members = members_of(call.data["entities"]);
  for (std::string& added : members_of(call.data["add_entities"])) {
    if (std::ranges::find(members, added) == members.end()) members.push_back(std::move(added));
  }
  for (const std::string& removed : members_of(call.data["remove_entities"])) {
    std::erase(members, removed);
  }
}

std::int64_t next_order(Home& home) {
  std::int64_t order = 0;
  home.states().for_each([&](const StatePtr& state) { order += state->domain() == "group"; });
  return order;
}

Outcome set_group(Home& home, const ServiceCall& call) {
  const std::string& object_id = call.data["object_id"].as_string();
  const std::string entity_id = "group." + object_id;
  const StatePtr before = home.state(entity_id);
  Json attributes = before ? before->attributes() : Json::object();
  std::vector<std::string> members = members_of(std::as_const(attributes)["entity_id"]);
  change_members(call, members);
  Json ids = Json::array();
  for (const std::string& member : members) ids.push_back(member);
  attributes["entity_id"] = std::move(ids);
  if (!before) {
    attributes["order"] = next_order(home);
    attributes["auto"] = true;
    home.transient().insert(entity_id);  // it does not outlive a restart
  }
  if (call.data.contains("icon")) attributes["icon"] = call.data["icon"];
  if (call.data.contains("name")) {
    attributes["friendly_name"] = call.data["name"];
  } else if (!before) {
    attributes["friendly_name"] = object_id;
  }
  if (call.data.contains("all")) home.memory(entity_id)["all"] = call.data["all"];
  const bool wants_all = std::as_const(home.memory(entity_id))["all"] == Json(true);
  const bool other_members = !before || call.data.contains("entities") ||
                             call.data.contains("add_entities") ||
                             call.data.contains("remove_entities");
  // What `all` makes of it shows when a member changes, as in Home Assistant.
  home.set(entity_id, other_members ? state_of(home, members, wants_all) : before->state(),
           std::move(attributes), home.make_context());
  follow_group(home, entity_id);
  return {};
}

}  // namespace

void follow_group(Home& home, const std::string& entity_id) {
  const StatePtr& group = home.state(entity_id);
  if (!group) return;
  // Nothing unfollows: what is no member any more changes nothing.
  std::vector<std::string> members = members_of(group->attributes()["entity_id"]);
  Json& followed = home.memory(entity_id)["followed"];
  std::erase_if(members, [&](const std::string& id) { return followed.contains(id); });
  if (members.empty()) return;
  for (const std::string& id : members) followed[id] = true;
  home.follow({entity_id, std::move(members),
               [&home, entity_id]() -> std::optional<std::string> {
                 const StatePtr& now = home.state(entity_id);
                 if (!now) return std::nullopt;
                 const bool wants_all = std::as_const(home.memory(entity_id))["all"] == Json(true);
                 return state_of(home, members_of(now->attributes()["entity_id"]), wants_all);
               },
               true});
}

void add_group_services(Services& services) {
  const auto entities = [](const char* name) {
    return Field{.name = name, .check = accept::entity_list(), .group = "entities"};
  };
  services.add({.domain = "group",
                .name = "set",
                .schema = Schema({{"object_id", accept::slug(), true},
                                  {"name", accept::text()},
                                  {"icon", accept::text()},
                                  entities("entities"),
                                  entities("add_entities"),
                                  entities("remove_entities"),
                                  {"all", accept::boolean()}}),
                .run = set_group});
  services.add({.domain = "group",
                .name = "remove",
                .schema = Schema({{"object_id", accept::slug(), true}}),
                .run = [](Home& home, const ServiceCall& call) {
                  home.remove("group." + call.data["object_id"].as_string(), home.make_context());
                  return Outcome{};
                }});
}

}  // namespace hassette::sim
