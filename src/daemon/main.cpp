// The `hassette` program: its verbs and their options.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <stop_token>
#include <tuple>

#include "async/clock.hpp"
#include "base/nearest.hpp"
#include "base/version.hpp"
#include "cli/new.hpp"
#include "cli/number_argument.hpp"
#include "cli/test_command.hpp"
#include "daemon/demo.hpp"
#include "daemon/engine_process.hpp"
#include "daemon/signals.hpp"
#include "daemon/stop_path.hpp"
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
  cli::HomeArguments home;
  bool json = false;
};

/// The settings of a folder; prints what is wrong with them. Empty where the command line is wrong.
std::optional<daemon::ProcessOptions> load(const Arguments& arguments) {
  const auto input = cli::settings_input(arguments.home, environment());
  if (!input) {
    log::error("{}", input.error());
    return std::nullopt;
  }
  const auto& variables = input->environment;
  daemon::ProcessOptions options{.settings = config::load_settings(*input)};
  log::hide(options.settings.token.reveal());
  for (const ConfigProblem& problem : options.settings.warnings) {
    log::warning("{}", format_problem(problem));
  }
  std::ranges::sort(options.settings.problems, {}, [](const ConfigProblem& problem) {
    return std::tie(problem.file, problem.line, problem.column, problem.key);
  });
  for (const ConfigProblem& problem : options.settings.problems) {
    log::error("{}", format_problem(problem));
  }
  log::set_level(static_cast<LogLevel>(options.settings.log_level));
  if (const auto path = variables.find("PATH"); path != variables.end())
    options.path = path->second;
  if (const auto found = variables.find("HASSETTE_CXX"); found != variables.end()) {
    options.compiler = found->second;
  }
  return options;
}

/// For whom a verb writes when its output is no terminal.
enum class Reader : std::uint8_t { kJournal, kPeople };

using Verb = std::function<int(log::ConsoleSink&, daemon::StopPath&)>;

/// Runs a verb with a console; what it logged is on the screen when it returns. `forced_code` is
/// what it ends with where it cannot be stopped in order.
int with_console(const Arguments& arguments, Reader reader, int forced_code, const Verb& verb) {
  daemon::Signals::block();
  log::ConsoleOptions console_options = log::console_options_for(STDOUT_FILENO);
  // A pipe gets one line a message, which suits a journal; a report keeps its lines and carets.
  if (reader == Reader::kPeople && console_options.format == log::ConsoleFormat::kPlain) {
    console_options.format = log::ConsoleFormat::kTerminal;
  }
  if (arguments.json) console_options.format = log::ConsoleFormat::kJson;
  const auto console = std::make_shared<log::ConsoleSink>(console_options);
  log::add_sink(console);
  log::report_unawaited_tasks();
  daemon::StopPath stop(*console, forced_code);
  const int code = verb(*console, stop);
  stop.last_resort().tell_time();
  console->flush(std::chrono::seconds(1));
  log::remove_sink(*console);
  stop.leave_the_rest_to_exit(code);
  return code;
}

int run(const Arguments& arguments) {
  return with_console(arguments, Reader::kJournal, daemon::kExitForced,
                      [&](log::ConsoleSink& console, daemon::StopPath& stop) {
                        const auto options = load(arguments);
                        if (!options) return daemon::kExitUsage;
                        if (!options->settings.problems.empty()) return daemon::kExitConfiguration;
                        async::RealClock clock;
                        return daemon::run_engine(*options, clock, console, stop);
                      });
}

int check(const Arguments& arguments) {
  return with_console(arguments, Reader::kPeople, daemon::kExitFailure,
                      [&](log::ConsoleSink& console, daemon::StopPath& stop) {
                        const auto options = load(arguments);
                        if (!options) return daemon::kExitUsage;
                        async::RealClock clock;
                        return daemon::check(*options, clock, console, stop);
                      });
}

int test(const cli::TestCommand& command) {
  daemon::Signals::block();
  std::stop_source stop;
  const daemon::Signals signals([&] { stop.request_stop(); });
  return cli::test(command, environment(), std::cout, std::cerr, stop.get_token());
}

int demo(const Arguments& arguments, daemon::DemoOptions options) {
  return with_console(arguments, Reader::kJournal, daemon::kExitForced,
                      [&](log::ConsoleSink& console, daemon::StopPath& stop) {
                        options.environment = environment();
                        options.path = options.environment["PATH"];
                        return daemon::demo(options, console, stop);
                      });
}

