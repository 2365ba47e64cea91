#pragma once
// JobRun: one run of a job, from the time that came (or `run_now`) to how it ended.
//
// Belongs to the job's runner and keeps the job. It counts, writes down what the ledger must know,
// and tells who waits for it, also when it never begins. Loop thread only.
#include <memory>

#include "run/runner.hpp"
#include "schedule/job_record.hpp"

namespace hassette::schedule {

class JobRun final : public run::Run {
 public:
  /// What who submitted a run learns of it, although it may be gone by then.
  struct Fate {
    bool submitted = false;    ///< who submitted it looks no more
    bool never_began = false;  ///< it was destroyed before that, without having begun
  };

  JobRun(std::shared_ptr<JobRecord> job, const Occasion& occasion, std::shared_ptr<Ending> ending)
      : job_(std::move(job)), occasion_(occasion), ending_(std::move(ending)) {
    if (occasion_.occurrence) handler_begins_later();
  }
  ~JobRun() override;

  const std::shared_ptr<Fate>& fate() const { return fate_; }
  [[clang::coro_wrapper]] Task<> start() override { return execute(this); }
  std::string cause() const override;
  void failed(const run::Failure& failure) override { job_->tell(failure); }

 private:
  static Task<> execute(JobRun* self);
  void finish(const std::exception_ptr& error);

  std::shared_ptr<JobRecord> job_;
  Occasion occasion_;
  std::shared_ptr<Ending> ending_;
  std::shared_ptr<Fate> fate_ = std::make_shared<Fate>();
  const async::Fiber* fiber_ = nullptr;
  RunResult result_;
  async::MonoTime began_;
};

}  // namespace hassette::schedule
