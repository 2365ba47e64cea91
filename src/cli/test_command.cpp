#include "cli/test_command.hpp"

#include <CLI/CLI.hpp>
#include <hassette/duration.hpp>
#include <limits>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/number_argument.hpp"

namespace hassette::cli {

namespace {

void take_limit(const std::string& text, TestOptions& options) {
  const auto limit = parse_duration(text);
  if (!limit) throw CLI::ValidationError("--limit", limit.error());
  if (*limit <= std::chrono::nanoseconds(0)) {
    throw CLI::ValidationError("--limit", "must be more than nothing, got " + text);
  }
  options.limit = *limit;
}

}  // namespace

void declare_test(CLI::App& verb, TestCommand& command) {
  TestOptions& options = command.options;
  verb.add_option("filter", options.filter, "part of a file's name, or else of a test's");
  verb.add_flag("--watch", options.watch, "after each change, runs again what it concerns");
  verb.add_option("--seed", options.seed, "of what is random in the tests, to repeat a run")
      ->envname("HASSETTE_TEST_SEED")
      ->check(whole_number(std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  verb.add_option_function<std::string>(
          "--limit", [&options](const std::string& text) { take_limit(text, options); },
          "of each program's time, after which it is killed")
      ->default_str("60s");
  verb.add_option("--folder", command.home.folder, "the folder of hassette.toml")
      ->capture_default_str();
  verb.add_option("--set", command.home.set, "overrides a setting: --set apps_dir=automations")
      ->allow_extra_args(false);  // what follows is the filter
}

int test(const TestCommand& command, std::map<std::string, std::string> environment,
         std::ostream& out, std::ostream& err, const std::stop_token& stop) {
  const auto variable = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  TestOptions options = command.options;
  options.toolchain = {.path = variable("PATH").value_or(""),
                       .compiler = variable("HASSETTE_CXX"),
                       .program = build::running_program()};
  options.googletest = variable("HASSETTE_GTEST");
  const auto input = settings_input(command.home, std::move(environment));
  if (!input) {
    err << "hassette test: " << input.error() << '\n';
    return kTestUsage;
  }
  const config::Settings settings = config::load_settings(*input);
  if (!settings.apps_known) {
    for (const ConfigProblem& problem : settings.problems) {
      err << "hassette test: " << format_problem(problem) << '\n';
    }
    return kTestsImpossible;
  }
  options.root = settings.root;
  options.apps_dir = settings.apps_dir;
  options.cache_dir = settings.cache_dir;
  return run_tests(options, out, err, stop);
}

}  // namespace hassette::cli
