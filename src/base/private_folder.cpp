#include "base/private_folder.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace hassette::base {

namespace fs = std::filesystem;

std::string why_not_private(const fs::path& folder) {
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) {
    return fmt::format("cannot be looked at ({})", std::strerror(errno));
  }
  if (S_ISLNK(status.st_mode)) return "is a symbolic link";
  if (!S_ISDIR(status.st_mode)) return "is no folder";
  if (status.st_uid != ::geteuid()) {
    return fmt::format("belongs to another user (uid {})", status.st_uid);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fmt::format("can be written by others (mode {:04o})", status.st_mode & 07777);
  }
  return {};
}

namespace {

enum class Owners : std::uint8_t { kTrustworthy, kAny };

std::string why_movable(const fs::path& folder, Owners owners) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return fmt::format("{} cannot be looked at ({})", folder.string(), error.message());
  for (fs::path place = real.parent_path();; place = place.parent_path()) {
    struct stat status{};
    if (::stat(place.c_str(), &status) != 0) {
      return fmt::format("{} cannot be looked at ({})", place.string(), std::strerror(errno));
    }
    // In a folder like /tmp everybody may make names, but only their owner may move them.
    const bool is_shared = (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & S_IWOTH) != 0 && !is_shared) {
      return fmt::format("{} can be written by everybody (mode {:04o})", place.string(),
                         status.st_mode & 07777);
    }
    if (owners == Owners::kTrustworthy && status.st_uid != ::geteuid() && status.st_uid != 0) {
      return fmt::format("{} belongs to another user (uid {})", place.string(), status.st_uid);
    }
    if (place == place.root_path()) return {};
  }
}

}  // namespace

std::string why_replaceable(const fs::path& folder) {
  return why_movable(folder, Owners::kTrustworthy);
}

std::string why_replaceable_by_all(const fs::path& folder) {
  return why_movable(folder, Owners::kAny);
}

}  // namespace hassette::base
