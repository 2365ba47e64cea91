#include "json/parse.hpp"

#include <simdjson.h>

#include <hassette/error.hpp>

namespace hassette::json {

namespace {

namespace dom = simdjson::dom;

Json convert(dom::element element) {
  switch (element.type()) {
    case dom::element_type::ARRAY: {
      Json::Array items;
      const dom::array array = element.get_array().value_unsafe();
      items.reserve(array.size());
      for (const dom::element item : array) items.push_back(convert(item));
      return Json(std::move(items));
    }
    case dom::element_type::OBJECT: {
      Json object = Json::object();
      const dom::object members = element.get_object().value_unsafe();
      object.as_object().reserve(members.size());
      for (const auto [key, value] : members) object.as_object().emplace_back(key, convert(value));
      return object;
    }
    case dom::element_type::INT64:
      return Json(element.get_int64().value_unsafe());
    case dom::element_type::UINT64:
      return Json(static_cast<double>(element.get_uint64().value_unsafe()));
    case dom::element_type::DOUBLE:
      return Json(element.get_double().value_unsafe());
    case dom::element_type::STRING:
      return Json(element.get_string().value_unsafe());
    case dom::element_type::BOOL:
      return Json(element.get_bool().value_unsafe());
    case dom::element_type::NULL_VALUE:
      return Json();
  }
  return Json();
}

}  // namespace

namespace {

constexpr std::size_t kMaxDepth = 256;
/// A parser keeps several times the largest text it has read; one for a larger text than this goes.
constexpr std::size_t kLargest = 1u << 20;

std::expected<Json, std::string> parse_with(dom::parser& parser, std::string_view text) {
  if (parser.max_depth() != kMaxDepth) {
    if (const auto error = parser.allocate(4096, kMaxDepth)) {
      return std::unexpected(std::string(simdjson::error_message(error)));
    }
  }
  dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root)) {
    return std::unexpected(std::string(simdjson::error_message(error)));
  }
  return convert(root);
}

}  // namespace

std::expected<Json, std::string> parse(std::string_view text) {
  if (text.empty()) return std::unexpected(std::string("there is no text"));  // nor a pointer to it
  if (text.size() > kLargest) {
    dom::parser once;
    return parse_with(once, text);
  }
  thread_local dom::parser parser;
  return parse_with(parser, text);
}

}  // namespace hassette::json

namespace hassette {

Json Json::parse(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed) throw Error("json", "this is not JSON: " + parsed.error());
  return *std::move(parsed);
}

}  // namespace hassette
