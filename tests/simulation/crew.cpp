#include "crew.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <system_error>

#include "plan.hpp"
#include "verdict.hpp"

namespace hassette::simulation {

namespace {

using std::chrono::steady_clock;

constexpr unsigned kMostWorkers = 64;
// A tape takes milliseconds. The time is the processor's, which a busy machine does not change.
constexpr int kSecondsOfSeed = 3;
constexpr Micros kTimeOfCandidate = kSecond / 4;
constexpr int kFound = 3;
constexpr std::uint64_t kTwice = 50;

/// What the workers share.
struct Board {
  std::atomic<std::uint64_t> next;
  std::atomic<std::uint64_t> played;
  std::atomic<std::uint64_t> lines;
  std::atomic<bool> stop;
  std::array<std::atomic<std::uint64_t>, kMostWorkers> playing;
  std::array<std::atomic<std::uint64_t>, Coverage::kMost> coverage;
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
  for (std::size_t i = 0; i < Coverage::kMost; ++i) board.coverage.at(i) += verdict.coverage.of(i);
}

/// Ends this process when it has used so much processor time; 0: not any more.
void end_after(Micros time) {
  const itimerval limit{.it_interval = {},
                        .it_value = {.tv_sec = time / kSecond, .tv_usec = time % kSecond}};
  setitimer(ITIMER_PROF, &limit, nullptr);
}

/// A worker's life; its exit code.
int work(Board& board, const Crew& crew, unsigned number, steady_clock::time_point end) {
  while (!board.stop && steady_clock::now() < end) {
    const std::uint64_t seed = board.next++;
    if (seed >= crew.first + crew.seeds) break;
    board.playing.at(number) = seed;
    end_after(kSecondsOfSeed * kSecond);
    const Tape tape = make_tape(seed);
    const Verdict verdict = judge(tape);
    if (!verdict.fault.empty()) return kFound;
    if (seed % kTwice == 0 && raw_text(judge(tape).trace) != raw_text(verdict.trace)) return kFound;
    tally(board, verdict);
  }
  end_after(0);
  board.playing.at(number) = 0;
  return EXIT_SUCCESS;
}

pid_t fork_or_throw() {
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  return child;
}

/// Whose status it is; -1 waits for any child.
pid_t wait_for(pid_t child, int& status) {
  for (;;) {
    const pid_t ended = waitpid(child, &status, 0);
    if (ended >= 0) return ended;
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
}

std::string words_for(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF) {
    return fmt::format("  it does not end: {} s of the processor's time have passed\n",
                       kSecondsOfSeed);
  }
  if (WIFSIGNALED(status)) return fmt::format("  it died: {}\n", strsignal(WTERMSIG(status)));
  return fmt::format("  it ended with exit code {}\n", WEXITSTATUS(status));
}

Finding finding_of(std::uint64_t seed, int status) {
  Finding finding{.seed = seed};
  finding.crashed = seed == 0 || !WIFEXITED(status) || WEXITSTATUS(status) != kFound;
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

Report play_seeds(const Crew& crew) {
  SharedBoard board;
  board->next = crew.first;
  const auto end = steady_clock::now() + crew.limit;
  std::map<pid_t, unsigned> workers;
  for (unsigned number = 0; number < std::min(crew.workers, kMostWorkers); ++number) {
    const pid_t child = fork_or_throw();
    // Through exit, so that what has leaked is looked for.
    if (child == 0) std::exit(work(*board, crew, number, end));
    workers[child] = number;
  }
  Report report;
  while (!workers.empty()) {
    int status = 0;
    const auto ended = workers.extract(wait_for(-1, status));
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) continue;
    board->stop = true;
    const std::uint64_t seed = board->playing.at(ended.mapped());
    if (!report.finding || seed < report.finding->seed) report.finding = finding_of(seed, status);
  }
  report.played = board->played;
  report.lines = board->lines;
  for (std::size_t i = 0; i < kinds().size(); ++i)
    report.coverage.emplace_back(kinds()[i], board->coverage.at(i));
  return report;
}

bool fails_alone(const Tape& tape, bool crashes) {
  const pid_t child = fork_or_throw();
  if (child == 0) {
    end_after(kTimeOfCandidate);
    // What a sanitizer or an assertion says of each of many candidates is noise.
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    const int code = judge(tape).is_fault() ? kFound : EXIT_SUCCESS;
    if (crashes) std::exit(code);  // what has leaked is looked for there
    _exit(code);
  }
  int status = 0;
  wait_for(child, status);
  const bool found = WIFEXITED(status) && WEXITSTATUS(status) == kFound;
  const bool well = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
  return crashes ? !found && !well : found;
}

}  // namespace hassette::simulation
