#include "cli/test_session.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <hassette/async.hpp>
#include <hassette/error.hpp>
#include <memory>
#include <ostream>
#include <string_view>
#include <utility>

#include "cli/folder_watch.hpp"
#include "cli/test_sources.hpp"

namespace hassette::cli {

namespace fs = std::filesystem;

namespace {

std::string indented(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    result += line.empty() ? "\n" : fmt::format("    {}\n", line);
  }
  return result;
}

std::string names_of(const std::vector<fs::path>& sources) {
  std::vector<std::string> names;
  names.reserve(sources.size());
  for (const fs::path& source : sources) names.push_back(source.filename().string());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

TestSession::TestSession(const TestOptions& options, build::AppCompiler& compiler,
                         async::Pool& pool, std::ostream& out, std::ostream& err)
    : options_(options),
      tests_(tests_folder(options.root, options.apps_dir)),
      compiler_(compiler),
      pool_(pool),
      out_(out),
      err_(err) {}

void TestSession::complain(const std::string& sentence) {
  err_ << "hassette test: " << sentence << '\n' << std::flush;
  exit_code_ = kTestsFailed;
}

// The files that the filter names; where it names none, it is taken for the tests in them.
std::vector<fs::path> TestSession::choose() {
  filter_ = "*";
  auto found = find_test_sources(tests_);
  if (!found) {
    complain(found.error());
    return {};
  }
  std::vector<fs::path> named;
  for (const fs::path& source : *found) {
    if (source.filename().string().contains(options_.filter)) named.push_back(source);
  }
  if (!named.empty()) return named;
  filter_ = googletest_filter(options_.filter);
  return std::move(*found);
}

std::vector<fs::path> TestSession::take_changed(const std::vector<fs::path>& from) {
  std::erase_if(seen_,
                [&](const auto& one) { return std::ranges::find(from, one.first) == from.end(); });
  std::vector<fs::path> changed;
  for (const fs::path& source : from) {
    std::string fingerprint = test_fingerprint(source);
    std::string& seen = seen_[source];
    if (seen == fingerprint) continue;
    seen = std::move(fingerprint);
    changed.push_back(source);
  }
  return changed;
}

Task<> TestSession::run() {
  if (!options_.watch) {
    if (const auto sources = choose(); !sources.empty()) co_await round(sources);
    co_return;
  }
  FolderWatch watch;
  std::string said;  // why there is nothing to run: once, not after every change
  for (;;) {
    // First watched, then looked at: a change falls into one of the two.
    std::error_code error;
    const auto found = find_test_sources(tests_);
    auto folders = test_folders({tests_, options_.apps_dir},
                                found ? *found : std::vector<fs::path>(), options_.cache_dir);
    folders.insert({options_.root, tests_.parent_path()});
    watch.cover(folders);
    if (!found) {
      if (std::exchange(said, found.error()) != found.error()) complain(found.error());
    } else if (auto changed = take_changed(choose()); !changed.empty()) {
      said.clear();
      co_await round(std::move(changed));
      out_ << "waiting for changes; Ctrl-C ends\n" << std::flush;
    }
    co_await pool_.run([&](const std::stop_token& stop) { watch.wait(stop); });
  }
}

Task<> TestSession::round(std::vector<fs::path> sources) {
  sum_ = {};
  if (const auto header = co_await compiler_.prepare_pch(); !header) {
    complain(header.error().text(options_.root));
    exit_code_ = kTestsImpossible;
    for (const fs::path& source : sources) seen_.erase(source);
    co_return;
  }
  co_await announce(sources);
  // With --watch, only after a change of one of them.
  const bool are_all = sources.size() >= seen_.size();
  std::vector<Task<>> runs;
  runs.reserve(sources.size());
  for (const fs::path& source : sources) runs.push_back(run_source(source));
  co_await when_all(std::move(runs));
  if (sum_.passed + sum_.failed + sum_.skipped == 0 && are_all) {
    complain(options_.filter.empty()
                 ? fmt::format("there is no test in {}", names_of(sources))
                 : fmt::format("no file and no test has `{}` in its name; the files are {}",
                               options_.filter, names_of(sources)));
    co_return;
  }
  sum_up();
}

// Who waits for a compiler wants to know it.
Task<> TestSession::announce(std::vector<fs::path> sources) {
  std::vector<fs::path> missing;
  for (const fs::path& source : sources) {
    if (!co_await compiler_.find(source)) missing.push_back(source);
  }
  if (!missing.empty()) out_ << fmt::format("compiling {}\n", names_of(missing)) << std::flush;
}

Task<> TestSession::run_source(fs::path source) {
  const build::AppCompiler::Result built = co_await compiler_.build(source);
  show_build(source, built);
  if (!built) {
    seen_.erase(source);
    co_return;
  }
  ProgramReport report;
  co_await pool_.run([&](const std::stop_token& stop) {
    report = run_test_program({.program = built->library,
                               .folder = options_.root,
                               .filter = filter_,
                               .seed = options_.seed,
                               .limit = options_.limit},
                              stop);
  });
  if (!report.is_whole) seen_.erase(source);
  show(source, report);
}

void TestSession::show_build(const fs::path& source, const build::AppCompiler::Result& built) {
  const std::string name = source.filename().string();
  if (!built) {
    ++sum_.failed;
    out_ << fmt::format("FAIL {}\n{}", name, indented(built.error().text(options_.root)));
  } else if (!built->warnings.empty()) {
    out_ << indented(build::format_diagnostics(built->warnings, options_.root));
  }
  out_ << std::flush;
}

void TestSession::show(const fs::path& source, const ProgramReport& report) {
  const std::string name = source.filename().string();
  std::string text;
  Sum sum;
  for (const TestResult& test : report.tests) {
    if (test.outcome == TestOutcome::kPassed) ++sum.passed;
    if (test.outcome == TestOutcome::kSkipped) ++sum.skipped;
    if (test.outcome != TestOutcome::kFailed) continue;
    ++sum.failed;
    text += fmt::format("FAIL {} in {}\n{}", test.name, name,
                        indented(shorten_paths(test.text, options_.root, tests_)));
  }
  if (!report.fault.empty()) {
    ++sum.failed;
    text += fmt::format("FAIL {}\n{}", name,
                        indented(shorten_paths(report.fault, options_.root, tests_)));
  }
  if (sum.failed == 0 && sum.passed + sum.skipped > 0) {
    text = fmt::format("PASS {}: {} {}{}\n", name, sum.passed, sum.passed == 1 ? "test" : "tests",
                       sum.skipped > 0 ? fmt::format(", {} skipped", sum.skipped) : "");
  }
  out_ << text << std::flush;
  sum_.passed += sum.passed;
  sum_.failed += sum.failed;
  sum_.skipped += sum.skipped;
  sum_.not_run += report.not_run;
  sum_.has_failed_run |= sum.failed > 0;
}

void TestSession::sum_up() {
  if (sum_.has_failed_run) {
    out_ << fmt::format("the seed was {0}: `hassette test --seed {0}` repeats this\n",
                        options_.seed);
  }
  const auto others = [](std::size_t count, std::string_view what) {
    return count > 0 ? fmt::format(", {} {}", count, what) : "";
  };
  out_ << fmt::format("{} passed, {} failed{}{}\n", sum_.passed, sum_.failed,
                      others(sum_.skipped, "skipped"), others(sum_.not_run, "not run"))
       << std::flush;
  exit_code_ = sum_.failed > 0 ? kTestsFailed : kTestsPassed;
}

}  // namespace hassette::cli
