// The line of a file that a message shows, without the secrets that may stand in it.
//
// Pure functions, any thread.
#pragma once

#include <hassette/config.hpp>
#include <string_view>

#include "config/document.hpp"

namespace hassette::config {

// Fills source_line from the line that the problem names, and moves its column where masking a
// secret has moved the text.
void attach_source_line(ConfigProblem& problem, const Source& source);

// Replaces the values of keys that sound secret (token, password, …), and whatever looks like one
// of Home Assistant's tokens, by `***`. `column` counts characters from 1.
void mask_secrets(std::string& line, unsigned& column);

}  // namespace hassette::config
