#pragma once
// layer: base
//
// A length of time of any unit, as options and calls take it: 5min, 250ms, 1.5h.
//
// What does not fit 292 years is the longest there is, to be refused where it is checked, instead
// of wrapping around to something short. A value; any thread.
#include <chrono>
#include <compare>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

namespace hassette {

/// Not constexpr and never defined: their names are what the compiler shows where a number without
/// a unit, or text, stands for a length. A deleted conversion would not do: in the braces of
/// options it only says that nothing fits.
void give_a_duration_with_a_unit();
void give_a_duration_without_quotes();

template <class T>
concept NoLength =
    std::is_arithmetic_v<std::remove_cvref_t<T>> || std::is_convertible_v<T, std::string_view>;

template <NoLength T>
consteval void refuse_as_length() {
  if constexpr (std::is_arithmetic_v<std::remove_cvref_t<T>>) {
    give_a_duration_with_a_unit();
  } else {
    give_a_duration_without_quotes();
  }
}

class Length {
 public:
  constexpr Length() = default;
  template <class Rep, class Period>
  constexpr Length(std::chrono::duration<Rep, Period> given) : length_(fit(given)) {}
  template <NoLength T>
  consteval Length(T&&) {
    refuse_as_length<T>();
  }
  constexpr operator std::chrono::nanoseconds() const { return length_; }
  constexpr std::chrono::nanoseconds get() const { return length_; }
  friend constexpr auto operator<=>(Length, Length) = default;
  friend constexpr bool operator==(Length, Length) = default;

 private:
  template <class Rep, class Period>
  static constexpr std::chrono::nanoseconds fit(std::chrono::duration<Rep, Period> given) {
    using std::chrono::nanoseconds;
    using Real = std::chrono::duration<long double, std::nano>;
    const Real real(given);
    if (real >= Real(nanoseconds::max())) return nanoseconds::max();
    if (real <= Real(nanoseconds::min())) return nanoseconds::min();
    if constexpr (std::is_floating_point_v<Rep>) {
      return real == real ? nanoseconds(static_cast<nanoseconds::rep>(real.count()))
                          : nanoseconds::min();  // not a number
    } else {
      return std::chrono::duration_cast<nanoseconds>(given);
    }
  }
  std::chrono::nanoseconds length_{0};
};

/// A length that may be left out. A type of its own, as std::optional would turn what Length
/// refuses into an error of the linker.
class MaybeLength : public std::optional<Length> {
 public:
  using std::optional<Length>::optional;
  constexpr MaybeLength(std::optional<Length> given) : std::optional<Length>(given) {}
  template <NoLength T>
  consteval MaybeLength(T&&) {
    refuse_as_length<T>();
  }
  template <NoLength T>
  consteval MaybeLength(const std::optional<T>&) {
    refuse_as_length<T>();
  }
  template <NoLength T>
  consteval MaybeLength(std::optional<T>&&) {
    refuse_as_length<T>();
  }
  /// For exactly this type: else it and those of std::optional would fit equally well.
  template <std::same_as<MaybeLength> T>
  friend constexpr bool operator==(const T& left, const T& right) {
    return static_cast<const std::optional<Length>&>(left) ==
           static_cast<const std::optional<Length>&>(right);
  }
};

}  // namespace hassette
