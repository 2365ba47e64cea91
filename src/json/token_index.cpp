#include "json/token_index.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <new>

#include "json/cursor.hpp"
#include "json/parse.hpp"

namespace hassette::json {

namespace {
/// An index takes four times the memory of the longest text it has room for. One for a longer text
/// than this is given up for a text that needs less than a quarter of it.
constexpr std::size_t kLargest = std::size_t{1} << 18;
constexpr std::size_t kSmallest = std::size_t{1} << 12;
/// Only simdjson's second stage, which is not used, counts the depth.
constexpr std::size_t kDepth = 1;

static_assert(TokenIndex::kPadding >= simdjson::SIMDJSON_PADDING);
}  // namespace

struct TokenIndex::FirstStage {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::size_t capacity = 0;

  /// False if there is no memory for it, or the text is too long for offsets of 32 bits.
  bool make_room(std::size_t size) {
    if (size <= capacity && (capacity <= kLargest || size >= capacity / 4)) return true;
    capacity = 0;
    const std::size_t wanted = std::bit_ceil(std::max(size, kSmallest));
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, kDepth,
                                                                                parser)) {
      return false;
    }
    capacity = wanted;
    return true;
  }
};

TokenIndex::TokenIndex() : first_stage_(std::make_unique<FirstStage>()) {}
TokenIndex::~TokenIndex() = default;

std::size_t TokenIndex::capacity() const {
  return first_stage_->capacity;
}

std::optional<Cursor> TokenIndex::scan(std::string_view text) {
  unescaped_.clear();
  if (text.empty()) return std::nullopt;
  if (!first_stage_->make_room(text.size())) throw std::bad_alloc();
  auto& parser = *first_stage_->parser;
  if (parser.stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                    simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  // The end of the last token is looked for from here.
  std::uint32_t* const tokens = parser.structural_indexes.get();
  tokens[parser.n_structural_indexes] = static_cast<std::uint32_t>(text.size());
  return Cursor(*this, text.data(), {tokens, parser.n_structural_indexes});
}

const std::string* TokenIndex::unescape(std::string_view token) {
  const auto value = parse(token);
  if (!value) return nullptr;
  auto text = value->get<std::string>();
  return text ? &unescaped_.emplace_back(*std::move(text)) : nullptr;
}

}  // namespace hassette::json
