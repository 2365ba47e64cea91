#include "daemon/demo.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "async/clock.hpp"
#include "build/toolchain.hpp"
#include "daemon/engine_process.hpp"
#include "daemon/simulated_home.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"
#include "web/token.hpp"

namespace hassette::daemon {

namespace fs = std::filesystem;

namespace {

/// The example apps lie beside the folder of the program: bin/hassette, share/hassette/examples.
fs::path examples() {
  return build::running_program().parent_path().parent_path() / "share" / "hassette" / "examples";
}

/// Where the demo keeps what must last from one start to the next: compiled apps, the page's token.
fs::path data_folder(const std::map<std::string, std::string>& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) {
    return fs::path(cache) / "hassette" / "demo";
  }
  if (const std::string home = variable("HOME"); !home.empty()) {
    return fs::path(home) / ".cache" / "hassette" / "demo";
  }
  return fs::temp_directory_path() / fmt::format("hassette-demo-{}", ::getuid());
}

}  // namespace

int demo(const DemoOptions& options, log::ConsoleSink& console) {
  if (options.speed <= 0 || options.speed > 10'000) {
    log::error("--speed is between 0 and 10000, got {}", options.speed);
    return kExitUsage;
  }
  const async::RealClock real;
  async::ScaledClock clock(options.speed, real.wall());
  const std::string token = web::make_token().reveal();
  const SimulatedHomeThread home(clock, options.seed, token);
  const fs::path data = data_folder(options.environment);
  ProcessOptions process{
      .settings = config::load_settings(
          {.toml_file = examples() / "hassette.toml",
           .environment = {},
           .overrides = {{"base_url", fmt::format("http://127.0.0.1:{}", home.port())},
                         {"token", token},
                         {"data_dir", data.string()},
                         {"cache_dir", (data / "cache").string()},
                         {"web.port", fmt::format("{}", options.port)}}}),
      .path = options.path,
      .compiler = std::nullopt};
  log::hide(token);
  for (const ConfigProblem& problem : process.settings.problems) {
    log::error("{}", format_problem(problem));
  }
  if (!process.settings.problems.empty()) return kExitConfiguration;
  return run_engine(process, clock, console);
}

}  // namespace hassette::daemon
