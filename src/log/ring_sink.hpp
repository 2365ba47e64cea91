#pragma once
// The last log lines, for the page and for tests. Bounded; any thread.
//
// A line that repeats one of the last 10 s is counted there and takes no place of its own.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "log/log.hpp"

namespace hassette::log {

class RingSink final : public Sink {
 public:
  struct Line {
    std::uint64_t number = 0;  // counts up from 1
    LogRecord record;
    std::uint64_t times = 1;
    async::WallTime last_time;
  };

  explicit RingSink(std::size_t capacity) : capacity_(capacity) {}

  void write(const LogRecord& record) override;
  /// The newest lines, oldest first.
  std::vector<Line> lines(std::size_t at_most) const;
  /// Changes with every line.
  std::uint64_t version() const;

 private:
  mutable std::mutex mutex_;
  std::size_t capacity_;
  std::deque<Line> lines_;
  std::uint64_t numbered_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace hassette::log
