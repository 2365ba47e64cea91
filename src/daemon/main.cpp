// The `hassette` program: its verbs and their options.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "async/clock.hpp"
#include "base/version.hpp"
#include "cli/new.hpp"
#include "daemon/engine_process.hpp"
#include "daemon/signals.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"

extern char** environ;

namespace {

namespace fs = std::filesystem;
using namespace hassette;

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

struct Arguments {
  std::string folder = ".";
  std::vector<std::string> set;  // key=value
  bool json = false;
};

/// The settings of a folder; prints what is wrong with them.
std::optional<daemon::ProcessOptions> load(const Arguments& arguments) {
  const auto variables = environment();
  config::SettingsInput input{.toml_file = fs::path(arguments.folder) / "hassette.toml",
                              .environment = variables};
  for (const std::string& pair : arguments.set) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      log::error("--set takes key=value, such as --set web.port=9000; got `{}`", pair);
      return std::nullopt;
    }
    input.overrides.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  daemon::ProcessOptions options{.settings = config::load_settings(input)};
  log::hide(options.settings.token.reveal());
  for (const ConfigProblem& problem : options.settings.warnings) {
    log::warning("{}", format_problem(problem));
  }
  for (const ConfigProblem& problem : options.settings.problems) {
    log::error("{}", format_problem(problem));
  }
  if (!options.settings.problems.empty()) return std::nullopt;
  log::set_level(static_cast<LogLevel>(options.settings.log_level));
  if (const auto path = variables.find("PATH"); path != variables.end()) options.path = path->second;
  if (const auto found = variables.find("HASSETTE_CXX"); found != variables.end()) {
    options.compiler = found->second;
  }
  return options;
}

/// Runs a verb with a console; what it logged is on the screen when it returns.
int with_console(const Arguments& arguments, const std::function<int(log::ConsoleSink&)>& verb) {
  daemon::Signals::block();
  log::ConsoleOptions console_options = log::console_options_for(STDOUT_FILENO);
  if (arguments.json) console_options.format = log::ConsoleFormat::kJson;
  const auto console = std::make_shared<log::ConsoleSink>(console_options);
  log::add_sink(console);
  log::report_unawaited_tasks();
  const int code = verb(*console);
  console->flush(std::chrono::seconds(1));
  log::remove_sink(*console);
  return code;
}

int run(const Arguments& arguments) {
  return with_console(arguments, [&](log::ConsoleSink& console) {
    const auto options = load(arguments);
    if (!options) return daemon::kExitConfiguration;
    async::RealClock clock;
    return daemon::run_engine(*options, clock, console);
  });
}

int check(const Arguments& arguments) {
  return with_console(arguments, [&](log::ConsoleSink&) {
    const auto options = load(arguments);
    if (!options) return daemon::kExitFailure;
    async::RealClock clock;
    return daemon::check(*options, clock);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Hassette: Home Assistant automations in C++"};
  program.set_version_flag("--version", fmt::format("hassette {}", kVersion));
  program.require_subcommand(1);
  Arguments arguments;
  const auto add_folder = [&](CLI::App* verb) {
    verb->add_option("folder", arguments.folder, "the folder of hassette.toml")->capture_default_str();
    verb->add_option("--set", arguments.set, "overrides a setting: --set web.port=9000");
    verb->add_flag("--json", arguments.json, "log lines as JSON");
  };
  CLI::App* run_verb = program.add_subcommand("run", "runs the apps of a folder on your home");
  add_folder(run_verb);
  CLI::App* check_verb =
      program.add_subcommand("check", "compiles all apps and reads the whole configuration");
  add_folder(check_verb);
  CLI::App* new_verb = program.add_subcommand("new", "makes a folder to start from");
  std::string new_folder;
  new_verb->add_option("folder", new_folder, "the folder to make")->required();
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    return code == 0 ? daemon::kExitOk : daemon::kExitUsage;
  }
  if (*run_verb) return run(arguments);
  if (*check_verb) return check(arguments);
  return cli::new_home(new_folder, std::cout, std::cerr);
}
