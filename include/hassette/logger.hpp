#pragma once
// layer: log
//
// Logger: an app's lines, tagged with the app and the handler that runs. Any thread; never blocks
// on the disk or the console.
#include <fmt/core.h>
#include <hassette/log_format.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hassette {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

class Logger {
 public:
  explicit Logger(std::string app) : app_(std::move(app)) {}

  template <class... A>
  void debug(LogFormat<std::type_identity_t<A>...> format, A&&... args) const {
    write(LogLevel::kDebug, format.text(), std::forward<A>(args)...);
  }
  template <class... A>
  void info(LogFormat<std::type_identity_t<A>...> format, A&&... args) const {
    write(LogLevel::kInfo, format.text(), std::forward<A>(args)...);
  }
  template <class... A>
  void warning(LogFormat<std::type_identity_t<A>...> format, A&&... args) const {
    write(LogLevel::kWarning, format.text(), std::forward<A>(args)...);
  }
  template <class... A>
  void error(LogFormat<std::type_identity_t<A>...> format, A&&... args) const {
    write(LogLevel::kError, format.text(), std::forward<A>(args)...);
  }

  bool enabled(LogLevel level) const noexcept;
  void text(LogLevel level, std::string message) const;
  const std::string& app() const { return app_; }

 private:
  template <class... A>
  void write(LogLevel level, fmt::string_view format, A&&... args) const {
    // What is not printable was refused where the line was given.
    if constexpr ((fmt::is_formattable<A&>::value && ...)) {
      if (enabled(level)) text(level, fmt::vformat(format, fmt::make_format_args(args...)));
    }
  }
  std::string app_;
};

}  // namespace hassette
