#pragma once
// What a name that the home does not have was probably meant to be: the nearest that it has.
//
// Pure functions over the cache; loop thread. They go through all entities, so whoever asks does it
// once for a name.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.hpp"
#include "state/cache.hpp"

namespace hassette::state {

/// Whether the home has an entity of this id now.
bool has(const Cache& cache, std::string_view id);

/// The ids that it has nearest to this one, the nearest first.
std::vector<std::string> nearest(const Cache& cache, std::string_view id,
                                 std::size_t most = base::kSuggestions);

/// The ids that this shell pattern matches but for a slip; for one that asks for whole domains
/// (`lihgt.*`), patterns of domains that the home has.
std::vector<std::string> nearest_to_glob(const Cache& cache, std::string_view pattern,
                                         std::size_t most = base::kSuggestions);

/// Whether the pattern asks for all that there is of its domain: `light.*`.
bool asks_for_domain(std::string_view pattern);

}  // namespace hassette::state
