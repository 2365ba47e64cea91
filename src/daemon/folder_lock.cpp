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

namespace {

/// The folder is to blame only where the file is not there: one that is may be another user's.
std::string why_not_opened(const fs::path& folder, const fs::path& file, int error) {
  struct stat status{};
  const bool is_there = ::lstat(file.c_str(), &status) == 0;
  if (!is_there || error == EROFS) {
    return fmt::format(
        "the data folder {} cannot be written to ({}): mend its permissions, or set data_dir to "
        "another one",
        folder.string(), std::strerror(error));
  }
  const std::string why = S_ISLNK(status.st_mode) ? "it is a symbolic link"
                          : status.st_uid != ::geteuid()
                              ? fmt::format("it belongs to another user, uid {}", status.st_uid)
                              : std::strerror(error);
  return fmt::format(
      "the file {} cannot be opened ({}): remove it, or set data_dir to another folder",
      file.string(), why);
}

}  // namespace

std::expected<FolderLock, std::string> FolderLock::open(const fs::path& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    return std::unexpected(fmt::format(
        "the data folder {} cannot be made ({}): set data_dir to a place that you may write to",
        folder.string(), error ? error.message() : "a file of that name is there"));
  }
  if (made) fs::permissions(folder, fs::perms::owner_all, error);
  struct stat place{};
  if (::stat(folder.c_str(), &place) == 0 && (place.st_mode & S_IWOTH) != 0) {
    return std::unexpected(fmt::format(
        "the data folder {0} can be written by everybody (mode {1:04o}), and it holds the key to "
        "the page and what becomes code: `chmod o-w {0}`, or set data_dir to another one",
        folder.string(), place.st_mode & 07777));
  }
  // One of this name is the engine's own, and may have been made too open by an older one; another
  // may have been opened to others on purpose.
  if (folder.filename() == ".hassette") fs::permissions(folder, fs::perms::owner_all, error);
  const fs::path file = folder / "lock";
  // Whoever may write here could have put a link, a pipe or a file of his own in the lock's place.
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(why_not_opened(folder, file, errno));
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
      (status.st_uid != ::geteuid() && ::geteuid() != 0)) {
    ::close(fd);
    return std::unexpected(
        fmt::format("the file {} is no file of yours: remove it, or set data_dir to another folder",
                    file.string()));
  }
  return FolderLock(fd);
}

std::expected<void, std::string> FolderLock::try_folder(const fs::path& folder) {
  if (auto lock = open(folder); !lock) return std::unexpected(std::move(lock.error()));
  return {};
}

std::expected<FolderLock, std::string> FolderLock::take(const fs::path& folder) {
  auto lock = open(folder);
  if (!lock || ::flock(lock->fd_, LOCK_EX | LOCK_NB) == 0) return lock;
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
