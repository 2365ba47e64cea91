#include "config/settings.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "config/env_file.hpp"
#include "config/layers.hpp"
#include "config/loose_text.hpp"
#include "config/manifest.hpp"
#include "time/zone.hpp"

namespace hassette::config {

namespace {

struct RootTable {
  const Node* hassette = nullptr;
};

// The keys of [hassette], under the names that the file uses.
struct EngineTable {
  std::optional<std::string> base_url;
  std::optional<Secret> token;
  bool verify_ssl = true;
  std::optional<std::string> ca_file;
  std::optional<std::string> timezone;
  std::string data_dir = ".hassette";
  std::optional<std::string> cache_dir;
  std::string apps_dir = "apps";
  LogLevel log_level = LogLevel::kInfo;
  WebSettings web;
  const Node* apps = nullptr;
};

// A problem at the value of a key, or at the whole where the key is not set.
void add_problem(Settings& settings, const Node& hassette, std::string_view key,
                 std::string message) {
  const Node* const node = hassette.find(key);
  settings.problems.push_back(problem_at(node != nullptr ? *node : hassette, std::string(key),
                                         std::move(message), node == nullptr));
}

// The table has a key that was probably meant to be this one. That it is unknown has been reported,
// and where it is right nothing is missing.
bool is_misspelt(const Node& hassette, std::string_view key) {
  const std::vector<std::string> known(detail::kKeys<EngineTable>.begin(),
                                       detail::kKeys<EngineTable>.end());
  return std::ranges::any_of(hassette.children(), [&](const Node& child) {
    return base::nearest(child.key(), known) == key;
  });
}

void read_base_url(Settings& settings, const Node& hassette,
                   const std::optional<std::string>& text) {
  if (!text) {
    // A value of the wrong kind has been reported already, as has a key that is not quite this.
    if (is_misspelt(hassette, "base_url")) return;
    return add_problem(settings, hassette, "base_url",
                       "is missing; add base_url = \"http://homeassistant.local:8123\" under "
                       "[hassette], with the address of your Home Assistant");
  }
  auto url = parse_base_url(*text);
  if (url) {
    settings.base_url = std::move(*url);
    return;
  }
  add_problem(settings, hassette, "base_url", url.error());
  // The address may hold a password.
  if (text->find('@') != std::string::npos) settings.problems.back().source_line.clear();
}

// A line of .env that was meant for the token could not be read, which has been reported.
bool is_broken_line(const EnvFile& env_file) {
  return base::nearest("HASSETTE__TOKEN", env_file.broken).has_value() ||
         std::ranges::find(env_file.broken, "HA_TOKEN") != env_file.broken.end();
}

// What stands under a name that is not quite the token's is said, and where.
ConfigProblem missing_token(const SettingsInput& input, const EnvFile& env_file) {
  constexpr std::string_view kName = "HASSETTE__TOKEN";
  // Not where the table stands: a token in hassette.toml would be shared with the file.
  ConfigProblem problem{
      .file = ".env",
      .key = "token",
      .message =
          "is missing; put HASSETTE__TOKEN=… into the file .env beside hassette.toml, or into the "
          "environment. Home Assistant makes one under your profile, Security, Long-lived access "
          "tokens"};
  std::vector<std::string> names;
  for (const auto& [name, value] : input.environment) {
    if (name != kName && !unquoted(value).empty()) names.push_back(name);
  }
  for (const auto& [name, entry] : env_file.entries) {
    if (name != kName && !unquoted(entry.value).empty()) names.push_back(name);
  }
  const auto near = base::nearest(kName, names);
  if (!near) return problem;
  problem.message =
      *near == "HASSETTE_TOKEN"
          ? "is missing: HASSETTE_TOKEN is set, but the name has two underscores, HASSETTE__TOKEN"
          : fmt::format("is missing: {} is set, but the name is {}", *near, kName);
  const auto entry = env_file.entries.find(*near);
  if (entry != env_file.entries.end()) problem.line = entry->second.line;
  return problem;
}

void read_token(Settings& settings, const Node& hassette, const std::optional<Secret>& token,
                const SettingsInput& input, const EnvFile& env_file) {
  const bool is_set = token && !unquoted(token->reveal()).empty();
  if (!is_set) {
    if (is_misspelt(hassette, "token") || is_broken_line(env_file)) return;
    settings.problems.push_back(missing_token(input, env_file));
    return;
  }
  const std::string_view text = unquoted(token->reveal());
  // It becomes part of an HTTP header, where a line break would start another one.
  if (std::ranges::any_of(text, [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code <= ' ' || code >= 0x7F;
      })) {
    return add_problem(settings, hassette, "token",
                       "holds a space or a character that no token has; copy it again");
  }
  settings.token = Secret(std::string(text));
}

void read_timezone(Settings& settings, const Node& hassette, std::optional<std::string> name) {
  if (!name) return;
  if (const auto zone = time::Zone::find(*name); !zone) {
    return add_problem(settings, hassette, "timezone", zone.error());
  }
  settings.timezone = std::move(name);
}

// The default may be missing: a home without apps needs no folder for them.
void expect_apps(Settings& settings, const Node& hassette) {
  std::error_code error;
  if (hassette.find("apps_dir") == nullptr || settings.apps_dir.empty() ||
      std::filesystem::is_directory(settings.apps_dir, error)) {
    return;
  }
  add_problem(settings, hassette, "apps_dir",
              fmt::format("there is no folder {}; make it, or name the one that your apps lie in",
                          settings.apps_dir.string()));
}

// "apps/" is the folder "apps": what asks for its name or its parent must not get another answer.
std::filesystem::path place_of(const std::filesystem::path& root, const std::string& path) {
  std::filesystem::path place = (root / path).lexically_normal();
  return place.has_filename() || !place.has_relative_path() ? place : place.parent_path();
}

void read_engine(Settings& settings, const Node& hassette, const SettingsInput& input,
                 const EnvFile& env_file) {
  EngineTable table;
  decode(Reader(&hassette, "", settings.problems), table);
  read_base_url(settings, hassette, table.base_url);
  read_token(settings, hassette, table.token, input, env_file);
  read_timezone(settings, hassette, std::move(table.timezone));
  settings.verify_ssl = table.verify_ssl;
  settings.log_level = table.log_level;
  settings.web = std::move(table.web);
  const auto place = [&](const std::string& path) { return place_of(settings.root, path); };
  if (table.ca_file) settings.ca_file = place(*table.ca_file);
  settings.data_dir = place(table.data_dir);
  settings.cache_dir = table.cache_dir ? place(*table.cache_dir) : settings.data_dir / "cache";
  settings.apps_dir = place(table.apps_dir);
  // What was not understood has been told, and its default is not what was meant.
  const bool is_told = std::ranges::any_of(
      settings.problems, [](const ConfigProblem& problem) { return problem.key == "apps_dir"; });
  if (!is_told) expect_apps(settings, hassette);
  // A folder that was not understood must not be taken for the default one.
  settings.apps_known = std::ranges::none_of(settings.problems, [](const ConfigProblem& problem) {
    return problem.key == "data_dir" || problem.key == "cache_dir" || problem.key == "apps_dir";
  });
  if (table.apps == nullptr) return;
  if (table.apps->kind() == Kind::kTable) {
    settings.apps = read_manifests(*table.apps);
  } else {
    add_problem(settings, hassette, "apps",
                fmt::format("must be a table, but is {}", kind_name(table.apps->kind())));
  }
}

}  // namespace

Settings load_settings(const SettingsInput& input) {
  Settings settings;
  std::error_code error;
  const auto file = std::filesystem::absolute(input.toml_file, error).lexically_normal();
  settings.root = file.parent_path();
  const std::string name = input.toml_file.filename().string();

  EnvFile env_file = load_env_file(settings.root / ".env", ".env");
  settings.problems = std::move(env_file.problems);
  settings.warnings = std::move(env_file.warnings);

  auto document = load_document(file, name);
  if (!document) {
    // Nothing that follows could be said with certainty about a file that cannot be read.
    ConfigProblem problem = std::move(document.error());
    if (!std::filesystem::exists(file, error)) {
      problem.file = file.string();
      problem.message =
          "there is no such file; start in the folder that holds it, or make a new home with "
          "`hassette new my_home`";
    }
    settings.problems.push_back(std::move(problem));
    return settings;
  }

  RootTable root;
  decode(Reader(&*document, "", settings.problems), root);
  if (root.hassette != nullptr && root.hassette->kind() != Kind::kTable) {
    settings.problems.push_back(problem_at(*root.hassette, "hassette", "must be a table"));
    return settings;
  }
  Node hassette = Node::table();
  hassette.set_origin(document->source(), {}, {});
  if (root.hassette != nullptr) hassette = *root.hassette;
  overlay_settings(hassette, input, env_file, settings.problems);
  read_engine(settings, hassette, input, env_file);
  return settings;
}

}  // namespace hassette::config
