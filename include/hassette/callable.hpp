#pragma once
// layer: async
//
// What a registration is made of: the object whose members may be called, the shape of a callable,
// and the name that every registration needs.
#include <string_view>
#include <tuple>
#include <type_traits>

namespace hassette {

/// Declared and never defined: a registration without `.name` calls it, and its name is the
/// message.
consteval const char* every_registration_needs_a_name_write_dot_name_equals_text();

/// The object whose member functions can be handlers; every app is one.
class HandlerOwner {
 public:
  HandlerOwner() = default;
  HandlerOwner(const HandlerOwner&) = delete;
  HandlerOwner& operator=(const HandlerOwner&) = delete;
  virtual ~HandlerOwner() = default;
};

/// The owner as the class that a member handler belongs to.
template <class Class>
Class* owner_as(HandlerOwner* owner) {
  if constexpr (std::is_base_of_v<HandlerOwner, Class>) {
    return static_cast<Class*>(owner);
  } else {
    static_assert(
        !std::is_class_v<Class>,
        "a member handler belongs to the app that registers it; for another object, write "
        "a lambda that calls it");
    return nullptr;
  }
}

[[noreturn]] void throw_foreign_handler();

/// Refuses a member of another class than the owner's, which would run on an object that is none.
template <class Class>
void require_owner(HandlerOwner* owner) {
  if constexpr (std::is_base_of_v<HandlerOwner, Class>) {
    if (!dynamic_cast<Class*>(owner)) throw_foreign_handler();
  }
}

template <class F>
struct Signature;
template <class R, class... P>
struct Signature<R (*)(P...)> {
  using Result = R;
  using Parameters = std::tuple<std::remove_cvref_t<P>...>;
  using Declared = std::tuple<P...>;
};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...)> : Signature<R (*)(P...)> {
  using Class = C;
};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R (C::*)(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) noexcept> : Signature<R (C::*)(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R (C::*)(P...)> {};

template <class F>
consteval auto signature_of() {
  if constexpr (std::is_member_function_pointer_v<F> || std::is_pointer_v<F>) {
    return std::type_identity<Signature<F>>();
  } else {
    static_assert(
        requires { &F::operator(); },
        "a handler is a member function, a free function or a lambda whose parameters have "
        "types (no `auto`)");
    return std::type_identity<Signature<decltype(&F::operator())>>();
  }
}

}  // namespace hassette
