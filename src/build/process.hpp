#pragma once
// Child processes: run one to its end, with its output.
//
// A child is the leader of a process group of its own, reads nothing, and has its two outputs in
// one text. It is killed with its group when time is up, when the caller gives up, and by the
// kernel when the thread that started it ends; pool threads live as long as the engine, so a child
// dies with it however the engine ends. It does not get the engine's secrets (HASSETTE__…) from the
// environment. Any thread, no shared state. Throws Error("process") if the program cannot be
// started; how it ended is in the result.
#include <chrono>
#include <cstddef>
#include <functional>
#include <hassette/task.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "async/pool.hpp"

namespace hassette::build {

struct ProcessLimits {
  std::chrono::nanoseconds time = std::chrono::seconds(120);
  std::size_t output = std::size_t{1} << 20;  ///< what is beyond is read and dropped
};

struct ProcessResult {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  bool timed_out = false;
  bool output_cut = false;
  std::string output;
  std::chrono::nanoseconds took{};

  bool ok() const { return exit_code == 0; }
  /// "ended with code 1", "was ended by signal 9", "took longer than 120 s".
  std::string ending() const;
};

/// What a child has otherwise than this process.
struct ProcessPlace {
  std::string folder;                  ///< where it runs; empty: where this process does
  std::vector<std::string> variables;  ///< "NAME=value", beside and instead of what we have
};

/// Takes the output piece by piece as it comes, all of it, on the thread that runs the child.
using OutputReader = std::function<void(std::string_view)>;

/// Blocks until the child has ended; a stop request kills it. With a reader the result has no
/// output, and nothing is dropped.
ProcessResult run_child(const std::vector<std::string>& argv, const ProcessLimits& limits = {},
                        const std::stop_token& stop = {}, const ProcessPlace& place = {},
                        const OutputReader& reader = {});

/// The same on a thread of the pool; cancelling the awaiting fiber kills the child and waits for
/// that.
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<ProcessResult> run_process(
    async::Pool& pool, std::vector<std::string> argv, ProcessLimits limits = {});

}  // namespace hassette::build
