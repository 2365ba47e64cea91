#include <hassette/task_bucket.hpp>

#include <fmt/core.h>

#include <hassette/error.hpp>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"

namespace hassette {

namespace {
void refuse_what_may_end_before(const Task<>& task, std::string_view name) {
  const std::source_location& made = task.made_at();
  const auto refuse = [&](std::string_view why) {
    const std::string_view path = made.file_name();
    throw LogicError(fmt::format("task_bucket.spawn(\"{}\") with the task made at {}:{}: {}", name,
                                 path.substr(path.rfind('/') + 1), made.line(), why));
  };
  switch (task.refers_to()) {
    case async::RefersTo::kNothing:
      return;
    case async::RefersTo::kCaptures:
      return refuse(
          "a coroutine refers to the captures of its lambda, and this lambda was called and is "
          "gone. "
          "Hand over the lambda itself, without the call: it is kept as long as its task runs");
    case async::RefersTo::kParameter:
      return refuse(
          "it takes a parameter by reference, to what may be gone at the end of the line. Take it "
          "by "
          "value");
  }
}
}  // namespace

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
  refuse_what_may_end_before(task, name);
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
