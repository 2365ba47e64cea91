#include "schedule/durable.hpp"

#include <algorithm>
#include <hassette/logger.hpp>

#include "async/fiber.hpp"

namespace hassette::schedule {

Durable::Durable(Ledger& ledger, LedgerKey key, std::string trigger, bool keeps_past)
    : ledger_(ledger),
      key_(std::move(key)),
      entry_{.trigger = std::move(trigger)},
      keeps_past_(keeps_past) {}

std::optional<LedgerEntry> Durable::resume() {
  auto left = ledger_.find(key_);
  if (!left || left->trigger != entry_.trigger) return std::nullopt;
  entry_ = *left;
  return left;
}

void Durable::plan(std::optional<TimePoint> next) {
  entry_.planned = next;
  put();
}

TimePoint Durable::came() {
  const TimePoint occurrence = entry_.planned.value_or(TimePoint());
  if (!find(occurrence)) entry_.open.push_back({.at = occurrence});
  entry_.last = std::max(entry_.last.value_or(occurrence), occurrence);
  entry_.planned.reset();  // put together with the next plan, so that neither is without the other
  return occurrence;
}

void Durable::drop(TimePoint occurrence) {
  std::erase_if(entry_.open, [&](const Occurrence& open) { return open.at == occurrence; });
  put();
}

Task<> Durable::begin(TimePoint occurrence) {
  return begin_run(this, occurrence);
}

Task<> Durable::begin_run(Durable* self, TimePoint occurrence) {
  if (Occurrence* open = self->find(occurrence)) ++open->begun;
  self->put();
  std::exception_ptr cancelled;
  try {
    co_await settle(self);
  } catch (const Cancelled&) {
    cancelled = std::current_exception();
  }
  if (!cancelled) co_return;
  // The handler has not begun, and must not pass for interrupted.
  if (Occurrence* open = self->find(occurrence)) --open->begun;
  if (!self->forgotten_) self->write();
  std::rethrow_exception(cancelled);
}

Task<> Durable::settle(Durable* self) {
  std::string error;
  try {
    co_await self->ledger_.settled();
  } catch (const std::exception& failure) {
    error = failure.what();
  }
  if (error.empty()) co_return;
  Logger(self->key_.app)
      .error(
          "what durable job `{}` does cannot be kept ({}): it goes on, but after a crash it may "
          "run "
          "again or not at all",
          self->key_.job, error);
}

void Durable::ended(TimePoint occurrence, bool cancelled) {
  if (forgotten_ || (left_ && cancelled)) return;
  std::erase_if(entry_.open, [&](const Occurrence& open) { return open.at == occurrence; });
  write();
}

void Durable::forget() {
  if (left_) return;
  left_ = true;
  forgotten_ = true;
  ledger_.erase(key_);
}

void Durable::put() {
  if (!left_) write();
}

void Durable::write() {
  if (entry_.planned || !entry_.open.empty() || keeps_past_) {
    ledger_.put(key_, entry_);
  } else {
    ledger_.erase(key_);
  }
}

Occurrence* Durable::find(TimePoint occurrence) {
  const auto found = std::ranges::find(entry_.open, occurrence, &Occurrence::at);
  return found == entry_.open.end() ? nullptr : &*found;
}

}  // namespace hassette::schedule
