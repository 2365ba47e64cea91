#include "bus/state_listener.hpp"

#include <algorithm>

#include <hassette/duration.hpp>
#include "async/loop.hpp"
#include "base/block_pool.hpp"
#include "base/glob.hpp"
#include "bus/router.hpp"
#include "model/state_record.hpp"

namespace hassette::bus {

// --- Look

Look::Look(const state::Change& change)
    : entity(change.entity->number),
      was(change.old_state ? &*change.old_state : nullptr),
      is(change.entity->state ? &*change.entity->state : nullptr),
      time(change.time_fired),
      late(change.recovered),
      returned(change.returned),
      is_news(change.is_news),
      change_(&change) {}

Look::Look(std::uint32_t its_entity, std::shared_ptr<const StateChange> change)
    : entity(its_entity),
      was(change->old_state ? &*change->old_state : nullptr),
      is(change->new_state ? &*change->new_state : nullptr),
      time(change->time_fired),
      late(true),
      change_(nullptr),
      shared_(std::move(change)) {}

const std::shared_ptr<const StateChange>& Look::shared() {
  if (!shared_) {
    shared_ = std::allocate_shared<const StateChange>(base::BlockAllocator<StateChange>(),
                                                      state::to_state_change(*change_));
  }
  return shared_;
}

// --- What it asks

namespace {

bool any_glob(const Entities& entities) {
  return std::ranges::any_of(entities.ids(), base::is_glob) ||
         std::ranges::any_of(entities.target().entity_id.list(), base::is_glob);
}

}  // namespace

StateListener::StateListener(Owner& owner, run::Observer& observer, run::Source source,
                             std::string topic, Policy policy, Question question,
                             std::unique_ptr<Handler<StateChange>> handler)
    : ListenerOf(owner, observer, std::move(source), std::move(topic), std::move(policy),
                 std::move(handler)),
      question_(std::move(question)),
      has_globs_(any_glob(question_.entities)) {}

bool StateListener::matches_glob(std::string_view entity_id) const {
  const auto fits = [&](const std::string& text) {
    return base::is_glob(text) && base::glob_match(text, entity_id);
  };
  return std::ranges::any_of(question_.entities.ids(), fits) ||
         std::ranges::any_of(question_.entities.target().entity_id.list(), fits);
}

Value StateListener::value(const State* state) const {
  if (!state) return Value();
  if (question_.attribute.empty()) return Value(state->text());
  const Json* const found = state->attributes().find(question_.attribute);
  return found ? Value(found) : Value();
}

bool StateListener::value_changed(const Look& look) const {
  if (question_.attribute.empty()) {
    return !look.was || !look.is || look.was->text() != look.is->text();
  }
  // Most changes leave all attributes as they were, which the texts tell without reading them.
  if (look.was && look.is &&
      look.was->record().attributes_text() == look.is->record().attributes_text()) {
    return false;
  }
  return !(value(look.was) == value(look.is));
}

bool StateListener::meets(const Condition& condition, const State* state) const {
  return !condition.is_set() || (state && condition(value(state)));
}

/// kRan: every question says yes.
Verdict StateListener::ask(Look& look) {
  if (question_.changed.must() && !value_changed(look)) return Verdict::kUnchanged;
  try {
    return ask_conditions(look);
  } catch (...) {
    condition_threw(look.shared());
    return Verdict::kFailed;
  }
}

Verdict StateListener::ask_conditions(Look& look) {
  const bool any = question_.changed.how().is_set() || question_.changed_from.is_set() ||
                   question_.changed_to.is_set() || question_.where.is_set();
  if (!any) return Verdict::kRan;
  // What an author wrote runs from here on.
  const async::Loop::Naming naming(loop(), runner().label());
  const ChangeCondition& how = question_.changed.how();
  if (how.is_set() && !(look.was && look.is && how(value(look.was), value(look.is)))) {
    return Verdict::kChanged;
  }
  if (!meets(question_.changed_from, look.was)) return Verdict::kChangedFrom;
  if (!meets(question_.changed_to, look.is)) return Verdict::kChangedTo;
  if (question_.where.is_set() && !asks(question_.where, *look.shared())) return Verdict::kWhere;
  return Verdict::kRan;
}

void StateListener::take(Look& look) {
  catch_up();  // what was there comes before what has become of it
  if (active()) see(look);
}

void StateListener::see(Look& look) {
  if (!look.is_news && !holds_.contains(look.entity)) return;
  Verdict verdict = Verdict::kRan;
  if (question_.duration) {
    verdict = hold(look);
  } else {
    verdict = ask(look);
    if (verdict == Verdict::kRan) verdict = accept(look.entity, look.shared());
  }
  note(look.time, look.entity, verdict);
}

// --- Immediate

void StateListener::take_present(std::span<const std::uint32_t> numbers) {
  const TimePoint now = loop().wall();
  for (const std::uint32_t number : numbers) {
    const state::Entity& entity = owner_.router->cache().entities()[number];
    if (!entity.state || holds_.contains(number)) continue;  // a hold that was resumed goes on
    present_.push_back(
        {number, std::make_shared<const StateChange>(StateChange{.entity_id = *entity.id,
                                                                 .old_state = std::nullopt,
                                                                 .new_state = entity.state,
                                                                 .time_fired = now,
                                                                 .context = entity.state->context(),
                                                                 .immediate = true})});
  }
  if (!present_.empty()) defer_catch_up();
}

void StateListener::defer_catch_up() {
  loop().defer([listener = std::weak_ptr<Listener>(shared_from_this())] {
    if (const auto self = listener.lock()) static_cast<StateListener&>(*self).catch_up();
  });
}

void StateListener::catch_up() {
  if (!open_.empty() || !overdue_.empty()) begin_what_was_left();
  if (!present_.empty()) see_present();
}

void StateListener::see_present() {
  for (Present& present : std::exchange(present_, {})) {
    if (!active()) return;
    Look look(present.entity, std::move(present.change));
    see(look);
  }
}

// --- Duration

/// A hold goes on while what was asked for stays: the wanted value or, if none was named, the same.
bool StateListener::lasts(Look& look) {
  if (!look.is) return false;
  if (!question_.changed_to.is_set()) return value(look.was) == value(look.is);
  try {
    const async::Loop::Naming naming(loop(), runner().label());
    return meets(question_.changed_to, look.is);
  } catch (...) {
    condition_threw(look.shared());
    return false;
  }
}

Verdict StateListener::hold(Look& look) {
  bool broken = false;
  if (const auto held = holds_.find(look.entity); held != holds_.end()) {
    if (lasts(look)) return look.returned ? hold_anew(look) : Verdict::kHoldWentOn;
    holds_.erase(look.entity);
    forget_plan(look.entity);
    broken = true;
  }
  if (!look.is) return broken ? Verdict::kHoldEnded : Verdict::kChangedTo;
  if (const Verdict verdict = ask(look); verdict != Verdict::kRan) {
    return broken ? Verdict::kHoldEnded : verdict;
  }
  if (!active()) return Verdict::kEnded;
  const std::chrono::nanoseconds gone = elapsed(look);
  if (gone >= *question_.duration) {
    plan(look.entity, *look.shared(), std::chrono::nanoseconds(0));
    return accept_held(look.entity, look.shared());
  }
  plan(look.entity, *look.shared(), *question_.duration - gone);
  Hold& made = holds_.try_emplace(look.entity, *this, look.entity, look.shared()).first->second;
  loop().start_timer(made, async::later(loop().now(), *question_.duration - gone));
  return Verdict::kHoldBegan;
}

/// A hold does not outlast what it waits for, also where nobody saw that end and come back. What
/// became of an attribute meanwhile nobody can tell.
Verdict StateListener::hold_anew(const Look& look) {
  if (!question_.attribute.empty()) return Verdict::kHoldWentOn;
  const auto held = holds_.find(look.entity);
  const StateChange& began = *held->second.change;
  const auto change = std::make_shared<const StateChange>(StateChange{.entity_id = began.entity_id,
                                                                      .old_state = began.old_state,
                                                                      .new_state = *look.is,
                                                                      .time_fired = look.time,
                                                                      .context = look.is->context(),
                                                                      .immediate = began.immediate,
                                                                      .recovered = true});
  holds_.erase(held);
  const auto left = std::max<std::chrono::nanoseconds>(*question_.duration - elapsed(look), 0ns);
  plan(look.entity, *change, left);
  Hold& made = holds_.try_emplace(look.entity, *this, look.entity, change).first->second;
  loop().start_timer(made, async::later(loop().now(), left));
  return Verdict::kHoldBegan;
}

/// How long it has been so already. Of what was missed, Home Assistant's own times tell; an
/// attribute has been so since the last update at least.
std::chrono::nanoseconds StateListener::elapsed(const Look& look) const {
  if (!look.late) return std::chrono::nanoseconds(0);
  const auto gone = loop().wall() + owner_.router->clock_offset() - since(*look.is);
  return std::max<std::chrono::nanoseconds>(gone, std::chrono::nanoseconds(0));
}

TimePoint StateListener::since(const State& state) const {
  return question_.attribute.empty() ? state.last_changed() : state.last_updated();
}

Verdict StateListener::accept_held(std::uint32_t entity,
                                   const std::shared_ptr<const StateChange>& change) {
  return question_.durable ? run_held(entity, change) : accept(entity, change);
}

Verdict StateListener::hold_is_over(std::uint32_t entity) {
  const std::shared_ptr<Listener> self = shared_from_this();
  const auto node = holds_.extract(entity);
  const std::shared_ptr<const StateChange> change = node.mapped().change;
  Verdict verdict = Verdict::kRan;
  if (question_.where.is_set()) {
    try {
      const async::Loop::Naming naming(loop(), runner().label());
      if (!asks(question_.where, *change)) verdict = Verdict::kWhereAtEnd;
    } catch (...) {
      condition_threw(change);
      verdict = Verdict::kFailed;
    }
  }
  if (verdict == Verdict::kRan) {
    verdict = accept_held(entity, change);
  } else {
    forget_plan(entity);
  }
  note(loop().wall(), entity, verdict);
  return verdict;
}

// --- The end, and what it was told

void StateListener::left(std::uint32_t entity) {
  if (holds_.erase(entity) > 0) forget_plan(entity);
  ListenerOf::drop_held(entity);
  std::erase_if(present_, [&](const Present& present) { return present.entity == entity; });
}

void StateListener::leave_router() {
  owner_.router->remove(*this);
}

void StateListener::drop_held() {
  for (const auto& [entity, hold] : holds_) forget_plan(entity);
  holds_.clear();
  present_.clear();
  ListenerOf::drop_held();
}

std::string StateListener::what(std::uint32_t entity) const {
  return owner_.router->cache().entities()[entity].id->str();
}

std::string StateListener::outcome(const Verdicts::Note& note) const {
  std::string text = ListenerOf::outcome(note);
  if (note.verdict == Verdict::kWhere || note.verdict == Verdict::kWhereAtEnd) {
    text += " (" + question_.where.part_summary(note.part) + ")";
  } else if (note.verdict == Verdict::kChangedTo) {
    text += " (" + question_.changed_to.summary() + ")";
  } else if (note.verdict == Verdict::kChangedFrom) {
    text += " (" + question_.changed_from.summary() + ")";
  }
  return text;
}

std::vector<Listener::Fact> StateListener::facts() const {
  std::vector<Fact> all = ListenerOf::facts();
  all.emplace_back(".changed_from", question_.changed_from.summary());
  all.emplace_back(".changed_to", question_.changed_to.summary());
  all.emplace_back(".changed", question_.changed.how().is_set() ? question_.changed.how().summary()
                               : question_.changed.must()       ? "true"
                                                                : "false");
  all.emplace_back(".where", question_.where.summary());
  all.emplace_back(".immediate", question_.immediate ? "true" : "false");
  all.emplace_back(".duration", question_.duration ? format_duration(*question_.duration) : "none");
  all.emplace_back(".durable", question_.durable ? "true" : "false");
  all.emplace_back(".missed", question_.missed == Missed::kSkip ? "skip" : "run once");
  all.emplace_back(".interrupted", question_.interrupted == Interrupted::kAgain ? "again" : "skip");
  return all;
}

}  // namespace hassette::bus
