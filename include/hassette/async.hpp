#pragma once
// layer: async
//
// What straight-line code awaits: time, other tasks, events and channels.
//
// Everything here belongs to the loop's thread, is cancelled with the fiber that awaits it, and
// follows the loop's clock: in tests time is virtual and these take none of it.
#include <chrono>
#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <source_location>
#include <tuple>
#include <variant>
#include <vector>

#include <hassette/task.hpp>

namespace hassette {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): `sleep(5min)` is the
                                       // API

/// Resumes when the time has passed on the loop's clock.
[[clang::coro_wrapper]] Task<> sleep(std::chrono::nanoseconds duration,
                                     std::source_location where = std::source_location::current());
template <class Number>
  requires std::is_arithmetic_v<Number>
[[clang::coro_wrapper]] Task<> sleep(Number) =
    delete("give a duration with a unit: 3s, 5min, or std::chrono::seconds(n)");
/// The same in real time, for waits between attempts at I/O.
[[clang::coro_wrapper]] Task<> io_sleep(
    std::chrono::nanoseconds duration,
    std::source_location where = std::source_location::current());
/// Lets everything else that is ready run first.
[[clang::coro_wrapper]] Task<> yield(std::source_location where = std::source_location::current());
/// Whether the running task has been asked to end; for long plain loops.
bool cancel_requested() noexcept;

namespace async {

using Unit = std::monostate;
template <class T>
using Value = std::conditional_t<std::is_void_v<T>, Unit, T>;

struct GatherOptions {
  bool first_wins =
      false;              ///< cancel the others when one has finished, not only when one has failed
  bool shielded = false;  ///< the awaiting task's cancellation is not passed on
  std::chrono::nanoseconds limit = std::chrono::nanoseconds::max();  ///< then cancel with kTimeout
  bool real_time = false;  ///< the limit is an I/O deadline: it ignores the home's clock
};
/// Runs the tasks as fibers of their own and returns when every one has ended: the index of the
/// first that ended. Rethrows the first error that was not caused by the cancelling done here;
/// throws TimeoutError when the limit ended them.
Task<std::size_t> gather(std::vector<Task<>> tasks, GatherOptions options);

template <class T>
Task<> store(Task<T> task, std::optional<Value<T>>* slot) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
    slot->emplace();
  } else {
    slot->emplace(co_await std::move(task));
  }
}

/// A pack cannot be followed by a default argument: what is made of several tasks stands where the
/// first of them was made, which is on the author's line where they are made inside the call.
inline std::source_location place_of(std::source_location where = std::source_location::current()) {
  return where;
}
template <class First, class... Rest>
std::source_location place_of(const Task<First>& first, const Task<Rest>&...) {
  return first.made_at();
}

template <class T>
Task<T> run_one(Task<T> task, GatherOptions options) {
  std::optional<Value<T>> value;
  std::vector<Task<>> tasks;
  tasks.push_back(store(std::move(task), &value));
  co_await gather(std::move(tasks), options);
  if constexpr (!std::is_void_v<T>) co_return std::move(*value);
}

template <std::size_t... I, class... T>
Task<std::tuple<Value<T>...>> all_of(std::index_sequence<I...>, Task<T>... given) {
  std::tuple<std::optional<Value<T>>...> values;
  std::vector<Task<>> tasks;
  (tasks.push_back(store(std::move(given), &std::get<I>(values))), ...);
  co_await gather(std::move(tasks), {});
  co_return std::tuple<Value<T>...>(std::move(*std::get<I>(values))...);
}

template <std::size_t... I, class... T>
Task<std::variant<Value<T>...>> any_of(std::index_sequence<I...>, Task<T>... given) {
  std::tuple<std::optional<Value<T>>...> values;
  std::vector<Task<>> tasks;
  (tasks.push_back(store(std::move(given), &std::get<I>(values))), ...);
  const std::size_t winner = co_await gather(std::move(tasks), {.first_wins = true});
  std::optional<std::variant<Value<T>...>> result;
  ((winner == I ? void(result.emplace(std::in_place_index<I>, std::move(*std::get<I>(values))))
                : void()),
   ...);
  co_return std::move(*result);
}

template <class T>
Task<std::vector<T>> all_of(std::vector<Task<T>> given) {
  std::vector<std::optional<T>> values(given.size());
  std::vector<Task<>> tasks;
  for (std::size_t i = 0; i < given.size(); ++i) {
    tasks.push_back(store(std::move(given[i]), &values[i]));
  }
  co_await gather(std::move(tasks), {});
  std::vector<T> results;
  for (auto& value : values) results.push_back(std::move(*value));
  co_return results;
}

inline Task<> all_of(std::vector<Task<>> tasks) {
  co_await gather(std::move(tasks), {});
}

}  // namespace async

/// Awaits all; when one fails, the others are cancelled, awaited, and its error is thrown. A `void`
/// task gives a std::monostate.
template <class... T>
[[clang::coro_wrapper]] Task<std::tuple<async::Value<T>...>> when_all(Task<T>... tasks) {
  const std::source_location where = async::place_of(tasks...);
  return async::all_of(std::index_sequence_for<T...>{}, std::move(tasks)...).at(where);
}

