#pragma once
// TokenIndex: where the tokens of a JSON text begin, found by simdjson's first stage.
//
// For texts that are read once, where they lie, and mostly passed over: a Cursor goes from token to
// token. What is kept and looked into later is parsed instead; see parse.hpp. One thread at a time.
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hassette::json {

class Cursor;

class TokenIndex {
 public:
  TokenIndex();
  TokenIndex(const TokenIndex&) = delete;
  TokenIndex& operator=(const TokenIndex&) = delete;
  ~TokenIndex();

  /// How many readable bytes must lie behind the text.
  static constexpr std::size_t kPadding = 64;

  /// A cursor at the text's first token; nothing where the text has none, or has a string that is
  /// not closed, is no UTF-8, or holds control characters. The cursor and what it gives are valid
  /// until the next call, and as long as the text. Throws std::bad_alloc.
  std::optional<Cursor> scan(std::string_view text);
  /// The length of the longest text for which there is room at present.
  std::size_t capacity() const;

 private:
  friend Cursor;
  struct FirstStage;
  /// The string that a token with escapes stands for; null if they are wrong.
  const std::string* unescape(std::string_view token);

  std::unique_ptr<FirstStage> first_stage_;
  std::deque<std::string> unescaped_;
};

}  // namespace hassette::json
