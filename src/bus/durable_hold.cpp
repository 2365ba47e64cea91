// Holds that outlive the engine: what of them is written down, and how they go on in its next life.
#include <fmt/format.h>

#include <algorithm>
#include <hassette/duration.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "bus/held_change.hpp"
#include "bus/hold_run.hpp"
#include "bus/router.hpp"
#include "bus/state_listener.hpp"
#include "time/instant.hpp"

namespace hassette::bus {

using std::chrono::nanoseconds;

// --- HoldRun

HoldRun::~HoldRun() {
  // What waits when its app stops has not begun, and begins after the next start.
  if (!began_ && !listener_->owner().bucket->closed()) page_->drop(occurrence_);
}

Task<> HoldRun::execute(HoldRun* self) {
  co_await self->page_->begin(self->occurrence_);
  self->began_ = true;
  self->handler_begins();
  std::exception_ptr error;
  try {
    co_await self->listener_->call(*self->change_);
  } catch (...) {
    error = std::current_exception();
  }
  self->page_->ended(self->occurrence_, run::is_stop(error));
  if (error) std::rethrow_exception(error);
}

// --- What is written down

const std::shared_ptr<run::Durable>& StateListener::page(std::uint32_t entity) {
  std::shared_ptr<run::Durable>& made = pages_[entity];
  if (!made) {
    const std::string id = what(entity);
    made = std::make_shared<run::Durable>(
        *owner_.router->ledger(),
        run::Durable::Subject{.key = {owner_.app, key(), id},
                              .shown = fmt::format("hold `{}` of {}", source().name, id),
                              .trigger = source().trigger,
                              .keeps_past = false});
  }
  return made;
}

void StateListener::plan(std::uint32_t entity, const StateChange& change, nanoseconds left) {
  if (!question_.durable) return;
  const auto in = std::chrono::ceil<TimePoint::duration>(left);
  page(entity)->plan(loop().wall() + in, write_change(change));
}

void StateListener::clock_was_set() {
  for (const auto& [entity, hold] : holds_) {
    if (!hold.running()) continue;  // it is over, and its run is about to begin
    const auto left = std::chrono::ceil<TimePoint::duration>(hold.due() - loop().now());
    page(entity)->move(loop().wall() + left);
  }
}

void StateListener::forget_plan(std::uint32_t entity) {
  if (question_.durable) page(entity)->plan(std::nullopt);
}

Durability StateListener::durability() const {
  if (!question_.durable) return {};
  return {.asked = true, .fault = owner_.router->ledger()->fault()};
}

void StateListener::leave_ledger(CancelReason reason) {
  const bool stops = reason == CancelReason::kOwnerStopped || reason == CancelReason::kShutdown;
  for (const auto& [entity, its] : pages_) {
    if (stops) {
      its->leave();
    } else {
      its->forget();
    }
  }
}

/// The time of a hold has come: it is open until its run has ended.
Verdict StateListener::run_held(std::uint32_t entity,
                                const std::shared_ptr<const StateChange>& change) {
  if (!active()) return Verdict::kEnded;  // its own .where has cancelled it
  const std::shared_ptr<run::Durable> its = page(entity);
  const TimePoint occurrence = its->came();
  its->plan(std::nullopt);
  return submit_held(entity, change, occurrence);
}

Verdict StateListener::submit_held(std::uint32_t entity,
                                   const std::shared_ptr<const StateChange>& change,
                                   TimePoint occurrence) {
  return submit(
      std::make_unique<HoldRun>(std::static_pointer_cast<StateListener>(shared_from_this()), change,
                                page(entity), occurrence),
      entity);
}

// --- The next life

namespace {

/// What became of a hold that is over, as the end of "it was due, and ...".
std::string fate_of(Verdict verdict, const std::string& outcome) {
  switch (verdict) {
    case Verdict::kRan:
      return "begins now";
    case Verdict::kWaits:
      return outcome;
    case Verdict::kSuppressed:
    case Verdict::kDropped:
      return "is " + outcome;
    default:
      return "is skipped: " + outcome;
  }
}

}  // namespace

void StateListener::resume() {
  if (!question_.durable) return;
  for (const std::string& id : owner_.router->ledger()->entities(owner_.app, key())) {
    const std::uint32_t entity = owner_.router->cache().entity(id).number;
    if (const auto left = page(entity)->resume()) {
      resume(entity, *left);
    } else {
      page(entity)->plan(std::nullopt);  // it was another question
    }
  }
  if (!open_.empty() || !overdue_.empty()) defer_catch_up();
}

void StateListener::resume(std::uint32_t entity, const run::LedgerEntry& left) {
  const std::string id = what(entity);
  const auto read = [&](const std::string& text) -> std::shared_ptr<const StateChange> {
    auto change = read_change(id, text);
    return change ? std::make_shared<const StateChange>(*std::move(change)) : nullptr;
  };
  for (const run::Occurrence& open : left.open) {
    const auto change = read(open.about);
    const bool begins =
        open.begun == 0 || run::begins_again(open, question_.interrupted, owner_.app,
                                             fmt::format("`{}` for {}", source().name, id));
    if (change && begins) {
      open_.push_back({entity, change, open.at});
    } else {
      page(entity)->drop(open.at);
    }
  }
  if (!left.planned) return;
  const auto began = read(left.about);
  const auto& is = owner_.router->cache().entities()[entity].state;
  if (!began || !is) {
    page(entity)->plan(std::nullopt);
    return;
  }
  // Home Assistant's own times, so that a difference between the clocks does not matter.
  if (since(*is) == since(*began->new_state) && time::is_set(*left.planned)) {
    stand(entity, began, *left.planned - loop().wall());
  } else {
    count_anew(entity, *began, *is);
  }
}

/// The entity has changed since: like a change that is found after an outage, it counts from when
/// the home says that it came.
void StateListener::count_anew(std::uint32_t entity, const StateChange& began, const State& is) {
  const bool back = value(&*began.new_state) == value(&is);  // it was something else meanwhile
  Look look(entity, std::make_shared<const StateChange>(
                        StateChange{.entity_id = began.entity_id,
                                    .old_state = back ? began.old_state : began.new_state,
                                    .new_state = is,
                                    .time_fired = loop().wall(),
                                    .context = is.context(),
                                    .recovered = true}));
  if (back || ask(look) == Verdict::kRan) {
    stand(entity, look.shared(), *question_.duration - elapsed(look));
  } else {
    page(entity)->plan(std::nullopt);
    note(look.time, entity, Verdict::kHoldEnded);
  }
}

void StateListener::stand(std::uint32_t entity, const std::shared_ptr<const StateChange>& change,
                          nanoseconds left) {
  if (!active()) return;
  const bool is_over = left <= nanoseconds(0);
  const bool is_skipped = is_over && question_.missed == Missed::kSkip;
  if (is_skipped) {
    tell_overdue(entity, -left, "is skipped, as `.missed` asks");
    page(entity)->plan(std::nullopt);
    note(loop().wall(), entity, Verdict::kMissed);
    count(Verdict::kMissed);
    return;
  }
  left = std::min(left, *question_.duration);  // a clock may have been set back
  plan(entity, *change, left);
  Hold& made = holds_.try_emplace(entity, *this, entity, change).first->second;
  if (!is_over) {
    loop().start_timer(made, async::later(loop().now(), left));
  } else {
    overdue_.push_back({entity, -left});
  }
}

/// What an earlier life left to be done comes before what happens in this one.
void StateListener::begin_what_was_left() {
  for (const Open& open : std::exchange(open_, {})) {
    if (!active()) {
      page(open.entity)->drop(open.occurrence);
      continue;
    }
    note(loop().wall(), open.entity, submit_held(open.entity, open.change, open.occurrence));
  }
  for (const Overdue& overdue : std::exchange(overdue_, {})) {
    if (!holds_.contains(overdue.entity)) continue;
    const Verdict verdict = hold_is_over(overdue.entity);
    tell_overdue(overdue.entity, overdue.late, fate_of(verdict, recent().back().outcome));
  }
}

/// Nobody saw the hold end, so that the log says what becomes of it.
void StateListener::tell_overdue(std::uint32_t entity, nanoseconds late,
                                 std::string_view fate) const {
  Logger(owner_.app)
      .warning("`{}` of {} was due {} ago, before it was registered again, and {}", source().name,
               what(entity), format_duration(late), fate);
}

}  // namespace hassette::bus
