#include "harness/known.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/app_connection.hpp"
#include "base/nearest.hpp"

namespace hassette::harness {

std::string unknown_service(const sim::Services& services, std::span<const RecordedCall> calls,
                            std::string_view service) {
  const auto dot = service.find('.');
  if (dot != std::string_view::npos &&
      services.find(service.substr(0, dot), service.substr(dot + 1))) {
    return {};
  }
  if (std::ranges::find(calls, service, &RecordedCall::service) != calls.end()) return {};
  std::vector<std::string> known;
  const Json all = services.list();
  for (const auto& [domain, its] : all.as_object()) {
    for (const auto& [name, description] : its.as_object()) {
      known.push_back(fmt::format("{}.{}", domain, name));
    }
  }
  const std::string nearest = base::did_you_mean(service, known);
  return fmt::format("the simulated home has no service `{}`{}", service,
                     nearest.empty() ? "; a test makes one known with add_service" : nearest);
}

std::string unknown_entity(const sim::Home& home, const std::string& id) {
  if (home.state(id)) return {};
  std::vector<std::string> known;
  home.states().for_each([&](const sim::StatePtr& state) { known.push_back(state->entity_id()); });
  const std::string nearest = base::did_you_mean(base::nearest(id, known, base::kSuggestions));
  return fmt::format("the simulated home has no entity `{}`{}", id,
                     nearest.empty() ? "; set_state makes one" : nearest);
}

std::string unknown_entity_of(const Json& data, const sim::Home& home, const state::Cache& cache,
                              const Tape& tape) {
  for (const std::string& id : app::named_entities(Json::object({{"service_data", data}}))) {
    if (cache.find(id) || tape.has_named(id)) continue;
    if (std::string problem = unknown_entity(home, id); !problem.empty()) return problem;
  }
  return {};
}

}  // namespace hassette::harness
