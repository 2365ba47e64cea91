// Commands that answer at once: states, services, events, users, what is loaded.
#include <algorithm>
#include <array>

#include "sim/command.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {

constexpr std::array<std::string_view, 19> kForEverybody = {"area_registry_updated",
                                                            "component_loaded",
                                                            "core_config_updated",
                                                            "device_registry_updated",
                                                            "entity_registry_updated",
                                                            "repairs_issue_registry_updated",
                                                            "lovelace_updated",
                                                            "panels_updated",
                                                            "recorder_5min_statistics_generated",
                                                            "recorder_hourly_statistics_generated",
                                                            "service_registered",
                                                            "service_removed",
                                                            "shopping_list_updated",
                                                            "state_changed",
                                                            "themes_updated",
                                                            "label_registry_updated",
                                                            "category_registry_updated",
                                                            "floor_registry_updated",
                                                            "persistent_notifications_updated"};

void get_states(Session& session, std::uint64_t id, const Json&) {
  std::string text = "[";
  session.home().states().for_each([&](const StatePtr& state) {
    if (text.size() > 1) text += ',';
    text += state->text();
  });
  text += ']';
  session.answer_text(id, text);
}

void call_service(Session& session, std::uint64_t id, const Json& message) {
  ServiceCall call;
  call.domain = message["domain"].as_string();
  call.service = message["service"].as_string();
  call.return_response = message["return_response"].get<bool>().value_or(false);
  call.context = session.home().make_context(session.user_id());
  if (message["service_data"].is_object()) call.data = message["service_data"];
  if (message["target"].is_object()) {
    for (const auto& [key, value] : message["target"].as_object()) call.data[key] = value;
  }
  const bool answers = call.return_response;
  const Context context = call.context;
  const auto done = [&session, alive = session.alive(), id, answers,
                     context](const ServiceResult& result) {
    if (alive.expired()) return;
    if (result.failure) {
      session.refuse(id, *result.failure);
      return;
    }
    Json answer = Json::object();
    answer["context"] = to_json(context);
    if (answers) answer["response"] = result.response;
    session.answer(id, answer);
  };
  session.home().call(std::move(call), done);
}

void fire_event(Session& session, std::uint64_t id, const Json& message) {
  const Context context = session.home().make_context(session.user_id());
  const Json& data = message["event_data"];
  session.home().fire(message["event_type"].as_string(), data.is_object() ? data : Json::object(),
                      context);
  Json answer = Json::object();
  answer["context"] = to_json(context);
  session.answer(id, answer);
}

void subscribe_events(Session& session, std::uint64_t id, const Json& message) {
  const std::string type = message.contains("event_type") ? message["event_type"].as_string()
                                                          : std::string(EventBus::kAll);
  if (!session.is_admin() && std::ranges::find(kForEverybody, type) == kForEverybody.end()) {
    throw CommandFailure{"unauthorized", "Unauthorized", {}};
  }
  if (type == "state_reported") {
    throw CommandFailure{
        "home_assistant_error", "Event filter is required for event state_reported", {}};
  }
  EventBus& bus = session.home().bus();
  const std::uint64_t listener = bus.listen(
      type, [&session, id](const EventPtr& event) { session.send_event(id, event->text()); });
  session.subscribed(id, [&bus, listener] { bus.forget(listener); });
  session.answer(id, nullptr);
}

void unsubscribe_events(Session& session, std::uint64_t id, const Json& message) {
  const auto subscription = message["subscription"].as_int();
  if (subscription < 0 || !session.unsubscribe(static_cast<std::uint64_t>(subscription))) {
    throw CommandFailure{"not_found", "Subscription not found.", {}};
  }
  session.answer(id, nullptr);
}

void current_user(Session& session, std::uint64_t id, const Json&) {
  session.answer(id, Json::object({{"id", session.user_id()},
                                   {"name", session.is_admin() ? "Owner" : "User"},
                                   {"is_owner", session.is_admin()},
                                   {"is_admin", session.is_admin()},
                                   {"credentials", Json::array()},
                                   {"mfa_modules", Json::array()}}));
}

std::optional<std::string> check_features(Json& features) {
  if (!features.is_object()) return "expected a dictionary";
  const bool whole = std::ranges::all_of(
      features.as_object(), [](const auto& feature) { return feature.second.is_int(); });
  if (!whole) return "expected int";
  return std::nullopt;
}

