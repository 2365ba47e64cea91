#include "sim/schema.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <hassette/entity_id.hpp>

#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "sim/context.hpp"

namespace hassette::sim {

std::string python_repr(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return "None";
    case Json::Kind::kBool:
      return value.as_bool() ? "True" : "False";
    case Json::Kind::kString: {
      const std::string& text = value.as_string();
      const char quote =
          text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
      return fmt::format("{}{}{}", quote, text, quote);
    }
    case Json::Kind::kArray: {
      std::string out = "[";
      for (const Json& item : value.as_array())
        out += (out.size() > 1 ? ", " : "") + python_repr(item);
      return out + "]";
    }
    case Json::Kind::kObject: {
      std::string out = "{";
      for (const auto& [key, item] : value.as_object()) {
        out += (out.size() > 1 ? ", " : "") + python_repr(key) + ": " + python_repr(item);
      }
      return out + "}";
    }
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      break;
  }
  return value.dump();
}

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u;  // all but the followers
  }));
}

std::string Problem::with_value() const {
  return text + ". Got " + python_repr(got);
}

std::string describe(const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  lines.reserve(problems.size());
  for (const Problem& problem : problems) lines.push_back(problem.with_value());
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

namespace {

std::optional<Problem> two_of_a_group(const std::vector<Field>& fields, const Json& data,
                                      const std::string& at) {
  std::vector<std::string_view> given;
  for (const Field& field : fields) {
    if (field.group.empty() || !data.contains(field.name)) continue;
    if (std::ranges::find(given, field.group) != given.end()) {
      return Problem{
          fmt::format("two or more values in the same group of exclusion '{}' @ {}[<{}>]",
                      field.group, at, field.group),
          {}};
    }
    given.push_back(field.group);
  }
  return std::nullopt;
}

std::optional<Problem> some_of_a_group(const std::vector<Field>& fields, const Json& data,
                                       const std::string& at) {
  for (const Field& one : fields) {
    if (one.together.empty() || !data.contains(one.name)) continue;
    const bool whole = std::ranges::all_of(fields, [&](const Field& other) {
      return other.together != one.together || data.contains(other.name);
    });
    if (whole) continue;
    return Problem{
        fmt::format("some but not all values in the same group of inclusion '{}' @ {}[<{}>]",
                    one.together, at, one.together),
        {}};
  }
  return std::nullopt;
}

// `at` is where the object stands in the data: "data['target']".
void check_object(const std::vector<Field>& fields, bool allow_extra, Json& data,
                  const std::string& at, std::vector<Problem>& problems) {
  auto problem = two_of_a_group(fields, data, at);
  if (!problem) problem = some_of_a_group(fields, data, at);
  if (problem) {
    problems.push_back(*std::move(problem));
    return;
  }
  for (auto& [key, value] : data.as_object()) {
    const std::string here = fmt::format("{}[{}]", at, python_repr(key));
    const auto field = std::ranges::find(fields, key, &Field::name);
    if (field == fields.end()) {
      if (!allow_extra) {
        problems.push_back({fmt::format("extra keys not allowed @ {}", here), value});
      }
      continue;
    }
    const Json before = value;
    if (const auto wrong = field->check(value)) {
      // Of an item of a list the words end with where it stands: "… @ [1]".
      const std::size_t item = wrong->ends_with(']') ? wrong->rfind(" @ [") : std::string::npos;
      const std::string text =
          item == std::string::npos
              ? fmt::format("{} for dictionary value @ {}", *wrong, here)
              : fmt::format("{} @ {}{}", wrong->substr(0, item), here, wrong->substr(item + 3));
      problems.push_back({text, before});
    } else if (!field->inside.empty() && value.is_object()) {
      check_object(field->inside, false, value, here, problems);
    }
  }
  for (const Field& field : fields) {
    if (!field.required || data.contains(field.name)) continue;
    problems.push_back(
        {fmt::format("required key not provided @ {}[{}]", at, python_repr(field.name)), {}});
  }
}

}  // namespace

std::vector<Problem> Schema::check(Json& data) const {
  std::vector<Problem> problems;
  check_object(fields_, allow_extra_, data, "data", problems);
  return problems;
}

std::optional<double> to_number(const Json& value) {
  if (value.is_number()) return value.as_double();
  if (value.is_bool()) return value.as_bool() ? 1.0 : 0.0;
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.as_string();
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

namespace {

// As Python's int() takes it: of a number the whole part, of text digits and nothing else.
std::optional<double> to_integral(const Json& value) {
  const auto number = to_number(value);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  if (value.is_string() &&
      value.as_string().find_first_not_of(" +-0123456789") != std::string::npos)
    return std::nullopt;
  return std::trunc(*number);
}

// Home Assistant's integers have no bounds; of those beyond 64 bits nothing could be shown.
std::optional<std::string> make_integer(Json& value) {
  if (value.is_int()) return std::nullopt;  // also one that no double holds
  const auto number = to_integral(value);
  const auto whole = number ? to_whole(*number) : std::nullopt;
  if (!whole) return "expected int";
  value = *whole;
  return std::nullopt;
}

std::string list_of(const std::vector<std::string>& choices) {
  std::string out;
  for (const std::string& choice : choices) out += (out.empty() ? "'" : ", '") + choice + "'";
  return out;
}

Check expecting(bool (Json::*is)() const noexcept, std::string words) {
  return [is, words = std::move(words)](Json& value) -> std::optional<std::string> {
    if ((value.*is)()) return std::nullopt;
    return words;
  };
}

}  // namespace

namespace accept {

Check anything() {
  return [](Json&) { return std::optional<std::string>(); };
}

Check integer() {
  return make_integer;
}

Check integer_within(std::int64_t low, std::int64_t high) {
  return [low, high](Json& value) -> std::optional<std::string> {
    const auto number = to_integral(value);
    if (!number) return "expected int";
    if (*number < static_cast<double>(low)) return fmt::format("value must be at least {}", low);
    if (*number > static_cast<double>(high)) return fmt::format("value must be at most {}", high);
    return make_integer(value);
  };
}

Check integer_clamped(std::int64_t low, std::int64_t high) {
  return [low, high](Json& value) -> std::optional<std::string> {
    const auto number = to_integral(value);
    if (!number) return "expected int";
    const auto least = static_cast<double>(low);
    const auto most = static_cast<double>(high);
    value = *number <= least ? low : *number >= most ? high : to_whole(*number).value_or(low);
    return std::nullopt;
  };
}

Check number() {
  return [](Json& value) -> std::optional<std::string> {
    const auto number = to_number(value);
    if (!number) return "expected float";
    value = *number;
    return std::nullopt;
  };
}

Check number_within(double low, double high) {
  return [low, high](Json& value) -> std::optional<std::string> {
    const auto number = to_number(value);
    if (!number) return "expected float";
    if (*number < low) return fmt::format("value must be at least {}", low);
    if (*number > high) return fmt::format("value must be at most {}", high);
    value = *number;
    return std::nullopt;
  };
}

Check text() {
  return [](Json& value) -> std::optional<std::string> {
    if (value.is_null()) return "string value is None";
    if (value.is_array() || value.is_object()) return "value should be a string";
    if (!value.is_string()) value = python_repr(value);
    return std::nullopt;
  };
}

Check strict_text() {
  return expecting(&Json::is_string, "expected str");
}
Check strict_boolean() {
  return expecting(&Json::is_bool, "expected bool");
}
Check strict_integer() {
  return expecting(&Json::is_int, "expected int");
}
Check object() {
  return expecting(&Json::is_object, "expected a dictionary");
}
Check strict_list() {
  return expecting(&Json::is_array, "expected list");
}

Check boolean() {
  return [](Json& value) -> std::optional<std::string> {
    if (value.is_bool()) return std::nullopt;
    if (value.is_number()) {
      value = value.as_double() != 0;
      return std::nullopt;
    }
    if (value.is_string()) {
      const std::string word = base::lower_case(value.as_string());
      const bool yes =
          word == "1" || word == "true" || word == "yes" || word == "on" || word == "enable";
      const bool no =
          word == "0" || word == "false" || word == "no" || word == "off" || word == "disable";
      if (yes || no) {
        value = yes;
        return std::nullopt;
      }
    }
    return "invalid boolean value " + (value.is_string() ? value.as_string() : python_repr(value));
  };
}

Check list() {
  return [](Json& value) -> std::optional<std::string> {
    if (value.is_null()) value = Json::array();
    if (!value.is_array()) value = Json::array({value});
    return std::nullopt;
  };
}

Check texts() {
  return [as_list = list(), as_text = text()](Json& value) -> std::optional<std::string> {
    (void)as_list(value);
    if (value.empty()) return "length of value must be at least 1";
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (auto wrong = as_text(value.as_array()[i])) return fmt::format("{} @ [{}]", *wrong, i);
    }
    return std::nullopt;
  };
}

Check one_of(std::vector<std::string> choices) {
  return [choices = std::move(choices)](Json& value) -> std::optional<std::string> {
    if (value.is_string() && std::ranges::find(choices, value.as_string()) != choices.end()) {
      return std::nullopt;
    }
    std::vector<std::string> sorted = choices;
    std::ranges::sort(sorted);
    return "value must be one of [" + list_of(sorted) + "]";
  };
}

Check enumeration(std::string name, std::vector<std::string> choices) {
  return [name = std::move(name),
          choices = std::move(choices)](Json& value) -> std::optional<std::string> {
    if (value.is_string() && std::ranges::find(choices, value.as_string()) != choices.end()) {
      return std::nullopt;
    }
    return "expected " + name + " or one of " + list_of(choices);
  };
}

Check entity_ids() {
  return [](Json& value) -> std::optional<std::string> {
    if (value.is_string()) {
      // "light.a, light.b" is a list, too.
      Json items = Json::array();
      std::string_view rest = value.as_string();
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string_view item = rest.substr(0, comma);
        while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
        items.push_back(item);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
      if (items.size() == 1 && (value.as_string() == "all" || value.as_string() == "none")) {
        return std::nullopt;
      }
      value = std::move(items);
    }
    if (!value.is_array()) return "not a valid value";
    for (Json& item : value.as_array()) {
      if (!item.is_string()) return "not a valid value";
      std::string id = base::lower_case(item.as_string());
      if (!is_valid_entity_id(id)) return "not a valid value";
      item = std::move(id);
    }
    return std::nullopt;
  };
}

Check nullable(Check inner) {
  return [inner = std::move(inner)](Json& value) {
    return value.is_null() ? std::optional<std::string>() : inner(value);
  };
}

}  // namespace accept

std::vector<Field> target_fields() {
  return {{"entity_id", accept::entity_ids()},
          {"device_id", accept::list()},
          {"area_id", accept::list()},
          {"floor_id", accept::list()},
          {"label_id", accept::list()}};
}

std::optional<std::int64_t> to_whole(double number) noexcept {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63, which a double holds exactly
  if (!(number >= -kBeyond && number < kBeyond)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace hassette::sim
