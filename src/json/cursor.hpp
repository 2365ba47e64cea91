#pragma once
// Cursor: reads a JSON text token by token, in place, without making values of it.
//
// A copy remembers a place to come back to. Each reader takes one value; it returns false where the
// text is no such value, and then the cursor is somewhere in it. What is passed over or given as
// raw text has as many brackets that close as open, whatever they are, and no more is known of it:
// whoever needs its values parses them. Inline, since what this saves is calls: a message has some
// hundred tokens, and nearly all of them are passed over.
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "json/token_index.hpp"

namespace hassette::json {

/// A member's name as it is written, to compare with.
class Key {
 public:
  explicit Key(const char* text) : text_(text) {}
  /// Where it lies: with a length known here the comparison is two or three instructions.
  template <std::size_t Size>
  friend bool operator==(Key key, const char (&name)[Size]) {
    static_assert(Size <= TokenIndex::kPadding);
    return std::memcmp(key.text_, name, Size - 1) == 0 && key.text_[Size - 1] == '"';
  }

 private:
  const char* text_;  // behind the quote
};

class Cursor {
 public:
  /// `tokens` are offsets into the text; behind them lies the text's length.
  Cursor(TokenIndex& index, const char* text, std::span<const std::uint32_t> tokens)
      : index_(&index), text_(text), next_(tokens.data()), end_(tokens.data() + tokens.size()) {}

  bool at_end() const { return next_ == end_; }
  /// The first character of the next token; 0 behind the last one.
  char peek() const { return at_end() ? '\0' : text_[*next_]; }
  /// Whether the text's last token is this one: an array that breaks off can be told at once.
  bool ends_with(char token) const { return !at_end() && text_[end_[-1]] == token; }
  bool at_value() const { return kBegins[static_cast<unsigned char>(peek())]; }

  /// An object: calls `read(key)` for each member, which has to read its value.
  template <class F>
  bool members(F read) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      if (peek() != '"') return false;
      const Key key(text_ + *next_++ + 1);
      if (!take(':') || !read(key)) return false;
    } while (take(','));
    return take('}');
  }

  /// An array: calls `read()` for each item, which has to read it.
  template <class F>
  bool items(F read) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!read()) return false;
    } while (take(','));
    return take(']');
  }

  /// Passes over any value.
  bool skip() {
    if (!at_value()) return false;
    const std::uint32_t* next = next_;  // here, so that the loop runs in registers
    int depth = 0;
    do {
      if (next == end_) return false;
      depth += kDepth[static_cast<unsigned char>(text_[*next++])];
    } while (depth > 0);
    next_ = next;
    return true;
  }

  /// Any value, as it is written.
  bool raw(std::string_view& out) {
    const char* const begin = text_ + (at_end() ? 0 : *next_);
    if (!skip()) return false;
    out = {begin, end_of(next_ - 1)};
    return true;
  }

  /// A string as it is written, between its quotes: only white space is between the quote that ends
  /// it and the next token.
  bool plain(std::string_view& out) {
    if (peek() != '"') return false;
    out = {text_ + *next_ + 1, end_of(next_) - 1};
    ++next_;
    return true;
  }

  bool text(std::string_view& out) {
    const std::uint32_t* const token = next_;
    if (!plain(out)) return false;
    return out.find('\\') == out.npos || unescape({text_ + *token, end_of(token)}, out);
  }

  bool number(std::uint64_t& out) {
    if (at_end()) return false;
    const char* const begin = text_ + *next_;
    const char* const end = end_of(next_++);
    if (*begin == '0' && end - begin > 1) return false;
    const auto [stop, error] = std::from_chars(begin, end, out);
    return error == std::errc() && stop == end;
  }

  bool boolean(bool& out) {
    out = peek() == 't';
    return take_word(out ? "true" : "false");
  }

  /// Passes over a null, if there is one.
  bool null() { return take_word("null"); }

 private:
  /// What a token does to the depth.
  static constexpr auto kDepth = [] {
    std::array<std::int8_t, 256> depth{};
    depth['{'] = depth['['] = 1;
    depth['}'] = depth[']'] = -1;
    return depth;
  }();
  /// What a value may begin with.
  static constexpr auto kBegins = [] {
    std::array<bool, 256> begins{};
    for (const char c : {'{', '[', '"', '-', 't', 'f', 'n'}) begins[c] = true;
    for (char c = '0'; c <= '9'; ++c) begins[c] = true;
    return begins;
  }();

  bool take(char token) {
    if (peek() != token) return false;
    ++next_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (at_end() || std::string_view(text_ + *next_, end_of(next_)) != word) return false;
    ++next_;
    return true;
  }
  /// Behind the token: before the next one, and before the white space between.
  const char* end_of(const std::uint32_t* token) const {
    const char* end = text_ + token[1];
    while (is_space(end[-1])) --end;
    return end;
  }
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  bool unescape(std::string_view token, std::string_view& out) {
    const std::string* const unescaped = index_->unescape(token);
    if (unescaped) out = *unescaped;
    return unescaped != nullptr;
  }

  TokenIndex* index_;
  const char* text_;
  const std::uint32_t* next_;
  const std::uint32_t* end_;
};

}  // namespace hassette::json
