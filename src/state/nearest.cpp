#include "state/nearest.hpp"

#include <algorithm>

namespace hassette::state {

namespace {

std::vector<std::string> ids(const Cache& cache) {
  std::vector<std::string> known;
  known.reserve(cache.size());
  for (const Entity& entity : cache.entities()) {
    if (entity.state) known.emplace_back(entity.text());
  }
  return known;
}

std::vector<std::string> whole_domains(const Cache& cache) {
  std::vector<std::string> patterns;
  for (const Entity& entity : cache.entities()) {
    if (!entity.state) continue;
    std::string pattern(entity.text().substr(0, entity.text().find('.')));
    pattern += ".*";
    if (std::ranges::find(patterns, pattern) == patterns.end()) {
      patterns.push_back(std::move(pattern));
    }
  }
  return patterns;
}

}  // namespace

bool has(const Cache& cache, std::string_view id) {
  const Entity* const entity = cache.find(id);
  return entity && entity->state;
}

std::vector<std::string> nearest(const Cache& cache, std::string_view id, std::size_t most) {
  return base::nearest(id, ids(cache), most);
}

std::vector<std::string> nearest_to_glob(const Cache& cache, std::string_view pattern,
                                         std::size_t most) {
  return base::nearest_to_glob(pattern,
                               asks_for_domain(pattern) ? whole_domains(cache) : ids(cache), most);
}

bool asks_for_domain(std::string_view pattern) {
  return pattern.ends_with(".*");
}

}  // namespace hassette::state
