#include "config/loose_text.hpp"

#include <string>

namespace hassette::config {

namespace {

// Every part of a list comes from where the whole comes from, not from the text parsed for it.
void set_origin_of_all(Node& node, const std::shared_ptr<const Source>& source, Place place) {
  Node moved = node.kind() == Kind::kTable   ? Node::table()
               : node.kind() == Kind::kArray ? Node::array()
                                             : node;
  for (const Node& child : node.children()) {
    Node copy = child;
    set_origin_of_all(copy, source, place);
    if (node.kind() == Kind::kTable) {
      moved.put(child.key(), std::move(copy));
    } else {
      moved.append(std::move(copy));
    }
  }
  moved.set_origin(source, place, place);
  node = std::move(moved);
}

}  // namespace

std::string_view unquoted(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto trim = [&] {
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return text = {};
    return text = text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
  };
  trim();
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0]) {
    text = text.substr(1, text.size() - 2);
    trim();
  }
  return text;
}

Node loose_node(std::string_view text, const std::string& source_name, Place place) {
  const std::string_view value = unquoted(text);
  Node node = Node::loose_text(std::string(value));
  if (value.starts_with('[') || value.starts_with('{')) {
    if (auto parsed = parse_document("value = " + std::string(value), source_name)) {
      node = parsed->take("value");
    }
  }
  // The lines are left out of the source: what stands there may be a secret.
  set_origin_of_all(node, std::make_shared<const Source>(Source{.name = source_name, .lines = {}}),
                    place);
  return node;
}

}  // namespace hassette::config