void entity_source(Session& session, std::uint64_t id, const Json&) {
  Json sources = Json::object();
  session.home().states().for_each([&](const StatePtr& state) {
    const Json* entry = session.home().registries().find_entity(state->entity_id());
    const Json platform = entry ? (*entry)["platform"] : Json(state->domain());
    sources[state->entity_id()] = Json::object({{"domain", platform}});
  });
  session.answer(id, sources);
}

Json manifest(const std::string& domain) {
  return Json::object({{"domain", domain},
                       {"name", domain},
                       {"integration_type", "system"},
                       {"documentation", "https://www.home-assistant.io/integrations/" + domain},
                       {"is_built_in", true}});
}

void list_manifests(Session& session, std::uint64_t id, const Json& message) {
  Json list = Json::array();
  const Json& wanted = message["integrations"];
  for (const Json& component : session.home().config()["components"].as_array()) {
    const std::string& name = component.as_string();
    if (name.find('.') != std::string::npos) continue;
    const bool asked = !wanted.is_array() ||
                       std::ranges::find(wanted.as_array(), component) != wanted.as_array().end();
    if (asked) list.push_back(manifest(name));
  }
  session.answer(id, list);
}

void add_services_and_events(CommandTable& table) {
  table.add("call_service",
            {{"domain", accept::strict_text(), true},
             {"service", accept::strict_text(), true},
             {"target", accept::object(), false, "", target_fields()},
             {"service_data", accept::object()},
             {"return_response", accept::strict_boolean()}},
            call_service);
  table.add_for_admin(
      "fire_event", {{"event_type", accept::strict_text(), true}, {"event_data", accept::object()}},
      fire_event);
  table.add("subscribe_events", {{"event_type", accept::strict_text()}}, subscribe_events);
  table.add("unsubscribe_events", {{"subscription", accept::integer(), true}}, unsubscribe_events);
}

}  // namespace

void add_core_commands(CommandTable& table) {
  table.add("get_states", {}, get_states);
  table.add("get_config", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().config());
  });
  table.add("get_services", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().services().list());
  });
  table.add("get_panels", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, session.home().panels());
  });
  table.add("ping", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.send(R"({"id":)" + std::to_string(id) + R"(,"type":"pong"})");
  });
  table.add("supported_features", {{"features", check_features, true}},
            [](Session& session, std::uint64_t id, const Json& message) {
              const Json& coalescing = message["features"]["coalesce_messages"];
              if (!coalescing.is_null()) session.coalesce(coalescing.as_int() != 0);
              session.answer(id, nullptr);
            });
  table.add("auth/current_user", {}, current_user);
  table.add(
      "auth/sign_path", {{"path", accept::strict_text(), true}, {"expires", accept::integer()}},
      [](Session& session, std::uint64_t id, const Json& message) {
        const std::string path = message["path"].as_string();
        const char* mark = path.find('?') == std::string::npos ? "?" : "&";
        session.answer(
            id, Json::object({{"path", path + mark + "authSig=" + session.home().ids().hex()}}));
      });
  table.add("entity/source", {}, entity_source);
  table.add("manifest/list", {{"integrations", accept::list()}}, list_manifests);
  table.add("manifest/get", {{"integration", accept::strict_text(), true}},
            [](Session& session, std::uint64_t id, const Json& message) {
              const std::string name = message["integration"].as_string();
              if (!session.home().has_component(name)) {
                throw CommandFailure{"not_found", "Integration not found", {}};
              }
              session.answer(id, manifest(name));
            });
  table.add("integration/setup_info", {}, [](Session& session, std::uint64_t id, const Json&) {
    session.answer(id, Json::array());
  });
  table.add("persistent_notification/get", {}, [](Session& session, std::uint64_t id, const Json&) {
    Json list = Json::array();
    for (const auto& [key, value] : session.home().notifications().as_object())
      list.push_back(value);
    session.answer(id, list);
  });
  table.add_for_admin(
      "system_log/list", {},
      [](Session& session, std::uint64_t id, const Json&) { session.answer(id, Json::array()); },
      "system_log");
  add_services_and_events(table);
}

}  // namespace hassette::sim
