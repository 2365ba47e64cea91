// The names of an enumeration's values, as configuration writes them.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hassette::config {

struct EnumName {
  int value;
  std::string name;     // as in the source: "kVeryBright"
  std::string written;  // as in the file: "very_bright"
};

// Reads what reflect::printed_enum() gives.
[[nodiscard]] std::vector<EnumName> enum_names(std::string_view printed);

// "kVeryBright", "VeryBright" and "very_bright" all are "very_bright".
[[nodiscard]] std::string snake_case(std::string_view enumerator);

}  // namespace hassette::config
