#include "app/app_connection.hpp"

#include <fmt/format.h>

#include <optional>

#include <hassette/api.hpp>
#include <hassette/entity_id.hpp>
#include "base/lower_case.hpp"
#include "bus/router.hpp"
#include "bus/unknown.hpp"
#include "state/nearest.hpp"

namespace hassette::app {

namespace {

std::string text(const Json& command, const char* key) {
  return command[key].get<std::string>().value_or("");
}

/// What is no id (`all`, an id of the registry) names no entity that could be looked for.
void add_id(std::string_view name, std::vector<std::string>& ids) {
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  std::string id = base::lower_case(name);
  if (is_valid_entity_id(id)) ids.push_back(std::move(id));
}

void add_ids(std::string_view names, std::vector<std::string>& ids) {
  for (;;) {
    const auto comma = names.find(',');
    add_id(names.substr(0, comma), ids);
    if (comma == std::string_view::npos) return;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<std::string> named_entities(const Json& command) {
  std::vector<std::string> ids;
  for (const char* part : {"target", "service_data"}) {
    const Json& named = command[part]["entity_id"];
    if (named.is_string()) add_ids(named.as_string(), ids);
    if (!named.is_array()) continue;
    for (const Json& name : named.as_array()) {
      if (name.is_string()) add_id(name.as_string(), ids);
    }
  }
  return ids;
}

void AppConnection::assert_thread(std::string_view what) const {
  owner_.bucket->loop().assert_thread(what);
}

std::vector<std::string> AppConnection::nearest(const EntityId& entity) const {
  const state::Cache& cache = owner_.router->cache();
  // What it still has was removed a moment ago: its own name helps nobody.
  if (state::has(cache, entity.str())) return {};
  return state::nearest(cache, entity.str());
}

Task<Json> AppConnection::call(Json command, std::string what, std::chrono::nanoseconds limit) {
  if (text(command, "type") == "call_service") {
    return call_service(std::move(command), std::move(what), limit);
  }
  return home_.call(std::move(command), std::move(what), limit);
}

Task<Json> AppConnection::call_service(Json command, std::string what,
                                       std::chrono::nanoseconds limit) {
  const async::MonoTime end = services_.end_of_call(limit);
  for (const std::string& id : named_entities(command)) bus::warn_of_unknown(owner_, what, id);
  std::string domain = text(command, "domain");
  std::string service = text(command, "service");
  std::optional<HomeAssistantError> refusal;
  try {
    co_return co_await home_.call(std::move(command), std::move(what), limit);
  } catch (const HomeAssistantError& error) {
    // To a service call, Home Assistant says this of the service itself only.
    if (error.code() != "not_found") throw;
    refusal = error;
  }
  // The hint may take what is left of the call's own limit.
  const std::string hint = co_await services_.hint(std::move(domain), std::move(service), end);
  if (hint.empty()) throw *refusal;
  // Beside the author's words for the call: the message stays Home Assistant's own.
  throw HomeAssistantError(std::string(refusal->code()), std::string(refusal->message()),
                           fmt::format("{} ({})", refusal->context(), hint));
}

}  // namespace hassette::app
