#include "log/console_sink.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "async/loop.hpp"
#include "log/text.hpp"

namespace hassette::log {

using std::chrono::steady_clock;

namespace {
constexpr std::size_t kMaxQueuedBytes = 8u << 20;
// What a pipe that is ready is sure to take without blocking.
constexpr std::size_t kChunk = PIPE_BUF;
constexpr int kPollMs = 100;
constexpr std::chrono::milliseconds kLastWords{500};
// Later than whatever a filter waits for.
constexpr std::chrono::hours kAllIsOver{24};

/// Signals are for the main thread; a write to a pipe without a reader is an error code here.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}
}  // namespace

ConsoleOptions console_options_for(int fd) {
  if (isatty(fd) == 0) return {.fd = fd};
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain = (no_color && *no_color) || (term && std::string_view(term) == "dumb");
  return {.fd = fd, .format = ConsoleFormat::kTerminal, .colour = !plain};
}

ConsoleSink::ConsoleSink(ConsoleOptions options)
    : options_(options), thread_([this](const std::stop_token& stop) { drain(stop); }) {}

ConsoleSink::~ConsoleSink() {
  thread_.request_stop();
  thread_.join();
}

void ConsoleSink::write(const LogRecord& record) {
  {
    const std::scoped_lock lock(mutex_);
    if (!repeats_.admits(record, clock_->now())) return;
    const std::size_t bytes = record.message.size();
    if (broken_ || queue_.size() >= options_.capacity || queued_bytes_ + bytes > kMaxQueuedBytes) {
      ++dropped_;
      return;
    }
    queued_bytes_ += bytes;
    queue_.push_back(record);
  }
  filled_.notify_one();
}

void ConsoleSink::follow(const std::shared_ptr<const async::Clock>& clock) {
  {
    const std::scoped_lock lock(mutex_);
    // The filter's times are those of the old clock, so its counts end here.
    sum_up(queue_, clock_->now() + kAllIsOver);
    clock_ = clock;
  }
  filled_.notify_one();
}

void ConsoleSink::announce(std::string message) {
  {
    const std::scoped_lock lock(mutex_);
    queued_bytes_ += message.size();
    const async::Loop* loop = async::Loop::current();
    queue_.push_back({loop ? loop->wall() : clock_->wall(),
                      LogLevel::kInfo,
                      std::string(kEngine),
                      {},
                      std::move(message)});
  }
  filled_.notify_one();
}

bool ConsoleSink::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return drained_.wait_for(lock, limit,
                           [this] { return (queue_.empty() && !printing_) || broken_; });
}

std::string ConsoleSink::line(LogLevel level, std::string message) const {
  std::unique_lock lock(mutex_);
  const LogRecord record{clock_->wall(), level, std::string(kEngine), {}, std::move(message)};
  lock.unlock();
  std::string text;
  switch (options_.format) {
    case ConsoleFormat::kTerminal:
      append_terminal_line(text, record, utc_offset(record.time), options_.colour);
      break;
    case ConsoleFormat::kPlain:
      append_plain_line(text, record, utc_offset(record.time));
      break;
    case ConsoleFormat::kJson:
      append_json_line(text, record);
      break;
  }
  return text;
}

std::size_t ConsoleSink::dropped() const {
  const std::scoped_lock lock(mutex_);
  return dropped_;
}

void ConsoleSink::wait_for_lines(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto filled = [this] { return !queue_.empty(); };
  if (const auto due = repeats_.next_due()) {
    // A clock that does not follow real time is asked again with the next line.
    const auto real = clock_->real_wait(*due);
    if (real) {
      filled_.wait_for(lock, stop, *real, filled);
    } else {
      filled_.wait(lock, stop, filled);
    }
  } else {
    // A line may also come that is held back at once and needs a summary later; it is then not the
    // first of its kind, so that a summary was already expected.
    filled_.wait(lock, stop, filled);
  }
}

void ConsoleSink::sum_up(Lines& lines, RepeatFilter::Time now) {
  for (RepeatFilter::Summary& summary : repeats_.due(now)) {
    const auto offset = utc_offset(summary.since);
    lines.push_back(to_record(std::move(summary), offset));
  }
}

void ConsoleSink::drain(const std::stop_token& stop) {
  block_signals();
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    wait_for_lines(lock, stop);
    last = stop.stop_requested();
    Lines lines = std::exchange(queue_, {});
    queued_bytes_ = 0;
    // At the end, what was held back is summed up although its time has not come.
    sum_up(lines, last ? clock_->now() + kAllIsOver : clock_->now());
    if (const std::size_t lost = dropped_ - reported_; lost > 0 && !lines.empty()) {
      reported_ = dropped_;
      lines.push_back(
          {lines.back().time, LogLevel::kWarning, std::string(kEngine), "log",
           fmt::format("{} log lines were dropped: this output is read too slowly", lost)});
    }
    printing_ = true;
    lock.unlock();
    const bool printed = print(format(lines), stop);
    lock.lock();
    printing_ = false;
    if (!printed) {
      broken_ = true;
      dropped_ += lines.size() + queue_.size();
      queue_.clear();
    }
    drained_.notify_all();
  }
}

/// The short time of a terminal does not say whose it is: that it becomes another's is said once,
/// at first contact with a home elsewhere, and when its clocks change.
void ConsoleSink::append_terminal(std::string& out, const LogRecord& record) {
  const std::chrono::seconds offset = utc_offset(record.time);
  if (const auto before = std::exchange(offset_, offset); before && *before != offset) {
    const LogRecord note{record.time,
                         LogLevel::kInfo,
                         std::string(kEngine),
                         {},
                         fmt::format("from here on, times are those of UTC{}; until here, of UTC{}",
                                     offset_text(offset), offset_text(*before))};
    append_terminal_line(out, note, offset, options_.colour);
  }
  append_terminal_line(out, record, offset, options_.colour);
}

std::string ConsoleSink::format(const Lines& lines) {
  std::string text;
  for (const LogRecord& record : lines) {
    switch (options_.format) {
      case ConsoleFormat::kTerminal:
        append_terminal(text, record);
        break;
      case ConsoleFormat::kPlain:
        append_plain_line(text, record, utc_offset(record.time));
        break;
      case ConsoleFormat::kJson:
        append_json_line(text, record);
        break;
    }
  }
  return text;
}

bool ConsoleSink::print(std::string_view text, const std::stop_token& stop) const {
  steady_clock::time_point give_up = steady_clock::time_point::max();
  while (!text.empty()) {
    if (stop.stop_requested() && give_up == steady_clock::time_point::max()) {
      give_up = steady_clock::now() + kLastWords;
    }
    if (steady_clock::now() >= give_up) return false;
    // Only what is sure not to block is written, so that a reader who stands still cannot keep the
    // process from ending.
    pollfd ready{options_.fd, POLLOUT, 0};
    const int polled = poll(&ready, 1, kPollMs);
    if (polled == 0 || (polled < 0 && errno == EINTR)) continue;
    if (polled < 0 || (ready.revents & (POLLERR | POLLNVAL)) != 0) return false;
    const ssize_t written = ::write(options_.fd, text.data(), std::min(text.size(), kChunk));
    if (written < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace hassette::log
