#pragma once
// Calls that are nearly right: options left out, `SunEvent::sunset` without its parentheses,
// co_await where nothing is to be awaited or none where a result is used, a class named as one of
// Hassette's. The compiler sees only that something does not fit.
//
// Functions of the compiler's text and, for what it does not say, of the author's file; any thread.
#include <optional>
#include <string>
#include <vector>

#include "build/diagnostics.hpp"

namespace hassette::build {

/// What the author meant to write, in one sentence; empty where the mistake is none of these.
std::optional<std::string> describe_misuse(const Diagnostic& diagnostic);

/// Drops the errors that would not be there without an earlier one.
void drop_consequences(std::vector<Diagnostic>& raw);

}  // namespace hassette::build
