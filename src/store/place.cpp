#include "store/place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "store/fault.hpp"

namespace hassette::store {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr int kKeptAside = 9;

[[noreturn]] void refuse(const fs::path& file, std::string_view why, std::string_view remedy) {
  throw StoreError(Fault::kUnusable, fmt::format("{} {}: {}", file.string(), why, remedy));
}

/// A new name in a folder survives a power cut only once the folder is on disk, too.
void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

/// Never opens a file that is there: closing it again would drop the locks of a connection of this
/// process on it.
void make_file(const fs::path& file) {
  const int fd =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly);
  if (fd < 0 && errno == EEXIST) return;
  if (fd < 0) {
    refuse(file, fmt::format("cannot be made ({})", std::strerror(errno)),
           "see to the folder, its permissions and whether its disk is mounted read-only or full");
  }
  ::close(fd);
  sync_folder(file.parent_path());
}

fs::path beside(const fs::path& file, std::string_view ending) {
  return fs::path(file) += ending;
}

}  // namespace

fs::path prepare_file(const fs::path& file) {
  std::error_code error;
  const fs::path folder = fs::canonical(fs::absolute(file).parent_path(), error);
  if (error) {
    refuse(file, fmt::format("has no usable folder ({})", error.message()),
           "make the folder, or set data_dir to another one");
  }
  fs::path real = folder / file.filename();
  make_file(real);
  struct stat status{};
  if (::lstat(real.c_str(), &status) != 0) {
    refuse(real, fmt::format("cannot be looked at ({})", std::strerror(errno)),
           "see to the folder and its permissions");
  }
  if (S_ISLNK(status.st_mode)) refuse(real, "is a symbolic link", "remove it");
  if (!S_ISREG(status.st_mode)) refuse(real, "is no file", "remove it");
  if (status.st_uid != ::geteuid()) {
    refuse(real, fmt::format("belongs to another user (uid {})", status.st_uid),
           "give it to the user that hassette runs as");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::chmod(real.c_str(), kOwnerOnly) != 0) {
    refuse(real, fmt::format("cannot be made private ({})", std::strerror(errno)),
           "take the others' permissions away (chmod 600)");
  }
  return real;
}

fs::path set_aside(const fs::path& file) {
  fs::path aside;
  for (int number = 1; number <= kKeptAside; ++number) {
    aside = beside(file, fmt::format(".damaged-{}", number));
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(aside, ignored))) break;
  }
  // The logs go first: one that stayed behind would be applied to the file that comes next.
  for (const std::string_view part : {"-journal", "-wal", "-shm", ""}) {
    const fs::path from = beside(file, part);
    const fs::path to = beside(aside, part);
    if (::rename(from.c_str(), to.c_str()) == 0) continue;
    if (errno == ENOENT && !part.empty()) {
      ::unlink(to.c_str());  // of an older file under the last of the names
      continue;
    }
    throw StoreError(Fault::kDamaged,
                     fmt::format("{} is damaged and cannot be renamed to {} ({}): move it away",
                                 from.string(), to.filename().string(), std::strerror(errno)));
  }
  sync_folder(file.parent_path());
  return aside;
}

}  // namespace hassette::store
