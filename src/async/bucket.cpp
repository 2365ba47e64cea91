#include "async/bucket.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "async/loop.hpp"
#include "async/unawaited.hpp"
#include "base/assert.hpp"

namespace hassette::async {

Bucket::~Bucket() {
  // Destroying an unfinished fiber destroys its frames; that is what a loop which is gone needs,
  // and a fault of the owner in any other case. Destructors in those frames may still call this
  // bucket.
  refuse();
  const auto gone = std::exchange(fibers_, {});
}

void Bucket::open() {
  HASSETTE_ASSERT(fibers_.empty(), "something of before goes on");
  closed_ = CancelReason::kNone;
  refuses_ = false;
}

void Bucket::abandon() {
  refuse();
  while (!fibers_.empty()) {
    const Loop::Naming naming(*loop_, fibers_.begin()->second.label());
    const auto fiber = fibers_.extract(fibers_.begin());  // destroyed first, within its name
  }
}

Bucket::Entry& Bucket::add(const Label& label) {
  const std::uint64_t number = ++spawned_;
  emptied_.clear();
  return fibers_.try_emplace(number, *this, label, number).first->second;
}

/// Gives a number that names no task.
std::uint64_t Bucket::drop(const Label& label, Task<> task) {
  if (on_refused_) on_refused_(label);
  const TearDown silent;  // whoever spawned it has not forgotten it
  std::optional<Task<>>(std::move(task)).reset();
  return ++spawned_;
}

std::uint64_t Bucket::spawn(const Label& label, Task<> task) {
  if (refuses_) return drop(label, std::move(task));
  Entry& fiber = add(label);
  fiber.start(std::move(task));
  if (closed_ != CancelReason::kNone) fiber.cancel(closed_);
  return fiber.number;
}

std::uint64_t Bucket::spawn_now(const Label& label, Task<> task) {
  if (refuses_) return drop(label, std::move(task));
  Entry& fiber = add(label);
  if (closed_ != CancelReason::kNone) fiber.cancel(closed_);
  fiber.start_now(std::move(task));
  return fiber.number;
}

bool Bucket::unfinished(std::uint64_t number) const {
  const auto found = fibers_.find(number);
  return found != fibers_.end() && !found->second.finished();
}

void Bucket::cancel(std::uint64_t number, CancelReason reason) noexcept {
  if (const auto found = fibers_.find(number); found != fibers_.end()) found->second.cancel(reason);
}

bool Bucket::is(std::uint64_t number, const Fiber* fiber) const {
  const auto found = fibers_.find(number);
  return found != fibers_.end() && &found->second == fiber;
}

Task<> Bucket::close(CancelReason reason) {
  assert_outside();
  closed_ = reason;
  for (const std::uint64_t number : numbers()) cancel(number, reason);
  co_await join();
}

void Bucket::assert_outside() const {
  const Fiber* caller = &loop_->running()->outermost();
  HASSETTE_ASSERT(std::ranges::none_of(numbers(), [&](auto number) { return is(number, caller); }),
                  "a task cannot wait for the end of the bucket that it runs in");
}

Task<> Bucket::join() {
  assert_outside();
  while (!fibers_.empty()) co_await emptied_.wait();
}

std::vector<std::uint64_t> Bucket::numbers() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(fibers_.size());
  for (const auto& [number, entry] : fibers_) numbers.push_back(number);
  std::ranges::sort(numbers);  // the order of a map's buckets must not decide what runs first
  return numbers;
}

std::vector<const Label*> Bucket::running() const {
  std::vector<const Label*> labels;
  for (const std::uint64_t number : numbers()) labels.push_back(&fibers_.at(number).label());
  return labels;
}

void Bucket::on_finish(Fiber& fiber) noexcept {
  const auto node = fibers_.extract(static_cast<Entry&>(fiber).number);
  const Entry& entry = node.mapped();
  if (entry.error() && !is_cancelled(entry.error()) && on_error_) {
    on_error_(entry.label(), entry.error());
  }
  if (fibers_.empty()) emptied_.set();
}

}  // namespace hassette::async
