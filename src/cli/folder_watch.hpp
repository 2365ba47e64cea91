#pragma once
// Waits until something changes in one of a set of folders.
//
// What changes between two waits is found by the second, so nothing is lost while the owner is busy
// with what changed before; what it was is for the owner to find out. A folder that is not there is
// left out: its parent says when it appears. inotify; used by one thread at a time. Throws
// Error("watch") where the system has none left.
#include <filesystem>
#include <set>
#include <stop_token>

namespace hassette::cli {

class FolderWatch {
 public:
  FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch();

  /// Watches these folders, not what is below them, from now on.
  void cover(const std::set<std::filesystem::path>& folders);
  /// Blocks until something has changed and nothing follows for a moment (an editor writes a file
  /// in several steps); false if it was asked to stop.
  bool wait(const std::stop_token& stop);

 private:
  int notifications_;
};

}  // namespace hassette::cli
