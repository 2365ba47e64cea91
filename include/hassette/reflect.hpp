// The members of a plain struct, by name, without a macro: what configuration is decoded with.
// layer: base
//
// Compile-time only; nothing here owns or runs anything. A struct qualifies when it is an aggregate
// without base classes, with up to 32 members and no C array among them. It rests on what Clang 19
// prints in __PRETTY_FUNCTION__ for a pointer to a member of an `extern` variable and for an
// enumerator; reflect_test.cpp notices when a compiler prints something else.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hassette::reflect {

inline constexpr std::size_t kMaxMembers = 32;

// A scoped enumeration, or one that states its underlying type: only then is every value between 0
// and 63 one that may be asked for its name.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires { E{0}; };

namespace detail {

#pragma clang diagnostic push
// The variable is never defined: its members have addresses to be printed, and that is all.
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"

// Stands in for the initialiser of any member, but for no base class and not for a whole copy.
template <class Owner>
struct Anything {
  template <class Member>
    requires(!std::is_base_of_v<Member, Owner>)
  operator Member() const noexcept {
    __builtin_unreachable();  // only ever named where nothing is evaluated
  }
};

// Converts to a base class only, so that it fits exactly where there is one.
template <class Owner>
struct AnyBase {
  template <class Base>
    requires(std::is_base_of_v<Base, Owner> && !std::is_same_v<Base, Owner>)
  operator Base() const noexcept;
};

template <class T>
concept DerivedAggregate = std::is_aggregate_v<T> && requires { T{AnyBase<T>{}}; };

template <class T>
struct Specimen {
  T value;
};
template <class T>
extern const Specimen<T> kSpecimen;

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything<T>{})...}; };
}

template <class T, std::size_t N = 0>
consteval std::size_t count_members() {
  if constexpr (N <= kMaxMembers && takes<T>(std::make_index_sequence<N + 1>{})) {
    return count_members<T, N + 1>();
  } else {
    return N;
  }
}

// clang-format off
template <std::size_t N, class T>
constexpr auto tie(T& object) {
#define HASSETTE_TIE(count, ...) \
  if constexpr (N == count) { auto& [__VA_ARGS__] = object; return std::tie(__VA_ARGS__); } else
  if constexpr (N == 0) { return std::tuple<>(); } else
  HASSETTE_TIE(1, a)
  HASSETTE_TIE(2, a, b)
  HASSETTE_TIE(3, a, b, c)
  HASSETTE_TIE(4, a, b, c, d)
  HASSETTE_TIE(5, a, b, c, d, e)
  HASSETTE_TIE(6, a, b, c, d, e, f)
  HASSETTE_TIE(7, a, b, c, d, e, f, g)
  HASSETTE_TIE(8, a, b, c, d, e, f, g, h)
  HASSETTE_TIE(9, a, b, c, d, e, f, g, h, i)
  HASSETTE_TIE(10, a, b, c, d, e, f, g, h, i, j)
  HASSETTE_TIE(11, a, b, c, d, e, f, g, h, i, j, k)
  HASSETTE_TIE(12, a, b, c, d, e, f, g, h, i, j, k, l)
  HASSETTE_TIE(13, a, b, c, d, e, f, g, h, i, j, k, l, m)
  HASSETTE_TIE(14, a, b, c, d, e, f, g, h, i, j, k, l, m, n)
  HASSETTE_TIE(15, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
  HASSETTE_TIE(16, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
  HASSETTE_TIE(17, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
  HASSETTE_TIE(18, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
  HASSETTE_TIE(19, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
  HASSETTE_TIE(20, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t)
  HASSETTE_TIE(21, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u)
  HASSETTE_TIE(22, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)
  HASSETTE_TIE(23, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w)
  HASSETTE_TIE(24, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)
  HASSETTE_TIE(25, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y)
  HASSETTE_TIE(26, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z)
  HASSETTE_TIE(27, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa)
  HASSETTE_TIE(28, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab)
  HASSETTE_TIE(29, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac)
  HASSETTE_TIE(30, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad)
  HASSETTE_TIE(31, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae)
  HASSETTE_TIE(32, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af)
  { static_assert(N <= kMaxMembers, "a config struct may have up to 32 members; group some of them in a nested struct"); }
#undef HASSETTE_TIE
}
// clang-format on

// "… [Member = &kSpecimen<Config>.value.motion]"
template <const auto* Member>
consteval std::string_view printed_member() {
  const std::string_view text = __PRETTY_FUNCTION__;
  const std::size_t dot = text.rfind('.');
  return text.substr(dot + 1, text.size() - dot - 2);
}

template <class T, std::size_t... I>
consteval auto member_names(std::index_sequence<I...>) {
  constexpr auto kMembers = tie<sizeof...(I)>(kSpecimen<T>.value);
  return std::array<std::string_view, sizeof...(I)>{printed_member<&std::get<I>(kMembers)>()...};
}

#pragma clang diagnostic pop

// "… [E = Mode, Values = <Mode::kDay, (Mode)1, …>]": one instantiation prints all 64.
template <class E, E... Values>
constexpr std::string_view printed_values() {
  return __PRETTY_FUNCTION__;
}

template <class E, std::size_t... I>
constexpr std::string_view printed_enum(std::index_sequence<I...>) {
  return printed_values<E, static_cast<E>(I)...>();
}

}  // namespace detail

template <class T>
consteval std::size_t member_count() {
  if constexpr (!std::is_aggregate_v<T>) {
    static_assert(std::is_aggregate_v<T>,
                  "a config struct must be a plain struct: no constructor, no private member, no "
                  "virtual function");
    return 0;
  } else if constexpr (detail::DerivedAggregate<T>) {
    static_assert(!detail::DerivedAggregate<T>,
                  "a config struct must not have a base class; make the base a member instead");
    return 0;
  } else {
    return detail::count_members<T>();
  }
}

// The names of all members, in order.
template <class T>
inline constexpr auto kMemberNames =
    detail::member_names<T>(std::make_index_sequence<member_count<T>()>{});

// References to all members, in order.
template <class T>
constexpr auto members(T& object) {
  return detail::tie<member_count<std::remove_const_t<T>>()>(object);
}

// What the compiler prints for the values 0 to 63 of an enumeration; enum_names() of the config
// layer reads it.
template <class E>
constexpr std::string_view printed_enum() {
  if constexpr (NamedEnum<E>) {
    return detail::printed_enum<E>(std::make_index_sequence<64>{});
  } else {
    static_assert(NamedEnum<E>, "a config enum must be an `enum class`");
    return {};
  }
}

}  // namespace hassette::reflect
