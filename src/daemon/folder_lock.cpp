#include "daemon/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace hassette::daemon {

namespace fs = std::filesystem;

std::expected<FolderLock, std::string> FolderLock::take(const fs::path& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    return std::unexpected(fmt::format(
        "the data folder {} cannot be made ({}): set data_dir to a place that you may write to",
        folder.string(), error ? error.message() : "a file of that name is there"));
  }
  if (made) fs::permissions(folder, fs::perms::owner_all, error);
  const fs::path file = folder / "lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return std::unexpected(
        fmt::format("the data folder {} cannot be written to ({}): mend its "
                    "permissions, or set data_dir to another one",
                    folder.string(), std::strerror(errno)));
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return FolderLock(fd);
  ::close(fd);
  return std::unexpected(
      fmt::format("another hassette runs on {}: stop it first, or give this one a folder of its "
                  "own (data_dir; for the demo, XDG_CACHE_HOME)",
                  folder.string()));
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace hassette::daemon
