#pragma once
// Names of the standard library whose header the author's file does not include.
//
// Functions of the compiler's text; any thread.
#include <optional>
#include <string>
#include <vector>

#include "build/diagnostics.hpp"

namespace hassette::build {

/// Which header the name needs; empty where the mistake is another.
std::optional<std::string> describe_missing_header(const Diagnostic& diagnostic);

/// Drops what is wrong only because such a name is not known.
void drop_consequences_of_missing_headers(std::vector<Diagnostic>& raw);

}  // namespace hassette::build
