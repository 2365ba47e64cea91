#include <hassette/condition.hpp>

#include <charconv>
#include <optional>

namespace hassette {

namespace {

std::optional<bool> to_bool(const Json& value) {
  if (const auto plain = value.get<bool>()) return plain;
  const auto text = value.get<std::string>();
  if (!text) return std::nullopt;
  if (*text == "on" || *text == "true" || *text == "True") return true;
  if (*text == "off" || *text == "false" || *text == "False") return false;
  return std::nullopt;
}

std::optional<double> to_number(const Json& value) {
  if (value.is_number()) return value.as_double();
  const auto text = value.get<std::string>();
  double number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

}  // namespace

bool Condition::operator()(const Json& value) const {
  if (function_) return (*function_)(value);
  if (!literal_) return true;
  if (literal_->is_bool()) return to_bool(value) == literal_->as_bool();
  if (literal_->is_number()) return to_number(value) == literal_->as_double();
  return value == *literal_;
}

std::string Condition::summary() const {
  if (function_) return "meets a condition";
  return literal_ ? literal_->dump() : "anything";
}

}  // namespace hassette
