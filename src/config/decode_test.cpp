#include <fmt/core.h>
#include <gtest/gtest.h>

#include <hassette/config.hpp>

#include "config/document.hpp"
#include "config/secret_listener.hpp"

namespace hassette::config {
namespace {

enum class Mode { kDay, kNight, kVeryLate = 40 };

struct Lamp {
  EntityId id;
  int brightness = 200;
};

struct Everything {
  std::string text = "default";
  bool flag = false;
  std::int8_t small = 0;
  std::uint16_t port = 80;
  std::uint64_t large = 0;
  double factor = 1.0;
  float narrow = 0;
  EntityId light = "light.default";
  Secret key = Secret("default");
  TimeOfDay at = "07:00";
  std::chrono::seconds wait = 5min;
  std::chrono::milliseconds debounce = 50ms;
  std::chrono::minutes coarse = 1min;
  Mode mode = Mode::kNight;
  std::optional<EntityId> maybe;
  std::vector<EntityId> lights;
  std::map<std::string, int> levels;
  Lamp lamp{.id = "light.lamp"};
  std::vector<Lamp> lamps;
  std::optional<Lamp> maybe_lamp;
  int for_ = 0;
};

template <class T>
struct Decoded {
  T value{};
  std::vector<std::string> problems;
};

template <class T>
Decoded<T> decoded(std::string_view text) {
  const Node root = parse_document(text, "t").value();
  Decoded<T> result;
  std::vector<ConfigProblem> problems;
  decode(Reader(&root, "c", problems), result.value);
  for (const ConfigProblem& problem : problems) {
    result.problems.push_back(std::to_string(problem.line) + ": " + problem.key + ": " +
                              problem.message);
  }
  return result;
}

using Problems = std::vector<std::string>;

struct Keys {
  Secret first;
  std::vector<Secret> more;
};

TEST(Decoding, tells_of_each_secret_that_it_reads) {
  static std::vector<std::string> told;
  told.clear();
  set_secret_listener([](std::string_view secret) { told.emplace_back(secret); });
  decoded<Keys>("first = \"one\"\nmore = [\"two\", \"three\"]\n");
  set_secret_listener(nullptr);
  EXPECT_EQ(told, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(Decode, leaves_defaults_where_nothing_is_set) {
  const auto [value, problems] = decoded<Everything>("");
  EXPECT_EQ(problems, Problems());
  EXPECT_EQ(value.text, "default");
  EXPECT_EQ(value.mode, Mode::kNight);
  EXPECT_EQ(value.wait, 5min);
  EXPECT_EQ(value.lamp.id, "light.lamp");
  EXPECT_FALSE(value.maybe);
}

TEST(Decode, reads_every_type) {
  const auto [value, problems] = decoded<Everything>(R"(
    text = "x"
    flag = true
    small = -128
    port = 65535
    large = 9223372036854775807
    factor = 2
    narrow = 0.5
    light = "light.kitchen"
    key = "hunter2"
    at = 06:45:00
    wait = "1h30min"
    debounce = 0.25
    coarse = 120
    mode = "very_late"
    maybe = "sensor.x"
    lights = ["light.a", "light.b"]
    levels = {low = 1, high = 2}
    lamp = {brightness = 7}
    lamps = [{id = "light.c"}, {id = "light.d", brightness = 1}]
    maybe_lamp = {id = "light.e"}
    for = 3
  )");
  EXPECT_EQ(problems, Problems());
  EXPECT_EQ(value.text, "x");
  EXPECT_TRUE(value.flag);
  EXPECT_EQ(value.small, -128);
  EXPECT_EQ(value.port, 65535);
  EXPECT_EQ(value.large, 9223372036854775807U);
  EXPECT_EQ(value.factor, 2.0);
  EXPECT_EQ(value.narrow, 0.5F);
  EXPECT_EQ(value.light, "light.kitchen");
  EXPECT_EQ(value.key.reveal(), "hunter2");
  EXPECT_EQ(value.at, TimeOfDay("06:45"));
  EXPECT_EQ(value.wait, 90min);
  EXPECT_EQ(value.debounce, 250ms);
  EXPECT_EQ(value.coarse, 2min);
  EXPECT_EQ(value.mode, Mode::kVeryLate);
  EXPECT_EQ(value.maybe, EntityId("sensor.x"));
  EXPECT_EQ(value.lights, (std::vector<EntityId>{"light.a", "light.b"}));
  EXPECT_EQ(value.levels, (std::map<std::string, int>{{"low", 1}, {"high", 2}}));
  EXPECT_EQ(value.lamp.id, "light.lamp");
  EXPECT_EQ(value.lamp.brightness, 7);
  ASSERT_EQ(value.lamps.size(), 2U);
  EXPECT_EQ(value.lamps[0].brightness, 200);
  EXPECT_EQ(value.lamps[1].id, "light.d");
  EXPECT_EQ(value.maybe_lamp->id, "light.e");
  EXPECT_EQ(value.for_, 3);
}

TEST(Decode, collects_every_problem_with_its_line) {
  const auto result = decoded<Everything>(
      "text = 1\n"
      "flag = 1\n"
      "small = 128\n"
      "port = -1\n"
      "factor = \"2\"\n"
      "narrow = 1e300\n"
      "light = \"Light.Kitchen\"\n"
      "maybe = \"light.*\"\n"
      "at = \"24:30\"\n"
      "wait = \"soon\"\n"
      "coarse = \"90s\"\n"
      "mode = \"nihgt\"\n"
      "lights = \"light.a\"\n"
      "lamp = 3\n"
      "lamps = [{id = \"light.a\"}, {id = \"b\"}]\n"
      "txet = \"x\"\n"
      "[levels]\n"
      "low = \"x\"\n");
  EXPECT_EQ(
      result.problems,
      (Problems{
          "1: c.text: must be text, in quotes, but is a whole number",
          "2: c.flag: must be true or false, but is a whole number",
          "3: c.small: must be a whole number from -128 to 127, but is 128",
          "4: c.port: must be a whole number from 0 to 65535, but is -1",
          "5: c.factor: must be a number, but is text",
          "6: c.narrow: is too large for this setting",
          "7: c.light: `Light.Kitchen` is not an entity id, which reads like `light.kitchen`: "
          "lower-case letters, digits and single underscores around one dot",
          "9: c.at: `24:30` is not a time of day; write it like 07:30 or 07:30:15, from 00:00 to "
          "23:59:59",
          "10: c.wait: `soon` is not a duration; write it like 90s, 5min, 1h30min, 250ms or "
          "00:05:00",
          "11: c.coarse: is finer than this setting can be, which counts in steps of 1 min",
          "12: c.mode: there is no `nihgt` here; did you mean `night`?",
          "8: c.maybe: `light.*` is a pattern, but must be one entity id",
          "13: c.lights: must be a list, in [brackets], but is text",
          "18: c.levels.low: must be a whole number, but is text",
          "14: c.lamp: must be a table, but is a whole number",
          "15: c.lamps[1].id: `b` is not an entity id, which reads like `light.kitchen`: "
          "lower-case letters, digits and single underscores around one dot",
          "16: c.txet: unknown key; did you mean `text`?"}));
}

struct Strict {
  EntityId light;
  Secret key;
  TimeOfDay at;
  Mode mode;
  Required<std::string> name;
  Required<int> count;
  std::string text;
  int number;
  std::vector<EntityId> list;
  std::optional<Mode> maybe;
};

TEST(Decode, asks_for_what_has_no_meaningful_empty_value) {
  EXPECT_EQ(decoded<Strict>("").problems,
            (Problems{"1: c.light: is missing; set it to an entity id such as \"light.kitchen\"",
                      "1: c.key: is missing; set it to a secret text",
                      "1: c.at: is missing; set it to a time of day such as \"07:30\"",
                      "1: c.mode: is missing; set it to one of `day`, `night`, `very_late`",
                      "1: c.name: is missing; set it to text",
                      "1: c.count: is missing; set it to a whole number"}));
}

TEST(Decode, is_content_once_all_of_it_is_set) {
  const auto [value, problems] = decoded<Strict>(
      "light = \"light.a\"\nkey = \"k\"\nat = \"00:00\"\nmode = \"kDay\"\nname = \"\"\ncount = "
      "0\n");
  EXPECT_EQ(problems, Problems());
  EXPECT_EQ(value.mode, Mode::kDay);
  EXPECT_EQ(value.number, 0);
  const std::string& name = value.name;
  EXPECT_EQ(name, "");
  EXPECT_EQ(value.count + 1, 1);
}

struct FirstIsDefault {
  Mode stated = Mode::kDay;
  Mode open;
};

TEST(Decode, tells_a_stated_zero_from_an_enum_without_default) {
  EXPECT_EQ(decoded<FirstIsDefault>("").problems,
            (Problems{"1: c.open: is missing; set it to one of `day`, `night`, `very_late`"}));
}

struct Inner {
  EntityId id;
  Mode mode;
};
struct Outer {
  Inner given{.id = "light.a", .mode = Mode::kNight};
  Inner open;
  std::optional<Inner> maybe;
  std::vector<Inner> list;
};

TEST(Decode, looks_into_nested_structs_for_what_is_missing) {
  EXPECT_EQ(decoded<Outer>("").problems,
            (Problems{"1: c.open.id: is missing; set it to an entity id such as \"light.kitchen\"",
                      "1: c.open.mode: is missing; set it to one of `day`, `night`, `very_late`"}));
  EXPECT_EQ(decoded<Outer>("open = {id = \"light.a\", mode = \"day\"}\nlist = [{mode = \"day\"}]\n"
                           "[maybe]\nid = \"light.b\"\n")
                .problems,
            (Problems{"3: c.maybe.mode: is missing; set it to one of `day`, `night`, `very_late`",
                      "2: c.list[0].id: is missing; set it to an entity id such as "
                      "\"light.kitchen\""}));
}

struct NoConfig {};

TEST(Decode, refuses_any_key_where_there_is_nothing_to_set) {
  EXPECT_EQ(decoded<NoConfig>("").problems, Problems());
  EXPECT_EQ(decoded<NoConfig>("a = 1").problems,
            (Problems{"1: c.a: unknown key; there is nothing to set here"}));
}

TEST(Decode, reports_what_is_missing_even_without_a_document) {
  std::vector<ConfigProblem> problems;
  Lamp lamp;
  decode(Reader(nullptr, "apps.x.config", problems), lamp);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(format_problem(problems[0]),
            "apps.x.config.id: is missing; set it to an entity id such as \"light.kitchen\"");
}

TEST(Decode, never_shows_a_secret) {
  const Node root = parse_document("key = 12345\n", "t").value();
  std::vector<ConfigProblem> problems;
  struct {
    Secret key;
  } config;
  decode(Reader(&root, "", problems), config);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(format_problem(problems[0]).find("12345"), std::string::npos);
}

TEST(Decode, refuses_times_beyond_what_can_be_counted) {
  const auto wrong = [](std::string_view text) { return decoded<Everything>(text).problems; };
  for (const char* text : {"9223372036854775807", "-9223372036854775807", "1e30", "nan", "inf",
                           "\"36526d\"", "\"-36526d\""}) {
    EXPECT_EQ(wrong(fmt::format("wait = {}", text)),
              (Problems{"1: c.wait: must be a duration of a hundred years at most"}));
  }
  EXPECT_EQ(wrong("wait = \"36524d\""), Problems());
  EXPECT_EQ(wrong("wait = \"-36524d\""), Problems());
}

TEST(Decode, takes_loose_text_for_any_plain_kind) {
  Node root = Node::table();
  for (const auto& [key, text] : std::map<std::string, std::string>{{"flag", "on"},
                                                                    {"port", "8126"},
                                                                    {"factor", "1.5"},
                                                                    {"wait", "90"},
                                                                    {"debounce", "20ms"},
                                                                    {"text", "7"}}) {
    root.put(key, Node::loose_text(text));
  }
  std::vector<ConfigProblem> problems;
  Everything value;
  decode(Reader(&root, "", problems), value);
  EXPECT_TRUE(problems.empty());
  EXPECT_TRUE(value.flag);
  EXPECT_EQ(value.port, 8126);
  EXPECT_EQ(value.factor, 1.5);
  EXPECT_EQ(value.wait, 90s);
  EXPECT_EQ(value.debounce, 20ms);
  EXPECT_EQ(value.text, "7");
}

}  // namespace
}  // namespace hassette::config
