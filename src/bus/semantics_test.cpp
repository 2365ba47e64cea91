// Holds the table of timelines in docs/reference/bus.md against the bus: each row is played.
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <hassette/duration.hpp>
#include "bus/testing.hpp"
#include "run/disk_testing.hpp"

namespace hassette::bus {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" `");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" `") - first + 1));
}

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    if (std::string part = trimmed(text.substr(at, end - at)); !part.empty()) {
      parts.push_back(std::move(part));
    }
    at = end + by.size();
  }
  return parts;
}

std::chrono::nanoseconds seconds_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("no number: " + std::string(text));
  }
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

struct Row {
  std::string options;
  std::string timeline;
  std::string runs;
};

std::vector<Row> read_rows() {
  const auto repository = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream file(repository / "docs" / "reference" / "bus.md");
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| options | timeline | runs |")) {
      inside = true;
      std::getline(file, line);  // the dashes
    } else if (!line.starts_with("|")) {
      inside = false;
    } else if (inside) {
      const std::vector<std::string> cells = split(line, "|");
      if (cells.size() != 3) throw std::runtime_error("not three cells: " + line);
      rows.push_back({cells[0], cells[1], cells[2]});
    }
  }
  return rows;
}

/// One row, played from registration (second 0) on.
class Stage final : public TheBus {
 public:
  explicit Stage(Row row) : row_(std::move(row)) {
    router.set_ledger(&ledger_);
    change("sun.sun", "above_horizon");
    change("light.a", "off");
    change("light.b", "off");
    for (const std::string& option : split(row_.options, ",")) take_option(option);
  }
  ~Stage() override { router.remove_all(owner, CancelReason::kRequested); }
  void TestBody() override {}

  std::string play() {
    bool registered = false;
    for (const std::string& event : split(row_.timeline, ";")) {
      const std::size_t space = event.find(' ');
      const auto time = seconds_of(event.substr(0, space));
      if (!registered && time >= 0s) {
        go_to(0s);
        enter(IfExists::kError);
        registered = true;
      }
      go_to(time);
      happen(event.substr(space + 1));
    }
    if (!registered) {
      go_to(0s);
      enter(IfExists::kError);
    }
    advance(2h);
    std::string runs;
    for (const std::string& note : notes) runs += (runs.empty() ? "" : "; ") + note;
    return runs.empty() ? "nothing" : runs;
  }

 private:
  static constexpr auto kZero = async::MonoTime(1000s);

  void go_to(std::chrono::nanoseconds time) { loop.run_until(kZero + time); }
  TimePoint wall_at(std::chrono::nanoseconds time) const {
    return loop.wall() +
           std::chrono::duration_cast<TimePoint::duration>(time - (loop.now() - kZero));
  }

  static bool value_of(std::string_view option, std::string_view name, std::string& value) {
    if (!option.starts_with(std::string(name) + " ")) return false;
    value = option.substr(name.size() + 1);
    return true;
  }

  void take_option(const std::string& option) {
    std::string value;
    if (option == "none") return;
    if (option == "once") {
      options_.once = true;
    } else if (option == "immediate") {
      options_.immediate = true;
    } else if (option == "restart") {
      options_.mode = Mode::kRestart;
    } else if (option == "queued") {
      options_.mode = Mode::kQueued;
    } else if (option == "queued(1)") {
      options_.mode = queued(1);
    } else if (option == "parallel") {
      options_.mode = Mode::kParallel;
    } else if (option == "parallel(2)") {
      options_.mode = parallel(2);
    } else if (option == "changed = false") {
      options_.changed = false;
    } else if (option == "where night") {
      options_.where = [this] { return states.get("sun.sun")->text() == "below_horizon"; };
    } else if (option == "any light") {
      entities_ = "light.*";
    } else if (option == "durable") {
      options_.durable = true;
    } else if (option == "missed skip") {
      options_.missed = Missed::kSkip;
    } else if (option == "interrupted again") {
      options_.interrupted = Interrupted::kAgain;
    } else if (option == "fails") {
      fails_ = true;
    } else if (option == "cancels itself") {
      cancels_itself_ = true;
    } else if (value_of(option, "changed_to", value)) {
      options_.changed_to = value == "above 20"                ? C::above(20)
                            : std::isdigit(value.front()) != 0 ? Condition(std::stod(value))
                                                               : Condition(value);
    } else if (value_of(option, "changed_from", value)) {
      options_.changed_from = value;
    } else if (value_of(option, "attribute", value)) {
      attribute_ = value;
    } else if (value_of(option, "clock", value)) {
      router.set_clock_offset(*parse_duration(value));
    } else {
      take_length(option);
    }
  }

