#include "cli/home_arguments.hpp"

#include <fmt/core.h>

#include <utility>

namespace hassette::cli {

std::expected<config::SettingsInput, std::string> settings_input(
    const HomeArguments& arguments, std::map<std::string, std::string> environment) {
  const std::filesystem::path given = arguments.folder;
  config::SettingsInput input{
      .toml_file = given.extension() == ".toml" ? given : given / "hassette.toml",
      .environment = std::move(environment)};
  for (const std::string& pair : arguments.set) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return std::unexpected(
          fmt::format("--set takes key=value, such as --set web.port=9000; got `{}`", pair));
    }
    input.overrides.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return input;
}

}  // namespace hassette::cli
