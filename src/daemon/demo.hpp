#pragma once
// The demo: an engine with the example apps on the embedded simulated home.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace hassette::log {
class ConsoleSink;
}

namespace hassette::daemon {

class StopPath;

/// Faster, and the residents' day is over before anybody has looked.
inline constexpr double kMostSpeed = 10'000;

struct DemoOptions {
  double speed = 1;  ///< above 0, at most kMostSpeed: how much faster than real time the home lives
  std::uint64_t seed = 1;     ///< of the residents' day
  std::uint16_t port = 8126;  ///< of the page; 0 takes any free one
  std::string path;           ///< PATH, to find the compiler
  std::map<std::string, std::string> environment;
};

/// Runs until Ctrl-C; gives the exit code.
int demo(const DemoOptions& options, log::ConsoleSink& console, StopPath& stop);

}  // namespace hassette::daemon
