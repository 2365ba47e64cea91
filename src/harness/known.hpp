#pragma once
// What a test names and its home does not have is a mistake of the test, which would pass for ever
// if nobody told. Pure functions: a sentence with the nearest names that there are, or nothing
// where the name is known. Loop thread.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/test_home.hpp>
#include "harness/tape.hpp"
#include "sim/home.hpp"
#include "sim/service.hpp"
#include "state/cache.hpp"

namespace hassette::harness {

/// Known are the home's services, those that the test added, and what an app has called.
std::string unknown_service(const sim::Services& services, std::span<const RecordedCall> calls,
                            std::string_view service);
std::string unknown_entity(const sim::Home& home, const std::string& id);
/// Of the entities that the data of a call names. Known are also those that an app has called, and
/// those in `cache`: what was in the home, and what apps listen to.
std::string unknown_entity_of(const Json& data, const sim::Home& home, const state::Cache& cache,
                              const Tape& tape);

}  // namespace hassette::harness
