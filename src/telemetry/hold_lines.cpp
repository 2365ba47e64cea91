#include "telemetry/hold_lines.hpp"

#include <fmt/format.h>

#include <bit>

#include "log/log.hpp"

namespace hassette::telemetry {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Holds that are further apart do not belong together.
constexpr seconds kApart{10};
/// So many in a row are told one by one.
constexpr std::uint64_t kOneByOne = 10;
/// What is always told.
constexpr milliseconds kLong{1000};
constexpr milliseconds kLongForTheEngine{500};
/// How many handlers may have a row before those that are over are forgotten.
constexpr std::size_t kRows = 64;

bool is_told(std::uint64_t number) {
  return number <= kOneByOne ||
         (number % kOneByOne == 0 && std::has_single_bit(number / kOneByOne));
}

std::string which(std::uint64_t number) {
  return number == 1 ? std::string() : fmt::format(" (hold {} in a row)", number);
}

/// What can be done about it. Not every code of an app may await: the engine gives what it calls
/// outside of hooks and handlers these names.
std::string_view remedy(std::string_view task) {
  if (task == "loading") {
    return "A global object or a default of the configuration takes that long: make it in "
           "on_initialize, which may await";
  }
  if (task == "constructor") return "Move what takes long to on_initialize, which may await";
  if (task == "destructor") return "Move what takes long to on_shutdown, which may await";
  return "Await instead of blocking (sleep, api), or move it to task_bucket.run_in_thread";
}

}  // namespace

HoldLines::Row& HoldLines::row_of(const async::Hold& hold, Time now) {
  const auto apart = [](const Row& row, Time begin) { return begin - row.ended >= kApart; };
  if (rows_.size() >= kRows) {
    std::erase_if(
        rows_, [&](const auto& entry) { return !entry.second.lasts && apart(entry.second, now); });
  }
  Row& row = rows_[hold.label];
  if (row.lasts) return row;
  row.number = row.number == 0 || apart(row, now - hold.held) ? 1 : row.number + 1;
  row.lasts = true;
  row.told = false;
  return row;
}

std::optional<std::string> HoldLines::line(const async::Hold& hold, Time now) {
  if (hold.label->app == log::kEngine && hold.held < kLongForTheEngine) return std::nullopt;
  Row& row = row_of(hold, now);
  if (hold.over) {
    row.lasts = false;
    row.ended = now;
  }
  if (!row.told && !is_told(row.number) && hold.held < kLong) return std::nullopt;
  row.told = true;
  const std::string& task = hold.label->task;
  if (!hold.over) {
    return fmt::format("`{}` holds the loop, for {} ms now{}: nothing else can run. {}", task,
                       hold.held.count(), which(row.number), remedy(task));
  }
  std::string text = fmt::format("`{}` held the loop for {} ms in all{}", task, hold.held.count(),
                                 which(row.number));
  if (row.number >= kOneByOne && is_told(row.number)) {
    text += fmt::format(
        "; until it pauses for {} s, the next to be told is hold {}, or one longer "
        "than a second",
        kApart.count(), row.number * 2);
  }
  return text;
}

}  // namespace hassette::telemetry
