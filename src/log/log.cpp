#include "log/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "async/loop.hpp"
#include "async/unawaited.hpp"
#include "log/masking.hpp"
#include "log/text.hpp"

namespace hassette::log {

using std::chrono::seconds;

namespace {
seconds machine_offset(async::WallTime time) {
  const std::time_t instant = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm local{};
  localtime_r(&instant, &local);
  return seconds(local.tm_gmtoff);
}

class Registry {
 public:
  void add(std::shared_ptr<Sink> sink) {
    const std::scoped_lock lock(sinks_mutex_);
    sink->follow(clock_);
    sinks_.push_back(std::move(sink));
    used_ = true;
  }

  void remove(const Sink& sink) {
    const std::scoped_lock lock(sinks_mutex_);
    std::erase_if(sinks_, [&sink](const auto& held) { return held.get() == &sink; });
  }

  void dispatch(const LogRecord& record) {
    const std::scoped_lock lock(sinks_mutex_);
    for (const auto& sink : sinks_) sink->write(record);
    if (used_ || record.level < LogLevel::kWarning) return;
    std::string line;
    append_plain_line(line, record, machine_offset(record.time));
    std::fputs(line.c_str(), stderr);
  }

  void set_clock(std::shared_ptr<const async::Clock> clock) {
    const std::scoped_lock lock(sinks_mutex_);
    clock_ = std::move(clock);
    for (const auto& sink : sinks_) sink->follow(clock_);
  }

  async::WallTime wall() {
    const std::scoped_lock lock(sinks_mutex_);
    return clock_->wall();
  }

  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

  void set_app_level(std::string_view app, std::optional<LogLevel> level) {
    const std::unique_lock lock(levels_mutex_);
    const auto found = app_levels_.find(app);
    if (found != app_levels_.end()) app_levels_.erase(found);
    if (level) app_levels_.emplace(app, *level);
    has_app_levels_.store(!app_levels_.empty(), std::memory_order_release);
  }

  bool enabled(LogLevel level, std::string_view app) const {
    if (has_app_levels_.load(std::memory_order_acquire)) {
      const std::shared_lock lock(levels_mutex_);
      const auto found = app_levels_.find(app);
      if (found != app_levels_.end()) return level >= found->second;
    }
    return level >= level_.load(std::memory_order_relaxed);
  }

  void set_zone(UtcOffset offset) {
    const std::unique_lock lock(zone_mutex_);
    offset_ = std::move(offset);
  }

  seconds utc_offset(async::WallTime time) const {
    const std::shared_lock lock(zone_mutex_);
    return offset_ ? offset_(time) : machine_offset(time);
  }

  Masking masking;

 private:
  std::mutex sinks_mutex_;  // also of the clock that they follow
  std::shared_ptr<const async::Clock> clock_ = std::make_shared<async::RealClock>();
  std::vector<std::shared_ptr<Sink>> sinks_;
  bool used_ = false;
  std::atomic<LogLevel> level_ = LogLevel::kInfo;
  mutable std::shared_mutex levels_mutex_;
  std::map<std::string, LogLevel, std::less<>> app_levels_;
  std::atomic<bool> has_app_levels_ = false;
  mutable std::shared_mutex zone_mutex_;
  UtcOffset offset_;
};

Registry& registry() {
  static Registry the_registry;
  return the_registry;
}

void cut(std::string& message) {
  if (message.size() <= kMaxMessage) return;
  const std::size_t all = message.size();
  std::size_t end = kMaxMessage;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;
  message.resize(end);
  message += fmt::format("… ({} more bytes)", all - end);
}

void report_unawaited(const async::Unawaited& what) noexcept {
  try {
    write(LogLevel::kWarning, what.app.empty() ? kEngine : what.app,
          fmt::format("{}:{}: this Task was destroyed without being awaited: co_await it",
                      what.made_at.file_name(), what.made_at.line()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s:%u: this Task was destroyed without being awaited: co_await it (%s)\n",
                 what.made_at.file_name(), what.made_at.line(), error.what());
  }
}
}  // namespace

void add_sink(std::shared_ptr<Sink> sink) {
  registry().add(std::move(sink));
}
void remove_sink(const Sink& sink) {
  registry().remove(sink);
}
void set_clock(std::shared_ptr<const async::Clock> clock) {
  registry().set_clock(std::move(clock));
}
void set_level(LogLevel level) {
  registry().set_level(level);
}
void set_app_level(std::string_view app, std::optional<LogLevel> level) {
  registry().set_app_level(app, level);
}
bool enabled(LogLevel level, std::string_view app) noexcept {
  return registry().enabled(level, app);
}

void write(LogLevel level, std::string_view app, std::string message) {
  if (!enabled(level, app)) return;
  LogRecord record{.level = level, .app = std::string(app), .message = std::move(message)};
  if (const async::Loop* loop = async::Loop::current()) {
    record.time = loop->wall();
    const async::Fiber* fiber = loop->running();
    // The engine's own fibers have names for the watchdog, not for readers of the log.
    if (fiber && app != kEngine && fiber->label().app == app) record.task = fiber->label().task;
  } else {
    record.time = registry().wall();
  }
  registry().masking.apply(record.message);
  registry().masking.apply(record.task);
  cut(record.message);
  registry().dispatch(record);
}

void hide(std::string_view secret) {
  registry().masking.hide(secret);
}

std::string masked(std::string text) {
  registry().masking.apply(text);
  return text;
}

void set_zone(UtcOffset offset) {
  registry().set_zone(std::move(offset));
}
seconds utc_offset(async::WallTime time) {
  return registry().utc_offset(time);
}
void report_unawaited_tasks() {
  async::set_unawaited_reporter(&report_unawaited);
}

}  // namespace hassette::log
