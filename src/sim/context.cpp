#include "sim/context.hpp"

#include <array>
#include <cctype>

#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kHexDigits = "0123456789abcdef";

Json null_if_empty(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

void append_nullable(std::string_view text, std::string& out) {
  if (text.empty()) {
    out += "null";
  } else {
    append_quoted(text, out);
  }
}

// A burst lies within few seconds: all but the fraction is written once a second.
std::string iso_in_second(TimePoint time) {
  thread_local std::chrono::sys_seconds begun{std::chrono::seconds(-1)};
  thread_local std::string prefix;
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  auto micros = (time - second).count();
  if (micros == 0) return time::format_iso8601(time);
  if (second != begun) {
    begun = second;
    prefix = time::format_iso8601(second);
    prefix.resize(prefix.size() - 6);  // without "+00:00"
  }
  std::string text = prefix + ".000000+00:00";
  for (std::size_t i = prefix.size() + 6; micros > 0; micros /= 10) {
    text[i--] = static_cast<char>('0' + micros % 10);
  }
  return text;
}

}  // namespace

Json to_json(const Context& context) {
  return Json::object({{"id", context.id},
                       {"parent_id", null_if_empty(context.parent_id)},
                       {"user_id", null_if_empty(context.user_id)}});
}

void append_json(const Context& context, std::string& out) {
  out += R"({"id":)";
  append_nullable(context.id, out);
  out += R"(,"parent_id":)";
  append_nullable(context.parent_id, out);
  out += R"(,"user_id":)";
  append_nullable(context.user_id, out);
  out += '}';
}

Context context_from_json(const Json& value) {
  return {value["id"].get<std::string>().value_or(""),
          value["parent_id"].get<std::string>().value_or(""),
          value["user_id"].get<std::string>().value_or("")};
}

std::string IdSource::ulid(TimePoint time) {
  auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
  std::string id(26, '0');
  for (std::size_t i = 10; i-- > 0; milliseconds >>= 5) id[i] = kCrockford[milliseconds & 31];
  std::uint64_t bits = random_();
  for (std::size_t i = 10; i < 26; ++i, bits >>= 5) {
    if (i == 18) bits = random_();
    id[i] = kCrockford[bits & 31];
  }
  return id;
}

std::string IdSource::hex() {
  std::string id(32, '0');
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < id.size(); ++i, bits >>= 4) {
    if (i % 16 == 0) bits = random_();
    id[i] = kHexDigits[bits & 15];
  }
  return id;
}

void append_quoted(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || c == '"' || c == '\\') {
      Json(text).dump_to(out);  // rare: the careful way
      return;
    }
  }
  out += '"';
  out += text;
  out += '"';
}

const std::string& iso_text(TimePoint time) {
  struct Entry {
    TimePoint time = TimePoint::min();
    std::string text;
  };
  thread_local std::array<Entry, 64> recent;
  const auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
  Entry& entry = recent[(count * 0x9E3779B97F4A7C15ULL) >> 58];
  if (entry.time != time) entry = {time, iso_in_second(time)};
  return entry.text;
}

double epoch_seconds(TimePoint time) noexcept {
  return static_cast<double>(time.time_since_epoch().count()) / 1e6;
}

std::string slugify(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      slug += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!slug.empty() && slug.back() != '_') {
      slug += '_';
    }
  }
  while (!slug.empty() && slug.back() == '_') slug.pop_back();
  return slug.empty() ? "unknown" : slug;
}

std::string float_text(double value) {
  return Json(value).dump();
}

}  // namespace hassette::sim
