#include "cli/googletest_output.hpp"

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

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

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

void add_line(std::string& text, std::string_view line) {
  text += line;
  text += '\n';
}

}  // namespace

GoogleTestOutput parse_googletest(std::string_view text) {
  GoogleTestOutput output;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (output.running) {
      const auto end = find_end(line, output.running->name);
      if (!end) {
        add_line(output.running->text, line);
        continue;
      }
      if (end->first > 0) add_line(output.running->text, line.substr(0, end->first));
      output.running->outcome = end->second;
      output.ended.push_back(std::move(*output.running));
      output.running.reset();
      continue;
    }
    if (const std::size_t at = line.find(kBegins); at != std::string_view::npos) {
      output.running.emplace().name = line.substr(at + kBegins.size());
    } else if (line.starts_with(kTotal)) {
      std::string_view rest = line.substr(kTotal.size());
      if (rest.starts_with("Running ")) {
        rest.remove_prefix(std::string_view("Running ").size());
        std::from_chars(rest.data(), rest.data() + rest.size(), output.announced);
      } else if (rest.find(" ran.") != std::string_view::npos) {
        output.is_complete = true;
        break;  // a summary of what was said before
      }
    } else if (!line.starts_with("[----------]") && !line.starts_with("Note: Google Test filter") &&
               !line.starts_with("Running main() from ") && !line.empty()) {
      add_line(output.outside, line);
    }
  }
  return output;
}

}  // namespace hassette::cli
