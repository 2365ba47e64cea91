#include "sim/checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <hassette/entity_id.hpp>
#include <vector>

#include <fmt/format.h>

#include "base/lower_case.hpp"
#include "sim/context.hpp"
#include "sim/failure.hpp"

namespace hassette::sim::accept {

namespace {

struct Part {
  double low;
  double high;
  bool whole;
};

// Text is taken apart into its characters, as Python makes a tuple of it.
std::optional<Json::Array> tuple_of(const Json& value) {
  if (value.is_array()) return value.as_array();
  if (!value.is_string()) return std::nullopt;
  Json::Array parts;
  for (const char c : value.as_string()) parts.emplace_back(std::string(1, c));
  return parts;
}

Check parts(std::vector<Part> wanted) {
  return [wanted = std::move(wanted)](Json& value) -> std::optional<std::string> {
    auto given = tuple_of(value);
    if (!given) return "expected tuple";
    if (given->size() != wanted.size()) return "None";  // Home Assistant has no words for it
    Json taken = Json::array();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& [low, high, whole] = wanted[i];
      Json part = (*given)[i];
      if (auto wrong = number()(part)) return whole ? "expected int" : wrong;
      const double read = whole ? std::trunc(part.as_double()) : part.as_double();
      if (read < low) return fmt::format("value must be at least {}", low);
      if (read > high) return fmt::format("value must be at most {}", high);
      taken.push_back(whole ? Json(static_cast<std::int64_t>(read)) : Json(read));
    }
    value = std::move(taken);
    return std::nullopt;
  };
}

Check clamped(double low, double high) {
  return [low, high](Json& value) -> std::optional<std::string> {
    if (auto wrong = number()(value)) return wrong;
    value = std::clamp(value.as_double(), low, high);
    return std::nullopt;
  };
}

std::optional<std::string> make_entity_id(std::string& id) {
  std::string lower = base::lower_case(id);
  if (!is_valid_entity_id(lower)) return fmt::format("Entity ID {} is an invalid entity ID", id);
  id = std::move(lower);
  return std::nullopt;
}

}  // namespace

Check slug() {
  return [](Json& value) -> std::optional<std::string> {
    if (value.is_null()) return "Slug should not be None";
    const std::string given = value.is_string() ? value.as_string() : python_repr(value);
    const std::string right = slugify(given);
    if (right != given) return fmt::format("invalid slug {} (try {})", given, right);
    value = given;
    return std::nullopt;
  };
}

Check entity_list() {
  return [](Json& value) -> std::optional<std::string> {
    if (value.is_null()) return "Entity IDs can not be None";
    if (value.is_string()) {
      Json items = Json::array();
      std::string_view rest = value.as_string();
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view item = rest.substr(0, comma);
        const std::size_t begin = std::min(item.find_first_not_of(' '), item.size());
        items.push_back(item.substr(begin, item.find_last_not_of(' ') + 1 - begin));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
      value = std::move(items);
    }
    if (!value.is_array()) return "value should be a string";
    for (Json& item : value.as_array()) {
      if (auto wrong = text()(item)) return wrong;
      std::string id = item.as_string();
      if (auto wrong = make_entity_id(id)) return wrong;
      item = std::move(id);
    }
    return std::nullopt;
  };
}

Check states() {
  return [](Json& value) -> std::optional<std::string> {
    if (!value.is_object()) return "expected dict";
    Json taken = Json::object();
    for (const auto& [key, wanted] : std::as_const(value).as_object()) {
      std::string id = key;
      if (auto wrong = make_entity_id(id)) return wrong;
      Json entry = wanted.is_object() ? wanted : Json::object({{"state", wanted}});
      const Json& state = std::as_const(entry)["state"];
      if (state.is_bool()) {
        entry["state"] = state.as_bool() ? "on" : "off";
      } else if (!state.is_string()) {
        return fmt::format("State for {} should be a string", id);
      }
      taken[id] = std::move(entry);
    }
    value = std::move(taken);
    return std::nullopt;
  };
}

Check transition() {
  return clamped(0, 6553);
}

Check percent_step() {
  return clamped(-100, 100);
}

Check bytes(std::size_t count) {
  return parts(std::vector<Part>(count, Part{0, 255, true}));
}

Check hue_and_saturation() {
  return parts({{0, 360, false}, {0, 100, false}});
}

Check chromaticity() {
  return parts({{0, 1, false}, {0, 1, false}});
}

Check kelvin() {
  return [](Json& value) -> std::optional<std::string> {
    if (auto wrong = integer_within(0, INT64_MAX)(value)) return wrong;
    if (value == Json(0)) throw CommandFailure{"unknown_error", "division by zero", {}};
    return std::nullopt;
  };
}

Check mireds() {
  return [](Json& value) -> std::optional<std::string> {
    if (auto wrong = integer_within(1, INT64_MAX)(value)) return wrong;
    if (value.as_int() > 1'000'000) throw CommandFailure{"unknown_error", "division by zero", {}};
    return std::nullopt;
  };
}

Check white() {
  return [](Json& value) -> std::optional<std::string> {
    if (value == Json(true)) return std::nullopt;
    if (integer_clamped(0, 255)(value)) return "not a valid value";
    return std::nullopt;
  };
}

}  // namespace hassette::sim::accept
