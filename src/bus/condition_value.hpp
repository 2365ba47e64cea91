#pragma once
// How a literal compares with a value. Pure functions; any thread.
#include <optional>
#include <string>
#include <vector>

#include <hassette/condition.hpp>

namespace hassette::bus {

/// Whether the value, read as the literal's kind, equals it; nothing where it cannot be read so.
std::optional<bool> equals(const Json& literal, const Value& value);
/// `"on", 20, true`
std::string list_of(const std::vector<Json>& values);

}  // namespace hassette::bus
