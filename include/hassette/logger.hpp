#pragma once
// layer: log
//
// Logger: an app's lines, tagged with the app and the handler that runs. Any thread; never blocks
// on the disk or the console.
#include <fmt/core.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hassette {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

class Logger {
 public:
  explicit Logger(std::string app) : app_(std::move(app)) {}

  template <class... A>
  void debug(fmt::format_string<A...> format, A&&... args) const {
    write<A...>(LogLevel::kDebug, format, std::forward<A>(args)...);
  }
  template <class... A>
  void info(fmt::format_string<A...> format, A&&... args) const {
    write<A...>(LogLevel::kInfo, format, std::forward<A>(args)...);
  }
  template <class... A>
  void warning(fmt::format_string<A...> format, A&&... args) const {
    write<A...>(LogLevel::kWarning, format, std::forward<A>(args)...);
  }
  template <class... A>
  void error(fmt::format_string<A...> format, A&&... args) const {
    write<A...>(LogLevel::kError, format, std::forward<A>(args)...);
  }

  bool enabled(LogLevel level) const noexcept;
  void text(LogLevel level, std::string message) const;
  const std::string& app() const { return app_; }

 private:
  template <class... A>
  void write(LogLevel level, fmt::format_string<A...> format, A&&... args) const {
    if (enabled(level)) text(level, fmt::vformat(format, fmt::make_format_args(args...)));
  }
  std::string app_;
};

}  // namespace hassette
