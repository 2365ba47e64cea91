#include "log/ring_sink.hpp"

#include <algorithm>
#include <ranges>

namespace hassette::log {

namespace {
constexpr std::chrono::seconds kWindow{10};
constexpr std::size_t kLookBack = 32;  // lines that a new one is compared with

bool repeats(const RingSink::Line& line, const LogRecord& record) {
  return record.time - line.last_time <= kWindow && line.record.level == record.level &&
         line.record.app == record.app && line.record.task == record.task &&
         line.record.message == record.message;
}
}  // namespace

void RingSink::write(const LogRecord& record) {
  const std::scoped_lock lock(mutex_);
  ++version_;
  for (Line& line : lines_ | std::views::reverse | std::views::take(kLookBack)) {
    if (!repeats(line, record)) continue;
    ++line.times;
    line.last_time = record.time;
    return;
  }
  if (lines_.size() >= capacity_) lines_.pop_front();
  lines_.push_back({++numbered_, record, 1, record.time});
}

std::vector<RingSink::Line> RingSink::lines(std::size_t at_most) const {
  const std::scoped_lock lock(mutex_);
  const std::size_t count = std::min(at_most, lines_.size());
  return {lines_.end() - static_cast<std::ptrdiff_t>(count), lines_.end()};
}

std::uint64_t RingSink::version() const {
  const std::scoped_lock lock(mutex_);
  return version_;
}

}  // namespace hassette::log
