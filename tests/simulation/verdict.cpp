#include "verdict.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include "model.hpp"
#include "product.hpp"

namespace hassette::simulation {

namespace {

constexpr int kMostCandidates = 4000;
/// Without one of these an operation means nothing.
constexpr std::array kNeeded{"is", "by", "value", "entities", "trigger", "length", "time"};
Flaw flaw = Flaw::kNone;

/// How often a candidate may still be tried.
class Trial {
 public:
  explicit Trial(const std::function<bool(const Tape&)>& fails) : fails_(fails) {}
  bool still_fails(const Tape& tape) { return --left_ > 0 && fails_(tape); }

 private:
  const std::function<bool(const Tape&)>& fails_;
  int left_ = kMostCandidates;
};

bool drop_operations(Tape& tape, Trial& trial) {
  bool any = false;
  for (std::size_t size = std::max<std::size_t>(tape.ops.size() / 2, 1); size > 0; size /= 2) {
    for (std::size_t from = 0; from < tape.ops.size();) {
      Tape shorter = tape;
      const auto begin = shorter.ops.begin() + static_cast<std::ptrdiff_t>(from);
      const std::size_t count = std::min(size, tape.ops.size() - from);
      shorter.ops.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      if (trial.still_fails(shorter)) {
        tape = std::move(shorter);
        any = true;
      } else {
        from += size;
      }
    }
  }
  return any;
}

bool drop_fields(Tape& tape, Trial& trial) {
  bool any = false;
  for (std::size_t i = 0; i < tape.ops.size(); ++i) {
    const auto fields = tape.ops[i].fields;
    for (const auto& [name, value] : fields) {
      if (std::ranges::find(kNeeded, name) != kNeeded.end()) continue;
      Tape simpler = tape;
      simpler.ops[i].fields.erase(name);
      if (!trial.still_fails(simpler)) continue;
      tape = std::move(simpler);
      any = true;
    }
  }
  return any;
}

void show_flaw(Verdict& verdict) {
  if (flaw == Flaw::kBlind) {
    verdict.coverage = {};
    return;
  }
  const bool dropped = std::ranges::any_of(
      verdict.trace.lines, [](const Line& line) { return line.text.ends_with(" dropped"); });
  if (!dropped) return;
  for (std::atomic<std::uint64_t> turns = 0; flaw == Flaw::kHangs;) ++turns;
  if (flaw == Flaw::kCrashes) std::abort();
  verdict.fault += "  a run was dropped\n";
}

}  // namespace

void set_flaw(Flaw its) {
  flaw = its;
}

Verdict judge(const Tape& tape) {
  Verdict verdict;
  Played played;
  Modelled model;
  try {
    played = play_product(tape);
  } catch (const std::exception& error) {
    verdict.fault = "  the engine threw: " + std::string(error.what()) + "\n";
    return verdict;
  }
  try {
    model = play_model(tape);
  } catch (const std::exception& error) {
    verdict.fault = "  the model cannot play it: " + std::string(error.what()) + "\n";
    verdict.usable = false;
    return verdict;
  }
  for (const std::string& refusal : played.refused) {
    verdict.fault += "  refused: " + refusal + "\n";
    verdict.usable = false;
  }
  for (const std::string& leak : played.leaks) verdict.fault += "  " + leak + "\n";
  verdict.fault += difference(played.trace, model.trace);
  verdict.trace = std::move(played.trace);
  verdict.coverage = model.coverage;
  if (flaw != Flaw::kNone) show_flaw(verdict);
  return verdict;
}

Tape shrink(Tape tape, const std::function<bool(const Tape&)>& fails) {
  Trial trial(fails);
  while (drop_operations(tape, trial) || drop_fields(tape, trial)) {
  }
  return tape;
}

}  // namespace hassette::simulation
