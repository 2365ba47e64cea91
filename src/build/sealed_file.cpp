#include "build/sealed_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <hassette/error.hpp>
#include <system_error>
#include <tuple>

#include "build/hash.hpp"

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSeal = "\nsealed by hassette: ";
constexpr std::size_t kSealLength = kSeal.size() + 64 + 1;  // with the checksum and a line break

class OpenFile {
 public:
  OpenFile(const fs::path& file, int flags)
      : fd_(::open(file.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600)),
        name_(file.string()) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool is_open() const { return fd_ >= 0; }
  void must_be_open() const {
    if (fd_ < 0) fail("opened");
  }
  struct stat status() const {
    struct stat status{};
    if (::fstat(fd_, &status) != 0) fail("looked at");
    return status;
  }
  // Behind what `bytes` holds already.
  void append_to(std::string& bytes) const {
    const std::size_t begin = bytes.size();
    auto size = static_cast<std::size_t>(status().st_size);
    bytes.resize(begin + size);
    for (std::size_t done = 0; done < size;) {
      const ssize_t count = ::read(fd_, bytes.data() + begin + done, size - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("read");
      if (count == 0) size = done;  // it has become shorter
      done += static_cast<std::size_t>(count);
    }
    bytes.resize(begin + size);
  }
  void append(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("written");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  // Where the file system knows no modes, `why_not_own` says what that means.
  void make_own(mode_t mode) const { std::ignore = ::fchmod(fd_, mode); }
  void flush() const {
    // Some file systems cannot be asked, or not about folders.
    if (::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP) fail("written");
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error("file", fmt::format("{} cannot be {}: {}", name_, what,
                                    std::generic_category().message(errno)));
  }

  int fd_;
  std::string name_;
};

void rename_flushed(const fs::path& made, const fs::path& target) {
  std::error_code error;
  fs::rename(made, target, error);
  if (error && fs::is_directory(fs::symlink_status(target))) {
    fs::remove_all(target);
    fs::rename(made, target, error);
  }
  if (error) {
    throw Error("file",
                fmt::format("{} cannot be put in its place: {}", target.string(), error.message()));
  }
  const OpenFile folder(target.parent_path(), O_RDONLY | O_DIRECTORY);
  if (folder.is_open()) folder.flush();
}

std::string why_not_own(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? "is a folder" : "is no file";
  if (status.st_uid != ::geteuid()) {
    return fmt::format("belongs to another user (uid {})", status.st_uid);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fmt::format("can be written by others (mode {:04o})", status.st_mode & 07777);
  }
  return {};
}

std::string seal_of(std::string_view sealed) {
  return fmt::format("{}{}\n", kSeal, sha256(sealed));
}

// What a seal is made of begins with the file's name.
std::string name_line(const fs::path& file) {
  return file.filename().string() + '\n';
}

}  // namespace

void put_sealed(const fs::path& made, const fs::path& target) {
  {
    const OpenFile file(made, O_RDWR | O_APPEND);
    file.must_be_open();
    std::string sealed = name_line(target);
    file.append_to(sealed);
    file.append(seal_of(sealed));
    file.make_own(0700);
    file.flush();
  }
  rename_flushed(made, target);
}

void write_in_place(const fs::path& target, std::string_view text) {
  const fs::path unfinished = target.string() + fmt::format(".{}", ::getpid());
  try {
    {
      const OpenFile file(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
      file.must_be_open();
      file.append(text);
      file.make_own(0600);
      file.flush();
    }
    rename_flushed(unfinished, target);
  } catch (...) {
    std::error_code ignored;  // what counts is why it could not be written
    fs::remove(unfinished, ignored);
    throw;
  }
}

std::string why_not_own(const fs::path& file) {
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0) {
    return fmt::format("cannot be looked at ({})", std::generic_category().message(errno));
  }
  return why_not_own(status);
}

std::string why_not_sealed(const fs::path& file) {
  if (std::string why = why_not_own(file); !why.empty()) return why;
  const OpenFile open(file, O_RDONLY);
  if (!open.is_open()) {
    return fmt::format("cannot be read ({})", std::generic_category().message(errno));
  }
  std::string sealed = name_line(file);
  const std::size_t name = sealed.size();
  open.append_to(sealed);
  if (sealed.size() < name + kSealLength) return "is damaged";
  const std::string seal = sealed.substr(sealed.size() - kSealLength);
  sealed.resize(sealed.size() - kSealLength);
  return seal == seal_of(sealed) ? "" : "is damaged";
}

}  // namespace hassette::build
