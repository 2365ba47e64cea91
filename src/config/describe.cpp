#include <fmt/core.h>

#include <hassette/config.hpp>
#include <hassette/config_describe.hpp>

#include "config/enum_names.hpp"

namespace hassette::config::detail {

std::string plain_kind(const std::string&) {
  return "text";
}
std::string plain_kind(bool) {
  return "true or false";
}
std::string plain_kind(const EntityId&) {
  return "an entity id such as \"light.kitchen\"";
}
std::string plain_kind(const Secret&) {
  return "a secret text";
}
std::string plain_kind(TimeOfDay) {
  return "a time of day such as \"07:30\"";
}

std::string enum_kind(std::string_view printed_enum) {
  std::string text = "one of";
  for (const EnumName& name : enum_names(printed_enum)) {
    text += fmt::format("{} `{}`", text.size() > 6 ? "," : "", name.written);
  }
  return text;
}

std::string enum_text(std::string_view printed_enum, int value) {
  for (const EnumName& name : enum_names(printed_enum)) {
    if (name.value == value) return plain_text(name.written);
  }
  return fmt::format("{}", value);
}

std::string plain_text(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text + "\"";
}

std::string plain_text(bool value) {
  return value ? "true" : "false";
}
std::string plain_text(double value) {
  return fmt::format("{}", value);
}
std::string plain_text(std::int64_t value) {
  return fmt::format("{}", value);
}
std::string plain_text(std::uint64_t value) {
  return fmt::format("{}", value);
}
std::string plain_text(const EntityId& value) {
  return plain_text(value.str());
}
std::string plain_text(const Secret&) {
  return "***";
}
std::string plain_text(TimeOfDay value) {
  return plain_text(value.str());
}
std::string plain_text(std::chrono::nanoseconds value) {
  return plain_text(format_duration(value));
}

}  // namespace hassette::config::detail
