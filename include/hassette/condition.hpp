#pragma once
// layer: bus
//
// Condition: what one value must be; ChangeCondition: how it must have changed. C makes both.
//
//   .changed_to = "on"      .changed_to = {"on", "open"}     .changed_from = 20
//   .changed_to = C::above(20) && !C::above(30)
//   .changed_to = [](double degrees) { return degrees > limit; }
//
// A literal is compared as its own kind: text exactly, a number with numeric text ("20.0" is 20), a
// boolean with on/off, true/false, yes/no, 1/0. What cannot be read as that kind does not match,
// and never throws. A default condition accepts everything. Immutable and cheap to copy.
#include <hassette/callable.hpp>
#include <hassette/json.hpp>
#include <hassette/predicate_part.hpp>

#include <concepts>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hassette {

namespace bus {

/// A value that is asked about: a state's text, an attribute, or nothing where there is none. It
/// refers to what it was made from, unless that was a Json of its own.
class Value {
 public:
  Value() = default;
  explicit Value(std::string_view text) : held_(text) {}
  /// Null stands for missing.
  explicit Value(const Json* json) {
    if (json) held_ = json;
  }
  template <std::same_as<Json> J>
  explicit Value(J&& json) : held_(std::move(json)) {}

  /// There is no such thing; Home Assistant's null is a value.
  bool is_missing() const { return held_.index() == 0; }
  bool is_null() const;
  std::optional<std::string_view> text() const;
  /// Numbers, and text that is one: finite, spaces around it allowed.
  std::optional<double> number() const;
  std::optional<std::int64_t> whole_number() const;
  /// Booleans, and text: on, true, yes, 1; off, false, no, 0, in any case.
  std::optional<bool> truth() const;
  /// A copy; null where it is missing.
  Json json() const;
  /// The Json behind it; null where it is text or missing.
  const Json* json_behind() const;
  /// Equal by value; what is missing differs from null.
  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<std::monostate, std::string_view, const Json*, Json> held_;
};

using ConditionPtr = PartPtr<Value>;

ConditionPtr literal(Json value);
ConditionPtr one_of(std::vector<Json> values);

/// How a function of the author's wants the value: as Json, or read as the kind that it names.
template <class F>
consteval auto condition_parameter() {
  if constexpr (std::is_invocable_v<const F&, const Json&>) {
    return std::type_identity<Json>();
  } else {
    using Parameters = typename decltype(signature_of<F>())::type::Parameters;
    static_assert(std::tuple_size_v<Parameters> == 1, "a condition asks about one value");
    return std::type_identity<std::tuple_element_t<0, Parameters>>();
  }
}

template <class F>
ConditionPtr condition_of(F function, std::string summary) {
  using P = typename decltype(condition_parameter<F>())::type;
  constexpr bool kText = std::same_as<P, std::string_view> || std::same_as<P, std::string>;
  constexpr bool kKnown =
      kText || std::same_as<P, Json> || std::same_as<P, double> || std::same_as<P, bool>;
  static_assert(kKnown,
                "a condition's function takes const Json&, double, bool, std::string_view or "
                "std::string");
  static_assert(!kKnown || std::same_as<std::invoke_result_t<const F&, const P&>, bool>,
                "a condition's function returns bool, and cannot await");
  return function_part<Value>(std::move(summary),
                              [function = std::move(function)](const Value& value) -> bool {
                                if constexpr (std::same_as<P, Json>) {
                                  const Json* json = value.json_behind();
                                  return json ? function(*json) : function(value.json());
                                } else if constexpr (std::same_as<P, double>) {
                                  const auto number = value.number();
                                  return number && function(*number);
                                } else if constexpr (std::same_as<P, bool>) {
                                  const auto truth = value.truth();
                                  return truth && function(*truth);
                                } else {
                                  const auto text = value.text();
                                  return text && function(P(*text));
                                }
                              });
}

template <class F>
concept FunctionLike = std::is_class_v<F> || std::is_function_v<std::remove_pointer_t<F>>;

}  // namespace bus

class Condition : public bus::Joinable<Condition, bus::Value> {
 public:
  Condition() = default;
  Condition(const char* text) : Joinable(bus::literal(Json(text))) {}
  Condition(std::string_view text) : Joinable(bus::literal(Json(text))) {}
  Condition(std::string text) : Joinable(bus::literal(Json(std::move(text)))) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  Condition(T value) : Joinable(bus::literal(Json(value))) {}
  /// Any of these literals.
  Condition(std::initializer_list<Json> values) : Joinable(bus::one_of(values)) {}
  template <bus::FunctionLike F>
    requires(!std::convertible_to<F, Json> && !std::is_base_of_v<Condition, F>)
  Condition(F function, const std::source_location& place = std::source_location::current())
      : Joinable(bus::condition_of(
            std::move(function), "what the condition at " + bus::short_place(place) + " accepts")) {
  }

  bool operator()(const bus::Value& value) const { return asked(value); }
  bool operator()(const Json& value) const { return asked(bus::Value(&value)); }
};

/// How a value must have changed, from the old and the new one.
class ChangeCondition : public bus::Joinable<ChangeCondition, bus::Value, bus::Value> {
 public:
  ChangeCondition() = default;
  bool operator()(const bus::Value& was, const bus::Value& is) const { return asked(was, is); }
};

/// Conditions, by name. Where a value is of another kind, or missing, the answer is no, unless it
/// is said otherwise.
namespace C {

// Text.
Condition glob(std::string pattern);
Condition starts_with(std::string text);
Condition ends_with(std::string text);
Condition contains(std::string text);
/// ECMAScript, anchored at the start, without back-references; a pattern that is none is refused
/// here, with Error("registration").
Condition regex(const std::string& pattern,
                const std::source_location& where = std::source_location::current());

// Any value.
/// Equal without conversion: `exact(20)` is not the text "20".
Condition exact(Json value);
/// There is a value, null included; there is none.
Condition present();
Condition missing();
/// Null, and only that; anything but null, also where it is missing.
Condition is_none();
Condition is_not_none();
/// One of these literals; none of them, also where it is missing.
Condition is_in(std::initializer_list<Json> values);
Condition is_in(std::vector<Json> values);
Condition not_in(std::initializer_list<Json> values);
Condition not_in(std::vector<Json> values);

// Arrays.
/// Has a member in common with these; has none, also where it is not an array.
Condition intersects(std::initializer_list<Json> values);
Condition intersects(std::vector<Json> values);
Condition not_intersects(std::initializer_list<Json> values);
Condition not_intersects(std::vector<Json> values);
/// Is this literal, or an array that has it.
Condition is_or_contains(Json value);

// Numbers, also as text.
Condition above(double limit);
Condition below(double limit);
Condition at_least(double limit);
Condition at_most(double limit);
/// From the first to the second, both included; refused, as regex is, when they are swapped.
Condition between(double low, double high,
                  const std::source_location& where = std::source_location::current());
/// Can be compared with the literal, and is another; `!Condition(20)` also accepts what cannot.
Condition not_equal(Json value);

// Two values; both must be numbers.
ChangeCondition increased();
ChangeCondition decreased();
/// By this much or more, up or down.
ChangeCondition changed_by(double least);
/// From at most the limit to above it; from at least the limit to below it. For sensors that jitter
/// around the limit: `bus.on_crossing`, which has a hysteresis.
ChangeCondition crossed_above(double limit);
ChangeCondition crossed_below(double limit);

}  // namespace C
}  // namespace hassette
