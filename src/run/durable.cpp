#include "run/durable.hpp"

#include <algorithm>
#include <hassette/logger.hpp>

#include "async/fiber.hpp"

namespace hassette::run {

Durable::Durable(Ledger& ledger, Subject subject)
    : ledger_(ledger), subject_(std::move(subject)), entry_{.trigger = subject_.trigger} {}

std::optional<LedgerEntry> Durable::resume() {
  auto left = ledger_.find(subject_.key);
  if (!left || left->trigger != entry_.trigger) return std::nullopt;
  entry_ = *left;
  return left;
}

void Durable::plan(std::optional<TimePoint> next, std::string about) {
  if (left_) return;
  entry_.planned = next;
  entry_.about = std::move(about);
  put();
}

TimePoint Durable::came() {
  const TimePoint occurrence = entry_.planned.value_or(TimePoint());
  if (!find(occurrence)) entry_.open.push_back({.at = occurrence, .about = entry_.about});
  entry_.last = std::max(entry_.last.value_or(occurrence), occurrence);
  entry_.planned.reset();  // put together with the next plan, so that neither is without the other
  return occurrence;
}

void Durable::drop(TimePoint occurrence) {
  if (left_) return;  // it had not begun: the next start begins it
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
  const bool fails = !error.empty();
  if (std::exchange(self->told_of_fault_, fails) == fails) co_return;
  const Logger logger(self->subject_.key.app);
  if (fails) {
    logger.error(
        "what durable {} does cannot be kept ({}): it goes on, but after a crash it may run again "
        "or not at all",
        self->subject_.shown, error);
  } else {
    logger.info("what durable {} does is kept again", self->subject_.shown);
  }
}

void Durable::ended(TimePoint occurrence, bool by_stop) {
  if (forgotten_ || by_stop) return;
  std::erase_if(entry_.open, [&](const Occurrence& open) { return open.at == occurrence; });
  write();
}

void Durable::forget() {
  if (left_) return;
  left_ = true;
  forgotten_ = true;
  ledger_.erase(subject_.key);
}

void Durable::put() {
  if (!left_) write();
}

void Durable::write() {
  if (entry_.planned || !entry_.open.empty() || subject_.keeps_past) {
    ledger_.put(subject_.key, entry_);
  } else {
    ledger_.erase(subject_.key);
  }
}

Occurrence* Durable::find(TimePoint occurrence) {
  const auto found = std::ranges::find(entry_.open, occurrence, &Occurrence::at);
  return found == entry_.open.end() ? nullptr : &*found;
}

bool is_stop(const std::exception_ptr& error) {
  if (!error) return false;
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled& cancelled) {
    return cancelled.reason == CancelReason::kOwnerStopped ||
           cancelled.reason == CancelReason::kShutdown;
  } catch (...) {
    return false;
  }
}

bool begins_again(const Occurrence& open, Interrupted policy, const std::string& app,
                  const std::string& shown) {
  const bool again = policy == Interrupted::kAgain && open.begun < Durable::kMostBegun;
  Logger(app).warning("{} was interrupted in an earlier run of the engine and {}", shown,
                      again ? "begins again" : "is not repeated");
  return again;
}

}  // namespace hassette::run
