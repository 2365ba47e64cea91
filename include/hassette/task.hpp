#pragma once
// layer: async
//
// Task<T>: a coroutine that runs when it is awaited, and only then.
//
// A Task is lazy and move-only; `co_await std::move(task)` (or awaiting the temporary) starts it on
// the awaiting fiber and gives its result or rethrows its error. Whoever holds the Task owns the
// frame: destroying a Task destroys what it has not finished. Dropping a Task, or keeping one in a
// local that is not awaited on every path, does not compile (-Werror with -Wunused-result,
// -Wunused-variable and -Wconsumed, which `hassette` always switches on); what escapes into a
// container or a member is reported, with app and line, when it is destroyed.
//
// Thread: the loop's thread only. Cancellation: see `Cancelled`; it is inherited by awaited
// children.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hassette {

/// Why a task was asked to end.
enum class CancelReason : std::uint8_t {
  kNone,
  kRequested,     ///< somebody called `cancel()` on the task's handle
  kTimeout,       ///< a `timeout` or a handler's time limit ran out
  kLostRace,      ///< a sibling in `when_any` finished, or one in `when_all` failed
  kReplaced,      ///< a newer run took its place (mode `restart`)
  kOwnerStopped,  ///< the app that owns it stops
  kShutdown,      ///< the engine stops
};
std::string_view to_string(CancelReason reason) noexcept;

/// Thrown at the `co_await` where a cancelled task is suspended. It does not derive from
/// std::exception, so that `catch (const std::exception&)` cannot swallow it; after it, every
/// further `co_await` that would suspend throws it again. Use `shield` for cleanup that must await.
struct Cancelled {
  CancelReason reason = CancelReason::kRequested;
};

template <class T>
class Task;

namespace async {

class Fiber;
struct Label;

/// What names the work that a loop does on this thread; null if there is none.
const Label* running_label() noexcept;

/// What a coroutine reads and does not own: it may end with the line that made the Task.
enum class RefersTo : std::uint8_t {
  kNothing,
  kCaptures,   ///< those of the lambda that it is the body of
  kParameter,  ///< one that is taken by const reference or &&
};

/// Memory for coroutine frames. What was given back last is handed out first, without the heap.
[[nodiscard]] void* take_frame(std::size_t size);
void give_frame(void* frame, std::size_t size) noexcept;

/// What every coroutine frame carries: the fiber it runs on, who awaits it, how it ended.
struct Frame {
  static void* operator new(std::size_t size) { return take_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { give_frame(frame, size); }

  /// Until it is awaited, what ran when it was made; from then on, the fiber that it runs on.
  union {
    const Label* made_by;
    Fiber* fiber;
  };
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr error;
  std::source_location made_at;
  RefersTo refers_to = RefersTo::kNothing;

  Frame() noexcept : made_by(running_label()) {}
  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  struct Finish {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      return self.promise().continuation;
    }
    void await_resume() const noexcept {}
  };
  Finish final_suspend() const noexcept { return {}; }
};

/// Says in the log which app left a Task unawaited, and where the Task was made.
void report_unawaited(const Label* made_by, const std::source_location& made_at) noexcept;

template <class T>
struct Promise : Frame {
  std::optional<T> value;
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<T> get_return_object(
      std::source_location where = std::source_location::current());
  template <class U = T>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
    return std::move(*value);
  }
};

template <>
struct Promise<void> : Frame {
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<void> get_return_object(
      std::source_location where = std::source_location::current());
  void return_void() const noexcept {}
  void take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }
};

}  // namespace async

template <class T = void>
class [[nodiscard(
    "co_await it: a Task does nothing until it is awaited")]] [[gnu::
                                                                    warn_unused]] [[clang::
                                                                                        coro_return_type]] [[clang::
                                                                                                                 coro_lifetimebound]] [[clang::consumable(
    unconsumed)]] Task {
 public:
  using promise_type = async::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  [[clang::return_typestate(unconsumed)]] Task(Task&& other
                                               [[clang::return_typestate(consumed)]]) noexcept
      : handle_(other.release()) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  [[clang::set_typestate(unconsumed)]] Task& operator=(
      Task&& other [[clang::return_typestate(consumed)]]) noexcept {
    Task replaced(std::exchange(handle_, other.release()));
    std::move(replaced).drop();
    return *this;
  }

  [[clang::callable_when("consumed")]] ~Task() { std::move(*this).drop(); }

  /// The awaiter starts the coroutine on the awaiting fiber; it owns the frame from then on.
  class Awaiter {
   public:
    explicit Awaiter(Handle handle) noexcept : handle_(handle) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { handle_.destroy(); }

    bool await_ready() const noexcept { return false; }
    template <class Parent>
    Handle await_suspend(std::coroutine_handle<Parent> parent) noexcept {
      handle_.promise().fiber = parent.promise().fiber;
      handle_.promise().continuation = parent;
      return handle_;
    }
    T await_resume() { return handle_.promise().take(); }

   private:
    Handle handle_;
  };

  [[clang::set_typestate(consumed)]] Awaiter operator co_await() && noexcept {
    return Awaiter(release());
  }

  /// For plain functions that wrap a coroutine: makes a report name the author's line.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] [[clang::set_typestate(
      consumed)]] [[clang::return_typestate(unconsumed)]] Task
  at(const std::source_location& where) && noexcept {
    handle_.promise().made_at = where;
    return Task(release());
  }

  /// For what wraps several: where this one was made.
  const std::source_location& made_at() const noexcept { return handle_.promise().made_at; }

  /// Whether it may be kept longer than the line that made it.
  async::RefersTo refers_to() const noexcept {
    return handle_ ? handle_.promise().refers_to : async::RefersTo::kNothing;
  }

  /// `if (api.get_state(…))` asks the Task, not its result.
  explicit operator bool() const = delete("co_await it first: this asks the Task, not its result");

 private:
  friend promise_type;
  [[clang::return_typestate(unconsumed)]] explicit Task(Handle handle) noexcept : handle_(handle) {}

  [[clang::set_typestate(consumed)]] Handle release() noexcept {
    return std::exchange(handle_, {});
  }
  /// Destroys a frame that never ran, and says so.
  [[clang::set_typestate(consumed)]] void drop() && noexcept {
    if (!handle_) return;
    async::report_unawaited(handle_.promise().made_by, handle_.promise().made_at);
    release().destroy();
  }

  Handle handle_;
};