/// "hassette run: there is no option `--jsno`; did you mean `--json`?", where that is what is
/// wrong.
std::string unknown_option(const CLI::App& program) {
  const std::vector<CLI::App*> verbs = program.get_subcommands();
  const CLI::App& verb = verbs.empty() ? program : *verbs.front();
  const std::vector<std::string> left = program.remaining(true);
  const auto unknown =
      std::ranges::find_if(left, [](const std::string& text) { return text.starts_with('-'); });
  if (unknown == left.end()) return {};
  std::vector<std::string> options;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  }
  const std::string name = unknown->substr(0, unknown->find('='));
  const std::string who = verbs.empty() ? "hassette" : "hassette " + verb.get_name();
  return fmt::format("{0}: there is no option `{1}`{2}\nRun `{0} --help` for a list of them.\n",
                     who, name, base::did_you_mean(name, options));
}

/// Says what is wrong with the command line. CLI11 would only say that a verb is missing, also
/// where one is mistyped.
int usage_error(const CLI::App& program, const CLI::ParseError& error, const std::string& first) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : program.get_subcommands({})) verbs.push_back(verb->get_name());
  if (first.empty()) {
    std::cerr << program.help();
  } else if (first.starts_with('-') || std::ranges::find(verbs, first) != verbs.end()) {
    const std::string unknown = unknown_option(program);
    if (unknown.empty()) {
      program.exit(error, std::cerr, std::cerr);
    } else {
      std::cerr << unknown;
    }
  } else {
    std::cerr << fmt::format(
        "hassette: there is no verb `{}`{}\nRun with --help for a list of them.\n", first,
        base::did_you_mean(first, verbs));
  }
  return daemon::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App program{"Hassette: Home Assistant automations in C++"};
  program.set_version_flag("--version", fmt::format("hassette {}", kVersion));
  program.require_subcommand(1);
  Arguments arguments;
  const auto add_folder = [&](CLI::App* verb) {
    verb->add_option("folder", arguments.home.folder, "the folder of hassette.toml")
        ->capture_default_str();
    verb->add_option("--set", arguments.home.set, "overrides a setting: --set web.port=9000")
        ->allow_extra_args(false);  // what follows may be the folder
    verb->add_flag("--json", arguments.json, "log lines as JSON");
  };
  daemon::DemoOptions demo_options;
  CLI::App* demo_verb = program.add_subcommand("demo", "runs the example apps on a simulated home");
  demo_verb->add_option("--speed", demo_options.speed, "how much faster the home lives")
      ->check(cli::positive_number(daemon::kMostSpeed))
      ->capture_default_str();
  demo_verb->add_option("--seed", demo_options.seed, "of the residents' day")
      ->check(cli::whole_number(std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  demo_verb->add_option("--port", demo_options.port, "of the page; 0 takes any free one")
      ->check(cli::whole_number(std::numeric_limits<std::uint16_t>::max()))
      ->capture_default_str();
  demo_verb->add_flag("--json", arguments.json, "log lines as JSON");
  CLI::App* run_verb = program.add_subcommand("run", "runs the apps of a folder on your home");
  add_folder(run_verb);
  CLI::App* check_verb =
      program.add_subcommand("check", "compiles all apps and reads the whole configuration");
  add_folder(check_verb);
  cli::TestCommand test_command;
  CLI::App* test_verb = program.add_subcommand("test", "builds and runs the tests beside the apps");
  cli::declare_test(*test_verb, test_command);
  CLI::App* new_verb = program.add_subcommand("new", "makes a folder to start from");
  std::string new_folder;
  new_verb->add_option("folder", new_folder, "the folder to make")->required();
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    return usage_error(program, error, argc > 1 ? argv[1] : "");
  }
  if (*demo_verb) return demo(arguments, demo_options);
  if (*run_verb) return run(arguments);
  if (*check_verb) return check(arguments);
  if (*test_verb) return test(test_command);
  return cli::new_home(new_folder, std::cout, std::cerr);
} catch (const std::exception& error) {
  std::fputs("hassette: ", stderr);
  std::fputs(error.what(), stderr);
  std::fputs("\n", stderr);
  return hassette::daemon::kExitFailure;
}
