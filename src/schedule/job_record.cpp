#include "schedule/job_record.hpp"

#include <algorithm>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "schedule/timetable.hpp"

namespace hassette::schedule {

using async::MonoTime;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

JobRecord::JobRecord(Owner& owner, Parts parts)
    : owner_(owner),
      table_(*owner.timetable),
      rule_(std::move(parts.rule)),
      work_(std::move(parts.work)),
      options_(std::move(parts.options)),
      status_(std::make_shared<JobStatus>(JobStatus{.thread = owner.bucket->loop().thread(),
                                                    .name = parts.source.name,
                                                    .group = options_.group,
                                                    .trigger = parts.source.trigger})),
      random_(table_.ports().seed, owner.app, status_->name),
      on_error_(options_.on_error.bind(owner.self)),
      runner_(*owner.bucket, table_.observer(), std::move(parts.source), options_.mode,
              options_.timeout ? options_.timeout->get() : owner.timeout) {
  if (options_.durable) {
    durable_.emplace(*table_.ports().ledger,
                     run::Durable::Subject{.key = {owner.app, status_->name},
                                           .shown = "job `" + status_->name + "`",
                                           .trigger = status_->trigger,
                                           .keeps_past = rule_->follows_wall()});
  }
}

void JobRecord::begin() {
  active_ = true;
  rule_->attach([this] {
    if (active_) review();
  });
  if (!durable_ || !resume()) plan(first_due());
}

/// Goes on where an earlier life of the job ended; false if there is nothing to go on with.
bool JobRecord::resume() {
  const auto left = durable_->resume();
  if (!left) return false;
  for (std::size_t i = 0; i < left->open.size(); ++i) go_on_with(left->open[i], i);
  if (left->planned && work_->takes_event()) {
    left_planned_ = *left->planned;
    left_events_ = read_events(left->about);
  }
  if (rule_->follows_wall()) last_ = left->last;
  if (!left->planned) {
    if (!rule_->follows_wall()) {
      if (left->open.empty()) return false;
      plan(std::nullopt);  // its only time came, and what becomes of that is settled above
      return true;
    }
    // What has been does not come again, although the rule, asked from now, may give it again.
    const auto first = first_due();
    const bool has_been = first && last_ && std::get<TimePoint>(*first) <= *last_;
    const Due last(last_.value_or(TimePoint()));
    plan(has_been ? ask(&last) : first);
    return true;
  }
  if (last_ && is_shown_again(*last_, *left->planned)) {
    plan(*left->planned);
    return true;
  }
  if (table_.clock_is_set() && !keeps(*left->planned)) {
    plan(instead_of(*left->planned));
    return true;
  }
  kept_ = left->planned;
  plan(*kept_);
  return true;
}

/// For a time of an earlier life that does not count: the clock on the wall gives the next one; an
/// interval goes on in its steps, and a delay is over.
std::optional<Due> JobRecord::instead_of(TimePoint planned) {
  if (rule_->follows_wall()) return first_due();
  const Due came(planned);
  return ask(&came);
}

/// Whether the time that an earlier life had planned counts. What follows elapsed time keeps its
/// moment on the wall, the only clock that outlives a process.
bool JobRecord::keeps(TimePoint planned) {
  const TimePoint now = table_.loop().wall();
  if (!known_from_) {
    known_from_ = now;
    before_that_ =
        status_->state == JobState::kWaiting ? "before the clock was set" : kUnregistered;
  }
  kept_passed_ = planned < std::min(now, *known_from_);
  if (planned > now) return !rule_->follows_wall();
  if (!kept_passed_ || options_.missed.value_or(Missed::kRunOnce) == Missed::kRunOnce) return true;
  count_missed();
  tell_missed({planned, before_that_}, "is skipped, as `.missed` asks");
  return false;
}

/// An occurrence that came in an earlier life, and whose run did not begin or did not end.
void JobRecord::go_on_with(const run::Occurrence& open, std::size_t place) {
  const Occasion occasion = occasion_of(open, place);
  const bool lacks_event = work_->takes_event() && !occasion.event;
  const bool given_up =
      open.begun > 0 && !run::begins_again(open, options_.interrupted.value_or(Interrupted::kSkip),
                                           app(), "`" + name() + "`");
  if (open.begun == 0 && lacks_event) tell_missed(*occasion.missed, kLacksEvent);
  if (given_up || lacks_event) {
    count_missed();
    durable_->drop(open.at);
    return;
  }
  // In a later turn, when the app has heard of its job.
  table_.loop().defer([weak = weak_from_this(), occasion, is_news = open.begun == 0] {
    const auto self = weak.lock();
    if (!self || self->cancelled_) return;
    const auto what = self->submit(occasion, nullptr);
    if (is_news) self->tell_missed(*occasion.missed, fate_of(what));
  });
}

Task<> JobRecord::settled(std::shared_ptr<JobRecord> self) {
  if (self->durable_) co_await self->durable_->settled();
}

void JobRecord::cancel(CancelReason reason) {
  const std::shared_ptr<JobRecord> self = shared_from_this();
  const bool stops = reason == CancelReason::kOwnerStopped || reason == CancelReason::kShutdown;
  cancelled_ = true;
  if (durable_ && stops) durable_->leave();
  if (durable_ && !stops) durable_->forget();
  if (std::exchange(active_, false)) {
    disarm();
    due_.reset();
    fires_.reset();
    rule_->detach();
    set_state(JobState::kCancelled);
    table_.remove(*this);
  }
  runner_.cancel(reason);  // also the only run of a job that has had its time
}

void JobRecord::review() {
  if (!kept_ && due_ && std::holds_alternative<MonoTime>(*due_)) return;
  if (kept_ && !held_by_clock()) {
    const TimePoint planned = *kept_;
    if (!keeps(planned)) kept_.reset();
    plan(kept_ ? std::optional<Due>(planned) : instead_of(planned));
    return;
  }
  const bool keeps_it =
      due_ && (has_come() || (last_ && is_shown_again(*last_, std::get<TimePoint>(*due_))));
  if (keeps_it) {
    arm();
    return;
  }
  plan(first_due());
}

void JobRecord::clock_was_set() {
  if (!due_ || !std::holds_alternative<MonoTime>(*due_)) return;
  runner_.tell_next_run(fires_at());
  if (durable_) durable_->move(*next_run());
}

/// Set back a little, the clock shows times again whose run has been. Set back over more than half
/// of the way to the next one, it was wrong before.
bool JobRecord::is_shown_again(TimePoint last, TimePoint next) const {
  const TimePoint now = table_.loop().wall();
  return table_.clock_is_set() && last > now && last - now <= (next - last) / 2;
}

/// The time has come, and its run waits for its jitter to pass.
bool JobRecord::has_come() const {
  return std::get<TimePoint>(*due_) <= table_.loop().wall();
}

bool JobRecord::held_by_clock() const {
  return (kept_ || rule_->follows_wall()) && !table_.clock_is_set();
}

/// For the first time, or the one after `came`. The rule may be the author's code: one that throws
/// has had its last time.
std::optional<Due> JobRecord::ask(const Due* came) {
  if (rule_failed_) return std::nullopt;
  const async::Loop::Naming naming(table_.loop(), runner_.label());
  std::string error;
  try {
    return came ? rule_->next(*came, table_.now()) : rule_->first(table_.now());
  } catch (...) {
    error = async::describe(std::current_exception());
  }
  rule_failed_ = true;
  Logger(app()).error("the trigger of `{}` failed, and the job ends: {} [registered at {}]", name(),
                      error, runner_.place());
  return std::nullopt;
}

void JobRecord::plan(std::optional<Due> due) {
  if (due && due == due_ && !held_by_clock()) {
    renew_events(*due);
    arm();  // asked again with the same answer, it keeps the jitter that was drawn
    return;
  }
  disarm();
  events_.clear();
  due_.reset();
  fires_.reset();
  if (held_by_clock()) {
    table_.await_clock();
    set_state(JobState::kWaiting, "the clock has not been set since the machine started");
    if (durable_ && !kept_) durable_->plan(std::nullopt);
    return;
  }
  if (due && work_->takes_event()) take_events(std::get<TimePoint>(*due));
  if (durable_) durable_->plan(on_wall(due), write_events(events_));
  if (!due) {
    const std::string waits_for = rule_failed_ ? std::string() : rule_->waits_for();
    if (waits_for.empty()) return complete();
    set_state(waits_for == kWaitsForRunNow ? JobState::kManual : JobState::kWaiting, waits_for);
    return;
  }
  due_ = due;
  const nanoseconds jitter = random_.below(options_.jitter);
  if (const auto* mono = std::get_if<MonoTime>(&*due)) {
    fires_ = async::later(*mono, jitter);
  } else {
    fires_ = shifted(std::get<TimePoint>(*due), jitter);
  }
  set_state(JobState::kScheduled);
  arm();
}

void JobRecord::arm() {
  runner_.tell_next_run(fires_at());
  if (const auto* mono = std::get_if<MonoTime>(&*fires_)) {
    table_.loop().start_timer(*this, *mono);
  } else {
    table_.start_on_wall(*this, std::get<TimePoint>(*fires_));
  }
}

void JobRecord::disarm() {
  if (!fires_ || std::holds_alternative<MonoTime>(*fires_)) {
    stop();
  } else {
    table_.stop_on_wall(*this);
  }
}

std::optional<TimePoint> JobRecord::on_wall(const std::optional<Due>& due) const {
  if (!due) return std::nullopt;
  if (const auto* moment = std::get_if<TimePoint>(&*due)) return *moment;
  return shifted(table_.loop().wall(), std::get<MonoTime>(*due) - table_.loop().now());
}

void JobRecord::set_state(JobState state, std::string waits_for) {
  if (state != JobState::kScheduled) runner_.tell_next_run({});
  status_->state = state;
  status_->waits_for = state == JobState::kWaiting ? std::move(waits_for) : std::string();
}

void JobRecord::complete() {
  active_ = false;
  rule_->detach();
  set_state(JobState::kCompleted);
  table_.remove(*this);
}

void JobRecord::fire() {
  const std::shared_ptr<JobRecord> self = shared_from_this();
  const Now now = table_.now();
  const Due came = *due_;
  Occasion occasion;
  if (const auto* mono = std::get_if<MonoTime>(&*fires_)) {
    occasion.late = now.mono - *mono;
  } else {
    occasion.late = duration_cast<nanoseconds>(now.wall - std::get<TimePoint>(*fires_));
    last_ = std::get<TimePoint>(came);
  }
  // However short a restart was: nobody saw the time pass, and `.late` is for an engine that runs.
  if (kept_ && (kept_passed_ || occasion.late > options_.late_tolerance.get())) {
    occasion.missed = {.due = *kept_, .how = kept_passed_ ? before_that_ : ""};
  }
  kept_.reset();
  const std::vector<Occasion> runs = runs_of(occasion);
  // The next time is fixed before this run starts, so that the run may cancel the job.
  due_.reset();
  plan(ask(&came));
  decide(occasion, runs);
}

}  // namespace hassette::schedule
