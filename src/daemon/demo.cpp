#include "daemon/demo.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "async/clock.hpp"
#include "base/private_folder.hpp"
#include "build/toolchain.hpp"
#include "daemon/engine_process.hpp"
#include "daemon/simulated_home.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"
#include "sim/house.hpp"
#include "web/token.hpp"

namespace hassette::daemon {

namespace fs = std::filesystem;

namespace {

/// The example apps lie beside the folder of the program: bin/hassette, share/hassette/examples.
fs::path examples() {
  return build::running_program().parent_path().parent_path() / "share" / "hassette" / "examples";
}

/// Where the demo keeps what must last from one start to the next: compiled apps, the page's token.
/// Empty where the environment names no place that is this user's own.
fs::path data_folder(const std::map<std::string, std::string>& environment) {
  const auto folder = [&](const char* name) {
    const auto found = environment.find(name);
    const fs::path path = found == environment.end() ? fs::path() : fs::path(found->second);
    return path.is_absolute() ? path : fs::path();
  };
  if (const fs::path cache = folder("XDG_CACHE_HOME"); !cache.empty()) {
    return cache / "hassette" / "demo";
  }
  if (const fs::path home = folder("HOME"); !home.empty()) {
    return home / ".cache" / "hassette" / "demo";
  }
  return {};
}

/// Makes the folder, and says why it cannot be used. Nobody chose it, and what lies in it becomes
/// code of this process, so no other user may have a hand in it, nor in what leads there.
std::string prepare(const fs::path& folder) {
  if (folder.empty()) {
    return "the demo keeps what it compiles in a folder of yours: set HOME, or XDG_CACHE_HOME, to "
           "an absolute path";
  }
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (!error && ::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    error = {errno, std::generic_category()};
  }
  if (error) {
    return fmt::format(
        "the demo's folder {} cannot be made ({}): set XDG_CACHE_HOME to a place "
        "that you may write to",
        folder.string(), error.message());
  }
  std::string problem = base::why_not_private(folder);
  if (!problem.empty()) {
    problem = fmt::format("it {}", problem);
  } else if (problem = base::why_replaceable(folder); problem.empty()) {
    return {};
  }
  return fmt::format(
      "the demo's folder {} is not safe from other users: {}. Mend that, or set "
      "XDG_CACHE_HOME to a folder that is only yours",
      folder.string(), problem);
}

}  // namespace

int demo(const DemoOptions& options, log::ConsoleSink& console, StopPath& stop) {
  const fs::path data = data_folder(options.environment);
  if (const std::string problem = prepare(data); !problem.empty()) {
    log::error("{}", problem);
    return kExitConfiguration;
  }
  const async::RealClock real;
  const TimePoint morning = sim::House::opening(options.seed, real.wall());
  const auto clock = std::make_shared<async::ScaledClock>(options.speed, morning);
  // The log tells the house's story, so it goes by the house's clock.
  const time::Zone zone = sim::House::zone();
  log::set_zone([zone](async::WallTime time) { return zone.to_local(time).utc_offset; });
  log::set_clock(clock);
  log::info(
      "a house with two residents, seed {}: its clock begins at {}, {} yours", options.seed,
      zone.to_local(std::chrono::floor<std::chrono::seconds>(morning)).str(),
      options.speed == 1 ? "as fast as" : fmt::format("{:g} times as fast as", options.speed));
  const std::string token = web::make_token().reveal();
  SimulatedHomeThread home(*clock, options.seed, token);
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
      .compiler = std::nullopt,
      .page_remedy = "--port takes another one, and 0 any free one",
      // The residents wait until somebody watches: compiling the apps may take a while.
      .on_ready = [&home] { home.begin_day(); }};
  log::hide(token);
  for (const ConfigProblem& problem : process.settings.problems) {
    log::error("{}", format_problem(problem));
  }
  if (!process.settings.problems.empty()) return kExitConfiguration;
  return run_engine(process, *clock, console, stop);
}

}  // namespace hassette::daemon
