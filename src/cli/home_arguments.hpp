#pragma once
// Which home a verb is about, as the command line says it.
//
// Pure functions; any thread. What cannot be meant is a sentence.
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace hassette::cli {

struct HomeArguments {
  std::string folder = ".";      ///< of hassette.toml, or that file
  std::vector<std::string> set;  ///< "web.port=9000"
};

/// What the home's settings are read from.
std::expected<config::SettingsInput, std::string> settings_input(
    const HomeArguments& arguments, std::map<std::string, std::string> environment);

}  // namespace hassette::cli
