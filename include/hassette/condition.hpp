#pragma once
// layer: bus
//
// Condition: what one value must be, in `.changed_to = "on"`, `.changed_from = 20` or a lambda.
//
// A literal is compared as its own kind: text exactly, a number with numeric text ("20.0" is 20), a
// boolean with on/off, true/false. A function gets the value (a state's text, or an attribute) as
// Json. A default Condition accepts everything. Immutable and cheap to copy.
#include <hassette/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

namespace hassette {

class Condition {
 public:
  Condition() = default;
  Condition(const char* text) : Condition(Literal{Json(text)}) {}
  Condition(std::string text) : Condition(Literal{Json(std::move(text))}) {}
  Condition(bool value) : Condition(Literal{Json(value)}) {}
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>)
  Condition(T value) : Condition(Literal{Json(value)}) {}
  template <std::predicate<const Json&> F>
    requires(!std::is_pointer_v<std::decay_t<F>>)
  Condition(F function) : function_(std::make_shared<const Function>(std::move(function))) {}

  bool is_set() const { return literal_ || function_; }
  bool operator()(const Json& value) const;
  /// For logs and the page: `is "on"`, or `meets a condition`.
  std::string summary() const;

 private:
  struct Literal {
    Json value;
  };
  using Function = std::function<bool(const Json&)>;
  explicit Condition(Literal literal)
      : literal_(std::make_shared<const Json>(std::move(literal.value))) {}
  std::shared_ptr<const Json> literal_;
  std::shared_ptr<const Function> function_;
};

}  // namespace hassette
