// What the engine itself is told: hassette.toml, the environment, .env and the command line.
//
// load_settings() reads the two files and gives one value; it looks at no environment of its own
// and never throws for what stands in them. Precedence: command line, environment, .env, TOML.
// Problems under [hassette] stop the start; those of one app park only that app.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <hassette/config.hpp>
#include <hassette/secret.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/base_url.hpp"
#include "config/document.hpp"

namespace hassette::config {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct WebSettings {
  bool enabled = true;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8126;  // 0 takes any free one
};

// One running copy of an app: its name, and the table that its config struct is decoded from.
struct AppInstance {
  std::string name;         // `instance_name`, else the app's key, followed by .0, .1 in a list
  Node config;              // always a table
  std::string config_path;  // for messages: "apps.lights.config", "apps.lights.config[1]"
};

// One [hassette.apps.<key>].
struct AppManifest {
  std::string key;
  std::size_t order = 0;  // as in the file
  std::string filename;   // below the folder of apps; empty where the one given is no such name
  std::optional<std::string> class_name;
  std::string display_name;
  bool enabled = true;
  std::vector<AppInstance> instances;
  std::string file;  // where it is configured
  Place place;
  std::vector<ConfigProblem> problems;

  // A problem at the place where the app is configured, such as a source file that is missing.
  [[nodiscard]] ConfigProblem problem(std::string message) const;
};

struct Settings {
  std::filesystem::path root;  // the folder of hassette.toml; relative paths start there
  BaseUrl base_url;
  Secret token;
  bool verify_ssl = true;
  std::optional<std::filesystem::path> ca_file;
  std::optional<std::string> timezone;  // else Home Assistant's
  std::filesystem::path data_dir;
  std::filesystem::path cache_dir;
  std::filesystem::path apps_dir;
  LogLevel log_level = LogLevel::kInfo;
  WebSettings web;
  std::map<std::string, AppManifest> apps;
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;
  /// Where the apps are and what is made of them is known, whatever else is wrong: they can be
  /// compiled and their own settings read.
  bool apps_known = false;
};

struct SettingsInput {
  std::filesystem::path toml_file;
  std::map<std::string, std::string> environment;
  // Dotted keys below [hassette] with their text: {"web.port", "9000"}.
  std::vector<std::pair<std::string, std::string>> overrides;
};

[[nodiscard]] Settings load_settings(const SettingsInput& input);

}  // namespace hassette::config
