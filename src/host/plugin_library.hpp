#pragma once
// PluginLibrary: a compiled app's file, mapped into the engine.
//
// Opening runs the file's initialisers, so its ABI stamp is read from the file before that: what
// was made for another engine is never mapped. What an initialiser throws is an error like any
// other; the file then stays mapped, half made, and is refused ever after. The mapping stays when
// the object goes: handlers, frames and exceptions of the app may still be on their way. Only
// `unload` ends it, and whoever calls it says that nothing of the app is left. Loop thread only.
// Errors are sentences.
#include <expected>
#include <filesystem>
#include <hassette/app.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "build/abi.hpp"

namespace hassette::host {

/// The stamp that HASSETTE_APP leaves in a plug-in, from the file alone.
std::expected<std::string, std::string> read_abi_stamp(const std::filesystem::path& file);

class PluginLibrary {
 public:
  static std::expected<PluginLibrary, std::string> open(const std::filesystem::path& file,
                                                        std::string_view abi = build::abi_stamp());

  PluginLibrary(PluginLibrary&& other) noexcept;
  PluginLibrary& operator=(PluginLibrary&& other) noexcept;
  ~PluginLibrary() = default;

  const std::filesystem::path& file() const { return file_; }
  /// In the order of their HASSETTE_APP; at least one.
  const std::vector<const plugin::AppType*>& apps() const { return apps_; }
  /// Null where there is none.
  const plugin::AppType* find(std::string_view class_name) const;
  /// Unmaps the file. Nothing of the app may be alive any more.
  void unload() noexcept;

 private:
  PluginLibrary(std::filesystem::path file, void* handle, const plugin::Contents& contents);

  std::filesystem::path file_;
  void* handle_;
  std::vector<const plugin::AppType*> apps_;
};

}  // namespace hassette::host
