#pragma once
// For tests only: a text as it lies in a receive buffer, and its values as a Cursor finds them.
#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <hassette/json.hpp>
#include "json/cursor.hpp"
#include "json/parse.hpp"

namespace hassette::json {

/// A text with the readable bytes behind it that a reader may touch, and not one more.
class Padded {
 public:
  explicit Padded(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size() + TokenIndex::kPadding)), size_(text.size()) {
    std::ranges::copy(text, bytes_.get());
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// Takes any value apart as far as the cursor can; what is left are numbers and words. Names of
/// members are not the cursor's to give: they are taken from `parsed`, member by member.
inline bool equals(Cursor& cursor, const Json& parsed) {
  const Cursor begin = cursor;
  std::string_view raw;
  if (Cursor passed = begin; !passed.raw(raw)) return false;
  if (parsed.is_object()) {
    auto member = parsed.as_object().begin();
    const auto end = parsed.as_object().end();
    return cursor.members([&](Key) {
      return member != end && equals(cursor, std::exchange(member, member + 1)->second);
    }) && member == end;
  }
  if (parsed.is_array()) {
    auto item = parsed.as_array().begin();
    const auto end = parsed.as_array().end();
    return cursor.items([&] { return item != end && equals(cursor, *item++); }) && item == end;
  }
  if (const auto text = parsed.get<std::string>()) {
    std::string_view read;
    return cursor.text(read) && read == *text;
  }
  if (parsed.is_null()) return cursor.null();
  if (parsed.is_bool()) {
    bool read = false;
    return cursor.boolean(read) && read == parsed.as_bool();
  }
  const auto number = parse(raw);
  return number && *number == parsed && cursor.skip();
}

}  // namespace hassette::json
