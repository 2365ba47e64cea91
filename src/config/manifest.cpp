#include "config/manifest.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/nearest.hpp"

namespace hassette::config {

namespace {

// The keys that an app's table may have.
struct AppTable {
  std::optional<std::string> filename;
  std::optional<std::string> class_name;
  std::optional<std::string> display_name;
  bool enabled = true;
  const Node* config = nullptr;
};

bool is_app_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// "motion_lights" reads as "Motion lights".
std::string readable(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, '_', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') {
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
  }
  return name;
}

bool stays_below(const std::filesystem::path& path) {
  return path.is_relative() &&
         std::ranges::none_of(path, [](const auto& part) { return part == ".."; });
}

void add_instance(AppManifest& manifest, Node table, std::string name, std::string path) {
  Node given = table.take("instance_name");
  if (given.kind() == Kind::kString && !given.text().empty()) {
    name = given.text();
  } else if (given.kind() != Kind::kNull) {
    manifest.problems.push_back(
        problem_at(given, path + ".instance_name", "must be text that is not empty"));
  }
  if (std::ranges::find(manifest.instances, name, &AppInstance::name) != manifest.instances.end()) {
    manifest.problems.push_back(
        problem_at(given.kind() == Kind::kNull ? table : given, path,
                   fmt::format("there are two instances called `{}`; give each an "
                               "`instance_name` of its own",
                               name)));
  }
  manifest.instances.push_back(
      {.name = std::move(name), .config = std::move(table), .config_path = std::move(path)});
}

void read_instances(AppManifest& manifest, const Node* config, const Node& app) {
  const std::string path = fmt::format("apps.{}.config", manifest.key);
  if (config == nullptr) {
    Node empty = Node::table();
    // What is missing from it is reported where the app stands.
    empty.set_origin(app.source(), app.place(), app.key_place());
    add_instance(manifest, std::move(empty), manifest.key, path);
  } else if (config->kind() == Kind::kTable) {
    add_instance(manifest, *config, manifest.key, path);
  } else if (config->kind() == Kind::kArray && !config->children().empty()) {
    for (std::size_t i = 0; const Node& item : config->children()) {
      const std::string item_path = fmt::format("{}[{}]", path, i);
      if (item.kind() == Kind::kTable) {
        add_instance(manifest, item, fmt::format("{}.{}", manifest.key, i), item_path);
      } else {
        manifest.problems.push_back(problem_at(
            item, item_path, fmt::format("must be a table, but is {}", kind_name(item.kind()))));
      }
      ++i;
    }
  } else {
    manifest.problems.push_back(problem_at(
        *config, path,
        fmt::format("must be a table, or a list of tables, one for each instance, but "
                    "is {}",
                    config->kind() == Kind::kArray ? "an empty list" : kind_name(config->kind()))));
  }
}

// The commonest slip is a setting of the app itself, one level too high.
void point_to_config(AppManifest& manifest) {
  constexpr std::string_view kUnknown = "unknown key; known here: ";
  for (ConfigProblem& problem : manifest.problems) {
    if (!problem.message.starts_with(kUnknown)) continue;
    problem.message = fmt::format(
        "unknown key; the app's own settings stand under [hassette.apps.{}.config]", manifest.key);
  }
}

// That such a key is unknown has been reported, with the one that was probably meant.
bool has_misspelt_filename(const Node& app) {
  const std::vector<std::string> known(detail::kKeys<AppTable>.begin(),
                                       detail::kKeys<AppTable>.end());
  return std::ranges::any_of(app.children(), [&](const Node& child) {
    return base::nearest(child.key(), known) == "filename";
  });
}

AppManifest read_manifest(const Node& app, std::size_t order) {
  AppManifest manifest{.key = app.key(), .order = order};
  const std::string path = "apps." + manifest.key;
  const Place key_place = app.key_place();
  manifest.place = key_place.line != 0 ? key_place : app.place();
  if (app.source() != nullptr) manifest.file = app.source()->name;
  if (!is_app_key(manifest.key)) {
    manifest.problems.push_back(problem_at(
        app, path, "the key of an app is made of lower-case letters, digits and underscores",
        true));
  }
  AppTable table;
  decode(Reader(&app, path, manifest.problems), table);
  point_to_config(manifest);
  const Node* const filename = app.find("filename");
  // Where another one was meant, or the key is none, the name that the key would give says nothing.
  const bool is_named_by_key =
      filename == nullptr && is_app_key(manifest.key) && !has_misspelt_filename(app);
  manifest.filename = table.filename.value_or(is_named_by_key ? manifest.key + ".cpp" : "");
  manifest.class_name = std::move(table.class_name);
  manifest.display_name = table.display_name.value_or(readable(manifest.key));
  manifest.enabled = table.enabled;
  if (filename != nullptr && filename->kind() == Kind::kString &&
      (!manifest.filename.ends_with(".cpp") || !stays_below(manifest.filename))) {
    manifest.problems.push_back(problem_at(
        *filename, path + ".filename",
        fmt::format("`{}` must name a .cpp file inside the folder of apps", manifest.filename)));
    manifest.filename.clear();
  }
  if (app.kind() == Kind::kTable) read_instances(manifest, table.config, app);
  return manifest;
}

}  // namespace

ConfigProblem AppManifest::problem(std::string message) const {
  return {.file = file,
          .line = place.line,
          .column = place.column,
          .key = "apps." + key,
          .message = std::move(message)};
}

std::map<std::string, AppManifest> read_manifests(const Node& apps) {
  std::map<std::string, AppManifest> manifests;
  std::map<std::string, std::string> names;
  for (const Node& app : apps.children()) {
    AppManifest manifest = read_manifest(app, manifests.size());
    // Log, page and labels know an instance by its name alone.
    for (const AppInstance& instance : manifest.instances) {
      const auto [first, added] = names.emplace(instance.name, app.key());
      if (added || first->second == app.key()) continue;  // within one app it has been said
      manifest.problems.push_back(manifest.problem(
          fmt::format("the instance name `{}` is taken by the app `{}`; give this one another "
                      "instance_name",
                      instance.name, first->second)));
    }
    manifests.emplace(app.key(), std::move(manifest));
  }
  return manifests;
}

}  // namespace hassette::config
