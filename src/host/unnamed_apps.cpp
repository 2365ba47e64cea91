#include "host/unnamed_apps.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace hassette::host {

namespace fs = std::filesystem;

namespace {

/// Whether a line of the file begins with the macro that makes an app of a class.
bool holds_app(const fs::path& source) {
  std::ifstream file(source);
  for (std::string line; std::getline(file, line);) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin != line.npos && std::string_view(line).substr(begin).starts_with("HASSETTE_APP(")) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> unnamed_apps(const config::Settings& settings) {
  std::vector<std::string> unnamed;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(settings.apps_dir, error)) {
    const fs::path& file = entry.path();
    const bool is_named = std::ranges::any_of(settings.apps, [&](const auto& app) {
      return fs::path(app.second.filename).lexically_normal() == file.filename();
    });
    if (file.extension() != ".cpp" || is_named) continue;
    if (entry.is_regular_file(error) && holds_app(file)) {
      unnamed.push_back((settings.apps_dir.filename() / file.filename()).string());
    }
  }
  std::ranges::sort(unnamed);
  return unnamed;
}

}  // namespace hassette::host
