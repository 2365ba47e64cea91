#include "schedule/job_run.hpp"

#include <fmt/format.h>

#include <hassette/scheduler.hpp>

#include "async/loop.hpp"

namespace hassette::schedule {

namespace {

RunOutcome outcome_of(const std::exception_ptr& error) {
  if (!error) return RunOutcome::kSuccess;
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled& cancelled) {
    return cancelled.reason == CancelReason::kTimeout ? RunOutcome::kTimedOut
                                                      : RunOutcome::kCancelled;
  } catch (...) {
    return RunOutcome::kError;
  }
}

}  // namespace

JobRun::~JobRun() {
  if (fiber_) {
    job_->run_left(fiber_);  // its frame is destroyed in the middle
  } else if (result_.began == TimePoint()) {
    if (fate_->submitted) {
      job_->run_never_began(occasion_, ending_.get(),
                            job_->cancelled() ? RunOutcome::kCancelled : RunOutcome::kSuppressed);
    }
    fate_->never_began = true;
  }
}

std::string JobRun::cause() const {
  const std::string& trigger = job_->status()->trigger;
  if (occasion_.manual) return "run_now";
  std::string cause = trigger;
  if (occasion_.event) cause += fmt::format(", `{}`", occasion_.event->summary);
  if (const auto& missed = occasion_.missed) {
    cause += missed->how.empty() ? ", late" : fmt::format(", due {}", missed->how);
  }
  return cause;
}

Task<> JobRun::execute(JobRun* self) {
  JobRecord& job = *self->job_;
  if (self->occasion_.occurrence) co_await job.durable()->begin(*self->occasion_.occurrence);
  self->handler_begins();
  async::Loop& loop = job.loop();
  self->fiber_ = &loop.running()->outermost();
  self->began_ = loop.now();
  self->result_.began = loop.wall();
  job.run_began(self->fiber_);
  std::exception_ptr error;
  try {
    co_await job.work().run(self->occasion_.event.get());
  } catch (...) {
    error = std::current_exception();
  }
  self->finish(error);
  if (error) std::rethrow_exception(error);
}

void JobRun::finish(const std::exception_ptr& error) {
  result_.outcome = outcome_of(error);
  result_.duration = job_->loop().now() - began_;
  if (result_.outcome == RunOutcome::kError) result_.error = async::describe(error);
  if (result_.outcome == RunOutcome::kTimedOut) result_.error = "it took too long";
  job_->run_ended(std::exchange(fiber_, nullptr), occasion_, result_, run::is_stop(error));
  if (ending_) {
    ending_->result = result_;
    ending_->ended.set();
  }
}

}  // namespace hassette::schedule
