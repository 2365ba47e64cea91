#include "tape.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace hassette::simulation {

namespace {

std::int64_t read_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("no number: " + std::string(text));
  }
  return value;
}

Micros read_seconds(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || text.size() - point != 7) {
    throw std::runtime_error("no second with six decimals: " + std::string(text));
  }
  return read_number(text.substr(0, point)) * kSecond + read_number(text.substr(point + 1));
}

Op read_op(const std::string& line) {
  std::istringstream words(line);
  Op op;
  std::string at;
  words >> at >> op.verb >> op.subject;
  op.at = read_seconds(at);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("no field: " + line);
    op.fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return op;
}

}  // namespace

std::string Op::text(const std::string& field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? std::string() : found->second;
}

Micros Op::number(const std::string& field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? 0 : read_number(found->second);
}

std::string seconds_text(Micros time) {
  return fmt::format("{}.{:06}", time / kSecond, time % kSecond);
}

std::string to_text(const Op& op) {
  std::string text = fmt::format("{} {} {}", seconds_text(op.at), op.verb, op.subject);
  for (const auto& [name, value] : op.fields) text += fmt::format(" {}={}", name, value);
  return text;
}

std::string to_text(const Tape& tape) {
  std::string text = fmt::format("tape seed={} wall={} lead={}\n", tape.seed, tape.wall, tape.lead);
  for (const Op& op : tape.ops) text += to_text(op) + "\n";
  return text;
}

Tape parse_tape(std::string_view text) {
  Tape tape;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with("tape ")) {
      tape.ops.push_back(read_op(line));
      continue;
    }
    const Op head = read_op("0.000000 tape - " + line.substr(5));
    tape.seed = static_cast<std::uint64_t>(head.number("seed"));
    tape.wall = head.number("wall");
    tape.lead = head.number("lead");
  }
  return tape;
}

}  // namespace hassette::simulation
