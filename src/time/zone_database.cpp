// Where zone tables come from: the folder of the system's tz database.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>

#include "base/nearest.hpp"
#include "time/zone_table.hpp"

namespace hassette::time {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "/usr/share/zoneinfo";
// Ten times the largest table; what is bigger is none.
constexpr std::size_t kMaxTableSize = 256 * 1024;

// Names come from configuration and from Home Assistant: they must stay inside the folder.
bool is_zone_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  };
  return !name.empty() && name.front() != '/' && std::ranges::all_of(name, allowed) &&
         !name.starts_with("posix/") && !name.starts_with("right/");
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes;
  bytes.resize(kMaxTableSize);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return bytes;
}

// Every zone of the database; only for messages, since it walks through the folder.
std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator at(kFolder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().lexically_relative(kFolder).string();
    if (name == "posix" || name == "right") at.disable_recursion_pending();
    // Tables begin with a capital; the folder's other files (zone.tab, leapseconds) do not.
    const bool table = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
    std::error_code ignored;
    if (table && is_zone_name(name) && at->is_regular_file(ignored)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// "Berlin" for "Europe/Berlin": what people type when they do not know the region.
std::string_view city_of(std::string_view name) {
  return name.substr(name.rfind('/') + 1);
}

std::string unknown_zone(std::string_view name) {
  const std::vector<std::string> names = zone_names();
  if (names.empty()) {
    return "the system's time zone database cannot be read; install the package tzdata";
  }
  const std::string message = fmt::format("there is no time zone `{}`", name);
  if (const auto near = base::nearest(name, names)) {
    return fmt::format("{}; did you mean `{}`?", message, *near);
  }
  if (name.find('/') == std::string_view::npos) {
    std::vector<std::string> cities;
    cities.reserve(names.size());
    for (const std::string& known : names) cities.emplace_back(city_of(known));
    std::string asked(name);
    std::ranges::replace(asked, ' ', '_');
    if (const auto near = base::nearest(asked, cities)) {
      const auto at = std::ranges::find(cities, *near) - cities.begin();
      return fmt::format("{}; did you mean `{}`?", message, names[static_cast<std::size_t>(at)]);
    }
  }
  return message + "; write an IANA name such as `Europe/Berlin`";
}

}  // namespace

std::expected<const ZoneTable*, std::string> load_zone_table(std::string_view name) {
  // Zones are plain pointers into this; it is never emptied, and outlives static objects.
  struct Tables {
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<const ZoneTable>, std::less<>> by_name;
  };
  static Tables& tables = *std::make_unique<Tables>().release();

  const std::lock_guard lock(tables.mutex);
  if (const auto known = tables.by_name.find(name); known != tables.by_name.end()) {
    return known->second.get();
  }
  std::error_code error;
  const fs::path path = fs::path(kFolder) / name;
  if (!is_zone_name(name) || !fs::is_regular_file(path, error)) {
    return std::unexpected(unknown_zone(name));
  }
  auto table = ZoneTable::read(std::string(name), read_file(path));
  if (!table) {
    return std::unexpected(
        fmt::format("the system's table for time zone `{}` cannot be read", name));
  }
  auto kept = std::make_unique<const ZoneTable>(std::move(*table));
  return tables.by_name.emplace(std::string(name), std::move(kept)).first->second.get();
}

}  // namespace hassette::time
