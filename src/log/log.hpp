#pragma once
// The way of a log line: from whoever writes it, through levels and masking, to the sinks.
//
// One registry serves the process, since a line may come from any thread and from places that know
// nothing of each other. Everything here may be called on any thread. A sink's `write` is called
// under the registry's lock, in the order of the lines: it must return at once and must not log.
// While no sink has ever been added, warnings and errors go to standard error.
#include <fmt/core.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "log/record.hpp"

namespace hassette::log {

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  virtual void write(const LogRecord& record) = 0;
  /// Whatever the sink counts in seconds follows this clock from now on; see `set_clock`.
  virtual void follow(const std::shared_ptr<const async::Clock>&) {}
};

void add_sink(std::shared_ptr<Sink> sink);
/// No `write` runs any more when this returns.
void remove_sink(const Sink& sink);

/// The clock of the home, where that is not the machine's: it dates the lines that are written
/// outside a loop, and repeated lines are counted by it. Until set, the machine's clocks count. Its
/// `now`, `wall` and `real_wait` are called on any thread.
void set_clock(std::shared_ptr<const async::Clock> clock);

/// Lines below the level are not made at all. An app's own level, where set, wins over the general
/// one.
void set_level(LogLevel level);
void set_app_level(std::string_view app, std::optional<LogLevel> level);
bool enabled(LogLevel level, std::string_view app) noexcept;

inline constexpr std::string_view kEngine = "engine";
inline constexpr std::size_t kMaxMessage = 16u << 10;  // what is longer is cut, and says so

/// Writes a line. Its time is the loop's on a loop's thread, else that of `set_clock`; its task is
/// that of the running fiber, if that works for the same app.
void write(LogLevel level, std::string_view app, std::string message);

// Lines of the engine itself.
template <class... A>
void debug(fmt::format_string<A...> format, A&&... args) {
  if (!enabled(LogLevel::kDebug, kEngine)) return;
  write(LogLevel::kDebug, kEngine, fmt::vformat(format, fmt::make_format_args(args...)));
}
template <class... A>
void info(fmt::format_string<A...> format, A&&... args) {
  if (!enabled(LogLevel::kInfo, kEngine)) return;
  write(LogLevel::kInfo, kEngine, fmt::vformat(format, fmt::make_format_args(args...)));
}
template <class... A>
void warning(fmt::format_string<A...> format, A&&... args) {
  if (!enabled(LogLevel::kWarning, kEngine)) return;
  write(LogLevel::kWarning, kEngine, fmt::vformat(format, fmt::make_format_args(args...)));
}
template <class... A>
void error(fmt::format_string<A...> format, A&&... args) {
  if (!enabled(LogLevel::kError, kEngine)) return;
  write(LogLevel::kError, kEngine, fmt::vformat(format, fmt::make_format_args(args...)));
}

/// From now on this text appears as `***` in every line, also where its end was cut off. Texts of
/// fewer than eight characters are not taken: they would mask ordinary words.
void hide(std::string_view secret);
/// The same masking, for texts that go elsewhere than to a sink.
std::string masked(std::string text);

/// How far the home's clocks are ahead of UTC at an instant; until set, the machine's own zone
/// counts.
using UtcOffset = std::function<std::chrono::seconds(async::WallTime)>;
void set_zone(UtcOffset offset);
std::chrono::seconds utc_offset(async::WallTime time);

/// From now on a Task that was destroyed without being awaited leaves a warning of its app.
void report_unawaited_tasks();

}  // namespace hassette::log
