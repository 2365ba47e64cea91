#include "telemetry/wait_rows.hpp"

#include <functional>

#include "run/runner.hpp"

namespace hassette::telemetry {

std::size_t WaitRows::Hash::operator()(const Key& key) const {
  const std::hash<std::string_view> text;
  std::size_t sum = text(key.waits_for);
  for (const std::size_t part : {text(key.app), text(key.file), std::size_t{key.line}}) {
    sum = sum * 31 + part;
  }
  return sum;
}

std::uint64_t WaitRows::begin(const run::Source& source, TimePoint at) {
  const auto found =
      known_.find({source.app, source.trigger, source.where.file_name(), source.where.line()});
  const Place row = found == known_.end() ? make(source) : found->second;
  if (row->waiting++ == 0) shown_.splice(shown_.end(), hidden_, row);
  row->meter.wait_began(at);
  return row->number;
}

void WaitRows::end(std::uint64_t number) {
  const Place row = numbered_.at(number - 1);
  row->meter.wait_ended();
  if (--row->waiting > 0) return;
  hidden_.splice(hidden_.end(), shown_, row);
  if (hidden_.size() > kKept) forget_oldest();
}

WaitRows::Place WaitRows::make(const run::Source& source) {
  hidden_.push_back({.meter = board_.add_task({.app = source.app,
                                               .kind = TaskKind::kWait,
                                               .name = source.name,
                                               .waits_for = source.trigger,
                                               .source = run::short_place(source.where)}),
                     .app = source.app,
                     .waits_for = source.trigger,
                     .file = source.where.file_name(),
                     .line = source.where.line()});
  const Place row = std::prev(hidden_.end());
  if (unused_.empty()) {
    numbered_.push_back(row);
    row->number = numbered_.size();
  } else {
    row->number = unused_.back();
    unused_.pop_back();
    numbered_[row->number - 1] = row;
  }
  known_.emplace(row->key(), row);
  return row;
}

void WaitRows::forget_oldest() {
  const Place row = hidden_.begin();
  known_.erase(row->key());
  unused_.push_back(row->number);
  hidden_.erase(row);
}

}  // namespace hassette::telemetry
