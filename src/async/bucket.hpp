#pragma once
// A task bucket: owns background fibers, so that none outlives what it works for.
//
// `spawn` starts a task under a name; what it throws goes to the bucket's error handler. `close`
// asks every task to end and waits for all of them; a bucket must be empty when it is destroyed.
// When its owner begins to go, it refuses what is spawned after that. Declare it as the last member
// of its owner. Loop thread only.
#include <functional>
#include <string_view>
#include <unordered_map>

#include <hassette/async.hpp>
#include "async/fiber.hpp"
#include "base/block_pool.hpp"

namespace hassette::async {

class Bucket final : private FiberOwner {
 public:
  using OnError = std::function<void(const Label&, const std::exception_ptr&)>;
  using OnRefused = std::function<void(const Label&)>;

  Bucket(Loop& loop, OnError on_error, OnRefused on_refused = {})
      : loop_(&loop), on_error_(std::move(on_error)), on_refused_(std::move(on_refused)) {}
  Bucket(const Bucket&) = delete;
  Bucket& operator=(const Bucket&) = delete;
  ~Bucket();

  /// Starts the task in a later turn. The number names it for `cancel`.
  std::uint64_t spawn(const Label& label, Task<> task);
  /// Starts the task at once, inside the caller, which gets control back at its first suspension.
  std::uint64_t spawn_now(const Label& label, Task<> task);
  void cancel(std::uint64_t number, CancelReason reason) noexcept;
  bool contains(std::uint64_t number) const { return fibers_.contains(number); }
  /// Whether the task has still something to do.
  bool unfinished(std::uint64_t number) const;
  /// Whether this number is the given fiber's.
  bool is(std::uint64_t number, const Fiber* fiber) const;
  std::size_t size() const { return fibers_.size(); }
  bool closed() const { return closed_ != CancelReason::kNone; }
  Loop& loop() const { return *loop_; }

  /// Cancels everything and waits until nothing is left. What is spawned later is cancelled before
  /// it begins, so that it runs to its first wait; it is waited for like the rest.
  Task<> close(CancelReason reason);
  /// Waits until nothing is left, without asking anything to end.
  Task<> join();
  /// Takes tasks as at first, whatever it was told before: its owner begins anew. It is empty.
  void open();
  /// From now on a task that is spawned is destroyed without having begun: what it works on goes.
  /// `on_refused` is told.
  void refuse() { refuses_ = true; }
  /// Refuses more and destroys what is left, each under its label, so that a destructor which takes
  /// its time has a name. For an owner who goes although something did not end.
  void abandon();
  /// The labels of what still runs, for the message when a stop takes too long.
  std::vector<const Label*> running() const;

 private:
  struct Entry final : Fiber {
    Entry(Bucket& bucket, const Label& label, std::uint64_t its_number)
        : Fiber(*bucket.loop_, label, bucket), number(its_number) {}
    std::uint64_t number;
  };
  Entry& add(const Label& label);
  std::uint64_t drop(const Label& label, Task<> task);
  void on_finish(Fiber& fiber) noexcept override;
  std::vector<std::uint64_t> numbers() const;
  void assert_outside() const;

  Loop* loop_;
  OnError on_error_;
  OnRefused on_refused_;
  // A run is short and there are many: each node, with its fiber, comes from the pool of blocks.
  std::unordered_map<std::uint64_t, Entry, std::hash<std::uint64_t>, std::equal_to<>,
                     base::BlockAllocator<std::pair<const std::uint64_t, Entry>>>
      fibers_;
  std::uint64_t spawned_ = 0;
  CancelReason closed_ = CancelReason::kNone;
  bool refuses_ = false;
  AsyncEvent emptied_;
};

}  // namespace hassette::async
