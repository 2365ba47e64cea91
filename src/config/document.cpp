#include "config/document.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/source_line.hpp"

namespace hassette::config {

namespace {

Place place_of(const toml::source_region& region) {
  return {.line = region.begin.line, .column = region.begin.column};
}

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// toml++ limits how deeply values nest, and thereby this recursion.
Node convert(const toml::node& from, const std::shared_ptr<const Source>& source, Place key) {
  Node node;
  switch (from.type()) {
    case toml::node_type::boolean:
      node = Node(from.as_boolean()->get());
      break;
    case toml::node_type::integer:
      node = Node(from.as_integer()->get());
      break;
    case toml::node_type::floating_point:
      node = Node(from.as_floating_point()->get());
      break;
    case toml::node_type::string:
      node = Node(from.as_string()->get());
      break;
    case toml::node_type::time:
      node = Node(printed(from.as_time()->get()), Kind::kLocalTime);
      break;
    case toml::node_type::date:
      node = Node(printed(from.as_date()->get()), Kind::kDateTime);
      break;
    case toml::node_type::date_time:
      node = Node(printed(from.as_date_time()->get()), Kind::kDateTime);
      break;
    case toml::node_type::array:
      node = Node::array();
      for (const toml::node& item : *from.as_array()) node.append(convert(item, source, {}));
      break;
    case toml::node_type::table:
      node = Node::table();
      for (const auto& [name, value] : *from.as_table()) {
        node.put(std::string(name.str()), convert(value, source, place_of(name.source())));
      }
      // toml++ keeps tables sorted by name.
      node.sort_by_place();
      break;
    case toml::node_type::none:
      break;
  }
  node.set_origin(source, place_of(from.source()), key);
  return node;
}

/// The line on which `name`, as a message of toml++ quotes it, was set first; 0 if that is unknown.
/// A key stands in the table of the line that repeats it, and a header names its table in full.
unsigned first_line_of(std::string_view text, std::string_view name, unsigned second, bool header) {
  const std::vector<std::string> lines = split_lines(text);
  std::string before;
  std::string_view table;
  for (std::size_t i = 0; i + 1 < second && i < lines.size(); ++i) {
    before += lines[i] + '\n';
    std::string_view line = lines[i];
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with('[')) table = line.substr(1, line.find(']') - 1);
  }
  if (!header && table.starts_with('[')) return 0;  // a table of a list, which has no name
  const toml::parse_result result = toml::parse(std::string_view(before));
  if (!result) return 0;
  const std::string path =
      header || table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
  const toml::node* const first = result.table().at_path(path).node();
  return first == nullptr ? 0 : first->source().begin.line;
}

/// Beside tabs, and beside the line break that ends it.
bool has_control_character(std::string_view text, unsigned line) {
  const std::vector<std::string> lines = split_lines(text);
  return line >= 1 && line <= lines.size() && std::ranges::any_of(lines[line - 1], [](char c) {
           return c != '\t' && static_cast<unsigned char>(c) < ' ';
         });
}

/// What to do about a syntax error; empty where toml++'s own words say enough.
std::string remedy(std::string_view text, std::string_view said, unsigned line) {
  if (said.contains("cannot redefine")) {
    const std::size_t open = said.find('\'');
    const std::size_t close = said.find('\'', open + 1);
    if (close == std::string_view::npos) return {};
    const bool header = said.contains("table header");
    const unsigned first =
        first_line_of(text, said.substr(open + 1, close - open - 1), line, header);
    if (first == 0) return "; keep one of the two";
    return fmt::format("; it stands on line {} already, keep one of the two", first);
  }
  const bool at_control = said.contains("parsing string: unescaped control") ||
                          said.contains("literal string: control");
  if (said.contains("string: encountered end-of-file") ||
      (at_control && !has_control_character(text, line))) {
    return "; the text has no closing quote: end it on the line where it begins";
  }
  if (said.contains("utf-8")) {
    return "; save the file in the encoding UTF-8";
  }
  if (said.contains("could not determine value type")) {
    return "; text stands in quotes, as in \"light.kitchen\"";
  }
  return {};
}

}  // namespace

std::expected<Node, ConfigProblem> parse_document(std::string_view text, std::string name) {
  const auto source =
      std::make_shared<const Source>(Source{.name = name, .lines = split_lines(text)});
  const toml::parse_result result = toml::parse(text, std::string_view(name));
  if (!result) {
    const Place place = place_of(result.error().source());
    const std::string_view said = result.error().description();
    ConfigProblem problem{
        .file = std::move(name),
        .line = place.line,
        .column = place.column,
        .message = fmt::format("syntax error: {}{}", said, remedy(text, said, place.line))};
    attach_source_line(problem, *source);
    return std::unexpected(std::move(problem));
  }
  return convert(result.table(), source, {});
}

std::expected<Node, ConfigProblem> load_document(const std::filesystem::path& file,
                                                 std::string name) {
  const auto text = read_file(file);
  if (!text) {
    return std::unexpected(ConfigProblem{.file = std::move(name), .message = text.error()});
  }
  return parse_document(*text, std::move(name));
}

std::expected<std::string, std::string> read_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (std::filesystem::is_directory(status)) return std::unexpected("is a folder, not a file");
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (!std::filesystem::exists(status)) return std::unexpected("there is no such file");
    return std::unexpected(fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return std::unexpected("cannot be read to its end");
  return text;
}

}  // namespace hassette::config
