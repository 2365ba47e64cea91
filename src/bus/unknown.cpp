#include "bus/unknown.hpp"

#include <algorithm>

#include <hassette/logger.hpp>
#include "base/glob.hpp"
#include "base/nearest.hpp"
#include "bus/router.hpp"
#include "run/runner.hpp"
#include "state/nearest.hpp"

namespace hassette::bus {

namespace {

/// Whether the app is to be told of this name now.
bool is_news(Owner& owner, const std::string& name) {
  auto& told = owner.unknown_names;
  if (told.size() > kMostUnknown || !told.insert(name).second) return false;
  if (told.size() <= kMostUnknown) return true;
  Logger(owner.app).warning(
      "this app has named {} entities that the home does not have; of {} and more it is not told",
      kMostUnknown, name);
  return false;
}

/// The search goes through all that the home has, and must not hold the loop for an app that makes
/// up names.
bool is_searched_for(const Owner& owner) {
  return owner.unknown_names.size() <= kMostSuggested;
}

std::string suggestion(const Owner& owner, const std::string& id) {
  if (!is_searched_for(owner)) return {};
  return base::did_you_mean(state::nearest(owner.router->cache(), id));
}

void look_at_id(StateListener& listener, const std::string& id) {
  Owner& owner = listener.owner();
  if (state::has(owner.router->cache(), id) || !is_news(owner, id)) return;
  Logger(owner.app).warning(
      "`{}` listens to {}, which the home does not have (yet){} [registered at {}]",
      listener.source().name, id, suggestion(owner, id), listener.runner().place());
}

/// Whole domains may well be empty, such as `update.*` in a home that is up to date: without a name
/// that is near, this is no warning.
void look_at_glob(StateListener& listener, const std::string& pattern) {
  const state::Cache& cache = listener.owner().router->cache();
  const auto matches = [&](std::uint32_t number) {
    const state::Entity& entity = cache.entities()[number];
    return entity.state && base::glob_match(pattern, entity.text());
  };
  if (std::ranges::any_of(listener.entities, matches) || !is_news(listener.owner(), pattern)) {
    return;
  }
  const std::vector<std::string> near = is_searched_for(listener.owner())
                                            ? state::nearest_to_glob(cache, pattern)
                                            : std::vector<std::string>();
  const bool of_domain = state::asks_for_domain(pattern);
  std::string nearest = of_domain ? base::did_you_mean(near) : std::string();
  if (!of_domain && !near.empty()) nearest = "; the nearest is " + base::alternatives(near);
  const Logger log(listener.owner().app);
  constexpr std::string_view kText =
      "`{}` listens to {}, which matches nothing in the home (yet){} [registered at {}]";
  if (of_domain && near.empty()) {
    log.info(kText, listener.source().name, pattern, nearest, listener.runner().place());
  } else {
    log.warning(kText, listener.source().name, pattern, nearest, listener.runner().place());
  }
}

}  // namespace

void warn_of_unknown(StateListener& listener) {
  Owner& owner = listener.owner();
  if (owner.router->cache().size() == 0) {
    owner.router->judge_later(listener);
    return;
  }
  const Entities& asked = listener.question().entities;
  for (const auto* names : {&asked.ids(), &asked.target().entity_id.list()}) {
    for (const std::string& name : *names) {
      if (base::is_glob(name)) {
        look_at_glob(listener, name);
      } else {
        look_at_id(listener, name);
      }
    }
  }
  for (const std::string& group : asked.groups()) look_at_id(listener, group);
  if (!asked.is_target() || !listener.entities.empty()) return;
  if (!owner.router->knows_members()) {
    owner.router->judge_later(listener);
  } else if (is_news(owner, asked.text())) {
    Logger(owner.app).warning("`{}` listens to {}, which has no entities (yet) [registered at {}]",
                              listener.source().name, asked.text(), listener.runner().place());
  }
}

void warn_of_unknown(Owner& owner, std::string_view call, const std::string& entity_id) {
  const state::Cache& cache = owner.router->cache();
  if (cache.size() == 0 || state::has(cache, entity_id) || !is_news(owner, entity_id)) return;
  Logger(owner.app).warning("{}: the home does not have {} (the call is made all the same){}", call,
                            entity_id, suggestion(owner, entity_id));
}

}  // namespace hassette::bus
