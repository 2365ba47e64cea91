#pragma once
// EngineProcess: one engine with its apps and page, from start to stop; what `run` and `demo`
// share.
//
// Wiring only: it makes the parts, gives them to each other and orders their start and end.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.hpp"

namespace hassette::async {
class Clock;
}
namespace hassette::log {
class ConsoleSink;
}

namespace hassette::daemon {

class StopPath;

/// Exit codes, as docs/reference/exit-codes.md lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
/// A signal could not be obeyed in order: who held the stop up was left.
inline constexpr int kExitForced = 130;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfiguration = 78;

struct ProcessOptions {
  config::Settings settings;
  std::string path;                     ///< PATH, to find the compiler
  std::optional<std::string> compiler;  ///< HASSETTE_CXX
  /// What to do where the page cannot be opened.
  std::string page_remedy = "The settings are web.host, web.port and web.enabled";
  std::function<void()> on_ready = {};  ///< called on the loop's thread once the apps run
};

/// Runs until it is asked to stop. Gives the exit code.
int run_engine(const ProcessOptions& options, async::Clock& clock, log::ConsoleSink& console,
               StopPath& stop);

/// Compiles all apps, where they are known, and reads the whole configuration, without starting
/// anything. What is wrong with the settings has been said; the last line sums up.
int check(const ProcessOptions& options, async::Clock& clock, log::ConsoleSink& console,
          StopPath& stop);

}  // namespace hassette::daemon
