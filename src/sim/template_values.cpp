#include "sim/template_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/schema.hpp"
#include "sim/template_syntax.hpp"

namespace hassette::sim {

std::string printed(const Json& value) {
  if (value.is_string()) return value.as_string();
  if (value.contains(kInstant)) return value["isoformat"].as_string();
  return python_repr(value);
}

bool truth(const Json& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_number()) return value.as_double() != 0;
  if (value.is_string()) return !value.as_string().empty();
  return !value.is_null() && value.size() > 0;
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.as_double();
  if (value.is_bool()) return value.as_bool() ? 1.0 : 0.0;
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.as_string();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Json whole_json(double number) {
  const auto whole = to_whole(number);
  return whole ? Json(*whole) : Json(number);
}

[[noreturn]] void fail_type(std::string message) {
  throw TemplateFailure{"TypeError", std::move(message)};
}

Json arithmetic(const std::string& symbol, const Json& left, const Json& right) {
  if (symbol == "~") return printed(left) + printed(right);
  if (symbol == "+" && left.is_string() && right.is_string()) {
    return left.as_string() + right.as_string();
  }
  if (!left.is_number() || !right.is_number()) {
    fail_type("unsupported operand type(s) for " + symbol);
  }
  const double a = left.as_double();
  const double b = right.as_double();
  const bool divides = symbol == "/" || symbol == "//" || symbol == "%";
  if (divides && b == 0) throw TemplateFailure{"ZeroDivisionError", "division by zero"};
  double result = 0;
  if (symbol == "+") result = a + b;
  if (symbol == "-") result = a - b;
  if (symbol == "*") result = a * b;
  if (symbol == "/") result = a / b;
  if (symbol == "//") result = std::floor(a / b);
  if (symbol == "%") result = a - b * std::floor(a / b);
  if (symbol == "**") result = std::pow(a, b);
  if (left.is_int() && right.is_int() && symbol != "/") return whole_json(result);
  return result;
}

bool contains(const Json& whole, const Json& part) {
  if (whole.is_string() && part.is_string()) {
    return whole.as_string().find(part.as_string()) != std::string::npos;
  }
  if (whole.is_object() && part.is_string()) return whole.contains(part.as_string());
  return whole.is_array() && std::ranges::find(whole.as_array(), part) != whole.as_array().end();
}

bool compared(const std::string& symbol, const Json& left, const Json& right) {
  if (symbol == "==") return left == right;
  if (symbol == "!=") return !(left == right);
  if (symbol == "in") return contains(right, left);
  if (symbol == "not in") return !contains(right, left);
  int order = 0;
  if (left.is_string() && right.is_string()) {
    order = left.as_string().compare(right.as_string());
  } else if (left.is_number() && right.is_number()) {
    order = left.as_double() < right.as_double() ? -1 : left.as_double() > right.as_double();
  } else {
    fail_type("'" + symbol + "' not supported between these values");
  }
  if (symbol == "<") return order < 0;
  if (symbol == ">") return order > 0;
  return symbol == "<=" ? order <= 0 : order >= 0;
}

Json rounded(const Json& value, double digits) {
  const auto number = number_of(value);
  if (!number) fail_type("round got invalid input '" + printed(value) + "'");
  const double scale = std::pow(10, std::trunc(digits));
  const double result = std::nearbyint(*number * scale) / scale;
  if (std::trunc(digits) == 0) return whole_json(result);
  return std::isfinite(result) ? Json(result) : Json(*number);  // more digits than it has
}

}  // namespace hassette::sim
