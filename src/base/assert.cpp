#include "base/assert.hpp"

#include <fmt/core.h>

#include <hassette/error.hpp>

namespace hassette::base {

void assertion_failed(std::string_view expression, std::string_view message, std::string_view file,
                      int line) {
  throw LogicError(fmt::format("{} (`{}` does not hold)", message, expression),
                   fmt::format("{}:{}", file, line));
}

}  // namespace hassette::base
