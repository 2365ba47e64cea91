#include "build/missing_header.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "build/marks.hpp"

namespace hassette::build {

namespace {

struct Named {
  std::string_view name;
  std::string_view header;
};

// What automations use of the library and app.hpp does not happen to bring along.
constexpr std::array kHeaders = std::to_array<Named>({
    {"accumulate", "numeric"},
    {"any", "any"},
    {"basic_ifstream", "fstream"},
    {"basic_istringstream", "sstream"},
    {"basic_ofstream", "fstream"},
    {"basic_ostringstream", "sstream"},
    {"basic_regex", "regex"},
    {"basic_stringstream", "sstream"},
    {"bitset", "bitset"},
    {"cerr", "iostream"},
    {"cin", "iostream"},
    {"cout", "iostream"},
    {"deque", "deque"},
    {"format", "format"},
    {"forward_list", "forward_list"},
    {"ifstream", "fstream"},
    {"iota", "numeric"},
    {"istringstream", "sstream"},
    {"list", "list"},
    {"map", "map"},
    {"mt19937", "random"},
    {"multimap", "map"},
    {"multiset", "set"},
    {"ofstream", "fstream"},
    {"ostringstream", "sstream"},
    {"priority_queue", "queue"},
    {"queue", "queue"},
    {"random_device", "random"},
    {"regex", "regex"},
    {"regex_match", "regex"},
    {"regex_search", "regex"},
    {"set", "set"},
    {"smatch", "regex"},
    {"stack", "stack"},
    {"stringstream", "sstream"},
    {"uniform_int_distribution", "random"},
    {"uniform_real_distribution", "random"},
    {"unordered_map", "unordered_map"},
    {"unordered_multimap", "unordered_map"},
    {"unordered_set", "unordered_set"},
});
static_assert(std::ranges::is_sorted(kHeaders, {}, &Named::name));

std::string_view unknown_name(std::string_view message) {
  for (const std::string_view words :
       {"no template named '", "no member named '", "no type named '"}) {
    if (!message.starts_with(words) || message.find("' in namespace 'std'") == message.npos) {
      continue;
    }
    return between(message, words, "'");
  }
  return between(message, "implicit instantiation of undefined template 'std::", "<");
}

// Null where it is none of these.
const Named* missing(const Diagnostic& diagnostic) {
  const std::string_view name = unknown_name(diagnostic.message);
  const auto* const found = std::ranges::lower_bound(kHeaders, name, {}, &Named::name);
  return found != kHeaders.end() && found->name == name ? found : nullptr;
}

bool may_follow(const Diagnostic& diagnostic) {
  return diagnostic.message.starts_with("use of undeclared identifier '") ||
         diagnostic.message.starts_with(
             "no viable conversion from returned value of type 'unique_ptr<");
}

}  // namespace

std::optional<std::string> describe_missing_header(const Diagnostic& diagnostic) {
  const Named* const named = missing(diagnostic);
  if (named == nullptr) return {};
  std::string_view name = named->name;
  if (name.starts_with("basic_")) name = after(name, "basic_");
  std::string text = fmt::format("std::{} needs #include <{}>", name, named->header);
  if (named->header == "iostream") text += "; logger.info(…) writes into Hassette's log";
  if (named->name == "format")
    text = "std::format is not in this library: fmt::format does the same";
  return text;
}

void drop_consequences_of_missing_headers(std::vector<Diagnostic>& raw) {
  std::set<std::pair<std::string, unsigned>> places;
  std::erase_if(raw, [&](const Diagnostic& diagnostic) {
    if (missing(diagnostic) != nullptr) {
      places.emplace(diagnostic.file, diagnostic.line);
      return false;
    }
    return !places.empty() &&
           (places.contains({diagnostic.file, diagnostic.line}) || may_follow(diagnostic));
  });
}

}  // namespace hassette::build
