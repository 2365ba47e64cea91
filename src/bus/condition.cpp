#include <hassette/condition.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/lower_case.hpp"
#include "bus/condition_value.hpp"

namespace hassette::bus {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The whole text as a number; a plus sign is not `from_chars`'s, but is Home Assistant's.
template <class T>
std::optional<T> parse(std::string_view given) {
  std::string_view text = trimmed(given);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_word(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case,
                            [](char a, char b) { return base::lower_case(a) == b; });
}

}  // namespace

const Json* Value::json_behind() const {
  if (const auto* const* behind = std::get_if<const Json*>(&held_)) return *behind;
  return std::get_if<Json>(&held_);
}

bool Value::is_null() const {
  const Json* json = json_behind();
  return json && json->is_null();
}

std::optional<std::string_view> Value::text() const {
  if (const auto* text = std::get_if<std::string_view>(&held_)) return *text;
  const Json* json = json_behind();
  if (json && json->is_string()) return json->as_string();
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const auto written = text()) {
    const auto read = parse<double>(*written);
    return read && std::isfinite(*read) ? read : std::nullopt;
  }
  const Json* json = json_behind();
  if (json && json->is_number()) return json->as_double();
  return std::nullopt;
}

std::optional<std::int64_t> Value::whole_number() const {
  if (const auto written = text()) return parse<std::int64_t>(*written);
  const Json* json = json_behind();
  if (json && json->is_int()) return json->as_int();
  return std::nullopt;
}

std::optional<bool> Value::truth() const {
  const auto written = text();
  if (!written) {
    const Json* json = json_behind();
    return json ? json->get<bool>() : std::nullopt;
  }
  const std::string_view word = trimmed(*written);
  const auto is = [&](std::string_view lower_case) { return is_word(word, lower_case); };
  if (is("on") || is("true") || is("yes") || is("1")) return true;
  if (is("off") || is("false") || is("no") || is("0")) return false;
  return std::nullopt;
}

Json Value::json() const {
  if (const auto* text = std::get_if<std::string_view>(&held_)) return *text;
  const Json* json = json_behind();
  return json ? *json : Json();
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_missing() || b.is_missing()) return a.is_missing() && b.is_missing();
  const auto text_a = a.text();
  const auto text_b = b.text();
  if (text_a || text_b) return text_a == text_b;
  return *a.json_behind() == *b.json_behind();
}

std::optional<bool> equals(const Json& literal, const Value& value) {
  if (literal.is_bool()) {
    const auto truth = value.truth();
    return truth ? std::optional(*truth == literal.as_bool()) : std::nullopt;
  }
  if (literal.is_int()) {  // beyond 2^53 a double cannot tell neighbours apart
    if (const auto whole = value.whole_number()) return *whole == literal.as_int();
  }
  if (literal.is_number()) {
    const auto number = value.number();
    return number ? std::optional(*number == literal.as_double()) : std::nullopt;
  }
  if (literal.is_string()) {
    const auto text = value.text();
    return text ? std::optional(*text == literal.as_string()) : std::nullopt;
  }
  const Json* json = value.json_behind();
  return json ? std::optional(*json == literal) : std::nullopt;
}

std::string list_of(const std::vector<Json>& values) {
  std::string text;
  for (const Json& value : values) text += (text.empty() ? "" : ", ") + value.dump();
  return text;
}

ConditionPtr literal(Json value) {
  std::string summary = value.dump();
  return function_part<Value>(std::move(summary), [value = std::move(value)](const Value& asked) {
    return equals(value, asked) == true;
  });
}

ConditionPtr one_of(std::vector<Json> values) {
  if (values.size() == 1) return literal(std::move(values.front()));
  std::string summary = values.empty() ? "nothing" : "one of " + list_of(values);
  return function_part<Value>(std::move(summary), [values = std::move(values)](const Value& value) {
    return std::ranges::any_of(values, [&](const Json& one) { return equals(one, value) == true; });
  });
}

}  // namespace hassette::bus