/// Awaits the first to end; the others are cancelled *and* awaited before this returns. The
/// variant's `index()` names the winner. If any of them failed for another reason than being
/// cancelled here, its error is thrown: no failure is lost, not even beside a winner's result.
template <class... T>
[[clang::coro_wrapper]] Task<std::variant<async::Value<T>...>> when_any(Task<T>... tasks) {
  const std::source_location where = async::place_of(tasks...);
  return async::any_of(std::index_sequence_for<T...>{}, std::move(tasks)...).at(where);
}

template <class T>
[[clang::coro_wrapper]] Task<std::vector<T>> when_all(
    std::vector<Task<T>> tasks, std::source_location where = std::source_location::current()) {
  return async::all_of(std::move(tasks)).at(where);
}

[[clang::coro_wrapper]] inline Task<> when_all(
    std::vector<Task<>> tasks, std::source_location where = std::source_location::current()) {
  return async::all_of(std::move(tasks)).at(where);
}

/// The task's result, or TimeoutError once it has been cancelled and awaited.
template <class T>
[[clang::coro_wrapper]] Task<T> timeout(
    Task<T> task, std::chrono::nanoseconds limit,
    std::source_location where = std::source_location::current()) {
  return async::run_one(std::move(task), {.limit = limit}).at(where);
}

/// The same for an I/O deadline: it follows real time, whatever the home's clock does.
template <class T>
[[clang::coro_wrapper]] Task<T> io_timeout(
    Task<T> task, std::chrono::nanoseconds limit,
    std::source_location where = std::source_location::current()) {
  return async::run_one(std::move(task), {.limit = limit, .real_time = true}).at(where);
}

/// Cleanup that must await: it goes on although the awaiting task is cancelled, for `deadline` at
/// most.
template <class T>
[[clang::coro_wrapper]] Task<T> shield(
    Task<T> task, std::chrono::nanoseconds deadline,
    std::source_location where = std::source_location::current()) {
  return async::run_one(std::move(task), {.shielded = true, .limit = deadline}).at(where);
}

/// The same with a deadline in real time.
template <class T>
[[clang::coro_wrapper]] Task<T> io_shield(
    Task<T> task, std::chrono::nanoseconds deadline,
    std::source_location where = std::source_location::current()) {
  return async::run_one(std::move(task), {.shielded = true, .limit = deadline, .real_time = true})
      .at(where);
}

namespace async {

class Waiter;
/// Who waits, in the order in which they came.
struct WaitLine {
  Waiter* first = nullptr;
  Waiter* last = nullptr;
};

/// A number of permits, first come, first served: one that is given goes to whoever waits longest,
/// and nobody who comes later can take it away. Destroyed, it lets those who wait go on without.
class Permits {
 public:
  explicit Permits(std::size_t free) : free_(free) {}
  Permits(const Permits&) = delete;
  Permits& operator=(const Permits&) = delete;
  ~Permits();

  Task<> take();
  /// False if there is none left.
  bool try_take();
  void give();
  /// From now on nobody waits.
  void open();

 private:
  friend Waiter;
  WaitLine waiting_;
  WaitLine served_;   // who was given one and has not run since
  std::size_t free_;  // more than none only while nobody waits
  bool open_ = false;
};

}  // namespace async

/// A flag that tasks can wait for. Once set it stays set until `clear`.
class AsyncEvent {
 public:
  AsyncEvent();
  AsyncEvent(const AsyncEvent&) = delete;
  AsyncEvent& operator=(const AsyncEvent&) = delete;
  ~AsyncEvent();

  /// Returns at once if set. Every waiter that waits when `set` is called is resumed.
  [[nodiscard]] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> wait(
      std::source_location where = std::source_location::current());
  void set();
  void clear() { set_ = false; }
  bool is_set() const { return set_; }

 private:
  Task<> until_set();
  async::WaitLine line_;
  bool set_ = false;
};

/// A bounded queue between tasks. `send` waits for room, `try_send` says that there is none; after
/// `close`, receivers get what is left and then nothing. Senders and receivers are served in the
/// order in which they came. It must live longer than who waits on it; a capacity of 0 counts as 1.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity)
      : capacity_(capacity == 0 ? 1 : capacity), room_(capacity_) {}

  /// False if the channel was closed before there was room.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<bool> send(
      T value, std::source_location where = std::source_location::current()) {
    return put_when_there_is_room(std::move(value)).at(where);
  }

  bool try_send(T value) { return room_.try_take() && put(std::move(value)); }

  /// Empty once the channel is closed and drained.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<std::optional<T>> receive(
      std::source_location where = std::source_location::current()) {
    return take_when_there_is_one().at(where);
  }

  void close() {
    closed_ = true;
    items_.open();
    room_.open();
  }
  bool closed() const { return closed_; }
  std::size_t size() const { return queue_.size(); }
  std::size_t capacity() const { return capacity_; }

 private:
  Task<bool> put_when_there_is_room(T value) {
    if (!room_.try_take()) co_await room_.take();
    co_return put(std::move(value));
  }
  Task<std::optional<T>> take_when_there_is_one() {
    if (!items_.try_take()) co_await items_.take();
    if (queue_.empty()) co_return std::nullopt;
    T value = std::move(queue_.front());
    queue_.pop_front();
    room_.give();
    co_return value;
  }
  bool put(T value) {
    if (closed_) return false;
    queue_.push_back(std::move(value));
    items_.give();
    return true;
  }

  std::size_t capacity_;
  std::deque<T> queue_;
  async::Permits items_{0};
  async::Permits room_;
  bool closed_ = false;
};

}  // namespace hassette
