#pragma once
// Values that are taken for something else: a whole state for its text, JSON for a number, what may
// be nothing for what is there, an instant for the time of day.
//
// Functions of the compiler's text; any thread.
#include <optional>
#include <string>

#include "build/diagnostics.hpp"

namespace hassette::build {

/// What to ask the value for, in one sentence; empty where the mistake is none of these.
std::optional<std::string> describe_wrong_kind(const Diagnostic& diagnostic);

}  // namespace hassette::build
