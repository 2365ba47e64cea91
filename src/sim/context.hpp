// Who caused something: the contexts of a simulated home, and the ids that it hands out.
//
// Values; the generator belongs to one Home and is used on its loop's thread. From the same seed
// and the same clock come the same ids, so that a simulated run can be compared byte for byte. No
// errors.
#pragma once

#include <cstdint>
#include <hassette/json.hpp>
#include <hassette/time.hpp>
#include <random>
#include <string>
#include <string_view>

namespace hassette::sim {

// An empty parent or user stands for null on the wire.
struct Context {
  std::string id;
  std::string parent_id;
  std::string user_id;

  friend bool operator==(const Context&, const Context&) = default;
};

[[nodiscard]] Json to_json(const Context& context);
void append_json(const Context& context, std::string& out);
[[nodiscard]] Context context_from_json(const Json& value);

class IdSource {
 public:
  explicit IdSource(std::uint64_t seed) : random_(seed) {}

  // 26 characters of Crockford's base 32: 48 bits of milliseconds, 80 random bits.
  [[nodiscard]] std::string ulid(TimePoint time);
  // 32 hexadecimal digits, as registry entries and users carry them.
  [[nodiscard]] std::string hex();
  // From 0 up to, and without, `limit`.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  std::mt19937_64 random_;
};

// Quoted and escaped, appended: what the hand-written serialisers need.
void append_quoted(std::string_view text, std::string& out);
// "2026-05-03T04:21:31.173024+00:00"; one burst shares a few instants, so the last ones are kept.
[[nodiscard]] const std::string& iso_text(TimePoint time);
// Epoch seconds with a fraction, as subscribe_entities and the registries write instants.
[[nodiscard]] double epoch_seconds(TimePoint time) noexcept;
// Home Assistant's slug: "Made here" is "made_here".
[[nodiscard]] std::string slugify(std::string_view text);
// The number as Python prints a float: "12.5", "13.0".
[[nodiscard]] std::string float_text(double value);

}  // namespace hassette::sim
