#pragma once
// AppHost::App: what the host knows of one app of the configuration. Loop thread only.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/app_host.hpp"

namespace hassette::host {

/// One app of the configuration with all its instances.
struct AppHost::App {
  struct Copy {
    const config::AppInstance* wanted;
    std::shared_ptr<void> config;
    std::unique_ptr<app::Instance> instance;
    bool failed = false;
  };
  const config::AppManifest* manifest;
  std::filesystem::path source;
  bool has_source = false;
  std::optional<build::AppCompiler::Result> built;  // empty: not yet, or there is no source
  std::optional<PluginLibrary> library;
  const plugin::AppType* type = nullptr;
  std::vector<Copy> copies;
  std::vector<ConfigProblem> wrong;   // found while it is prepared
  std::vector<std::string> problems;  // as they were told
  bool ready = false;
};

}  // namespace hassette::host
