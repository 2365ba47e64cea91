#include "crew.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

#include "plan.hpp"
#include "verdict.hpp"

namespace hassette::simulation {

namespace {

using std::chrono::steady_clock;

constexpr unsigned kMostWorkers = 64;
constexpr std::size_t kKinds = 18;
constexpr unsigned kHangs = 60;  // seconds that one seed may take
constexpr int kFound = 3;
constexpr std::uint64_t kTwice = 50;

/// What the workers share.
struct Board {
  std::atomic<std::uint64_t> next;
  std::atomic<std::uint64_t> played;
  std::atomic<std::uint64_t> lines;
  std::atomic<bool> stop;
  std::array<std::atomic<std::uint64_t>, kMostWorkers> playing;
  std::array<std::atomic<std::uint64_t>, kKinds> tally;
};

class SharedBoard {
 public:
  SharedBoard()
      : memory_(mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0)) {
    if (memory_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    board_ = ::new (memory_) Board{};
  }
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;
  ~SharedBoard() { munmap(memory_, sizeof(Board)); }
  Board& operator*() const { return *board_; }
  Board* operator->() const { return board_; }

 private:
  void* memory_;
  Board* board_ = nullptr;
};

void tally(Board& board, const Verdict& verdict) {
  ++board.played;
  board.lines += verdict.trace.lines.size();
  for (std::size_t i = 0; i < kinds().size(); ++i) {
    const auto found = verdict.trace.tally.find(kinds()[i]);
    if (found != verdict.trace.tally.end()) board.tally[i] += found->second;
  }
}

/// A worker's life; its exit code.
int work(Board& board, const Crew& crew, unsigned number, steady_clock::time_point end) {
  while (!board.stop && steady_clock::now() < end) {
    const std::uint64_t seed = board.next++;
    if (seed >= crew.first + crew.seeds) break;
    board.playing.at(number) = seed;
    alarm(kHangs);
    const Tape tape = make_tape(seed);
    const Verdict verdict = judge(tape);
    if (!verdict.fault.empty()) return kFound;
    if (seed % kTwice == 0 && raw_text(judge(tape).trace) != raw_text(verdict.trace)) return kFound;
    tally(board, verdict);
  }
  alarm(0);
  board.playing.at(number) = 0;
  return EXIT_SUCCESS;
}

pid_t fork_or_throw() {
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return status;
}

std::string words_for(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    return fmt::format("  it did not end within {} s\n", kHangs);
  }
  if (WIFSIGNALED(status)) return fmt::format("  it died: {}\n", strsignal(WTERMSIG(status)));
  return fmt::format("  it ended with exit code {}\n", WEXITSTATUS(status));
}

Finding finding_of(std::uint64_t seed, int status) {
  Finding finding{.seed = seed};
  finding.crashed = !WIFEXITED(status) || WEXITSTATUS(status) != kFound;
  if (finding.crashed) {
    finding.fault = words_for(status);
    return finding;
  }
  const Tape tape = make_tape(seed);
  const Verdict verdict = judge(tape);
  finding.fault = verdict.fault.empty() ? "  played twice, it gave two traces\n" : verdict.fault;
  return finding;
}

}  // namespace

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> kAll{"began",
                                             "ended succeeded",
                                             "ended failed",
                                             "ended cancelled",
                                             "ended timed out",
                                             "held back",
                                             "dropped",
                                             "throttled",
                                             "condition failed",
                                             "hold ended",
                                             "ran for what was recovered",
                                             "ran for what was there",
                                             "job late",
                                             "job missed",
                                             "run_now succeeded",
                                             "run_now refused",
                                             "run_now suppressed",
                                             "run_now cancelled"};
  static_assert(kKinds == 18);
  return kAll;
}

Report play_seeds(const Crew& crew) {
  SharedBoard board;
  board->next = crew.first;
  const auto end = steady_clock::now() + crew.limit;
  std::vector<pid_t> workers;
  for (unsigned number = 0; number < std::min(crew.workers, kMostWorkers); ++number) {
    const pid_t child = fork_or_throw();
    // Through exit, so that what has leaked is looked for.
    if (child == 0) std::exit(work(*board, crew, number, end));
    workers.push_back(child);
  }
  Report report;
  for (std::size_t number = 0; number < workers.size(); ++number) {
    const int status = wait_for(workers[number]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) continue;
    board->stop = true;
    const std::uint64_t seed = board->playing.at(number);
    if (!report.finding || seed < report.finding->seed) report.finding = finding_of(seed, status);
  }
  report.played = board->played;
  report.lines = board->lines;
  for (std::size_t i = 0; i < kinds().size(); ++i) report.tally[kinds()[i]] = board->tally[i];
  return report;
}

bool fails_alone(const Tape& tape) {
  const pid_t child = fork_or_throw();
  if (child == 0) {
    alarm(kHangs);
    // What a sanitizer or an assertion says of each of many candidates is noise.
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    int code = EXIT_SUCCESS;
    try {
      if (judge(tape).is_fault()) code = kFound;
    } catch (const std::exception&) {
      code = EXIT_SUCCESS;  // a tape that cannot be played proves nothing
    }
    std::exit(code);
  }
  const int status = wait_for(child);
  return !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
}

}  // namespace hassette::simulation
