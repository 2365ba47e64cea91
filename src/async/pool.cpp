#include "async/pool.hpp"

#include <atomic>
#include <cstdint>

#include "async/loop.hpp"

namespace hassette::async {

/// Shared by the awaiter and the thread that runs it, since either may be the last to look. Whoever
/// moves it on from `kQueued` decides whether it runs.
struct Pool::Job {
  enum class State : std::uint8_t { kQueued, kRunning, kOver };

  bool move_on(State next) {
    State queued = State::kQueued;
    return state.compare_exchange_strong(queued, next, std::memory_order_acq_rel);
  }

  std::atomic<State> state = State::kQueued;
  Work work;
  std::stop_source stop;
  std::exception_ptr error;
  Loop* loop = nullptr;
  Awaiter* awaiter = nullptr;  // loop's thread only; empty once nobody waits
};

class Pool::Awaiter final : public Leaf {
 public:
  Awaiter(Pool& pool, Work work) : pool_(pool), job_(std::make_shared<Job>()) {
    job_->work = std::move(work);
  }
  ~Awaiter() override {
    job_->awaiter = nullptr;
    if (!job_->move_on(Job::State::kOver)) {
      // The work may refer to the frame that is being destroyed: the frame has to wait for it.
      job_->stop.request_stop();
      job_->state.wait(Job::State::kRunning, std::memory_order_acquire);
    }
    job_->work =
        nullptr;  // what it captured, and what it threw, ends here and not on another thread
    job_->error = nullptr;
  }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    job_->loop = &loop();
    job_->awaiter = this;
    hold_.emplace(loop());
    {
      const std::scoped_lock lock(pool_.mutex_);
      pool_.queue_.push_back(job_);
    }
    pool_.filled_.notify_one();
    return true;
  }

  void await_resume() {
    rethrow_if_cancelled();
    if (job_->error) std::rethrow_exception(job_->error);
  }

  void done() {
    hold_.reset();
    wake();
  }

 private:
  void on_cancel() noexcept override {
    job_->stop.request_stop();
    if (job_->move_on(Job::State::kOver)) done();  // otherwise it runs: wait for it
  }

  Pool& pool_;
  std::shared_ptr<Job> job_;
  std::optional<Loop::Hold> hold_;
};

Pool::Pool(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
  }
}

Pool::~Pool() {
  for (std::jthread& thread : threads_) thread.request_stop();
  filled_.notify_all();
}

Task<> Pool::run(Work work) {
  co_await Awaiter(*this, std::move(work));
}

void Pool::serve(const std::stop_token& stop) {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      if (!filled_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    if (!job->move_on(Job::State::kRunning)) continue;
    try {
      job->work(job->stop.get_token());
    } catch (...) {
      job->error = std::current_exception();
    }
    // Posted before it is over: whoever waits for that may destroy the loop next.
    job->loop->post([job] {
      if (job->awaiter) job->awaiter->done();
    });
    job->state.store(Job::State::kOver, std::memory_order_release);
    job->state.notify_all();
  }
}

}  // namespace hassette::async
