#include "harness/moves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

namespace hassette::harness {

using async::MonoTime;

Moves::Moves(async::Loop& loop, Tape& tape, HomeConnection& connection, ExploredRun& run,
             IsApp is_app)
    : loop_(loop),
      tape_(tape),
      connection_(connection),
      run_(run),
      is_app_(std::move(is_app)),
      time_(loop.now()) {
  connection_.hold_answers(is_app_);
}

void Moves::add(std::string_view key, std::string what, Happen happen) {
  time_ = now();
  events_.push_back({time_, std::string(key), std::move(what), std::move(happen)});
}

void Moves::settle() {
  play(time_, false);
  loop_.clock().jump_to(time_);
}

void Moves::advance_to(MonoTime until) {
  play(until, true);
  time_ = std::max(time_, until);
}

bool Moves::run_until(const std::function<bool()>& condition, MonoTime end) {
  for (;;) {
    settle();
    if (condition()) return true;
    if (now() >= end) return false;
    const std::optional<MonoTime> next = loop_.next_timer();
    advance_to(next ? std::clamp(*next, now(), end) : end);
  }
}

void Moves::play(MonoTime until, bool more_may_come) {
  for (;;) {
    run_engine();
    const Fibers tasks = ready();
    if (more_may_come && may_be_overtaken(until, tasks)) return;
    const std::vector<Move> moves = possible(until, tasks);
    if (moves.empty()) return;
    std::size_t taken = 0;
    if (moves.size() > 1) {
      taken = run_.choose(moves.size());
      tape_.note(fmt::format("[{} of {}] {}", taken + 1, moves.size(), words(moves[taken], tasks)));
    }
    carry_out(moves[taken], tasks);
  }
}

void Moves::run_engine() {
  const auto engine_first = [this](std::span<async::Fiber* const> fibers) {
    const auto found = std::ranges::find_if(
        fibers, [&](const async::Fiber* fiber) { return !is_app_(fiber->outermost().label()); });
    return found == fibers.end() ? std::nullopt
                                 : std::optional(static_cast<std::size_t>(found - fibers.begin()));
  };
  do {
    while (loop_.step(engine_first)) {
    }
  } while (loop_.wait_for_held());
}

Moves::Fibers Moves::ready() {
  Fibers fibers;
  loop_.step([&](std::span<async::Fiber* const> all) -> std::optional<std::size_t> {
    fibers.assign(all.begin(), all.end());
    return std::nullopt;
  });
  return fibers;
}

/// Since when the oldest event or answer waits. It may be late by the window: nothing that is later
/// than that can come before it.
MonoTime Moves::waiting_since() const {
  MonoTime earliest = MonoTime::max();
  for (const Event& event : events_) earliest = std::min(earliest, event.at);
  for (const HomeConnection::Held& held : connection_.held()) {
    earliest = std::min(earliest, held.since);
  }
  return earliest;
}

/// Something that the test does at `until` or later could come before all that is possible now.
bool Moves::may_be_overtaken(MonoTime until, const Fibers& tasks) const {
  MonoTime earliest = waiting_since();
  if (!tasks.empty()) earliest = std::min(earliest, loop_.now());
  if (const auto timer = loop_.next_timer()) earliest = std::min(earliest, *timer);
  return async::later(earliest, run_.window()) >= until;
}

/// The first is what happens without an exploration: everything that is ready, before the next
/// event or timer.
std::vector<Moves::Move> Moves::possible(MonoTime until, const Fibers& tasks) const {
  std::vector<Move> moves;
  moves.reserve(tasks.size() + connection_.held().size() + events_.size() + 1);
  for (std::size_t i = 0; i < tasks.size(); ++i) moves.push_back({Kind::kTask, i});
  for (std::size_t i = 0; i < connection_.held().size(); ++i) moves.push_back({Kind::kAnswer, i});
  const MonoTime latest = async::later(waiting_since(), run_.window());
  std::vector<Move> in_time;
  const std::optional<MonoTime> timer = loop_.next_timer();
  // Time does not pass while a task is ready to go on.
  if (timer && tasks.empty() && *timer <= latest && (*timer <= until || !events_.empty())) {
    in_time.push_back({Kind::kTime, 0, *timer});
  }
  add_events(tasks, latest, in_time);
  std::ranges::sort(in_time, {}, [](const Move& move) {
    return std::tuple(move.at, move.kind != Kind::kTime, move.place);
  });
  moves.insert(moves.end(), in_time.begin(), in_time.end());
  return moves;
}

void Moves::add_events(const Fibers& tasks, MonoTime latest, std::vector<Move>& moves) const {
  const std::optional<MonoTime> timer = loop_.next_timer();
  std::set<std::string_view> earlier;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Event& event = events_[i];
    if (!earlier.insert(event.key).second || event.at > latest) continue;
    const MonoTime soonest = event.at - run_.window();
    if (timer && *timer < soonest) continue;
    if (!tasks.empty() && soonest > loop_.now()) continue;
    moves.push_back({Kind::kEvent, i, event.at});
  }
}

std::string Moves::words(const Move& move, const Fibers& tasks) const {
  switch (move.kind) {
    case Kind::kTask: {
      const async::Label& label = tasks[move.place]->outermost().label();
      return fmt::format("{} `{}` goes on", label.app, label.task);
    }
    case Kind::kAnswer:
      return connection_.held()[move.place].what + " arrives";
    case Kind::kEvent:
      return events_[move.place].what;
    case Kind::kTime:
      return "time goes on to the next timer";
  }
  return {};
}

void Moves::carry_out(const Move& move, const Fibers& tasks) {
  using Span = std::span<async::Fiber* const>;
  switch (move.kind) {
    case Kind::kTask:
      loop_.step([&](Span) { return std::optional(move.place); });
      return;
    case Kind::kAnswer:
      // The caller goes on with it at once: nothing that came between the two could be told from
      // something that came before.
      connection_.release(move.place);
      loop_.step([&](Span now) {
        return now.size() > tasks.size() ? std::optional(now.size() - 1) : std::nullopt;
      });
      return;
    case Kind::kEvent:
      happen(move.place, tasks.empty());
      return;
    case Kind::kTime:
      loop_.clock().jump_to(move.at);
      loop_.fire_due();
      return;
  }
}

void Moves::happen(std::size_t place, bool time_may_pass) {
  Event event = std::move(events_[place]);
  events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(place));
  if (time_may_pass) {
    const MonoTime timer = loop_.next_timer().value_or(MonoTime::max());
    loop_.clock().jump_to(std::min(event.at, timer));
  }
  event.happen();
}

}  // namespace hassette::harness
