#include "time/zone_table.hpp"

#include <algorithm>

namespace hassette::time {

using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

constexpr std::size_t kHeaderSize = 44;

std::int64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  const std::size_t unused = 64 - 8 * bytes.size();
  return static_cast<std::int64_t>(value << unused) >> unused;
}

struct Counts {
  std::size_t ut_flags, standard_flags, leaps, changes, kinds, characters;

  [[nodiscard]] std::size_t body_size(std::size_t time_size) const noexcept {
    return changes * time_size + changes + kinds * 6 + characters + leaps * (time_size + 4) +
           standard_flags + ut_flags;
  }
};

std::optional<Counts> read_header(std::string_view bytes) noexcept {
  if (bytes.size() < kHeaderSize || !bytes.starts_with("TZif") || bytes[4] < '2') {
    return std::nullopt;
  }
  const auto count = [&](std::size_t index) {
    return static_cast<std::size_t>(big_endian(bytes.substr(20 + 4 * index, 4)) & 0xffff'ffff);
  };
  const Counts counts{count(0), count(1), count(2), count(3), count(4), count(5)};
  // Far beyond any real table, and small enough that the sums below cannot overflow.
  constexpr std::size_t kLimit = 1'000'000;
  for (std::size_t i = 0; i < 6; ++i) {
    if (count(i) > kLimit) return std::nullopt;
  }
  return counts;
}

}  // namespace

std::optional<ZoneTable> ZoneTable::read(std::string name, std::string_view bytes) {
  // The first block, with 32-bit times, is for old readers.
  const auto old = read_header(bytes);
  if (!old || bytes.size() < kHeaderSize + old->body_size(4)) return std::nullopt;
  bytes.remove_prefix(kHeaderSize + old->body_size(4));
  const auto counts = read_header(bytes);
  if (!counts || bytes.size() < kHeaderSize + counts->body_size(8) || counts->kinds == 0) {
    return std::nullopt;
  }
  bytes.remove_prefix(kHeaderSize);
  const auto take = [&bytes](std::size_t size) {
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  };

  ZoneTable table;
  table.name_ = std::move(name);
  const std::string_view times = take(counts->changes * 8);
  for (std::size_t i = 0; i < counts->changes; ++i) {
    const sys_seconds time{seconds(big_endian(times.substr(i * 8, 8)))};
    table.changes_.push_back(std::clamp(time, kBeginOfTime, kEndOfTime));
  }
  for (const char kind : take(counts->changes)) {
    table.kinds_after_.push_back(static_cast<std::uint8_t>(kind));
  }
  const std::string_view kinds = take(counts->kinds * 6);
  for (std::size_t i = 0; i < counts->kinds; ++i) {
    table.kinds_.push_back({seconds(big_endian(kinds.substr(i * 6, 4))),
                            static_cast<unsigned char>(kinds[i * 6 + 5])});
  }
  table.abbreviations_ = take(counts->characters);
  (void)take(counts->body_size(8) - counts->changes * 9 - counts->kinds * 6 - counts->characters);

  const auto bad_kind = [&](std::uint8_t kind) { return kind >= table.kinds_.size(); };
  const auto bad_text = [&](const Kind& kind) {
    return kind.abbreviation >= table.abbreviations_.size() ||
           std::chrono::abs(kind.offset) > std::chrono::hours(26);
  };
  if (!std::ranges::is_sorted(table.changes_) ||
      std::ranges::any_of(table.kinds_after_, bad_kind) ||
      std::ranges::any_of(table.kinds_, bad_text)) {
    return std::nullopt;
  }
  if (bytes.size() < 2 || bytes.front() != '\n') return std::nullopt;
  const std::string_view rule = bytes.substr(1, bytes.find('\n', 1) - 1);
  // An empty rule means that nothing is known beyond the table, whose last offset goes on then.
  if (!rule.empty() && !(table.rule_ = PosixTz::parse(rule))) return std::nullopt;
  return table;
}

ZonePeriod ZoneTable::period_at(sys_seconds time) const {
  const auto after = std::ranges::upper_bound(changes_, time);
  const auto index = static_cast<std::size_t>(after - changes_.begin());
  if (after == changes_.end() && rule_) {
    ZonePeriod period = rule_->period_at(time);
    if (!changes_.empty()) period.begin = std::max(period.begin, changes_.back());
    return period;
  }
  const Kind& kind = kinds_[index == 0 ? 0 : kinds_after_[index - 1]];
  return {index == 0 ? kBeginOfTime : changes_[index - 1],
          after == changes_.end() ? kEndOfTime : *after, kind.offset, abbreviation(kind)};
}

}  // namespace hassette::time
