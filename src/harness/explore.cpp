#include <hassette/explore.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include <map>
#include <ranges>
#include <span>
#include <sstream>

#include "async/fiber.hpp"
#include "harness/explored_run.hpp"

namespace hassette {

namespace harness {

namespace {
constexpr std::size_t kTapeLines = 1'000;
}

// --- Choices

std::size_t Choices::choose(std::size_t options) {
  if (!problem_.empty()) return 0;
  if (depth_ == path_.size()) path_.push_back({options, 0});
  const Point& point = path_[depth_];
  if (point.options != options) {
    problem_ = fmt::format("its choice {} was between {}, and is between {} now", depth_ + 1,
                           point.options, options);
    return 0;
  }
  ++depth_;
  return point.taken;
}

std::string Choices::end() {
  if (problem_.empty() && depth_ < path_.size()) {
    problem_ = fmt::format("it made {} choices where it had made {}", depth_, path_.size());
  }
  if (problem_.empty()) return {};
  return "the scenario does not repeat itself: " + problem_ +
         "; it must not depend on anything outside of its home";
}

std::size_t Choices::untried() const {
  std::size_t count = 0;
  for (const Point& point : path_) count += point.options - 1 - point.taken;
  return count;
}

std::size_t Choices::turns() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(path_, [](const Point& point) { return point.taken > 0; }));
}

bool Choices::next() {
  depth_ = 0;
  while (!path_.empty() && path_.back().taken + 1 == path_.back().options) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

void ExploredRun::ended(const TestHome& home) {
  schedule_.tape = home.tape(kTapeLines);
  schedule_.turns = choices_.turns();
  if (std::uncaught_exceptions() > 0) return;  // there is none, and this is called by a destructor
  schedule_.outcome = options_.outcome ? options_.outcome(home) : home.outcome();
}

}  // namespace harness

