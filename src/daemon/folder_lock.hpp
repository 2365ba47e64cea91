#pragma once
// FolderLock: one engine a data folder.
//
// Held as long as the object lives; the kernel lets go of it if the process dies.
#include <expected>
#include <filesystem>
#include <string>

namespace hassette::daemon {

class FolderLock {
 public:
  /// Makes the folder if it is missing; it is then, as any that is called ".hassette", for this
  /// user alone (mode 0700). The error is a sentence with the remedy.
  static std::expected<FolderLock, std::string> take(const std::filesystem::path& folder);
  /// Whether an engine could take it, were there no other that has it. Makes the folder as well.
  static std::expected<void, std::string> try_folder(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  /// The lock's file, not locked yet.
  static std::expected<FolderLock, std::string> open(const std::filesystem::path& folder);
  int fd_;
};

}  // namespace hassette::daemon
