// The simulation suite: random tapes, played on the engine and on a model of its reference.
//
//   simulation [--seeds N] [--first SEED] [--seconds S] [--minimum N] [--workers N] [--out DIR]
//              [--coverage]        also prints how often each kind of thing happened
//   simulation --replay FILE       plays a tape, prints what is wrong; 1 if something is
//   simulation --trace FIRST LAST  prints the traces of these seeds
//   simulation --tape SEED         prints the tape of a seed
//
// What is found is shrunk to a short tape in DIR. It is no success, either, if fewer seeds than the
// minimum are played within the time, or if a kind of thing never happens in many seeds. With
// `--flawed queues`, `crashes`, `hangs` or `blind` the suite is wrong itself, for its own tests.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "crew.hpp"
#include "plan.hpp"
#include "product.hpp"
#include "verdict.hpp"

namespace hassette::simulation {
namespace {

/// In so many seeds each kind of thing must have happened.
constexpr std::uint64_t kSeedsForAllKinds = 2'000;

struct Arguments {
  std::string program;
  std::map<std::string, std::vector<std::string>> given;

  std::string text(const std::string& name, const std::string& otherwise,
                   std::size_t place = 0) const {
    const auto found = given.find(name);
    return found == given.end() || found->second.size() <= place ? otherwise : found->second[place];
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise,
                       std::size_t place = 0) const {
    return std::stoull(text(name, std::to_string(otherwise), place));
  }
};

Arguments read(int count, char** words) {
  Arguments arguments{.program = words[0], .given = {}};
  std::string name;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word.starts_with("--")) {
      name = word;
      arguments.given[name];
    } else {
      arguments.given[name].push_back(word);
    }
  }
  return arguments;
}

Tape read_tape(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return parse_tape(text.str());
}

int replay(const std::string& path) {
  const Tape tape = read_tape(path);
  const Verdict verdict = judge(tape);
  fmt::print("{}\n{}", to_text(tape), raw_text(verdict.trace));
  if (verdict.fault.empty()) {
    fmt::print("nothing is wrong\n");
    return EXIT_SUCCESS;
  }
  fmt::print("what is wrong:\n{}", verdict.fault);
  return EXIT_FAILURE;
}

/// What has to stand before the command, where the sanitizer's library needs it.
std::string library_path() {
  const char* const path = std::getenv("LD_LIBRARY_PATH");
  return path ? fmt::format("LD_LIBRARY_PATH={} ", path) : std::string();
}

void show_finding(const Arguments& arguments, const Finding& finding) {
  if (finding.seed == 0) {
    fmt::print("a worker failed after its seeds:\n{}", finding.fault);
    return;
  }
  fmt::print("seed {} fails:\n{}", finding.seed, finding.fault);
  std::fflush(stdout);
  const Tape shortest = shrink(make_tape(finding.seed), [&](const Tape& tape) {
    return fails_alone(tape, finding.crashed);
  });
  const std::filesystem::path folder = arguments.text("--out", ".");
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / fmt::format("seed-{}.tape", finding.seed);
  std::ofstream(file) << to_text(shortest);
  fmt::print("shrunk to {} operations:\n{}", shortest.ops.size(), to_text(shortest));
  if (!finding.crashed) fmt::print("where\n{}", judge(shortest).fault);
  const std::string path = library_path();
  const std::string command = fmt::format("{} --replay {}", arguments.program, file.string());
  fmt::print("under a debugger:\n  {}gdb --args {}\n  {}lldb-19 -- {}\n", path, command, path,
             command);
  fmt::print("replay it with\n  {}{}\n", path, command);
}

int play(const Arguments& arguments) {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u);
  const Crew crew{.first = arguments.number("--first", 1),
                  .seeds = arguments.number("--seeds", 10'000),
                  .limit = std::chrono::seconds(arguments.number("--seconds", 60)),
                  .workers = static_cast<unsigned>(arguments.number("--workers", cores))};
  const Report report = play_seeds(crew);
  fmt::print("{} seeds played, {} lines of trace\n", report.played, report.lines);
  if (arguments.given.contains("--coverage")) {
    for (const auto& [kind, count] : report.coverage) fmt::print("  {:8} {}\n", count, kind);
  }
  if (report.finding) {
    show_finding(arguments, *report.finding);
    return EXIT_FAILURE;
  }
  bool good = true;
  const std::uint64_t minimum = arguments.number("--minimum", 0);
  if (report.played < minimum) {
    fmt::print("that is fewer than {} within the time\n", minimum);
    good = false;
  }
  for (const auto& [kind, count] : report.coverage) {
    if (count > 0 || report.played < kSeedsForAllKinds) continue;
    fmt::print("never happened: {}\n", kind);
    good = false;
  }
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

Flaw flaw_of(const std::string& name) {
  if (name.empty()) return Flaw::kNone;
  if (name == "queues") return Flaw::kQueues;
  if (name == "crashes") return Flaw::kCrashes;
  if (name == "hangs") return Flaw::kHangs;
  if (name == "blind") return Flaw::kBlind;
  throw std::runtime_error("there is no flaw " + name);
}

int run(const Arguments& arguments) {
  set_flaw(flaw_of(arguments.text("--flawed", "")));
  if (arguments.given.contains("--replay")) return replay(arguments.text("--replay", ""));
  if (arguments.given.contains("--tape")) {
    fmt::print("{}", to_text(make_tape(arguments.number("--tape", 1))));
    return EXIT_SUCCESS;
  }
  if (arguments.given.contains("--trace")) {
    const std::uint64_t first = arguments.number("--trace", 1);
    const std::uint64_t last = arguments.number("--trace", first, 1);
    for (std::uint64_t seed = first; seed <= last; ++seed) {
      fmt::print("seed {}\n{}", seed, raw_text(play_product(make_tape(seed)).trace));
    }
    return EXIT_SUCCESS;
  }
  return play(arguments);
}

}  // namespace
}  // namespace hassette::simulation

int main(int count, char** words) {
  try {
    return hassette::simulation::run(hassette::simulation::read(count, words));
  } catch (const std::exception& error) {
    fmt::print(stderr, "simulation: {}\n", error.what());
    return 2;
  }
}
