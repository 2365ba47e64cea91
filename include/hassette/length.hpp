#pragma once
// layer: base
//
// A length of time of any unit, as options and calls take it: 5min, 250ms, 1.5h.
//
// What does not fit 292 years is the longest there is, to be refused where it is checked, instead
// of wrapping around to something short. A value; any thread.
#include <chrono>
#include <compare>
#include <type_traits>

namespace hassette {

class Length {
 public:
  constexpr Length() = default;
  template <class Rep, class Period>
  constexpr Length(std::chrono::duration<Rep, Period> given) : length_(fit(given)) {}
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

}  // namespace hassette
