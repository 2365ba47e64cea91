#include "trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace hassette::simulation {

namespace {
constexpr std::size_t kLinesBefore = 12;
}

void Trace::add(Micros at, const std::string& group, const std::string& what) {
  lines.push_back({at, group, fmt::format("{} {} {}", seconds_text(at), group, what)});
}

std::string raw_text(const Trace& trace) {
  std::string text;
  for (const Line& line : trace.lines) text += line.text + "\n";
  for (const std::string& line : trace.told) text += line + "\n";
  return text;
}

std::vector<std::string> comparable(const Trace& trace) {
  std::vector<const Line*> sorted;
  sorted.reserve(trace.lines.size());
  for (const Line& line : trace.lines) sorted.push_back(&line);
  std::ranges::sort(sorted, [](const Line* a, const Line* b) {
    return std::tie(a->at, a->group, a) < std::tie(b->at, b->group, b);  // they lie in one array
  });
  std::vector<std::string> texts;
  texts.reserve(sorted.size() + trace.told.size());
  for (const Line* line : sorted) texts.push_back(line->text);
  for (const std::string& line : trace.told) texts.push_back("told: " + line);
  return texts;
}

std::string difference(const Trace& product, const Trace& model) {
  const std::vector<std::string> is = comparable(product);
  const std::vector<std::string> should = comparable(model);
  const auto [at, other] = std::ranges::mismatch(is, should);
  if (at == is.end() && other == should.end()) return {};
  const auto place = static_cast<std::size_t>(at - is.begin());
  std::string text;
  for (std::size_t i = place - std::min(place, kLinesBefore); i < place; ++i) {
    text += "    " + is[i] + "\n";
  }
  text += "  product: " + (at == is.end() ? std::string("(nothing more)") : *at) + "\n";
  text += "  model:   " + (other == should.end() ? std::string("(nothing more)") : *other) + "\n";
  return text;
}

}  // namespace hassette::simulation
