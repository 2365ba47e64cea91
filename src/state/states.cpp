#include <hassette/states.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "state/cache.hpp"

namespace hassette {

namespace {

void assert_thread(const state::Cache& cache) {
  if (cache.loop()) cache.loop()->assert_here("states");
}

}  // namespace

void throw_not_found(const std::string& entity_id) {
  throw Error("not_found",
              fmt::format("the home does not have {}; ask whether it was found before it is used",
                          entity_id));
}

Found<State> States::get(const EntityId& id) const {
  assert_thread(*cache_);
  const state::Entity* found = cache_->find(id.str());
  return found && found->state ? Found<State>(*found->state) : Found<State>::nothing(id.str());
}

Found<State> States::get_in_domain(const EntityId& id, std::string_view domain) const {
  if (id.str().find('.') == std::string::npos) return get(fmt::format("{}.{}", domain, id));
  if (id.domain() != domain) {
    throw Error("domain", fmt::format("{} is not of the domain `{}`", id, domain));
  }
  return get(id);
}

std::vector<State> States::all() const {
  return all(std::string_view());
}

std::vector<State> States::all(std::string_view domain) const {
  assert_thread(*cache_);
  std::vector<State> found;
  for (const state::Entity& entity : cache_->entities()) {
    if (entity.state && (domain.empty() || entity.id->domain() == domain)) {
      found.push_back(*entity.state);
    }
  }
  std::ranges::sort(found, {}, [](const State& state) { return state.entity_id().str(); });
  return found;
}

std::size_t States::size() const {
  assert_thread(*cache_);
  return cache_->size();
}

namespace {

std::vector<State> people(const States& states) {
  std::vector<State> persons = states.all("person");
  return persons.empty() ? states.all("device_tracker") : persons;
}

bool is_home(const State& state) {
  return state.text() == "home";
}

}  // namespace

bool States::anybody_home() const {
  return std::ranges::any_of(people(*this), is_home);
}

bool States::everybody_home() const {
  const std::vector<State> all = people(*this);
  return !all.empty() && std::ranges::all_of(all, is_home);
}

}  // namespace hassette
