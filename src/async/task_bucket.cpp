#include <hassette/task_bucket.hpp>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"

namespace hassette {

void BackgroundTask::cancel() {
  if (!bucket_) return;
  bucket_->loop().assert_thread("BackgroundTask::cancel");
  bucket_->cancel(number_, CancelReason::kRequested);
}

bool BackgroundTask::running() const {
  if (!bucket_) return false;
  bucket_->loop().assert_thread("BackgroundTask::running");
  return bucket_->contains(number_);
}

BackgroundTask TaskBucket::spawn(std::string_view name, Task<> task) {
  bucket_->loop().assert_here("task_bucket.spawn");
  return {*bucket_, bucket_->spawn(async::intern_label(app_, name), std::move(task))};
}

void TaskBucket::assert_thread(std::string_view what) const {
  bucket_->loop().assert_thread(what);
}

Task<> TaskBucket::run_on_pool(Call call, void* closure) {
  if (!threads_->try_take()) co_await threads_->take();
  struct GiveBack {
    async::Permits* threads;
    ~GiveBack() { threads->give(); }
  } const give_back{threads_};
  co_await pool_->run([call, closure](const std::stop_token& stop) { call(closure, stop); });
}

}  // namespace hassette
