#pragma once
// For tests only: settings that are read from real files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"

namespace hassette::config {

/// A home folder with real files, gone after the test.
class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("hassette_settings_") + info->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SettingsTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
    std::filesystem::permissions(
        folder_ / name, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  Settings load(std::map<std::string, std::string> environment = {{"HASSETTE__TOKEN", "env-token"}},
                std::vector<std::pair<std::string, std::string>> overrides = {}) const {
    return load_settings({.toml_file = folder_ / "hassette.toml",
                          .environment = std::move(environment),
                          .overrides = std::move(overrides)});
  }
  /// All problems of the list, a line each, without the source lines.
  static std::string text(std::vector<ConfigProblem> problems) {
    std::string all;
    for (ConfigProblem& problem : problems) {
      problem.source_line.clear();
      all += format_problem(problem) + "\n";
    }
    return all;
  }

  static constexpr std::string_view kMinimal = "[hassette]\nbase_url = \"http://ha.local:8123\"\n";
  std::filesystem::path folder_;
};

}  // namespace hassette::config
