#pragma once
// Apps that are forgotten in the configuration, and would be missing without a word.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace hassette::host {

/// For each source in the folder of apps that holds an app and that no table of hassette.toml
/// names: a sentence that says so, and what to add. A file named as a table is taken for that
/// table's. Reads files, and passes over what cannot be read; any thread.
std::vector<std::string> unnamed_apps(const config::Settings& settings);

/// The names of the .cpp files in a folder, none where it cannot be read. Any thread.
std::vector<std::string> sources_in(const std::filesystem::path& folder);

/// Whether a source makes an app of a class with HASSETTE_APP, beyond comments, literals and what
/// `#if 0` or the other side of `#if 1` takes away. Other conditions are not known here: what
/// stands in either of their branches counts. Any thread.
bool makes_an_app(std::string_view source);

}  // namespace hassette::host
