#pragma once
// Prints log lines to a terminal, a pipe or a file, without ever making the writer wait.
//
// `write` puts the line into a bounded queue, and a thread of this sink's own prints it. When the
// reader of a pipe is too slow, lines are dropped, counted, and the count is printed once there is
// room again; when nobody reads any more, everything is. Repeated lines are summed up (see
// RepeatFilter). Destroying the sink prints what is queued, for half a second at most. Any thread.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "log/log.hpp"
#include "log/repeats.hpp"

namespace hassette::log {

enum class ConsoleFormat : std::uint8_t { kTerminal, kPlain, kJson };

struct ConsoleOptions {
  int fd = 1;
  ConsoleFormat format = ConsoleFormat::kPlain;
  bool colour = false;
  std::size_t capacity = 4096;  // lines that may wait
};

/// What suits the file descriptor: short lines on a terminal, coloured unless NO_COLOR is set or
/// TERM is "dumb"; plain ones elsewhere.
ConsoleOptions console_options_for(int fd);

class ConsoleSink final : public Sink {
 public:
  explicit ConsoleSink(ConsoleOptions options);
  ~ConsoleSink() override;

  void write(const LogRecord& record) override;
  void follow(const std::shared_ptr<const async::Clock>& clock) override;
  /// Prints a line of the engine's to this console alone, past levels, masking and the bound of the
  /// queue: for the ready line, whose link carries the page's token.
  void announce(std::string message);
  /// Waits until everything so far is printed; false if that took longer.
  bool flush(std::chrono::milliseconds limit);
  /// A line of the engine's as this console would print it now, and where to: for who prints it
  /// when there is no console any more.
  std::string line(LogLevel level, std::string message) const;
  int fd() const { return options_.fd; }
  /// Lines that were never printed.
  std::size_t dropped() const;

 private:
  using Lines = std::deque<LogRecord>;
  void drain(const std::stop_token& stop);
  void wait_for_lines(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void sum_up(Lines& lines, RepeatFilter::Time now);
  std::string format(const Lines& lines);
  void append_terminal(std::string& out, const LogRecord& record);
  bool print(std::string_view text, const std::stop_token& stop) const;

  ConsoleOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any filled_;
  std::condition_variable drained_;
  Lines queue_;
  std::size_t queued_bytes_ = 0;
  RepeatFilter repeats_;
  std::shared_ptr<const async::Clock> clock_ = std::make_shared<async::RealClock>();
  std::size_t dropped_ = 0;
  std::size_t reported_ = 0;  // of the dropped ones
  bool printing_ = false;
  bool broken_ = false;                         // nobody reads any more
  std::optional<std::chrono::seconds> offset_;  // of the last line; the printing thread's own
  std::jthread thread_;
};

}  // namespace hassette::log
