#include <hassette/api.hpp>

#include <fmt/format.h>

#include <filesystem>

#include "base/lower_case.hpp"
#include "base/nearest.hpp"
#include "base/service_name.hpp"
#include "ha/connection.hpp"
#include "json/parse.hpp"
#include "model/state_record.hpp"

namespace hassette {

HomeAssistantError::~HomeAssistantError() = default;
ConnectionLostError::~ConnectionLostError() = default;

namespace {

/// The author's words for a call, with their line: what every error of it begins with.
std::string said(std::string call, const std::source_location& where) {
  return fmt::format("{} at {}:{}", call,
                     std::filesystem::path(where.file_name()).filename().string(), where.line());
}

Json to_json(const Ids& ids) {
  Json list = Json::array();
  for (const std::string& id : ids.list()) list.push_back(id);
  return list;
}

Json to_json(const Target& target) {
  Json object = Json::object();
  const auto put = [&](const char* key, const Ids& ids) {
    if (!ids.empty()) object[key] = to_json(ids);
  };
  put("entity_id", target.entity_id);
  // As one of a list, Home Assistant takes neither of these two.
  if (const auto& ids = target.entity_id.list();
      ids.size() == 1 && (ids.front() == "all" || ids.front() == "none")) {
    object["entity_id"] = ids.front();
  }
  put("device_id", target.device_id);
  put("area_id", target.area_id);
  put("floor_id", target.floor_id);
  put("label_id", target.label_id);
  return object;
}

std::string shown(const Target& target) {
  std::string text;
  for (const Ids* ids : {&target.entity_id, &target.device_id, &target.area_id, &target.floor_id,
                         &target.label_id}) {
    for (const std::string& id : ids->list()) text += (text.empty() ? " for " : ", ") + id;
  }
  return text;
}

/// What a service may be called for: an entity, in any case of letters as Home Assistant reads it,
/// `all` or `none`. It refuses an id of the entity registry.
bool may_name_entities(const std::string& id) {
  if (id == "all" || id == "none") return true;
  return is_valid_entity_id(base::lower_case(id));
}

void check_service(const std::string& domain, const std::string& service,
                   const std::source_location& where) {
  if (base::names_service(domain, service)) return;
  throw Error(
      "service",
      fmt::format("{}: {}",
                  said(fmt::format("api.call_service(\"{}\", \"{}\")", domain, service), where),
                  base::two_arguments("api.call_service", domain, service)));
}

// Home Assistant takes either without a word, and does nothing.

void check_target(const Target& target, const std::string& what) {
  for (const std::string& id : target.entity_id.list()) {
    if (may_name_entities(id)) continue;
    throw Error("entity_id", fmt::format("{}: `{}` cannot be an entity id; write what the call is "
                                         "for as {{.target = {{.entity_id = \"light.hall\"}}}}",
                                         what, id));
  }
}

void check_data(const Json& data, const std::string& what) {
  if (data.is_null() || data.is_object() || (data.is_array() && data.empty())) return;
  throw Error("data", fmt::format("{}: {} are no data of a call; write names with their values, "
                                  "each in braces: {{{{\"brightness\", 200}}}}",
                                  what, data.dump().substr(0, 60)));
}

Task<ServiceResponse> call_core(ha::Connection* home, Json command, std::string what,
                                std::chrono::nanoseconds limit) {
  const Json result = co_await home->call(std::move(command), std::move(what), limit);
  co_return ServiceResponse{.context = model::parse_context(result["context"]),
                            .response = result["response"]};
}

Task<> switch_core(ha::Connection* home, Json command, std::string what) {
  co_await home->call(std::move(command), std::move(what), CallOptions().timeout);
}

Json service_command(const std::string& domain, const std::string& service, const Target& target,
                     Json data) {
  Json command = {{"type", "call_service"}, {"domain", domain}, {"service", service}};
  if (!data.empty()) command["service_data"] = std::move(data);
  Json targets = to_json(target);
  if (!targets.empty()) command["target"] = std::move(targets);
  return command;
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> switch_entity(
    ha::Connection* home, const char* service, const EntityId& entity, Json data,
    const std::source_location& where) {
  home->assert_thread(fmt::format("api.{}", service));
  const std::string what = said(fmt::format("api.{}({})", service, entity.str()), where);
  if (!entity.is_valid()) {
    throw Error("entity_id", fmt::format("{}: `{}` cannot be an entity id", what, entity.str()));
  }
  check_data(data, what);
  return switch_core(home,
                     service_command(std::string(entity.domain()), service, {.entity_id = entity},
                                     std::move(data)),
                     what)
      .at(where);
}

Task<State> get_state_core(ha::Connection* home, EntityId entity, std::string what) {
  const auto [status, body] = co_await home->get("/api/states/" + entity.str(), what);
  const auto value = json::parse(body);
  if (status == 200 && value) co_return model::make_state(*value);
  const std::string words =
      value ? (*value)["message"].get<std::string>().value_or(body) : body.substr(0, 200);
  if (status == 404) {
    // Beside the author's words for the call: the message stays Home Assistant's own.
    const std::vector<std::string> near = home->nearest(entity);
    if (!near.empty()) what += fmt::format(" (did you mean {}?)", base::alternatives(near));
  }
  throw HomeAssistantError(status == 404   ? "not_found"
                           : status == 401 ? "unauthorized"
                                           : fmt::format("http_{}", status),
                           words, what);
}

Task<Context> fire_core(ha::Connection* home, Json command, std::string what) {
  const Json result =
      co_await home->call(std::move(command), std::move(what), std::chrono::seconds(30));
  co_return model::parse_context(result["context"]);
}

Task<Json> template_core(ha::Connection* home, Json command, std::string what) {
  // Home Assistant answers a template it cannot render with silence, unless errors are asked for.
  Json event = co_await home->first_push(std::move(command), what, std::chrono::seconds(30));
  if (const auto error = event["error"].get<std::string>()) {
    throw HomeAssistantError("template_error", *error, std::move(what));
  }
  co_return event["result"];
}

Task<Json> send_core(ha::Connection* home, Json command, std::string what) {
  co_return co_await home->call(std::move(command), std::move(what), std::chrono::seconds(60));
}

}  // namespace

Task<> Api::connected(std::source_location where) {
  home_->assert_thread("api.connected");
  return home_->connected().at(where);
}

Task<ServiceResponse> Api::call_service(std::string domain, std::string service,
                                        CallOptions options, std::source_location where) {
  home_->assert_thread("api.call_service");
  check_service(domain, service, where);
  std::string what = said(fmt::format("{}.{}{}", domain, service, shown(options.target)), where);
  check_target(options.target, what);
  check_data(options.data, what);
  Json command = service_command(domain, service, options.target, std::move(options.data));
  if (options.return_response) command["return_response"] = true;
  return call_core(home_, std::move(command), std::move(what), options.timeout).at(where);
}

Task<> Api::turn_on(const EntityId& entity, Json data, std::source_location where) {
  return switch_entity(home_, "turn_on", entity, std::move(data), where);
}

Task<> Api::turn_off(const EntityId& entity, Json data, std::source_location where) {
  return switch_entity(home_, "turn_off", entity, std::move(data), where);
}

Task<> Api::toggle(const EntityId& entity, Json data, std::source_location where) {
  return switch_entity(home_, "toggle", entity, std::move(data), where);
}

Task<State> Api::get_state(EntityId entity, std::source_location where) {
  home_->assert_thread("api.get_state");
  std::string what = said(fmt::format("api.get_state({})", entity.str()), where);
  if (!entity.is_valid()) {
    throw Error("entity_id", fmt::format("{}: `{}` cannot be an entity id", what, entity.str()));
  }
  return get_state_core(home_, std::move(entity), std::move(what)).at(where);
}

Task<Context> Api::fire_event(std::string event_type, Json data, std::source_location where) {
  home_->assert_thread("api.fire_event");
  std::string what = said(fmt::format("api.fire_event({})", event_type), where);
  Json command = {{"type", "fire_event"}, {"event_type", std::move(event_type)}};
  if (!data.empty()) command["event_data"] = std::move(data);
  return fire_core(home_, std::move(command), std::move(what)).at(where);
}

Task<Json> Api::render_template(std::string text, Json variables, std::source_location where) {
  home_->assert_thread("api.render_template");
  Json command = {
      {"type", "render_template"}, {"template", std::move(text)}, {"report_errors", true}};
  if (!variables.empty()) command["variables"] = std::move(variables);
  return template_core(home_, std::move(command), said("api.render_template", where)).at(where);
}

Task<Json> Api::send(Json command, std::source_location where) {
  home_->assert_thread("api.send");
  std::string what =
      said(fmt::format("api.send({})", command["type"].get<std::string>().value_or("?")), where);
  if (!command.is_object() || !command["type"].is_string()) {
    throw Error("command", what + ": a command is an object with a `type`");
  }
  return send_core(home_, std::move(command), std::move(what)).at(where);
}

}  // namespace hassette
