#include "web/token.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <string>
#include <system_error>

#include <hassette/error.hpp>

#include "log/log.hpp"

namespace hassette::web {

namespace {
constexpr std::size_t kBytes = 32;
constexpr std::size_t kShortest = 16;
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, kOwnerOnly)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  bool is_open() const { return fd_ >= 0; }
  /// Whether it is a file, and nobody else's. Also sets what others may do with it.
  bool is_own(mode_t& mode) const {
    struct stat status{};
    if (fstat(fd_, &status) != 0) return false;
    mode = status.st_mode;
    return S_ISREG(mode) && status.st_uid == geteuid();
  }
  std::string read_some() const {
    std::array<char, 512> bytes{};
    const ssize_t count = read(fd_, bytes.data(), bytes.size());
    return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  bool make_private() const { return fchmod(fd_, kOwnerOnly) == 0; }
  /// The file may have been there before, with other permissions.
  bool write_privately(std::string_view text) const {
    return make_private() &&
           write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           fsync(fd_) == 0;
  }

 private:
  int fd_;
};

/// What the file holds, if it is this user's own. A link or another user's file, put where this one
/// was expected, is left alone: a token that somebody else knows protects nothing.
std::string read_token(const std::filesystem::path& path) {
  const File file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  mode_t mode = 0;
  if (!file.is_open()) {
    if (errno == ELOOP) log::warning("{} is a symbolic link; it gets replaced", path.string());
    return {};
  }
  if (!file.is_own(mode)) {
    log::warning("{} is no file of this user's; it gets replaced", path.string());
    return {};
  }
  std::string token = file.read_some();
  token.erase(std::min(token.find_last_not_of(" \t\r\n") + 1, token.size()));
  if (is_usable_token(token) && (mode & (S_IRWXG | S_IRWXO)) != 0 && file.make_private()) {
    log::warning(
        "{} could be read by other users of this machine; now only its owner can. Delete it "
        "and start again to get a new token",
        path.string());
  }
  return token;
}

/// Empty, or why it could not be kept.
std::string keep(const std::filesystem::path& path, const Secret& token) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return error.message();
  // Written beside and put in place at once: a crash leaves the old file or the new one.
  std::filesystem::path fresh = path;
  fresh += ".new";
  std::filesystem::remove(fresh, error);
  if (error) return error.message();
  errno = 0;
  {
    const File file(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (!file.is_open() || !file.write_privately(token.reveal() + "\n")) {
      return std::generic_category().message(errno);
    }
  }
  std::filesystem::rename(fresh, path, error);
  return error ? error.message() : std::string();
}
}  // namespace

bool is_usable_token(std::string_view token) noexcept {
  return token.size() >= kShortest && std::ranges::all_of(token, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_';
         });
}

Secret make_token() {
  std::array<unsigned char, kBytes> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw Error("random",
                "the system gives no random numbers, so that the page cannot be protected");
  }
  std::string text;
  text.reserve(2 * kBytes);
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return Secret(std::move(text));
}

Secret load_or_make_token(const std::filesystem::path& data_dir) {
  const std::filesystem::path path = data_dir / kTokenFile;
  if (std::string known = read_token(path); is_usable_token(known)) {
    return Secret(std::move(known));
  }
  Secret token = make_token();
  if (const std::string why = keep(path, token); !why.empty()) {
    log::warning("{}: cannot be written ({}); the page's link will be another one after a restart",
                 path.string(), why);
  }
  return token;
}

}  // namespace hassette::web
