#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <hassette/config.hpp>
#include <hassette/config_describe.hpp>

#include "base/assert.hpp"
#include "base/glob.hpp"
#include "base/lower_case.hpp"
#include "base/nearest.hpp"
#include "config/document.hpp"
#include "config/enum_names.hpp"
#include "config/secret_listener.hpp"

namespace hassette::config {

namespace {

using std::chrono::nanoseconds;

constexpr std::string_view kEntityIdKind = "an entity id such as \"light.kitchen\"";

constexpr std::chrono::years kLongest{100};

std::atomic<SecretListener> secret_listener{nullptr};

std::string but_is(std::string_view wanted, const Node& node) {
  return fmt::format("must be {}, but is {}", wanted, kind_name(node.kind()));
}

// The whole of a text as a number; false where anything else stands in it.
template <class T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::optional<bool> parse_bool(std::string_view text) {
  const std::string lower = base::lower_case(text);
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
  return std::nullopt;
}

std::optional<nanoseconds> whole_seconds(std::int64_t seconds) {
  std::int64_t count = 0;
  if (__builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &count)) return std::nullopt;
  return nanoseconds(count);
}

// Rounded to the nanosecond; about 292 years are the limit.
std::optional<nanoseconds> fractional_seconds(double seconds) {
  constexpr double kLimit = 9.2e9;
  if (!(std::abs(seconds) < kLimit)) return std::nullopt;
  return nanoseconds(std::llround(seconds * 1e9));
}

}  // namespace

Reader::Reader(const Node* node, std::string path, std::vector<ConfigProblem>& problems)
    : node_(node), place_(node), path_(std::move(path)), problems_(&problems) {}

Reader::Reader(const Reader& parent, const Node* node, std::string path)
    : node_(node),
      place_(node != nullptr ? node : parent.place_),
      path_(std::move(path)),
      problems_(parent.problems_) {}

Reader Reader::member(std::string_view key) const {
  const Node* child = node_ == nullptr ? nullptr : node_->find(key);
  return {*this, child, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key)};
}

std::size_t Reader::size() const noexcept {
  return node_ == nullptr ? 0 : node_->children().size();
}

Reader Reader::element(std::size_t index) const {
  HASSETTE_ASSERT(index < size(), "an element must exist to be read");
  const Node& child = node_->children()[index];
  return {*this, &child,
          node_->kind() == Kind::kTable ? fmt::format("{}.{}", path_, child.key())
                                        : fmt::format("{}[{}]", path_, index)};
}

const std::string& Reader::key(std::size_t index) const {
  HASSETTE_ASSERT(index < size(), "an element must exist to be read");
  return node_->children()[index].key();
}

void Reader::problem(std::string message) const {
  if (place_ == nullptr) {
    problems_->push_back({.key = path_, .message = std::move(message)});
    return;
  }
  // What is missing is missing from a table, which its own key names best.
  problems_->push_back(problem_at(*place_, path_, std::move(message), node_ == nullptr));
}

void Reader::missing(std::string_view kind) const {
  problem(fmt::format("is missing; set it to {}", kind));
}

void Reader::refuse_unknown_keys(std::span<const std::string_view> known) const {
  if (node_ == nullptr) return;
  const std::vector<std::string> candidates(known.begin(), known.end());
  for (const Node& child : node_->children()) {
    if (std::ranges::find(known, child.key()) != known.end()) continue;
    std::string message = "unknown key" + base::did_you_mean(child.key(), candidates);
    if (message == "unknown key") {
      message += candidates.empty() ? "; there is nothing to set here" : "; known here: ";
      for (std::size_t i = 0; i < candidates.size(); ++i) {
        message += fmt::format("{}`{}`", i == 0 ? "" : ", ", candidates[i]);
      }
    }
    problems_->push_back(
        problem_at(child, path_.empty() ? child.key() : fmt::format("{}.{}", path_, child.key()),
                   std::move(message), true));
  }
}

bool Reader::is_table() const {
  if (node_->kind() == Kind::kTable) return true;
  problem(but_is("a table", *node_));
  return false;
}

bool Reader::is_list() const {
  if (node_->kind() == Kind::kArray) return true;
  problem(but_is("a list, in [brackets]", *node_));
  return false;
}

void Reader::read(std::string& out) const {
  if (node_->kind() != Kind::kString) return problem(but_is("text, in quotes", *node_));
  out = node_->text();
}

void Reader::read(bool& out) const {
  if (node_->kind() == Kind::kBool) {
    out = node_->boolean();
    return;
  }
  const auto value = node_->is_loose() ? parse_bool(node_->text()) : std::nullopt;
  if (!value) return problem(but_is("true or false", *node_));
  out = *value;
}

void Reader::read(double& out) const {
  if (node_->kind() == Kind::kFloat) {
    out = node_->number();
  } else if (node_->kind() == Kind::kInteger) {
    out = static_cast<double>(node_->integer());
  } else if (!node_->is_loose() || !parse_number(node_->text(), out)) {
    problem(but_is("a number", *node_));
  }
}

