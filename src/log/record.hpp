#pragma once
// One log line on its way to the sinks. A value; any thread.
#include <hassette/logger.hpp>

#include <string>
#include <string_view>

#include "async/clock.hpp"

namespace hassette::log {

struct LogRecord {
  async::WallTime time;
  LogLevel level = LogLevel::kInfo;
  std::string app;   // the app's instance, or "engine"
  std::string task;  // the handler, job or service that was running; empty outside one
  std::string message;
};

/// "debug", "info", "warning", "error".
std::string_view to_string(LogLevel level) noexcept;

}  // namespace hassette::log
