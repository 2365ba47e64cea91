#pragma once
// layer: bus
//
// How a member function, a lambda or a free function becomes a handler of events.
//
// The engine owns the closure and keeps it, and the event, alive until every run of it has ended,
// so a capturing lambda may be a coroutine. A handler returns `Task<>`, or `void` where it awaits
// nothing.
#include <hassette/callable.hpp>
#include <hassette/inject.hpp>
#include <hassette/task.hpp>

#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hassette {

namespace bus {

/// A handler with its type erased. Destroyed only when no run of it is left.
template <class E>
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;
  /// Reads what the handler asks for from the event and gives its run. The caller keeps the event.
  virtual Task<> run(const E& event) = 0;
  /// The domain that the typed parameters ask for; empty if they do not care.
  virtual std::string_view domain() const = 0;
  /// Whether it asks for an old state that must be there.
  virtual bool asks_old_state() const { return false; }
  /// The same function: lambdas are told apart by their type, not by what they captured.
  virtual bool same(const Handler& other) const = 0;
};

template <class E, class F>
class BoundHandler final : public Handler<E> {
  using Sig = typename decltype(signature_of<F>())::type;
  using Result = typename Sig::Result;
  using Parameters = typename Sig::Parameters;
  static_assert(std::same_as<Result, Task<>> || std::same_as<Result, void>,
                "a handler returns Task<> (if it awaits) or void");
  // The whole event outlives the run; everything else is made for the call and gone when it
  // returns.
  template <class P>
  static constexpr bool kDangles =
      std::is_reference_v<P> && !std::same_as<std::remove_cvref_t<P>, E>;
  template <class... P>
  static consteval bool any_dangles(std::type_identity<std::tuple<P...>>) {
    return (kDangles<P> || ...);
  }
  static_assert(std::is_void_v<Result> ||
                    !any_dangles(std::type_identity<typename Sig::Declared>()),
                "a handler that awaits takes its parameters by value: a reference would dangle "
                "after its first co_await");

 public:
  BoundHandler(HandlerOwner* owner, F function) : owner_(owner), function_(std::move(function)) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      require_owner<typename Sig::Class>(owner);
    }
  }

  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> run(const E& event) override {
    if constexpr (std::is_void_v<Result>)
      return run_plain(this, &event);
    else
      return call(event, std::make_index_sequence<std::tuple_size_v<Parameters>>());
  }

  std::string_view domain() const override {
    return domain_of(std::make_index_sequence<std::tuple_size_v<Parameters>>());
  }

  bool asks_old_state() const override { return asks_old(std::type_identity<Parameters>()); }

  bool same(const Handler<E>& other) const override {
    const auto* alike = dynamic_cast<const BoundHandler*>(&other);
    if (!alike) return false;
    if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F>)
      return function_ == alike->function_;
    else
      return true;
  }

 private:
  template <std::size_t... I>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Result call(
      const E& event, std::index_sequence<I...>) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return (owner_as<typename Sig::Class>(owner_)->*function_)(
          inject::From<E, std::tuple_element_t<I, Parameters>>::get(event)...);
    } else {
      return function_(inject::From<E, std::tuple_element_t<I, Parameters>>::get(event)...);
    }
  }

  static Task<> run_plain(BoundHandler* self, const E* event) {
    self->call(*event, std::make_index_sequence<std::tuple_size_v<Parameters>>());
    co_return;
  }

  template <class... P>
  static consteval bool asks_old(std::type_identity<std::tuple<P...>>) {
    return (inject::kIsOldState<P> || ...);
  }

  template <std::size_t... I>
  std::string_view domain_of(std::index_sequence<I...>) const {
    std::string_view domain;
    const auto look = [&]<class P>(std::type_identity<P>) {
      if constexpr (requires { inject::From<E, P>::domain(); }) {
        if (!inject::From<E, P>::domain().empty()) domain = inject::From<E, P>::domain();
      }
    };
    (look(std::type_identity<std::tuple_element_t<I, Parameters>>()), ...);
    return domain;
  }

  HandlerOwner* owner_;
  F function_;
};

template <class E, class F>
std::unique_ptr<Handler<E>> make_handler(HandlerOwner* owner, F function) {
  return std::make_unique<BoundHandler<E, F>>(owner, std::move(function));
}

}  // namespace bus
}  // namespace hassette
