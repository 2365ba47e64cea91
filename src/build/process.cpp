#include "build/process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include <string_view>
#include <system_error>
#include <utility>

namespace hassette::build {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(std::string_view what, int code) {
  throw Error("process", fmt::format("{}: {}", what, std::generic_category().message(code)));
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe", errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

bool is_secret(std::string_view variable) {
  return variable.starts_with("HASSETTE__");
}

// The arrays that execve takes, made before the fork.
class Arguments {
 public:
  Arguments(const std::vector<std::string>& argv, const ProcessPlace& place)
      : folder_(place.folder.c_str()) {
    for (const std::string& argument : argv) argv_.push_back(const_cast<char*>(argument.c_str()));
    argv_.push_back(nullptr);
    for (char** variable = environ; *variable; ++variable) {
      if (!is_secret(*variable) && !is_replaced(*variable, place.variables)) {
        environment_.push_back(*variable);
      }
    }
    for (const std::string& variable : place.variables) {
      environment_.push_back(const_cast<char*>(variable.c_str()));
    }
    environment_.push_back(nullptr);
  }
  const char* folder() const { return folder_; }
  char* const* argv() const { return argv_.data(); }
  char* const* environment() const { return environment_.data(); }

 private:
  static bool is_replaced(std::string_view variable, const std::vector<std::string>& by) {
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    return std::ranges::any_of(by, [&](const auto& other) { return other.starts_with(name); });
  }

  const char* folder_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

// A second in all.
constexpr int kBusyAttempts = 100;

// The child's side between fork and exec: other threads may have held any lock when the process was
// copied, so only async-signal-safe calls are made here.
[[noreturn]] void become(const Arguments& arguments, int output, int failure, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before that took effect.
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  const bool is_there = *arguments.folder() == '\0' || ::chdir(arguments.folder()) == 0;
  if (is_there && ::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
      ::dup2(output, STDERR_FILENO) >= 0) {
    ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    for (int attempt = 1;; ++attempt) {
      ::execve(arguments.argv()[0], arguments.argv(), arguments.environment());
      // A program that this process has just written is still open for writing in a child that
      // another thread is starting, until that has become its own program.
      if (errno != ETXTBSY || attempt == kBusyAttempts) break;
      ::poll(nullptr, 0, 10);
    }
  }
  const int code = errno;
  [[maybe_unused]] const auto written = ::write(failure, &code, sizeof code);
  ::_exit(127);
}

// A started child; destroying it kills its group and reaps it.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {
    // Also here: whoever of the two comes first, the group exists before it is killed.
    ::setpgid(pid, pid);
    handle_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (handle_.get() < 0) {
      const int code = errno;
      end();
      fail("cannot watch a child process", code);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  int handle() const { return handle_.get(); }
  void kill() const { ::kill(-pid_, SIGKILL); }
  // Ends what is left of the group and gives the status.
  int end() {
    if (pid_ <= 0) return status_;
    kill();
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status_;
  }

 private:
  pid_t pid_;
  Descriptor handle_;
  int status_ = 0;
};

// Keeps what comes as far as there is room for it.
OutputReader keep_in(ProcessResult& result, std::size_t limit) {
  return [&result, limit](std::string_view piece) {
    const std::size_t room = limit - result.output.size();
    result.output.append(piece.substr(0, room));
    if (piece.size() > room) result.output_cut = true;
  };
}

// Takes what the pipe holds now; false once nothing can come any more. Who writes faster than it is
// read is not waited for: time may be up in the meantime.
bool drain(int fd, const OutputReader& reader) {
  constexpr int kMost = 64;  // of these buffers; a pipe holds no more
  std::array<char, 16384> buffer;
  for (int taken = 0; taken < kMost; ++taken) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size == 0) return false;
    if (size < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN;
    }
    reader(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
  }
  return true;
}

// How long poll may wait for `deadline`, rounded up so that it does not spin before it.
int wait_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

// Until the child has ended, or was killed because time is up or nobody wants it any more.
void watch(const Child& child, int output, int stopped, Clock::time_point deadline,
           const OutputReader& reader, ProcessResult& result) {
  std::array<pollfd, 3> watched{{{.fd = child.handle(), .events = POLLIN, .revents = 0},
                                 {.fd = stopped, .events = POLLIN, .revents = 0},
                                 {.fd = output, .events = POLLIN, .revents = 0}}};
  for (;;) {
    if (::poll(watched.data(), watched.size(), wait_until(deadline)) < 0 && errno != EINTR) {
      fail("cannot wait for a child process", errno);
    }
    if (watched[2].revents != 0 && !drain(output, reader)) watched[2].fd = -1;
    if (watched[0].revents != 0 || watched[1].revents != 0) return;
    if (Clock::now() >= deadline) {
      result.timed_out = true;
      return;
    }
  }
}

}  // namespace

std::string ProcessResult::ending() const {
  if (timed_out) return fmt::format("took longer than {}", format_duration(took));
  if (signal != 0) return fmt::format("was ended by signal {}", signal);
  return fmt::format("ended with code {}", exit_code);
}

ProcessResult run_child(const std::vector<std::string>& argv, const ProcessLimits& limits,
                        const std::stop_token& stop, const ProcessPlace& place,
                        const OutputReader& reader) {
  const auto start = Clock::now();
  const Arguments arguments(argv, place);
  const Descriptor stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (stopped.get() < 0) fail("cannot make an event", errno);
  Pipe output = make_pipe();
  Pipe failure = make_pipe();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail(fmt::format("cannot start {}", argv[0]), errno);
  if (pid == 0) become(arguments, output.write.get(), failure.write.get(), parent);
  Child child(pid);
  output.write.close();
  failure.write.close();
  int code = 0;
  // The other end closes when the child has become the program.
  if (::read(failure.read.get(), &code, sizeof code) == sizeof code) {
    fail(fmt::format("cannot start {}", argv[0]), code);
  }
  ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  const std::stop_callback on_stop(stop, [&stopped] { ::eventfd_write(stopped.get(), 1); });

  ProcessResult result;
  const OutputReader keeping = keep_in(result, limits.output);
  const OutputReader& taking = reader ? reader : keeping;
  watch(child, output.read.get(), stopped.get(), start + limits.time, taking, result);
  const int status = child.end();
  drain(output.read.get(), taking);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.took = Clock::now() - start;
  return result;
}

namespace {

Task<ProcessResult> run_on(async::Pool* pool, std::vector<std::string> argv, ProcessLimits limits) {
  ProcessResult result;
  co_await pool->run([&](const std::stop_token& stop) { result = run_child(argv, limits, stop); });
  co_return result;
}

}  // namespace

Task<ProcessResult> run_process(async::Pool& pool, std::vector<std::string> argv,
                                ProcessLimits limits) {
  return run_on(&pool, std::move(argv), limits);
}

}  // namespace hassette::build
