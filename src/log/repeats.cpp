#include "log/repeats.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "log/text.hpp"

namespace hassette::log {

using std::chrono::seconds;

namespace {
constexpr seconds kWindow{10};
constexpr seconds kLongestPause{300};
constexpr std::size_t kMaxEntries = 256;
constexpr std::size_t kQuoted = 160;  // characters of the message that a summary repeats

std::size_t key_of(const LogRecord& record) {
  const std::hash<std::string_view> hash;
  std::size_t key = hash(record.message);
  for (const std::string_view part :
       {std::string_view(record.app), std::string_view(record.task)}) {
    key = key * 1099511628211u ^ hash(part);
  }
  return key * 4 + static_cast<std::size_t>(record.level);
}

bool same(const LogRecord& a, const LogRecord& b) {
  return a.level == b.level && a.app == b.app && a.task == b.task && a.message == b.message;
}

std::uint32_t printed_in_full(LogLevel level) {
  return level >= LogLevel::kWarning ? 1 : 3;
}
}  // namespace

bool RepeatFilter::admits(const LogRecord& record, Time now) {
  const std::size_t key = key_of(record);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= kMaxEntries) return true;
    entries_.emplace(key, Entry{.last = record,
                                .printed_at = record.time,
                                .last_seen = now,
                                .summary_at = now + kWindow,
                                .pause = kWindow,
                                .printed = 1});
    expect(now + kWindow);
    return true;
  }
  Entry& entry = found->second;
  if (!same(entry.last, record)) return true;
  // A line whose pause was long enough is news again, also if nobody called `due` in between.
  const bool news = now - entry.last_seen >= kWindow && !entry.unreported;
  entry.last_seen = now;
  entry.last.time = record.time;
  if (news) {
    entry.held = 0;
    entry.printed = 0;
    entry.pause = kWindow;
  }
  if (entry.printed < printed_in_full(record.level)) {
    ++entry.printed;
    entry.printed_at = record.time;
    entry.summary_at = now + kWindow;
    return true;
  }
  ++entry.held;
  entry.unreported = true;
  return false;
}

std::vector<RepeatFilter::Summary> RepeatFilter::due(Time now) {
  std::vector<Summary> summaries;
  if (!next_due_ || now < *next_due_) return summaries;
  next_due_.reset();
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    const bool ended = now - entry.last_seen >= kWindow;
    if (entry.unreported && (ended || now >= entry.summary_at)) {
      summaries.push_back({entry.last, entry.held, entry.printed_at});
      entry.unreported = false;
      entry.pause = std::min(entry.pause * 2, kLongestPause);
      entry.summary_at = now + entry.pause;
    }
    if (ended) {
      it = entries_.erase(it);
      continue;
    }
    expect(entry.last_seen + kWindow);
    if (entry.unreported) expect(entry.summary_at);
    ++it;
  }
  std::ranges::sort(summaries, {}, [](const Summary& summary) { return summary.record.time; });
  return summaries;
}

void RepeatFilter::expect(Time time) {
  if (!next_due_ || time < *next_due_) next_due_ = time;
}

LogRecord to_record(RepeatFilter::Summary summary, seconds utc_offset) {
  std::string_view first = summary.record.message;
  first = first.substr(0, first.find('\n'));
  const bool cut = first.size() > kQuoted;
  std::string quoted(first.substr(0, kQuoted));
  // Not in the middle of a UTF-8 sequence.
  while (cut && !quoted.empty() &&
         (static_cast<unsigned char>(first[quoted.size()]) & 0xc0) == 0x80) {
    quoted.pop_back();
  }
  const std::string times = summary.times == 1 ? "once" : fmt::format("{} times", summary.times);
  summary.record.message =
      fmt::format("again, {} since {}: {}{}", times, clock_time(summary.since, utc_offset), quoted,
                  cut ? "…" : "");
  return std::move(summary.record);
}

}  // namespace hassette::log
