#pragma once
// Holds back a line that says again what was just said, and sums up how often that was.
//
// A line with the same app, task, level and message within 10 s of the one before is held back;
// debug and info lines only from the fourth on, since a story may well say a thing twice. What was
// held back is summed up after 10 s, then at growing pauses while it goes on, and when it has
// ended. Bounded: with too many different lines at once, further ones pass. The caller gives the
// (monotonic) time of the home, so that a home that lives faster is not cut short, and guards
// against other threads.
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "log/record.hpp"

namespace hassette::log {

class RepeatFilter {
 public:
  using Time = async::MonoTime;

  struct Summary {
    LogRecord record;       // of the last repetition
    std::uint64_t times;    // held back since the line was last printed in full
    async::WallTime since;  // of that line
  };

  /// Whether the line is to be printed.
  bool admits(const LogRecord& record, Time now);
  /// The summaries that are due.
  std::vector<Summary> due(Time now);
  /// When `due` will have something to look at.
  std::optional<Time> next_due() const { return next_due_; }

 private:
  struct Entry {
    LogRecord last;
    async::WallTime printed_at;
    Time last_seen;
    Time summary_at;
    std::chrono::seconds pause;
    std::uint32_t printed = 0;
    std::uint64_t held = 0;
    bool unreported = false;
  };
  void expect(Time time);

  std::unordered_map<std::size_t, Entry> entries_;  // by hash; a collision only hides a line less
  std::optional<Time> next_due_;
};

/// "again, 47 times since 12:03:07: …" with the first line of the message.
LogRecord to_record(RepeatFilter::Summary summary, std::chrono::seconds utc_offset);

}  // namespace hassette::log
