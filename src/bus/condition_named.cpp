// C: the conditions that have names.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include <hassette/condition.hpp>
#include <hassette/error.hpp>
#include "base/glob.hpp"
#include "bus/condition_value.hpp"

namespace hassette::C {

namespace {

using bus::Value;

template <class F>
Condition of_value(std::string summary, F function) {
  return Condition::of(bus::function_part<Value>(std::move(summary), std::move(function)));
}

/// Of text only.
template <class F>
Condition of_text(std::string_view word, std::string given, F function) {
  std::string summary = fmt::format("{} {}", word, Json(given).dump());
  return of_value(std::move(summary),
                  [given = std::move(given), function = std::move(function)](const Value& value) {
                    const auto text = value.text();
                    return text && function(*text, std::string_view(given));
                  });
}

template <class F>
Condition of_number(std::string_view word, double limit, F function) {
  return of_value(fmt::format("{} {}", word, limit), [limit, function](const Value& value) {
    const auto number = value.number();
    return number && function(*number, limit);
  });
}

template <class F>
ChangeCondition of_change(std::string summary, F function) {
  return ChangeCondition::of(bus::function_part<Value, Value>(
      std::move(summary), [function = std::move(function)](const Value& was, const Value& is) {
        const auto before = was.number();
        const auto after = is.number();
        return before && after && function(*before, *after);
      }));
}

/// Booleans are equal to no number, as numbers and as text alike.
bool shares_one(const Json::Array& items, const std::vector<Json>& values) {
  return std::ranges::any_of(items, [&](const Json& item) {
    return std::ranges::any_of(
        values, [&](const Json& value) { return bus::equals(value, Value(&item)) == true; });
  });
}

const Json::Array* array_of(const Value& value) {
  const Json* json = value.json_behind();
  return json && json->is_array() ? &json->as_array() : nullptr;
}

[[noreturn]] void refuse(const std::string& what, const std::source_location& where) {
  throw Error("registration", fmt::format("{} [{}]", what, bus::short_place(where)));
}

}  // namespace

Condition glob(std::string pattern) {
  return of_text("like", std::move(pattern), [](std::string_view text, std::string_view given) {
    return base::glob_match(given, text);
  });
}

Condition starts_with(std::string text) {
  return of_text("starting with", std::move(text),
                 [](std::string_view is, std::string_view given) { return is.starts_with(given); });
}

Condition ends_with(std::string text) {
  return of_text("ending with", std::move(text),
                 [](std::string_view is, std::string_view given) { return is.ends_with(given); });
}

Condition contains(std::string text) {
  return of_text("containing", std::move(text), [](std::string_view is, std::string_view given) {
    return is.find(given) != std::string_view::npos;
  });
}

Condition regex(const std::string& pattern, const std::source_location& where) {
  // libstdc++'s other executor recurses once a character and may take exponential time: an
  // attribute from outside could end the engine or hold the loop.
  constexpr auto kFlags = std::regex::ECMAScript | std::regex_constants::__polynomial;
  std::regex compiled;
  try {
    compiled = std::regex(pattern, kFlags);
  } catch (const std::regex_error& error) {
    if (error.code() == std::regex_constants::error_complexity) {
      refuse(fmt::format("C::regex({}): back-references such as \\1 are not supported",
                         Json(pattern).dump()),
             where);
    }
    refuse(fmt::format("C::regex({}) is no regular expression: {}", Json(pattern).dump(),
                       error.what()),
           where);
  }
  return of_value("matching " + Json(pattern).dump(), [compiled](const Value& value) {
    const auto text = value.text();
    return text && std::regex_search(text->begin(), text->end(), compiled,
                                     std::regex_constants::match_continuous);
  });
}

Condition exact(Json value) {
  std::string summary = "exactly " + value.dump();
  return of_value(std::move(summary), [value = std::move(value)](const Value& asked) {
    return Value(&value) == asked;
  });
}

Condition present() {
  return of_value("present", [](const Value& value) { return !value.is_missing(); });
}

Condition missing() {
  return of_value("missing", [](const Value& value) { return value.is_missing(); });
}

Condition is_none() {
  return of_value("null", [](const Value& value) { return value.is_null(); });
}

Condition is_not_none() {
  return of_value("not null", [](const Value& value) { return !value.is_null(); });
}

Condition is_in(std::vector<Json> values) {
  return Condition::of(bus::one_of(std::move(values)));
}
Condition is_in(std::initializer_list<Json> values) {
  return is_in(std::vector<Json>(values));
}

Condition not_in(std::vector<Json> values) {
  return !is_in(std::move(values));
}
Condition not_in(std::initializer_list<Json> values) {
  return not_in(std::vector<Json>(values));
}

Condition intersects(std::vector<Json> values) {
  std::string summary = "with any of " + bus::list_of(values);
  return of_value(std::move(summary), [values = std::move(values)](const Value& value) {
    const Json::Array* items = array_of(value);
    return items && shares_one(*items, values);
  });
}
Condition intersects(std::initializer_list<Json> values) {
  return intersects(std::vector<Json>(values));
}

Condition not_intersects(std::vector<Json> values) {
  return !intersects(std::move(values));
}
Condition not_intersects(std::initializer_list<Json> values) {
  return not_intersects(std::vector<Json>(values));
}

Condition is_or_contains(Json value) {
  std::string summary = fmt::format("{0}, or with {0} in it", value.dump());
  return of_value(std::move(summary), [values = std::vector{std::move(value)}](const Value& asked) {
    const Json::Array* items = array_of(asked);
    return bus::equals(values.front(), asked) == true || (items && shares_one(*items, values));
  });
}

Condition above(double limit) {
  return of_number("above", limit, [](double is, double given) { return is > given; });
}
Condition below(double limit) {
  return of_number("below", limit, [](double is, double given) { return is < given; });
}
Condition at_least(double limit) {
  return of_number("at least", limit, [](double is, double given) { return is >= given; });
}
Condition at_most(double limit) {
  return of_number("at most", limit, [](double is, double given) { return is <= given; });
}

Condition between(double low, double high, const std::source_location& where) {
  if (!(low <= high)) {
    refuse(fmt::format("C::between({}, {}) accepts nothing: write the smaller number first", low,
                       high),
           where);
  }
  return of_value(fmt::format("from {} to {}", low, high), [low, high](const Value& value) {
    const auto number = value.number();
    return number && *number >= low && *number <= high;
  });
}

Condition not_equal(Json value) {
  std::string summary = "other than " + value.dump();
  return of_value(std::move(summary), [value = std::move(value)](const Value& asked) {
    return bus::equals(value, asked) == false;
  });
}

ChangeCondition increased() {
  return of_change("increased", [](double was, double is) { return is > was; });
}
ChangeCondition decreased() {
  return of_change("decreased", [](double was, double is) { return is < was; });
}
ChangeCondition changed_by(double least) {
  return of_change(fmt::format("changed by {} or more", least),
                   [least](double was, double is) { return std::abs(is - was) >= least; });
}
ChangeCondition crossed_above(double limit) {
  return of_change(fmt::format("crossed above {}", limit),
                   [limit](double was, double is) { return was <= limit && is > limit; });
}
ChangeCondition crossed_below(double limit) {
  return of_change(fmt::format("crossed below {}", limit),
                   [limit](double was, double is) { return was >= limit && is < limit; });
}

}  // namespace hassette::C
