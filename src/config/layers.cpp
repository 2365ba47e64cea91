#include "config/layers.hpp"

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/lower_case.hpp"
#include "base/nearest.hpp"
#include "config/loose_text.hpp"

namespace hassette::config {

namespace {

constexpr std::string_view kPrefix = "HASSETTE__";

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

// What an overlay says about its place when it cannot be put there.
struct Origin {
  std::string source;
  Place place;
};

void put_at(Node& root, const std::vector<std::string>& path, std::string_view text,
            const Origin& origin, std::vector<ConfigProblem>& problems) {
  const auto refuse = [&](std::string message) {
    problems.push_back(
        {.file = origin.source, .line = origin.place.line, .message = std::move(message)});
  };
  Node* table = &root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    Node* next = table->find(path[i]);
    if (next == nullptr && i == 1 && path[0] == "apps") {
      std::vector<std::string> keys;
      for (const Node& app : table->children()) keys.push_back(app.key());
      return refuse(fmt::format("names the app `{}`, which hassette.toml does not have{}", path[i],
                                base::did_you_mean(path[i], keys)));
    }
    if (next == nullptr) {
      Node created = Node::table();
      created.set_origin(std::make_shared<const Source>(Source{.name = origin.source, .lines = {}}),
                         origin.place, origin.place);
      next = &table->put(path[i], std::move(created));
    }
    if (next->kind() != Kind::kTable) {
      return refuse(fmt::format("cannot set a part of `{}`, which is {} in hassette.toml", path[i],
                                kind_name(next->kind())));
    }
    table = next;
  }
  table->put(path.back(), loose_node(text, origin.source, origin.place));
}

// One variable from the environment or from .env, unless its name means nothing to us. An
// empty value is as good as none: it is how a container passes what is not set.
void put_variable(Node& root, const std::string& name, std::string_view text, const Origin& origin,
                  std::vector<ConfigProblem>& problems) {
  if (!name.starts_with(kPrefix) || unquoted(text).empty()) return;
  const auto path = split(base::lower_case(std::string_view(name).substr(kPrefix.size())), "__");
  for (const std::string& part : path) {
    if (part.empty()) {
      problems.push_back(
          {.file = origin.source,
           .line = origin.place.line,
           .message = fmt::format("`{}` has an empty part between its underscores", name)});
      return;
    }
  }
  put_at(root, path, text, origin, problems);
}

}  // namespace

void overlay_settings(Node& hassette, const SettingsInput& input, const EnvFile& env_file,
                      std::vector<ConfigProblem>& problems) {
  // The name that other tools share comes first in each source, so that our own one wins over it.
  constexpr const char* kSharedToken = "HA_TOKEN";
  const auto put_token = [&](std::string_view text, const Origin& origin) {
    if (!unquoted(text).empty()) put_at(hassette, {"token"}, text, origin, problems);
  };

  const auto env_origin = [](const EnvFile::Entry& entry) {
    return Origin{.source = ".env", .place = {.line = entry.line, .column = 0}};
  };
  if (const auto found = env_file.entries.find(kSharedToken); found != env_file.entries.end()) {
    put_token(found->second.value, env_origin(found->second));
  }
  for (const auto& [name, entry] : env_file.entries) {
    put_variable(hassette, name, entry.value, env_origin(entry), problems);
  }

  const auto variable_origin = [](const std::string& name) {
    return Origin{.source = "environment variable " + name, .place = {}};
  };
  if (const auto found = input.environment.find(kSharedToken); found != input.environment.end()) {
    put_token(found->second, variable_origin(kSharedToken));
  }
  for (const auto& [name, value] : input.environment) {
    put_variable(hassette, name, value, variable_origin(name), problems);
  }

  for (const auto& [key, value] : input.overrides) {
    put_at(hassette, split(key, "."), value, {.source = "command line", .place = {}}, problems);
  }
}

}  // namespace hassette::config
