#pragma once
// layer: run
//
// What `.on_error` and `bus.on_error(…)` take: a function, lambda or member that is told what went
// wrong in a handler.
//
// It runs as a task of the app's own, at most eight at once for each app and five seconds each;
// what it throws is logged and counted and told to no error handler. Loop thread only.
#include <hassette/callable.hpp>
#include <hassette/task.hpp>

#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <typeinfo>
#include <utility>

namespace hassette {

struct StateChange;
struct Event;

struct HandlerError {
  std::string app;
  std::string handler;  ///< the name of the registration
  std::string cause;    ///< what it ran for: "light.hall: off → on"
  std::string message;
  std::source_location where;  ///< of the registration
  std::exception_ptr error;
  bool timed_out = false;  ///< it ran longer than its `.timeout`
  /// What it ran for; one of the two is set.
  std::shared_ptr<const StateChange> change;
  std::shared_ptr<const Event> event;

  /// "motion_lights.cpp:31"
  std::string place() const;
};

namespace run {

/// An error handler with its type erased.
class ErrorSink {
 public:
  ErrorSink() = default;
  ErrorSink(const ErrorSink&) = delete;
  ErrorSink& operator=(const ErrorSink&) = delete;
  virtual ~ErrorSink() = default;
  /// The caller keeps the error until the task has ended.
  virtual Task<> tell(const HandlerError& error) = 0;
};

template <class F>
class BoundErrorSink final : public ErrorSink {
  using Sig = typename decltype(signature_of<F>())::type;
  using Result = typename Sig::Result;
  using Parameters = typename Sig::Parameters;
  static constexpr bool kPlain = std::same_as<Parameters, std::tuple<>>;
  static_assert(kPlain || std::same_as<Parameters, std::tuple<HandlerError>>,
                "an error handler takes const HandlerError& or nothing");
  static_assert(std::same_as<Result, Task<>> || std::same_as<Result, void>,
                "an error handler returns Task<> (if it awaits) or void");

 public:
  BoundErrorSink(HandlerOwner* owner, F function) : owner_(owner), function_(std::move(function)) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      require_owner<typename Sig::Class>(owner);
    }
  }
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> tell(
      const HandlerError& error) override {
    if constexpr (std::is_void_v<Result>)
      return tell_plain(this, &error);
    else
      return call(error);
  }

 private:
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Result call(
      const HandlerError& error) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      auto* const self = owner_as<typename Sig::Class>(owner_);
      if constexpr (kPlain)
        return (self->*function_)();
      else
        return (self->*function_)(error);
    } else if constexpr (kPlain) {
      return function_();
    } else {
      return function_(error);
    }
  }
  static Task<> tell_plain(BoundErrorSink* self, const HandlerError* error) {
    self->call(*error);
    co_return;
  }

  HandlerOwner* owner_;
  F function_;
};

}  // namespace run

/// Made from a member function of the app, a function or a lambda, with `const HandlerError&` or
/// nothing as its parameter. A default one does nothing.
class ErrorHandler {
 public:
  ErrorHandler() = default;
  template <class F>
    requires(!std::same_as<std::decay_t<F>, ErrorHandler>)
  ErrorHandler(F function)
      : type_(&typeid(F)), make_([made = std::move(function)](HandlerOwner* owner) {
          return std::unique_ptr<run::ErrorSink>(
              std::make_unique<run::BoundErrorSink<F>>(owner, made));
        }) {}

  bool is_set() const { return make_ != nullptr; }
  /// The function's type, which tells two lambdas apart.
  const std::type_info* type() const { return type_; }
  std::shared_ptr<run::ErrorSink> bind(HandlerOwner* owner) const {
    return make_ ? std::shared_ptr<run::ErrorSink>(make_(owner)) : nullptr;
  }

 private:
  const std::type_info* type_ = nullptr;
  std::function<std::unique_ptr<run::ErrorSink>(HandlerOwner*)> make_;
};

}  // namespace hassette
