// What Python does with values, as far as templates need it: truth, printing, sums, comparisons.
//
// Pure functions, any thread. What does not go together is thrown as TemplateFailure, under the
// name that Python gives it.
#pragma once

#include <hassette/json.hpp>
#include <optional>
#include <string>

namespace hassette::sim {

inline constexpr std::string_view kInstant = "__instant";  // marks what now() gives

[[nodiscard]] std::string printed(const Json& value);
[[nodiscard]] bool truth(const Json& value);
[[nodiscard]] std::optional<double> number_of(const Json& value);
// An integer, where 64 bits hold it.
[[nodiscard]] Json whole_json(double number);
[[noreturn]] void fail_type(std::string message);
[[nodiscard]] Json arithmetic(const std::string& symbol, const Json& left, const Json& right);
[[nodiscard]] bool contains(const Json& whole, const Json& part);
[[nodiscard]] bool compared(const std::string& symbol, const Json& left, const Json& right);
[[nodiscard]] Json rounded(const Json& value, double digits);

}  // namespace hassette::sim
