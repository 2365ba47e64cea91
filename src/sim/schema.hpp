// What a service or a command accepts, and the words in which Home Assistant refuses the rest.
//
// Home Assistant checks with voluptuous, whose wording authors see in their logs: "expected int for
// dictionary value @ data['brightness']". A Schema is a plain value; any thread. Checks may change
// the value as voluptuous does: "5" becomes 5 where an integer is wanted.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <hassette/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::sim {

// Gives what is wrong with the value, or nothing.
using Check = std::function<std::optional<std::string>(Json&)>;

struct Field {
  std::string name;
  Check check;
  bool required = false;
  std::string group = {};          // of the fields of a group at most one may be given
  std::vector<Field> inside = {};  // what a dictionary may hold; nothing: anything
  std::string together = {};       // of the fields of such a group all are given, or none
};

struct Problem {
  std::string text;  // "extra keys not allowed @ data['x']"
  Json got;
  // As commands are answered: "… Got 5".
  [[nodiscard]] std::string with_value() const;
};

class Schema {
 public:
  Schema() = default;
  Schema(std::vector<Field> fields, bool allow_extra = false)
      : fields_(std::move(fields)), allow_extra_(allow_extra) {}

  // All problems: wrong values and unknown keys in the order of the data, then what is missing.
  // Two fields of one group, or some of those that go together, are a problem that stands alone, as
  // with voluptuous.
  [[nodiscard]] std::vector<Problem> check(Json& data) const;
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
  bool allow_extra_ = false;
};

// The problems of a command in one text, sorted and with their values, as Home Assistant words
// them.
[[nodiscard]] std::string describe(const std::vector<Problem>& problems);

namespace accept {
[[nodiscard]] Check anything();
[[nodiscard]] Check integer();  // also "5" and 5.7
[[nodiscard]] Check integer_within(std::int64_t low, std::int64_t high);
[[nodiscard]] Check integer_clamped(std::int64_t low, std::int64_t high);
[[nodiscard]] Check number();
[[nodiscard]] Check number_within(double low, double high);
[[nodiscard]] Check text();         // numbers become text
[[nodiscard]] Check strict_text();  // nothing but text: "expected str"
[[nodiscard]] Check boolean();
[[nodiscard]] Check strict_boolean();
[[nodiscard]] Check strict_integer();
[[nodiscard]] Check object();
[[nodiscard]] Check list();  // a single value becomes a list
[[nodiscard]] Check strict_list();
[[nodiscard]] Check texts();  // one at least; numbers become text, a single one a list
[[nodiscard]] Check one_of(std::vector<std::string> choices);
// An enumeration of Home Assistant's, by its class name.
[[nodiscard]] Check enumeration(std::string name, std::vector<std::string> choices);
[[nodiscard]] Check entity_ids();  // a name, a list, "all" or "none"; becomes lower case
[[nodiscard]] Check nullable(Check inner);
}  // namespace accept

// Whom a service may be called for. Single ids become lists, which is also how they stand in the
// call_service event.
[[nodiscard]] std::vector<Field> target_fields();

// As Python's float() takes it: also "5.5" and true.
[[nodiscard]] std::optional<double> to_number(const Json& value);
// The number without its fraction; nothing where no 64-bit integer holds it. What comes from a call
// may be any number, and a plain cast of such a one is undefined.
[[nodiscard]] std::optional<std::int64_t> to_whole(double number) noexcept;
// As Python counts them: code points of UTF-8.
[[nodiscard]] std::size_t characters(std::string_view text) noexcept;
// Text as Python's repr writes a value: 'on', 5, True, None.
[[nodiscard]] std::string python_repr(const Json& value);
// "0:10:00" and the like, seconds, or {"hours": 1}, in seconds; nothing where it is none of them.
[[nodiscard]] std::optional<double> fractional_seconds_from(const Json& value);
// The same; nothing, too, where it is longer than the loop can sleep (285 years).
[[nodiscard]] std::optional<std::chrono::microseconds> period_from(const Json& value);
// Of it the whole seconds.
[[nodiscard]] std::optional<std::int64_t> seconds_from(const Json& value);
[[nodiscard]] std::string duration_text(std::int64_t seconds);  // as timers: 90000 is "25:00:00"

}  // namespace hassette::sim
