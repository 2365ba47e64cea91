#include <hassette/logger.hpp>

#include "log/log.hpp"

namespace hassette {

bool Logger::enabled(LogLevel level) const noexcept {
  return log::enabled(level, app_);
}

void Logger::text(LogLevel level, std::string message) const {
  log::write(level, app_, std::move(message));
}

}  // namespace hassette
