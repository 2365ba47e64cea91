#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <hassette/error.hpp>
#include <hassette/json.hpp>

namespace hassette {

namespace {

const Json kNullValue;

std::string_view name_of(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "a boolean";
    case Json::Kind::kInt:
      return "an integer";
    case Json::Kind::kDouble:
      return "a number";
    case Json::Kind::kString:
      return "a string";
    case Json::Kind::kArray:
      return "an array";
    case Json::Kind::kObject:
      return "an object";
  }
  return "unknown";
}

[[noreturn]] void throw_wrong_kind(Json::Kind wanted, Json::Kind found) {
  throw Error("json",
              fmt::format("expected {} but the value is {}", name_of(wanted), name_of(found)));
}

/// How many bytes the UTF-8 character at the start of `text` has; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Written longer than needed, a surrogate, or beyond the last character.
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
      (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) {
    return 0;
  }
  return length;
}

void quote(std::string_view text, std::string& out) {
  out += '"';
  std::size_t clean = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const std::size_t length = utf8_length(text.substr(i));
      if (length == 0) {
        out.append(text, clean, i - clean).append("\\ufffd");
        clean = i + 1;
      } else {
        i += length - 1;
      }
      continue;
    }
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, clean, i - clean);
    clean = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out.append(text, clean, text.size() - clean);
  out += '"';
}

void write_double(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const std::size_t start = out.size();
  fmt::format_to(std::back_inserter(out), "{}", value);  // the shortest text that reads back equal
  if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

}  // namespace

Json::Json(std::initializer_list<Json> items) {
  const bool pairs = std::ranges::all_of(items, [](const Json& item) {
    return item.is_array() && item.size() == 2 && item.at(0).is_string();
  });
  if (!pairs || items.size() == 0) {
    if (items.size() > 0)
      value_ = Array(items);
    else
      value_ = Object();
    return;
  }
  Object members;
  members.reserve(items.size());
  for (const Json& item : items) members.emplace_back(item.at(0).as_string(), item.at(1));
  value_ = std::move(members);
}

Json Json::array(std::initializer_list<Json> items) {
  return Json(Array(items));
}

bool Json::as_bool() const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  throw_wrong_kind(Kind::kBool, kind());
}

std::int64_t Json::as_int() const {
  if (const auto value = get<std::int64_t>()) return *value;
  throw_wrong_kind(Kind::kInt, kind());
}

double Json::as_double() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  throw_wrong_kind(Kind::kDouble, kind());
}

const std::string& Json::as_string() const {
  if (const auto* text = std::get_if<std::string>(&value_)) return *text;
  throw_wrong_kind(Kind::kString, kind());
}

const Json::Array& Json::as_array() const {
  if (const auto* items = std::get_if<Array>(&value_)) return *items;
  throw_wrong_kind(Kind::kArray, kind());
}

const Json::Object& Json::as_object() const {
  if (const auto* members = std::get_if<Object>(&value_)) return *members;
  throw_wrong_kind(Kind::kObject, kind());
}

Json::Array& Json::as_array() {
  return const_cast<Array&>(std::as_const(*this).as_array());
}

Json::Object& Json::as_object() {
  return const_cast<Object&>(std::as_const(*this).as_object());
}

const Json* Json::find(std::string_view key) const noexcept {
  const auto* members = std::get_if<Object>(&value_);
  if (!members) return nullptr;
  const auto found = std::ranges::find(*members, key, &Member::first);
  return found == members->end() ? nullptr : &found->second;
}

const Json& Json::operator[](std::string_view key) const noexcept {
  const Json* found = find(key);
  return found ? *found : kNullValue;
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object();
  if (const Json* found = find(key)) return const_cast<Json&>(*found);
  return as_object().emplace_back(std::string(key), Json()).second;
}

const Json& Json::at(std::size_t index) const noexcept {
  const auto* items = std::get_if<Array>(&value_);
  return items && index < items->size() ? (*items)[index] : kNullValue;
}

bool Json::erase(std::string_view key) {
  auto* members = std::get_if<Object>(&value_);
  return members && std::erase_if(*members, [&](const Member& m) { return m.first == key; }) > 0;
}

void Json::push_back(Json item) {
  if (is_null()) value_ = Array();
  as_array().push_back(std::move(item));
}

std::size_t Json::size() const noexcept {
  if (const auto* items = std::get_if<Array>(&value_)) return items->size();
  if (const auto* members = std::get_if<Object>(&value_)) return members->size();
  return 0;
}

bool operator==(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    return a.is_int() && b.is_int() ? a.value_ == b.value_ : a.as_double() == b.as_double();
  }
  if (a.kind() != b.kind()) return false;
  if (!a.is_object()) return a.value_ == b.value_;
  if (a.size() != b.size()) return false;
  return std::ranges::all_of(a.as_object(), [&](const Json::Member& member) {
    const Json* other = b.find(member.first);
    return other && *other == member.second;
  });
}

std::string Json::dump() const {
  std::string out;
  dump_to(out);
  return out;
}

void Json::dump_to(std::string& out) const {
  switch (kind()) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kBool:
      out += as_bool() ? "true" : "false";
      break;
    case Kind::kInt:
      out += fmt::format_int(as_int()).c_str();
      break;
    case Kind::kDouble:
      write_double(as_double(), out);
      break;
    case Kind::kString:
      quote(as_string(), out);
      break;
    case Kind::kArray: {
      out += '[';
      bool first = true;
      for (const Json& item : as_array()) {
        if (!std::exchange(first, false)) out += ',';
        item.dump_to(out);
      }
      out += ']';
      break;
    }
    case Kind::kObject: {
      out += '{';
      bool first = true;
      for (const auto& [key, value] : as_object()) {
        if (!std::exchange(first, false)) out += ',';
        quote(key, out);
        out += ':';
        value.dump_to(out);
      }
      out += '}';
      break;
    }
  }
}

}  // namespace hassette

fmt::format_context::iterator fmt::formatter<hassette::Json>::format(
    const hassette::Json& json, fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(json.is_string() ? json.as_string() : json.dump(),
                                                  context);
}
