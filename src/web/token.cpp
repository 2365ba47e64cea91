#include "web/token.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
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
  /// The file may have been there before, with other permissions.
  bool write_privately(std::string_view text) const {
    return fchmod(fd_, kOwnerOnly) == 0 &&
           write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           fsync(fd_) == 0;
  }

 private:
  int fd_;
};

std::string read_token(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string token;
  file >> token;
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
  errno = 0;
  {
    const File file(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (!file.is_open() || !file.write_privately(token.reveal() + "\n")) {
      return std::generic_category().message(errno);
    }
  }
  std::filesystem::rename(fresh, path, error);
  return error ? error.message() : std::string();
}

/// Takes back what others were allowed to do with the file.
void make_private(const std::filesystem::path& path) {
  using std::filesystem::perms;
  std::error_code error;
  const perms others = perms::group_all | perms::others_all;
  const auto status = std::filesystem::status(path, error);
  if (error || (status.permissions() & others) == perms::none) return;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, error);
  log::warning(
      "{} could be read by other users of this machine; now only its owner can. Delete it "
      "and start again to get a new token",
      path.string());
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
    make_private(path);
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
