// The apps of [hassette.apps], each with its own list of problems.
//
// Pure functions over a document; any thread.
#pragma once

#include <map>
#include <string>

#include "config/settings.hpp"

namespace hassette::config {

// `apps` is the table [hassette.apps].
[[nodiscard]] std::map<std::string, AppManifest> read_manifests(const Node& apps);

}  // namespace hassette::config
