#include "telemetry/task_meter.hpp"

#include <utility>

#include "log/log.hpp"
#include "telemetry/board.hpp"
#include "telemetry/bounded_text.hpp"

namespace hassette::telemetry {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

namespace {
constexpr auto kRelaxed = std::memory_order_relaxed;
}  // namespace

TaskRecord::TaskRecord(TaskFacts its_facts, std::shared_ptr<AppTotals> its_totals,
                       std::uint64_t its_id)
    : facts(std::move(its_facts)),
      label(async::intern_label(facts.app, facts.name)),
      totals(std::move(its_totals)),
      id(its_id) {}

TaskMeter::TaskMeter(TaskMeter&& other) noexcept
    : board_(std::exchange(other.board_, nullptr)), record_(std::move(other.record_)) {}

TaskMeter& TaskMeter::operator=(TaskMeter&& other) noexcept {
  std::swap(board_, other.board_);
  std::swap(record_, other.record_);
  return *this;
}

TaskMeter::~TaskMeter() {
  if (record_) board_->remove(*record_);
}

void TaskMeter::changed() {
  board_->bump();
}

void TaskMeter::started(TimePoint at, EventTape::Number event) {
  if (!record_) return;
  record_->runs.fetch_add(1, kRelaxed);
  record_->running.fetch_add(1, kRelaxed);
  record_->last_run_us.store(at.time_since_epoch().count(), kRelaxed);
  record_->totals->runs.fetch_add(1, kRelaxed);
  if (event != 0) board_->events().started(event, record_->label);
  changed();
}

void TaskMeter::ended(nanoseconds took, bool failed) {
  record_->running.fetch_sub(1, kRelaxed);
  record_->last_duration_us.store(duration_cast<microseconds>(took).count(), kRelaxed);
  record_->failing.store(failed, kRelaxed);
  changed();
}

void TaskMeter::succeeded(nanoseconds took) {
  if (record_) ended(took, false);
}

void TaskMeter::add_failure(TimePoint at, std::string_view error) {
  const LastError last{log::masked(std::string(bounded(error, kMaxError))), record_->facts.name,
                       at};
  {
    const std::scoped_lock lock(record_->mutex);
    record_->last_error = last;
  }
  {
    const std::scoped_lock lock(record_->totals->mutex);
    record_->totals->last_error = last;
  }
  record_->failures.fetch_add(1, kRelaxed);
  record_->totals->failures.fetch_add(1, kRelaxed);
}

void TaskMeter::failed(nanoseconds took, TimePoint at, std::string_view error) {
  if (!record_) return;
  add_failure(at, error);
  ended(took, true);
}

void TaskMeter::condition_failed(TimePoint at, std::string_view error) {
  if (!record_) return;
  add_failure(at, error);
  changed();
}

void TaskMeter::cancelled(nanoseconds took) {
  if (!record_) return;
  record_->cancelled.fetch_add(1, kRelaxed);
  // A run that was cancelled says nothing of whether the task works.
  ended(took, record_->failing.load(kRelaxed));
}

void TaskMeter::count(std::atomic<std::uint64_t> TaskRecord::* counter) {
  if (!record_) return;
  ((*record_).*counter).fetch_add(1, kRelaxed);
  changed();
}

void TaskMeter::suppressed() {
  count(&TaskRecord::suppressed);
}
void TaskMeter::dropped() {
  count(&TaskRecord::dropped);
}
void TaskMeter::throttled() {
  count(&TaskRecord::throttled);
}
void TaskMeter::skipped() {
  count(&TaskRecord::skipped);
}
void TaskMeter::missed() {
  count(&TaskRecord::missed);
}
void TaskMeter::late() {
  count(&TaskRecord::late);
}
void TaskMeter::error_handler_failed() {
  count(&TaskRecord::error_handler_failures);
}

void TaskMeter::wait_began(TimePoint at) {
  if (!record_) return;
  if (record_->waiting.load(kRelaxed) == 0) {
    record_->waiting_since_us.store(at.time_since_epoch().count(), kRelaxed);
  }
  record_->waiting.fetch_add(1, kRelaxed);
  changed();
}

void TaskMeter::wait_ended() {
  if (!record_) return;
  record_->waiting.fetch_sub(1, kRelaxed);
  changed();
}

void TaskMeter::set_next_run(std::optional<TimePoint> at) {
  if (!record_) return;
  record_->next_run_us.store(at ? at->time_since_epoch().count() : 0, kRelaxed);
  changed();
}

}  // namespace hassette::telemetry