  void take_length(const std::string& option) {
    const std::vector<std::string> words = split(option, " ");
    const std::string& name = words.at(0);
    const std::chrono::nanoseconds length = parse_duration(words.at(1)).value();
    if (name == "duration") {
      options_.duration = length;
    } else if (name == "debounce") {
      options_.debounce = length;
    } else if (name == "throttle") {
      options_.throttle = {length, words.size() > 2 ? Throttle::kBothEdges : Throttle::kLeading};
    } else if (name == "timeout") {
      options_.timeout = length;
    } else if (name == "takes") {
      takes_ = length;
    } else {
      throw std::runtime_error("an option that the test does not know: " + option);
    }
  }

  /// "off→on", "b: off→on", "on[50]", "removed", "off→on recovered since 3", "night", "cancel",
  /// "stopped"
  void happen(std::string what) {
    std::string id = "light.a";
    if (what.starts_with("b: ")) {
      id = "light.b";
      what = what.substr(3);
    }
    const auto arrow = what.find("→");
    const auto since = what.find(" recovered since ");
    if (what == "night" || what == "day") {
      change("sun.sun", what == "night" ? "below_horizon" : "above_horizon");
    } else if (what == "cancel") {
      own_.cancel();
    } else if (what == "replaced") {
      enter(IfExists::kReplace);
    } else if (what == "stopped") {
      router.remove_all(owner, CancelReason::kShutdown);
    } else if (what == "started") {
      enter(IfExists::kError);
    } else if (what == "removed") {
      remove(id);
    } else if (arrow == std::string::npos) {
      const auto open = what.find('[');
      const std::string level = what.substr(open + 1, what.size() - open - 2);
      change(id, what.substr(0, open), fmt::format(R"({{"brightness":{}}})", level));
    } else {
      const auto before = states.get(id);
      EXPECT_EQ(what.substr(0, arrow), before ? before->text() : "none") << row_.timeline;
      std::string now = what.substr(arrow + std::string_view("→").size());
      if (since == std::string::npos) {
        change(id, now);
      } else {
        recover(id, what.substr(arrow + 3, since - arrow - 3),
                wall_at(seconds_of(what.substr(since + 17))));
      }
    }
    loop.run_ready();
  }

  void note(std::string_view what) {
    const std::chrono::duration<double> now = loop.now() - kZero;
    notes.push_back(fmt::format("{:g} {}", now.count(), what));
  }

  Task<> handle(StateChange event) {
    const auto or_none = [](std::string_view text) { return text.empty() ? "none" : text; };
    note(fmt::format("{}{}→{}", event.entity_id == "light.b" ? "b: " : "",
                     or_none(event.old_text()), or_none(event.new_text())));
    if (cancels_itself_) own_.cancel();
    try {
      if (takes_ > 0s) co_await sleep(takes_);
    } catch (const Cancelled& cancelled) {
      note(cancelled.reason == CancelReason::kTimeout ? "timed out" : "cancelled");
      throw;
    }
    if (cancels_itself_) note("ends");
    if (fails_) throw std::runtime_error("boom");
  }

  Task<> enter_task(IfExists if_exists) {
    const auto handler = [this](StateChange event) -> Task<> { co_await handle(std::move(event)); };
    StateChangeOptions options = options_;
    options.if_exists = if_exists;
    if (attribute_.empty()) {
      own_ = co_await bus.on_state_change(entities_, handler, options);
      co_return;
    }
    own_ = co_await bus.on_attribute_change(entities_, attribute_, handler,
                                            {.name = options.name,
                                             .changed_from = options.changed_from,
                                             .changed_to = options.changed_to,
                                             .changed = options.changed,
                                             .immediate = options.immediate,
                                             .duration = options.duration,
                                             .durable = options.durable,
                                             .if_exists = if_exists});
  }
  void enter(IfExists if_exists) {
    run(enter_task(if_exists));
    loop.run_ready();
  }

  run::Disk disk_;
  run::DiskLedger ledger_{disk_, true};
  Row row_;
  std::string entities_ = "light.a";
  std::string attribute_;
  StateChangeOptions options_ = {.name = "row"};
  std::chrono::nanoseconds takes_{0};
  bool fails_ = false;
  bool cancels_itself_ = false;
  Subscription own_;
};

TEST(Semantics, are_what_the_reference_says) {
  const std::vector<Row> rows = read_rows();
  EXPECT_GE(rows.size(), 40u);
  for (const Row& row : rows) {
    EXPECT_EQ(Stage(row).play(), row.runs) << row.options << " | " << row.timeline;
  }
}

}  // namespace
}  // namespace hassette::bus