template <class T>
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<T>
async::Promise<T>::get_return_object(std::source_location where) {
  made_at = where;
  return Task<T>(Task<T>::Handle::from_promise(*this));
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] inline Task<void>
async::Promise<void>::get_return_object(std::source_location where) {
  made_at = where;
  return Task<void>(Task<void>::Handle::from_promise(*this));
}

namespace async {

template <class T>
consteval std::string_view printed_type() {
  return __PRETTY_FUNCTION__;  // "… [T = (lambda at lamp.cpp:7:35)]"
}
template <class T>
inline constexpr bool kIsClosure = printed_type<T>().contains("[T = (lambda at ");
template <class T>
inline constexpr bool kIsStandardType = printed_type<T>().contains("[T = std::");
template <class T>
inline constexpr bool kBindsToTemporary =
    std::is_rvalue_reference_v<T> ||
    (std::is_lvalue_reference_v<T> && std::is_const_v<std::remove_reference_t<T>>);

template <class T>
inline constexpr bool kIsTask = false;
template <class T>
inline constexpr bool kIsTask<Task<T>> = true;
/// A task among the parameters of a coroutine, which may run no longer than it; or an optional or a
/// list of them.
template <class T>
concept HoldsTasks = kIsTask<T> || kIsTask<typename T::value_type>;

template <class T>
RefersTo what_refers(const T& given) noexcept {
  if constexpr (kIsTask<T>) {
    return given.refers_to();
  } else if constexpr (requires { given.has_value(); }) {
    return given ? given->refers_to() : RefersTo::kNothing;
  } else {
    for (const auto& task : given) {
      if (task.refers_to() != RefersTo::kNothing) return task.refers_to();
    }
    return RefersTo::kNothing;
  }
}

/// The parameters of a coroutine; the first may be its object, by reference. That it is none is
/// known of && and of types that have no coroutines.
template <class... All>
struct Parameters {
  using Object = void;
  static constexpr bool kHasClosure = false;
  static constexpr bool kBindToTemporary = false;
};
template <class First, class... Rest>
struct Parameters<First, Rest...> {
  using Object = std::remove_reference_t<First>;
  static constexpr bool kHasClosure =
      std::is_lvalue_reference_v<First> && kIsClosure<std::remove_cv_t<Object>>;
  static constexpr bool kFirstIsNoObject = std::is_rvalue_reference_v<First> ||
                                           std::is_scalar_v<Object> ||
                                           kIsStandardType<std::remove_cv_t<Object>>;
  static constexpr bool kBindToTemporary =
      (kBindsToTemporary<First> && kFirstIsNoObject) || (kBindsToTemporary<Rest> || ...);
};

/// That of a coroutine which may refer to something that ends before it does.
template <class T, class Closure, bool kTakesTemporary>
struct ReferringPromise : Promise<T> {
  ReferringPromise() noexcept = default;
  /// Of the tasks that it takes.
  template <class... Given>
    requires(HoldsTasks<Given> || ...)
  explicit ReferringPromise(const Given&... given) noexcept {
    (inherit(given), ...);
  }

  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<T> get_return_object(
      std::source_location where = std::source_location::current()) {
    if constexpr (kTakesTemporary) this->refers_to = RefersTo::kParameter;
    // Asked only here: in the body, a closure's captures are not yet counted.
    if constexpr (std::is_class_v<Closure>)
      if constexpr (!std::is_empty_v<Closure>) this->refers_to = RefersTo::kCaptures;
    return Promise<T>::get_return_object(where);
  }

 private:
  template <class Given>
  void inherit(const Given& given) noexcept {
    if constexpr (HoldsTasks<Given>)
      if (this->refers_to == RefersTo::kNothing) this->refers_to = what_refers(given);
  }
};

template <class T, class... All>
struct PromiseOf {
  using Type = Promise<T>;
};
template <class T, class... All>
  requires(Parameters<All...>::kHasClosure || Parameters<All...>::kBindToTemporary ||
           (HoldsTasks<std::remove_cvref_t<All>> || ...))
struct PromiseOf<T, All...> {
  using Closure = std::conditional_t<Parameters<All...>::kHasClosure,
                                     typename Parameters<All...>::Object, void>;
  using Type = ReferringPromise<T, Closure, Parameters<All...>::kBindToTemporary>;
};

}  // namespace async
}  // namespace hassette

template <class T, class... Parameters>
struct std::coroutine_traits<hassette::Task<T>, Parameters...> {
  using promise_type = hassette::async::PromiseOf<T, Parameters...>::Type;
};
