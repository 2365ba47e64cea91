// homeassistant.*, notifications, groups, and the services that only have to exist.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "sim/home.hpp"
#include "sim/sun_entity.hpp"

namespace hassette::sim {

namespace {

// Calls the service of each domain that the target reaches, as homeassistant.turn_on does.
Outcome fan_out(Home& home, const ServiceCall& call) {
  Outcome outcome;
  const Reached reached = resolve_target(home, call.data, {});
  std::map<std::string, std::vector<std::string>> by_domain;
  for (const std::string& entity_id : reached.entities) {
    by_domain[entity_id.substr(0, entity_id.find('.'))].push_back(entity_id);
  }
  for (auto& [domain, entity_ids] : by_domain) {
    if (domain == "homeassistant") continue;  // it would call itself for ever
    if (!home.services().find(domain, call.service)) continue;
    std::ranges::sort(entity_ids);
    ServiceCall one = call;
    one.domain = domain;
    Json ids = Json::array();
    for (const std::string& entity_id : entity_ids) ids.push_back(entity_id);
    one.data["entity_id"] = std::move(ids);
    const auto result = std::make_shared<std::optional<ServiceResult>>();
    home.call(std::move(one), [result](const ServiceResult& given) { *result = given; });
    if (!*result) outcome.takes = kLockTurns;  // locks alone let their caller wait
    if (*result && (*result)->failure) throw CommandFailure(*(*result)->failure);
  }
  return outcome;
}

void add_fan_out(Services& services, const char* name) {
  services.add({.domain = "homeassistant",
                .name = name,
                .run = fan_out,
                .checked = false,
                .description = Json::object(
                    {{"name", ""},
                     {"description", ""},
                     {"fields", Json::object()},
                     {"target", Json::object({{"entity", Json::array({Json::object()})}})}})});
}

void add_plain(Services& services, const char* domain, const char* name,
               std::vector<Field> fields = {}) {
  services.add({.domain = domain,
                .name = name,
                .schema = Schema(std::move(fields)),
                .run = [](Home&, const ServiceCall&) { return Outcome{}; }});
}

Check degrees(const char* what, double most) {
  return [what, most](Json& value) -> std::optional<std::string> {
    const auto number = to_number(value);
    if (!number || !(std::abs(*number) <= most)) return std::string("invalid ") + what;
    value = *number;
    return std::nullopt;
  };
}

void set_location(Home& home, const ServiceCall& call) {
  Json config = home.config();
  for (const auto& [key, value] : call.data.as_object()) config[key] = value;
  home.set_config(std::move(config));
  SunEntity().update(home);
  home.fire("core_config_updated", call.data, home.make_context());
}

void create_notification(Home& home, const ServiceCall& call) {
  std::string id = call.data["notification_id"].get<std::string>().value_or("");
  if (id.empty()) id = home.ids().hex();
  home.notifications()[id] = Json::object({{"notification_id", id},
                                           {"message", call.data["message"]},
                                           {"title", call.data["title"]},
                                           {"created_at", iso_text(home.now())}});
}

void add_notifications(Services& services) {
  for (const auto& [domain, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"persistent_notification", "create"}, {"notify", "persistent_notification"}}) {
    services.add({.domain = domain,
                  .name = name,
                  .schema = Schema({{"message", accept::text(), true},
                                    {"title", accept::text()},
                                    {"notification_id", accept::text()},
                                    {"data", accept::object()}}),
                  .run = [](Home& home, const ServiceCall& call) {
                    create_notification(home, call);
                    return Outcome{};
                  }});
  }
  services.add({.domain = "persistent_notification",
                .name = "dismiss",
                .schema = Schema({{"notification_id", accept::text(), true}}),
                .run = [](Home& home, const ServiceCall& call) {
                  home.notifications().erase(call.data["notification_id"].as_string());
                  return Outcome{};
                }});
  services.add({.domain = "persistent_notification",
                .name = "dismiss_all",
                .run = [](Home& home, const ServiceCall&) {
                  home.notifications() = Json::object();
                  return Outcome{};
                }});
  services.add("notify", "send_message",
               {{"message", accept::text(), true}, {"title", accept::text()}},
               [](Home& home, const ServiceCall&, const State& state) {
                 home.write_state(state.entity_id(), iso_text(home.now()));
               });
}

}  // namespace

void add_core_services(Services& services) {
  for (const char* name : {"turn_off", "turn_on", "toggle"}) add_fan_out(services, name);
  for (const char* name : {"save_persistent_states", "stop", "restart", "check_config",
                           "reload_core_config", "reload_custom_templates", "reload_all"}) {
    add_plain(services, "homeassistant", name);
  }
  add_plain(services, "homeassistant", "update_entity",
            {{"entity_id", accept::entity_ids(), true}});
  services.add({.domain = "homeassistant",
                .name = "set_location",
                .schema = Schema({{"latitude", degrees("latitude", 90), true},
                                  {"longitude", degrees("longitude", 180), true},
                                  {"elevation", accept::integer()}}),
                .run = [](Home& home, const ServiceCall& call) {
                  set_location(home, call);
                  return Outcome{};
                }});
  add_notifications(services);
  add_plain(services, "system_log", "clear");
  add_plain(
      services, "system_log", "write",
      {{"message", accept::text(), true}, {"level", accept::text()}, {"logger", accept::text()}});
  add_plain(services, "logger", "set_default_level", {{"level", accept::text()}});
  add_plain(services, "logbook", "log",
            {{"name", accept::text(), true},
             {"message", accept::text(), true},
             {"entity_id", accept::text()},
             {"domain", accept::text()}});
  for (const char* domain : {"automation", "script", "scene", "group", "zone", "person", "template",
                             "timer", "counter"}) {
    if (std::string_view(domain) != "counter") add_plain(services, domain, "reload");
  }
}

}  // namespace hassette::sim
