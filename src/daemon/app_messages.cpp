#include "daemon/app_messages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/first_few.hpp"

namespace hassette::daemon {

namespace {

/// "hall, attic, diary"; of many, the first and how many more.
std::string tell_names(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 10;
  return base::first_few(std::span(names).first(std::min(names.size(), kNamed)), names.size());
}

}  // namespace

std::string tell_apps(const host::AppHost& host) {
  const std::vector<std::string> running = host.running();
  const std::vector<std::string> failed = host.failed();
  std::string names = tell_names(running);
  if (!failed.empty()) {
    names += fmt::format("{}failed: {}", running.empty() ? "" : "; ", fmt::join(failed, ", "));
  }
  const std::string of =
      failed.empty() ? "" : fmt::format("of {} ", running.size() + failed.size());
  const bool one = failed.empty() && running.size() == 1;
  return fmt::format("{} {}{}{}", running.size(), of, one ? "app runs" : "apps run",
                     names.empty() ? "" : fmt::format(" ({})", names));
}

std::string tell_count(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string tell_problems(std::size_t in_settings, std::size_t apps,
                          const std::vector<std::string>& bad) {
  std::string text;
  if (in_settings > 0) text = tell_count(in_settings, "problem") + " in the settings";
  if (bad.empty()) return text;
  return fmt::format("{}{}{} of {} cannot run: {}", text, text.empty() ? "" : ", ", bad.size(),
                     tell_count(apps, "app"), fmt::join(bad, ", "));
}

}  // namespace hassette::daemon
