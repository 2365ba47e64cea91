#include "cli/folder_watch.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <hassette/error.hpp>
#include <string_view>
#include <system_error>

namespace hassette::cli {

namespace {

constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                   IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kQuiet = 30;   // milliseconds
constexpr int kBursts = 20;  // of what follows: who never ends to write is not waited for

[[noreturn]] void fail(std::string_view what) {
  const int code = errno;
  const std::string_view remedy =
      code == ENOSPC || code == EMFILE
          ? "; raise fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl)"
          : "";
  throw Error("watch",
              fmt::format("{}: {}{}", what, std::generic_category().message(code), remedy));
}

// Takes what has been reported; the folders are all looked at anyway.
void drain(int descriptor) {
  std::array<char, 4096> buffer;
  while (::read(descriptor, buffer.data(), buffer.size()) > 0) {
  }
}

int poll_all(std::array<pollfd, 2>& watched, int milliseconds) {
  for (;;) {
    const int ready = ::poll(watched.data(), watched.size(), milliseconds);
    if (ready >= 0) return ready;
    if (errno != EINTR) fail("cannot wait for changes of files");
  }
}

}  // namespace

FolderWatch::FolderWatch() : notifications_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (notifications_ < 0) fail("cannot watch files");
}

FolderWatch::~FolderWatch() {
  ::close(notifications_);
}

void FolderWatch::cover(const std::set<std::filesystem::path>& folders) {
  for (const std::filesystem::path& folder : folders) {
    if (::inotify_add_watch(notifications_, folder.c_str(), kChanges) >= 0) continue;
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) continue;
    fail(fmt::format("cannot watch {}", folder.string()));
  }
}

bool FolderWatch::wait(const std::stop_token& stop) {
  const int stopped = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stopped < 0) fail("cannot make an event");
  struct Closing {
    int descriptor;
    ~Closing() { ::close(descriptor); }
  } const closing{stopped};
  const std::stop_callback on_stop(stop, [stopped] { ::eventfd_write(stopped, 1); });
  std::array<pollfd, 2> watched{{{.fd = notifications_, .events = POLLIN, .revents = 0},
                                 {.fd = stopped, .events = POLLIN, .revents = 0}}};
  poll_all(watched, -1);
  for (int burst = 0; burst < kBursts && watched[1].revents == 0; ++burst) {
    drain(notifications_);
    if (poll_all(watched, kQuiet) == 0) break;
  }
  return watched[1].revents == 0;
}

}  // namespace hassette::cli
