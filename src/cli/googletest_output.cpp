#include "cli/googletest_output.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hassette::cli {

namespace {

constexpr std::string_view kBegins = "[ RUN      ] ";
constexpr std::string_view kTotal = "[==========] ";

struct Mark {
  std::string_view text;
  TestOutcome outcome;
};
constexpr std::array<Mark, 3> kEnds{{{"[       OK ] ", TestOutcome::kPassed},
                                     {"[  FAILED  ] ", TestOutcome::kFailed},
                                     {"[  SKIPPED ] ", TestOutcome::kSkipped}}};

constexpr std::string_view kFilter = "Note: Google Test filter";
// What a line is held back for, to be looked through as a whole, and what remains of a longer one:
// more than a mark and a name.
constexpr std::size_t kLongestLine = std::size_t{64} << 10;
constexpr std::size_t kTail = std::size_t{8} << 10;

// Where the mark of this test's end stands in the line. Behind the name comes the time, or what it
// was given as a parameter.
std::optional<std::pair<std::size_t, TestOutcome>> find_end(std::string_view line,
                                                            std::string_view name) {
  for (const Mark& mark : kEnds) {
    for (std::size_t at = line.find(mark.text); at != std::string_view::npos;
         at = line.find(mark.text, at + 1)) {
      const std::string_view rest = line.substr(at + mark.text.size());
      if (!rest.starts_with(name)) continue;
      const std::string_view behind = rest.substr(name.size());
      if (behind.empty() || behind.starts_with(" (") || behind.starts_with(", where ")) {
        return std::pair(at, mark.outcome);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

void GoogleTestReader::read(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    if (!is_rest_known_) line_ += part;
    if (end == std::string_view::npos) return bound_line();
    piece.remove_prefix(end + 1);
    if (!is_rest_known_) take_line(line_);
    line_.clear();
    is_rest_known_ = false;
  }
}

GoogleTestOutput GoogleTestReader::take() {
  if (!line_.empty()) take_line(std::exchange(line_, {}));
  if (output_.running) say_if_cut(output_.running->text, dropped_);
  say_if_cut(output_.outside, dropped_outside_);
  return std::exchange(output_, {});
}

// Of a line that does not end, the text goes where it belongs as soon as no mark can be in it.
void GoogleTestReader::bound_line() {
  if (line_.size() < kLongestLine) return;
  const std::size_t settled = line_.size() - kTail;
  bool is_known = output_.is_complete;
  if (output_.running) {
    const auto end = find_end(line_, output_.running->name);
    is_known = end && end->first < settled;
  } else if (line_.starts_with(kFilter)) {
    is_known = true;
  }
  if (is_known) {
    take_line(std::exchange(line_, {}));
    is_rest_known_ = true;
    return;
  }
  keep(std::string_view(line_).substr(0, settled));
  line_.erase(0, settled);
}

void GoogleTestReader::take_line(std::string_view line) {
  if (output_.is_complete) return;  // a summary of what was said before
  if (output_.running) {
    take_line_of_test(line);
  } else {
    take_line_outside(line);
  }
}

void GoogleTestReader::take_line_of_test(std::string_view line) {
  const auto end = find_end(line, output_.running->name);
  const std::string_view own = line.substr(0, end ? end->first : line.size());
  if (!end || !own.empty()) {
    keep(own);
    keep("\n");
  }
  if (end) end_test(end->second);
}

void GoogleTestReader::take_line_outside(std::string_view line) {
  if (const std::size_t at = line.find(kBegins); at != std::string_view::npos) {
    output_.running.emplace().name = line.substr(at + kBegins.size());
  } else if (line.starts_with(kTotal)) {
    std::string_view rest = line.substr(kTotal.size());
    if (rest.starts_with("Running ")) {
      rest.remove_prefix(std::string_view("Running ").size());
      std::from_chars(rest.data(), rest.data() + rest.size(), output_.announced);
    } else if (rest.contains(" ran.")) {
      output_.is_complete = true;
    }
  } else if (!line.starts_with("[----------]") && !line.starts_with(kFilter) &&
             !line.starts_with("Running main() from ") && !line.empty()) {
    keep(line);
    keep("\n");
  }
}

void GoogleTestReader::end_test(TestOutcome outcome) {
  TestResult& test = *output_.running;
  test.outcome = outcome;
  if (outcome == TestOutcome::kPassed) {  // nobody asks for it, and others may need the room
    kept_ -= test.text.size();
    test.text = {};
  } else {
    say_if_cut(test.text, dropped_);
  }
  output_.ended.push_back(std::move(test));
  output_.running.reset();
  dropped_ = 0;
}

void GoogleTestReader::keep(std::string_view text) {
  std::string& kept = output_.running ? output_.running->text : output_.outside;
  std::size_t& dropped = output_.running ? dropped_ : dropped_outside_;
  const std::size_t room = std::min(limits_.one - kept.size(), limits_.all - kept_);
  // Nothing behind a gap: it would look as if it had come next.
  const std::string_view fits = dropped > 0 ? std::string_view() : text.substr(0, room);
  kept += fits;
  kept_ += fits.size();
  dropped += text.size() - fits.size();
}

void GoogleTestReader::say_if_cut(std::string& text, std::size_t dropped) {
  if (dropped == 0) return;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text += fmt::format("({} bytes more were printed and are not kept)\n", dropped);
}

}  // namespace hassette::cli
