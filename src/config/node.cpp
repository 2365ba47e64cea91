#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "config/document.hpp"
#include "config/source_line.hpp"

namespace hassette::config {

Node Node::table() {
  Node node;
  node.value_ = Children{.is_table = true, .nodes = {}};
  return node;
}

Node Node::array() {
  Node node;
  node.value_ = Children{.is_table = false, .nodes = {}};
  return node;
}

Node Node::loose_text(std::string text) {
  Node node(std::move(text));
  node.loose_ = true;
  return node;
}

Kind Node::kind() const noexcept {
  switch (value_.index()) {
    case 1:
      return Kind::kBool;
    case 2:
      return Kind::kInteger;
    case 3:
      return Kind::kFloat;
    case 4:
      return kind_of_text_;
    case 5:
      return std::get_if<Children>(&value_)->is_table ? Kind::kTable : Kind::kArray;
    default:
      return Kind::kNull;
  }
}

std::span<const Node> Node::children() const noexcept {
  const auto* children = std::get_if<Children>(&value_);
  return children == nullptr ? std::span<const Node>() : std::span<const Node>(children->nodes);
}

const Node* Node::find(std::string_view key) const noexcept {
  if (kind() != Kind::kTable) return nullptr;
  const auto nodes = children();
  const auto found = std::ranges::find(nodes, key, &Node::key_);
  return found == nodes.end() ? nullptr : &*found;
}

Node* Node::find(std::string_view key) noexcept {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

void Node::set_origin(std::shared_ptr<const Source> source, Place place, Place key_place) {
  source_ = std::move(source);
  place_ = place;
  key_place_ = key_place;
}

Node& Node::put(std::string key, Node child) {
  HASSETTE_ASSERT(kind() == Kind::kTable, "only a table holds keys");
  child.key_ = std::move(key);
  if (Node* old = find(child.key_)) return *old = std::move(child);
  return std::get<Children>(value_).nodes.emplace_back(std::move(child));
}

Node& Node::append(Node child) {
  HASSETTE_ASSERT(kind() == Kind::kArray, "only an array holds items");
  return std::get<Children>(value_).nodes.emplace_back(std::move(child));
}

Node Node::take(std::string_view key) {
  const Node* const child = std::as_const(*this).find(key);
  if (child == nullptr) return {};
  auto& nodes = std::get<Children>(value_).nodes;
  const auto at = nodes.begin() + (child - nodes.data());
  Node taken = std::move(*at);
  nodes.erase(at);
  return taken;
}

void Node::sort_by_place() {
  if (auto* children = std::get_if<Children>(&value_)) {
    std::ranges::sort(children->nodes, {}, &Node::key_place_);
  }
}

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kBool:
      return "true or false";
    case Kind::kInteger:
      return "a whole number";
    case Kind::kFloat:
      return "a number with a fraction";
    case Kind::kString:
      return "text";
    case Kind::kArray:
      return "a list";
    case Kind::kTable:
      return "a table";
    case Kind::kDateTime:
      return "a date";
    case Kind::kLocalTime:
      return "a time of day";
  }
  return "nothing";
}

ConfigProblem problem_at(const Node& node, std::string path, std::string message, bool at_key) {
  ConfigProblem problem{.key = std::move(path), .message = std::move(message)};
  const Place place = at_key && node.key_place().line != 0 ? node.key_place() : node.place();
  problem.line = place.line;
  problem.column = place.column;
  if (node.source() != nullptr) {
    problem.file = node.source()->name;
    attach_source_line(problem, *node.source());
  }
  return problem;
}

}  // namespace hassette::config
