// The [hassette] table of the file with the environment, .env and the command line laid over it.
//
// Owned by load_settings(), for one call.
#pragma once

#include <hassette/config.hpp>
#include <vector>

#include "config/document.hpp"
#include "config/env_file.hpp"
#include "config/settings.hpp"

namespace hassette::config {

// Lays all sources over `hassette`, the lowest first.
void overlay_settings(Node& hassette, const SettingsInput& input, const EnvFile& env_file,
                      std::vector<ConfigProblem>& problems);

}  // namespace hassette::config
