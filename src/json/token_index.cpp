#include "json/token_index.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <new>

#include "json/cursor.hpp"
#include "json/parse.hpp"

namespace hassette::json {

namespace {
/// An index takes four times the memory of the longest text it has room for; one for a longer text
/// than this goes when the next text comes.
constexpr std::size_t kLargest = std::size_t{1} << 18;
constexpr std::size_t kSmallest = std::size_t{1} << 12;
/// Only simdjson's second stage, which is not used, counts the depth.
constexpr std::size_t kDepth = 1;

static_assert(TokenIndex::kPadding >= simdjson::SIMDJSON_PADDING);
}  // namespace

struct TokenIndex::Scanner {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
  std::size_t capacity = 0;

  /// False if there is no memory for it, or the text is too long for offsets of 32 bits.
  bool make_room(std::size_t size) {
    if (size <= capacity && (capacity <= kLargest || size > kLargest)) return true;
    capacity = 0;
    const std::size_t wanted = size > kLargest ? size : std::bit_ceil(std::max(size, kSmallest));
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, kDepth,
                                                                                stages)) {
      return false;
    }
    capacity = wanted;
    return true;
  }
};

TokenIndex::TokenIndex() : scanner_(std::make_unique<Scanner>()) {}
TokenIndex::~TokenIndex() = default;

std::optional<Cursor> TokenIndex::begin(std::string_view text) {
  unescaped_.clear();
  if (text.empty()) return std::nullopt;
  if (!scanner_->make_room(text.size())) throw std::bad_alloc();
  auto& stages = *scanner_->stages;
  if (stages.stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                    simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  // The end of the last token is looked for from here.
  std::uint32_t* const tokens = stages.structural_indexes.get();
  tokens[stages.n_structural_indexes] = static_cast<std::uint32_t>(text.size());
  return Cursor(*this, text.data(), {tokens, stages.n_structural_indexes});
}

const std::string* TokenIndex::unescape(std::string_view token) {
  const auto value = parse(token);
  if (!value) return nullptr;
  auto text = value->get<std::string>();
  return text ? &unescaped_.emplace_back(*std::move(text)) : nullptr;
}

}  // namespace hassette::json
