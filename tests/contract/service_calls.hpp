#pragma once
// How the contract's bodies call services, and look at what became of their entities.
//
// Plain functions on a visit's loop.
#include "visit.hpp"

namespace hassette::contract {

/// "light.turn_on" for an entity; `entity` may be empty.
inline Task<> call(Guest* app, std::string service, std::string entity,
                   Json data = Json::object()) {
  const std::size_t dot = service.find('.');
  Target target;
  if (!entity.empty()) target.entity_id = entity;
  co_await app->api.call_service(service.substr(0, dot), service.substr(dot + 1),
                                 {.target = target, .data = std::move(data)});
}

/// Code and words of a call that is refused.
inline Task<std::string> refusal(Guest* app, std::string service, std::string entity,
                                 Json data = Json::object()) {
  try {
    co_await call(app, service, entity, std::move(data));
  } catch (const HomeAssistantError& error) {
    co_return fmt::format("{}: {}", error.code(), error.message());
  }
  co_return "accepted";
}

inline Json shown(Guest& app, const char* entity, const char* attribute) {
  const auto state = app.states.get(entity);
  return state ? state->attribute(attribute) : Json("no such entity");
}

/// Refusals are compared with the version that the simulated home is: others word them otherwise.
inline bool words_are_comparable(Contract* test) {
  return test->home().version() >= "2025.4";
}

inline std::vector<std::string> texts(const Changes& changes) {
  std::vector<std::string> all;
  for (const StateChange& change : changes) all.emplace_back(change.new_text());
  return all;
}

}  // namespace hassette::contract
