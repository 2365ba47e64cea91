#include "host/plugin_library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/core.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "async/fiber.hpp"
#include "build/initialisers.hpp"

namespace hassette::host {

namespace {

constexpr std::string_view kSection = ".hassette.abi";

// A value at a place in a file's bytes; empty where the file ends before it.
template <class T>
std::optional<T> value_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view range_of(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size()) return {};
  return bytes.substr(offset, size);
}

std::string_view text_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size()) return {};
  bytes.remove_prefix(offset);
  return bytes.substr(0, bytes.find('\0'));
}

// The content of a section of an ELF file of this machine's kind; empty where there is none.
std::string_view section(std::string_view bytes, std::string_view name) {
  using Section = ElfW(Shdr);
  const auto header = value_at<ElfW(Ehdr)>(bytes, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto at = [&](std::uint64_t index) {
    return value_at<Section>(bytes, header->e_shoff + index * sizeof(Section));
  };
  if (header->e_shentsize != sizeof(Section)) return {};
  const auto names = at(header->e_shstrndx);
  if (!names) return {};
  const std::string_view name_table = range_of(bytes, names->sh_offset, names->sh_size);
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto candidate = at(i);
    if (!candidate) return {};
    if (text_at(name_table, candidate->sh_name) != name) continue;
    return range_of(bytes, candidate->sh_offset, candidate->sh_size);
  }
  return {};
}

/// Maps the file. Its initialisers run once for as long as it is mapped: what threw in one of them
/// is said again to whoever asks for it again, and nothing of it is ever used or unmapped, since
/// parts of it are alive and what was thrown may be its own.
std::expected<void*, std::string> map(const std::filesystem::path& file) {
  static std::map<void*, std::string> failed;
  void* const before = ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (before) ::dlclose(before);  // one reference more than it has users
  void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    return std::unexpected(
        fmt::format("cannot load {}: {}", file.filename().string(), ::dlerror()));
  }
  if (!before) {
    try {
      build::run_initialisers(handle);
    } catch (...) {
      failed[handle] = async::describe(std::current_exception());
    }
  }
  if (const auto found = failed.find(handle); found != failed.end()) {
    return std::unexpected(fmt::format("making its global objects failed: {}", found->second));
  }
  return handle;
}

}  // namespace

std::expected<std::string, std::string> read_abi_stamp(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(stream), {});
  if (!stream || bytes.empty()) {
    return std::unexpected(fmt::format("cannot read {}", file.string()));
  }
  const std::string_view stamp = text_at(section(bytes, kSection), 0);
  if (stamp.empty()) {
    return std::unexpected(fmt::format(
        "{} holds no app: end its source with HASSETTE_APP(YourClass)", file.filename().string()));
  }
  return std::string(stamp);
}

std::expected<PluginLibrary, std::string> PluginLibrary::open(const std::filesystem::path& file,
                                                              std::string_view abi) {
  const auto stamp = read_abi_stamp(file);
  if (!stamp) return std::unexpected(stamp.error());
  const auto refuse = [&](std::string_view found) {
    return std::unexpected(
        fmt::format("{} was compiled for another engine ({}, this one is {}) and must be compiled "
                    "again",
                    file.filename().string(), found, abi));
  };
  if (*stamp != abi) return refuse(*stamp);
  const auto mapped = map(file);
  if (!mapped) return std::unexpected(mapped.error());
  void* const handle = *mapped;
  using Entry = const plugin::Contents* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(handle, "hassette_plugin"));
  const plugin::Contents* const contents = entry ? entry() : nullptr;
  if (!contents || !contents->first) {
    return std::unexpected(fmt::format("{} registers no app", file.filename().string()));
  }
  if (contents->abi != abi) return refuse(contents->abi);
  return PluginLibrary(file, handle, *contents);
}

PluginLibrary::PluginLibrary(std::filesystem::path file, void* handle,
                             const plugin::Contents& contents)
    : file_(std::move(file)), handle_(handle) {
  for (const plugin::AppType* app = contents.first; app; app = app->next) apps_.push_back(app);
}

PluginLibrary::PluginLibrary(PluginLibrary&& other) noexcept
    : file_(std::move(other.file_)),
      handle_(std::exchange(other.handle_, nullptr)),
      apps_(std::exchange(other.apps_, {})) {}

PluginLibrary& PluginLibrary::operator=(PluginLibrary&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(handle_, other.handle_);
  std::swap(apps_, other.apps_);
  return *this;
}

const plugin::AppType* PluginLibrary::find(std::string_view class_name) const {
  const auto found = std::ranges::find(apps_, class_name, [](const plugin::AppType* app) {
    return std::string_view(app->class_name);
  });
  return found == apps_.end() ? nullptr : *found;
}

void PluginLibrary::unload() noexcept {
  apps_.clear();
  if (handle_) ::dlclose(std::exchange(handle_, nullptr));
}

}  // namespace hassette::host
