#pragma once
// Apps that are forgotten in the configuration, and would be missing without a word.
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace hassette::host {

/// The sources in the folder of apps that hold an app which no table of hassette.toml names, as
/// "apps/hall.cpp". Reads files; any thread.
std::vector<std::string> unnamed_apps(const config::Settings& settings);

}  // namespace hassette::host
