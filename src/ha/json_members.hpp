#pragma once
// The members of a message, read with simdjson On-Demand: texts, raw JSON, moments. For frame.cpp
// alone; inline, since what they save is calls.
#include <simdjson.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "time/iso8601.hpp"

namespace hassette::ha {

namespace od = simdjson::ondemand;
using simdjson::SUCCESS;

// Each reader returns false where the text is not what it should be; the caller gives the object
// up. Values are passed by reference: copying the parser's handles costs more than reading does.

inline bool read_text(od::value& value, std::string_view& out) {
  return value.get_string().get(out) == SUCCESS;
}

/// Reads a text that is nearly always the expected one, which then is compared and not unescaped.
inline bool read_text(od::value& value, std::string_view& out, std::string_view expected) {
  const std::string_view token = value.raw_json_token();
  if (token.size() != expected.size() + 2 || token.substr(1, expected.size()) != expected ||
      token.front() != '"' || token.back() != '"') {
    return read_text(value, out);
  }
  out = expected;
  return value.get_raw_json_string().error() == SUCCESS;
}

inline bool read_raw(od::value& value, std::string_view& out) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) {
    return simdjson::to_json_string(value).get(out) == SUCCESS;
  }
  return object.raw_json().get(out) == SUCCESS;
}

/// Whether the key is `name`, compared where it lies: at least SIMDJSON_PADDING bytes follow it,
/// and with a size known here the comparison is two or three instructions.
template <std::size_t Size>
bool is(od::raw_json_string key, const char (&name)[Size]) {
  return std::memcmp(key.raw(), name, Size - 1) == 0 && key.raw()[Size - 1] == '"';
}

/// Reads moments; Home Assistant repeats the same one in an event, and it is parsed once.
class Moments {
 public:
  bool read(od::value& value, TimePoint& out) {
    std::string_view text;
    if (!read_text(value, text, text_)) return false;
    if (text != text_) {
      const auto time = time::parse_iso8601(text);
      if (!time) return false;
      text_ = text;
      time_ = *time;
    }
    out = time_;
    return !text.empty();
  }

 private:
  std::string_view text_;  // the last one that was read
  TimePoint time_;
};

/// Calls `read(key, value)` for each member, until it returns false.
template <class F>
bool each_member(od::object& object, F read) {
  for (auto field : object) {
    od::raw_json_string key;
    od::value value;
    if (field.key().get(key) != SUCCESS || field.value().get(value) != SUCCESS) return false;
    if (!read(key, value)) return false;
  }
  return true;
}

}  // namespace hassette::ha