std::optional<std::int64_t> Reader::integer(std::int64_t min, std::uint64_t max) const {
  std::int64_t value = 0;
  if (node_->kind() == Kind::kInteger) {
    value = node_->integer();
  } else if (!node_->is_loose() || !parse_number(node_->text(), value)) {
    problem(but_is("a whole number", *node_));
    return std::nullopt;
  }
  if (value < min || (value > 0 && static_cast<std::uint64_t>(value) > max)) {
    problem(fmt::format("must be a whole number from {} to {}, but is {}", min, max, value));
    return std::nullopt;
  }
  return value;
}

void Reader::read(EntityId& out) const {
  if (node_->kind() != Kind::kString) return problem(but_is(kEntityIdKind, *node_));
  EntityId id(node_->text());
  if (id.is_valid()) {
    out = std::move(id);
  } else if (base::is_glob(id.str())) {
    problem(fmt::format("`{}` is a pattern, but must be one entity id", id.str()));
  } else {
    problem(
        fmt::format("`{}` is not an entity id, which reads like `light.kitchen`: lower-case "
                    "letters, digits and single underscores around one dot",
                    id.str()));
  }
}

void set_secret_listener(SecretListener listener) noexcept {
  secret_listener.store(listener);
}

void Reader::read(Secret& out) const {
  if (node_->kind() != Kind::kString) {
    problem(but_is("text, in quotes", *node_));
    // The line holds what must not be shown.
    problems_->back().source_line.clear();
    return;
  }
  if (node_->text().empty()) return problem("is empty, but must be a secret");
  out = Secret(node_->text());
  if (const SecretListener listener = secret_listener.load()) listener(node_->text());
}

void Reader::read(TimeOfDay& out) const {
  if (node_->kind() != Kind::kString && node_->kind() != Kind::kLocalTime) {
    return problem(but_is("a time of day such as \"07:30\"", *node_));
  }
  const auto time = TimeOfDay::parse(node_->text());
  if (!time) return problem(time.error());
  out = *time;
}

void Reader::read(nanoseconds& out) const {
  std::optional<nanoseconds> value;
  std::int64_t whole = 0;
  double fractional = 0;
  if (node_->kind() == Kind::kInteger) {
    value = whole_seconds(node_->integer());
  } else if (node_->kind() == Kind::kFloat) {
    value = fractional_seconds(node_->number());
  } else if (node_->kind() != Kind::kString) {
    return problem(but_is("a duration such as \"5min\", or a number of seconds", *node_));
  } else if (node_->is_loose() && parse_number(node_->text(), whole)) {
    value = whole_seconds(whole);
  } else if (node_->is_loose() && parse_number(node_->text(), fractional)) {
    value = fractional_seconds(fractional);
  } else {
    const auto parsed = parse_duration(node_->text());
    if (!parsed) return problem(parsed.error());
    value = *parsed;
  }
  // What the scheduler, which waits longest, refuses: here the file and the key can still be named.
  if (!value || std::chrono::abs(*value) > kLongest) {
    return problem("must be a duration of a hundred years at most");
  }
  out = *value;
}

std::optional<int> Reader::choice(std::string_view printed_enum) const {
  const auto names = enum_names(printed_enum);
  if (node_->kind() == Kind::kString) {
    for (const EnumName& name : names) {
      if (node_->text() == name.name || node_->text() == name.written) return name.value;
    }
  }
  std::vector<std::string> candidates;
  candidates.reserve(names.size());
  for (const EnumName& name : names) candidates.push_back(name.written);
  const std::string kind = detail::enum_kind(printed_enum);
  if (node_->kind() != Kind::kString) {
    problem(but_is(kind, *node_));
  } else if (const std::string guess = base::did_you_mean(node_->text(), candidates);
             !guess.empty()) {
    problem(fmt::format("there is no `{}` here{}", node_->text(), guess));
  } else {
    problem(fmt::format("must be {}, but is `{}`", kind, node_->text()));
  }
  return std::nullopt;
}

}  // namespace hassette::config

namespace hassette::config::detail {

DefaultBytes::DefaultBytes(std::size_t size)
    : rounds_{std::vector<unsigned char>(size), std::vector<unsigned char>(size)} {}

void DefaultBytes::fill(void* storage, int round) const {
  std::memset(storage, round == 0 ? 0xA5 : 0x5A, rounds_[0].size());
}

void DefaultBytes::record(const void* object, int round) {
  auto& bytes = rounds_.at(static_cast<std::size_t>(round));
  std::memcpy(bytes.data(), object, bytes.size());
}

bool DefaultBytes::stated(std::size_t offset, std::size_t size) const {
  HASSETTE_ASSERT(offset + size <= rounds_[0].size(), "a member must lie inside its struct");
  return std::memcmp(rounds_[0].data() + offset, rounds_[1].data() + offset, size) == 0;
}

bool Defaults::stated(const void* member, std::size_t size) const {
  const auto offset =
      static_cast<const unsigned char*>(member) - static_cast<const unsigned char*>(origin);
  return bytes.stated(static_cast<std::size_t>(offset), size);
}

}  // namespace hassette::config::detail
