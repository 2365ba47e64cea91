#pragma once
// layer: bus
//
// What straight-line code waits for: the next change, a stream of them, the first of several.
//
//   auto stream = co_await bus.stream("binary_sensor.door");
//   while (const auto change = co_await stream.next()) { … }
//
//   const auto first = co_await first_of(bus.next("binary_sensor.motion", {.changed_to = "on"}),
//                                        sleep(10min));
//   if (first.index() == 1) co_await api.turn_off(app_config.light);
//
// Listening begins inside the `co_await` of `bus.next` and `bus.stream`: what Home Assistant sends
// after it is heard. `next` forgets everything but the first event; a stream keeps what comes
// between two of its waits. Both end with the task that awaits. Loop thread only.
#include <hassette/async.hpp>
#include <hassette/entities.hpp>
#include <hassette/options.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hassette {

/// Which change `bus.next` and `bus.wait_for` wait for; as in StateChangeOptions.
struct NextOptions {
  Condition changed_from = {};
  Condition changed_to = {};
  Changed changed = true;
  /// Asks about this attribute instead of the state.
  std::string attribute = {};
  Where<StateChange> where = {};
  /// The state that is there already counts, as a change without an old state.
  bool immediate = false;
  MaybeLength duration = {};
};

struct NextEventOptions {
  Where<Event> where = {};
};

/// What a stream gives; it has the options of NextOptions, and room for what is not read yet.
struct StreamOptions {
  Condition changed_from = {};
  Condition changed_to = {};
  Changed changed = true;
  std::string attribute = {};
  Where<StateChange> where = {};
  bool immediate = false;
  MaybeLength duration = {};
  MaybeLength debounce = {};
  Throttle throttle = {};
  /// How many events wait to be read, 1 to 100,000; then the oldest is dropped, counted, and said
  /// once in the log: the newest tells how the home is.
  std::size_t buffer = 64;
  /// For the log and the page; without one, what it listens to.
  std::string name = {};
};

struct StreamEventOptions {
  Where<Event> where = {};
  std::size_t buffer = 64;
  std::string name = {};
};

namespace bus {

class Listener;
template <class E>
class Inbox;
template <class E>
using InboxPtr = std::shared_ptr<Inbox<E>>;

/// The next event, or nothing once the stream is closed and read to its end.
template <class E>
Task<std::optional<E>> receive(InboxPtr<E> inbox);
/// Returns when there is something to take, and takes nothing.
template <class E>
Task<> arrival(InboxPtr<E> inbox);
template <class E>
std::optional<E> take(Inbox<E>& inbox);

}  // namespace bus

/// What `stream.next()` gives: await it, or hand it to first_of or timeout. An event that another
/// one outran stays in the stream.
template <class E>
class [[nodiscard("co_await it: it waits for nothing until it is awaited")]] NextOf {
 public:
  explicit NextOf(bus::InboxPtr<E> inbox) : inbox_(std::move(inbox)) {}
  auto operator co_await() && { return receive(std::move(inbox_)).operator co_await(); }
  bus::InboxPtr<E> inbox() && { return std::move(inbox_); }

 private:
  bus::InboxPtr<E> inbox_;
};

/// Events from the moment when `bus.stream` was awaited, each once and in order, for one task that
/// reads them. Move-only; it ends when it is destroyed.
template <class E>
class [[nodiscard]] Stream {
 public:
  Stream(bus::InboxPtr<E> inbox, std::shared_ptr<bus::Listener> listener);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  NextOf<E> next() { return NextOf<E>(inbox_); }
  /// Listens no more; `next` gives what is left, then nothing.
  void close();
  std::size_t waiting() const;    ///< events that are not read yet
  std::uint64_t dropped() const;  ///< events that there was no room for

 private:
  void end();
  bus::InboxPtr<E> inbox_;
  std::shared_ptr<bus::Listener> listener_;
};

extern template class Stream<StateChange>;
extern template class Stream<Event>;

/// The result of first_of: which came first, and what it gave.
template <class... T>
class FirstOf {
 public:
  explicit FirstOf(std::variant<T...> result) : result_(std::move(result)) {}
  /// The place in the call, from 0.
  std::size_t index() const { return result_.index(); }
  /// What the one in this place gave; null where another came first.
  template <std::size_t I>
  auto* get() {
    return std::get_if<I>(&result_);
  }
  template <std::size_t I>
  const auto* get() const {
    return std::get_if<I>(&result_);
  }

 private:
  std::variant<T...> result_;
};

namespace bus {

/// How first_of waits for something, and takes what it gave once it has won.
template <class W>
class Racer;
template <class T>
class Racer<Task<T>> {
 public:
  using Result = async::Value<T>;
  [[clang::coro_wrapper]] Task<> wait(Task<T> task) {
    return async::store(std::move(task), &value_);
  }
  Result take() { return std::move(*value_); }

 private:
  std::optional<Result> value_;
};
template <class E>
class Racer<NextOf<E>> {
 public:
  using Result = std::optional<E>;
  [[clang::coro_wrapper]] Task<> wait(NextOf<E> next) {
    inbox_ = std::move(next).inbox();
    return arrival(inbox_);
  }
  Result take() { return bus::take(*inbox_); }

 private:
  InboxPtr<E> inbox_;
};

template <std::size_t... I, class... W>
Task<FirstOf<typename Racer<W>::Result...>> race(std::index_sequence<I...>, W... waits) {
  std::tuple<Racer<W>...> racers;
  std::vector<Task<>> tasks;
  (tasks.push_back(std::get<I>(racers).wait(std::move(waits))), ...);
  const std::size_t winner = co_await async::gather(std::move(tasks), {.first_wins = true});
  using Result = std::variant<typename Racer<W>::Result...>;
  std::optional<Result> result;
  ((winner == I ? void(result.emplace(std::in_place_index<I>, std::get<I>(racers).take()))
                : void()),
   ...);
  co_return FirstOf<typename Racer<W>::Result...>(std::move(*result));
}

}  // namespace bus

/// Awaits the first to end; the others are cancelled and awaited before this returns. As when_any,
/// but a stream's `next()` that does not win leaves its event in the stream.
template <class... W>
[[clang::coro_wrapper]] Task<FirstOf<typename bus::Racer<W>::Result...>> first_of(W... waits) {
  return bus::race(std::index_sequence_for<W...>{}, std::move(waits)...);
}

/// The stream's next event, or TimeoutError.
template <class E>
[[clang::coro_wrapper]] Task<std::optional<E>> timeout(
    NextOf<E> next, std::chrono::nanoseconds limit,
    std::source_location where = std::source_location::current()) {
  return timeout(receive(std::move(next).inbox()), limit, where);
}

}  // namespace hassette
