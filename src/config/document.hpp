// A configuration file as a tree of values, each of which knows where it stands.
//
// Values that own their parts and share the text of their file; no thread affinity. toml++ appears
// only in the .cpp. Syntax errors come back as one ConfigProblem with file, line and column.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <hassette/config.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hassette::config {

enum class Kind {
  kNull,
  kBool,
  kInteger,
  kFloat,
  kString,
  kArray,
  kTable,
  kDateTime,   // a date, with or without a time; text() is as in the file
  kLocalTime,  // a time of day; text() is "07:30:00"
};

// Both count from 1; 0 is unknown.
struct Place {
  unsigned line = 0;
  unsigned column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// Where values come from: a file, or an environment variable, whose lines are not shown.
struct Source {
  std::string name;
  std::vector<std::string> lines;
};

class Node {
 public:
  Node() = default;
  explicit Node(bool value) : value_(value) {}
  explicit Node(std::int64_t value) : value_(value) {}
  explicit Node(double value) : value_(value) {}
  explicit Node(std::string text, Kind kind = Kind::kString)
      : kind_of_text_(kind), value_(std::move(text)) {}
  // A literal would quietly become a bool.
  explicit Node(const char*) = delete;
  [[nodiscard]] static Node table();
  [[nodiscard]] static Node array();
  // A value from the environment or the command line: text that may stand for any plain kind.
  [[nodiscard]] static Node loose_text(std::string text);

  [[nodiscard]] Kind kind() const noexcept;
  [[nodiscard]] bool is_loose() const noexcept { return loose_; }
  // Each asks for the kind that it names.
  [[nodiscard]] bool boolean() const { return std::get<bool>(value_); }
  [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(value_); }
  [[nodiscard]] double number() const { return std::get<double>(value_); }
  [[nodiscard]] const std::string& text() const { return std::get<std::string>(value_); }
  // Of a table or an array, in the order of the file; none for any other kind.
  [[nodiscard]] std::span<const Node> children() const noexcept;
  [[nodiscard]] const Node* find(std::string_view key) const noexcept;

  // The key under which a table holds this node.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] Place key_place() const noexcept { return key_place_; }
  [[nodiscard]] Place place() const noexcept { return place_; }
  [[nodiscard]] const std::shared_ptr<const Source>& source() const noexcept { return source_; }
  void set_origin(std::shared_ptr<const Source> source, Place place, Place key_place);

  // Puts a child into a table, in place of one with the same key; gives the child.
  Node& put(std::string key, Node child);
  Node& append(Node child);
  [[nodiscard]] Node* find(std::string_view key) noexcept;
  // Takes a child out of a table; null where there is none.
  Node take(std::string_view key);
  void sort_by_place();

 private:
  struct Children {
    bool is_table;
    std::vector<Node> nodes;
  };

  Kind kind_of_text_ = Kind::kString;
  bool loose_ = false;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Children> value_;
  std::string key_;
  Place key_place_;
  Place place_;
  std::shared_ptr<const Source> source_;
};

// "a table", "text", …: for messages.
[[nodiscard]] std::string_view kind_name(Kind kind) noexcept;

// A problem at a node: at its key where `at_key`, else at its value.
[[nodiscard]] ConfigProblem problem_at(const Node& node, std::string path, std::string message,
                                       bool at_key = false);

// Reads TOML; the result is the root table. `name` is the file as messages show it.
[[nodiscard]] std::expected<Node, ConfigProblem> parse_document(std::string_view text,
                                                                std::string name);
// The same from a file; one that cannot be read is a problem too.
[[nodiscard]] std::expected<Node, ConfigProblem> load_document(const std::filesystem::path& file,
                                                               std::string name);

// A whole file, or why it cannot be read; what stands behind load_document and the .env file.
[[nodiscard]] std::expected<std::string, std::string> read_file(const std::filesystem::path& file);

}  // namespace hassette::config