namespace {

constexpr std::size_t kShown = 3;    // outcomes, beside the usual one
constexpr std::size_t kTraced = 50;  // outcomes that keep their traces
constexpr std::size_t kLines = 100;  // of a trace, or of a difference

std::string indented(std::span<const std::string> lines) {
  std::string text;
  for (const std::string& line : lines.first(std::min(lines.size(), kLines))) {
    text += "\n    " + line;
  }
  if (lines.size() > kLines) text += fmt::format("\n    … and {} more", lines.size() - kLines);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// How often an outcome has each of its lines.
using Counts = std::map<std::string, std::size_t, std::less<>>;

Counts counts_of(const std::vector<std::string>& lines) {
  Counts counts;
  for (const std::string& line : lines) ++counts[line];
  return counts;
}

std::size_t count_in(const Counts& counts, const std::string& line) {
  const auto found = counts.find(line);
  return found == counts.end() ? 0 : found->second;
}

/// What one outcome has and another one has not, or has another number of times. The number is
/// said where any of them has a line several times.
std::vector<std::string> own_lines(std::span<const Counts> all, const Counts& own) {
  std::vector<std::string> lines;
  for (const auto& [line, times] : own) {
    const auto times_in = [&](const Counts& counts) { return count_in(counts, line); };
    if (std::ranges::count(all, times, times_in) == std::ssize(all)) continue;
    const std::size_t most = std::ranges::max(all | std::views::transform(times_in));
    lines.push_back(most == 1    ? line
                    : times == 1 ? line + " (once)"
                                 : fmt::format("{} ({} times)", line, times));
  }
  if (lines.empty()) lines.emplace_back("(nothing of what the others have)");
  return lines;
}

std::string counted(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

/// What the outcomes are, each once and by its number.
std::string outcomes_text(std::span<const Exploration::Outcome> shown) {
  std::vector<Counts> counts;
  for (const auto& outcome : shown) counts.push_back(counts_of(lines_of(outcome.schedule.outcome)));
  // Two that differ in nothing but the order of their lines show all of them.
  const bool by_order = std::ranges::any_of(
      counts, [&](const Counts& one) { return std::ranges::count(counts, one) > 1; });
  std::string text;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    text += fmt::format("\n  outcome {}, {}in {}", i + 1, i == 0 ? "of the usual order, " : "",
                        counted(shown[i].times, "schedule"));
    text += indented(by_order ? lines_of(shown[i].schedule.outcome) : own_lines(counts, counts[i]));
  }
  return text;
}

std::size_t lines_alike(const std::vector<std::string>& one,
                        const std::vector<std::string>& other) {
  return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

/// The usual trace once, from where the first of the others leaves it, and each of the others from
/// where it does.
std::string traces_text(std::span<const Exploration::Outcome> shown) {
  const std::span<const std::string> usual = shown[0].schedule.tape;
  std::vector<std::size_t> alike;
  for (const auto& other : shown.subspan(1)) {
    alike.push_back(lines_alike(shown[0].schedule.tape, other.schedule.tape));
  }
  const std::size_t first = std::ranges::min(alike);
  std::string text = fmt::format("\n  trace of outcome 1, the usual order, after {} that {} have{}",
                                 counted(first, "line"), alike.size() == 1 ? "both" : "all",
                                 indented(usual.subspan(first)));
  for (std::size_t i = 1; i < shown.size(); ++i) {
    const Schedule& schedule = shown[i].schedule;
    text += fmt::format(
        "\n  trace of outcome {}, {} away from the usual order, after {} as in outcome 1{}", i + 1,
        counted(schedule.turns, "turn"), counted(alike[i - 1], "line"),
        indented(std::span(schedule.tape).subspan(alike[i - 1])));
  }
  return text;
}

/// Of the outcome that is furthest from the usual order: a scenario may have any number of them.
void forget_a_trace(std::vector<Exploration::Outcome>& outcomes) {
  const auto turns_of_traced = [](const Exploration::Outcome& outcome) {
    return outcome.schedule.tape.empty() ? 0 : outcome.schedule.turns;
  };
  std::ranges::max_element(outcomes, {}, turns_of_traced)->schedule.tape.clear();
}

/// Counts the outcome, and keeps the nearest schedule that led to it.
void keep(const Schedule& schedule, std::vector<Exploration::Outcome>& outcomes) {
  const auto known = std::ranges::find_if(outcomes, [&](const Exploration::Outcome& outcome) {
    return outcome.schedule.outcome == schedule.outcome;
  });
  if (known == outcomes.end()) {
    outcomes.push_back({schedule, 1});
    if (outcomes.size() > kTraced) forget_a_trace(outcomes);
    return;
  }
  ++known->times;
  if (schedule.turns < known->schedule.turns) known->schedule = schedule;
}

/// What the run left behind, if anything is wrong.
std::string fault_of(const ExploreOnce& once, harness::ExploredRun& run,
                     harness::Choices& choices) {
  std::vector<std::string> faults;
  try {
    faults = once(run);
  } catch (...) {
    faults = {"the scenario threw: " + async::describe(std::current_exception())};
  }
  if (std::string problem = choices.end(); !problem.empty()) faults = {std::move(problem)};
  if (faults.empty()) return {};
  std::string text;
  for (const std::string& fault : faults) text += "\n  " + fault;
  const std::span<const std::string> tape = run.schedule().tape;
  if (tape.size() > kLines) {  // what is wrong stands near the end
    text += fmt::format("\n  the last {} of the {} lines of the trace", kLines, tape.size());
  } else if (!tape.empty()) {
    text += "\n  the trace";
  }
  text += indented(tape.last(std::min(tape.size(), kLines)));
  return text;
}

}  // namespace

std::string Exploration::extent() const {
  if (!fault.empty()) return fmt::format("stopped at schedule {}", explored);
  if (complete()) {
    return fmt::format(
        "explored {} {}", explored,
        explored == 1 ? "schedule, which is the only one" : "schedules, which are all");
  }
  return fmt::format("explored {} of at least {} schedules; the limit ended it", explored,
                     at_least);
}

std::string Exploration::str() const {
  std::string text = extent();
  if (!fault.empty()) return text + ":" + fault;
  if (same()) return text + "; all had the same outcome";
  text += fmt::format("; they had {} different outcomes", outcomes.size());
  const std::size_t shown = std::min(outcomes.size(), kShown + 1);
  text += outcomes_text(std::span(outcomes).first(shown));
  text += traces_text(std::span(outcomes).first(shown));
  if (const std::size_t rest = outcomes.size() - shown; rest > 0) {
    text += fmt::format("\n  {} more {} further from the usual order", rest,
                        rest == 1 ? "outcome is" : "outcomes are");
  }
  return text;
}

Exploration explore_each(const ExploreOptions& options, const ExploreOnce& once) {
  if (options.window < std::chrono::nanoseconds::zero()) {
    throw LogicError("the window of an exploration is negative", format_duration(options.window));
  }
  if (options.limit == 0) throw LogicError("an exploration of no schedule shows nothing", "limit");
  harness::Choices choices;
  Exploration seen;
  do {
    harness::ExploredRun run(options, choices);
    seen.fault = fault_of(once, run, choices);
    ++seen.explored;
    seen.at_least = seen.explored + choices.untried();
    if (!seen.fault.empty()) break;
    keep(run.schedule(), seen.outcomes);
  } while (seen.explored < options.limit && choices.next());
  std::ranges::sort(seen.outcomes, {}, [](const Exploration::Outcome& outcome) {
    return std::pair(outcome.schedule.turns, std::string_view(outcome.schedule.outcome));
  });
  return seen;
}

Exploration explore(const ExploreOptions& options, const std::function<void(TestHome&)>& scenario) {
  return explore_each(options, [&](harness::ExploredRun& run) {
    TestHome home(options.home, run);
    scenario(home);
    return home.finish();
  });
}

}  // namespace hassette
