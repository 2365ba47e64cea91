// Tests of glob.hpp, nearest.hpp and service_name.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/glob.hpp"
#include "base/lower_case.hpp"
#include "base/nearest.hpp"
#include "base/service_name.hpp"

namespace hassette::base {
namespace {

TEST(Glob, is_told_from_a_plain_id) {
  EXPECT_TRUE(is_glob("light.*"));
  EXPECT_TRUE(is_glob("light.?"));
  EXPECT_TRUE(is_glob("light.[ab]"));
  EXPECT_FALSE(is_glob("light.kitchen"));
}

TEST(Glob, matches_runs_and_single_characters) {
  EXPECT_TRUE(glob_match("light.*", "light.kitchen"));
  EXPECT_TRUE(glob_match("light.*", "light."));
  EXPECT_TRUE(glob_match("*_power", "sensor.oven_power"));
  EXPECT_TRUE(glob_match("*.*_*", "sensor.oven_power"));
  EXPECT_TRUE(glob_match("sensor.oven_?", "sensor.oven_2"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_FALSE(glob_match("light.*", "switch.kitchen"));
  EXPECT_FALSE(glob_match("sensor.oven_?", "sensor.oven_"));
  EXPECT_FALSE(glob_match("light", "light.kitchen"));
  EXPECT_FALSE(glob_match("", "x"));
}

TEST(Glob, matches_sets) {
  EXPECT_TRUE(glob_match("light.[abc]", "light.b"));
  EXPECT_TRUE(glob_match("light.room_[0-9]", "light.room_7"));
  EXPECT_TRUE(glob_match("light.[!a]", "light.b"));
  EXPECT_FALSE(glob_match("light.[!a]", "light.a"));
  EXPECT_FALSE(glob_match("light.[a-c]", "light.d"));
  EXPECT_TRUE(glob_match("x[]]", "x]"));
  EXPECT_TRUE(glob_match("x[a-]", "x-"));
}

TEST(Glob, takes_an_open_bracket_literally) {
  EXPECT_TRUE(glob_match("a[b", "a[b"));
  EXPECT_FALSE(glob_match("a[b", "ab"));
}

TEST(Glob, stays_fast_on_a_hostile_pattern) {
  const std::string text(5'000, 'a');
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", text));
  EXPECT_TRUE(glob_match(pattern, text));
}

TEST(Nearest, finds_the_mistyped_word) {
  const std::vector<std::string> words = {"motion", "light", "off_after", "base_url"};
  EXPECT_EQ(nearest("motoin", words), "motion");
  EXPECT_EQ(nearest("Light", words), "light");
  EXPECT_EQ(nearest("offafter", words), "off_after");
  EXPECT_EQ(nearest("baseurl", words), "base_url");
}

TEST(Nearest, finds_nothing_where_nothing_is_near) {
  const std::vector<std::string> words = {"motion", "light", "id"};
  EXPECT_EQ(nearest("brightness", words), std::nullopt);
  EXPECT_EQ(nearest("x", words), std::nullopt);
  EXPECT_EQ(nearest("word", {}), std::nullopt);
}

TEST(Nearest, prefers_the_closest_and_then_the_first) {
  const std::vector<std::string> words = {"motions", "motion_", "motion"};
  EXPECT_EQ(nearest("motion", words), "motion");
  EXPECT_EQ(nearest("motionx", words), "motions");
}

TEST(Nearest, finds_several_the_closest_first) {
  const std::vector<std::string> words = {"light.hall_22", "light.attic", "light.hall"};
  EXPECT_EQ(nearest("light.hal", words, 3), (std::vector<std::string>{"light.hall"}));
  EXPECT_EQ(nearest("light.hall_2", words, 3),
            (std::vector<std::string>{"light.hall_22", "light.hall"}));
  EXPECT_EQ(nearest("light.hall_2", words, 1), (std::vector<std::string>{"light.hall_22"}));
}

std::vector<std::string> near_glob(std::string_view pattern) {
  static const std::vector<std::string> kHome = {"light.kitchen_table", "light.kitchen_sink",
                                                 "light.hall", "sensor.kitchen_power", "sun.sun"};
  return nearest_to_glob(pattern, kHome, 9);
}

TEST(Nearest, finds_what_a_mistyped_pattern_is_for) {
  using List = std::vector<std::string>;
  EXPECT_EQ(near_glob("light.kichen_*"), (List{"light.kitchen_table", "light.kitchen_sink"}));
  EXPECT_EQ(near_glob("light.*_talbe"), (List{"light.kitchen_table"}));
  EXPECT_EQ(near_glob("lihgt.hall"), (List{"light.hall"}));
  EXPECT_EQ(near_glob("lihgt.kichen_[st]*"), (List{"light.kitchen_table", "light.kitchen_sink"}));
  EXPECT_EQ(near_glob("light.ha?k"), (List{"light.hall"}));
  EXPECT_EQ(near_glob("*.kichen_powr"), (List{"sensor.kitchen_power"}));
  EXPECT_EQ(near_glob("*kitchen_powr"), (List{"sensor.kitchen_power"}));
}

TEST(Nearest, the_run_of_a_pattern_makes_nothing_near) {
  EXPECT_TRUE(near_glob("light.attic_*").empty());
  EXPECT_TRUE(near_glob("cover.*").empty());
  EXPECT_TRUE(near_glob("tag.*").empty());
  EXPECT_TRUE(near_glob("light.x*").empty());
  EXPECT_TRUE(near_glob("*.x").empty());
}

// The whole table of distances, as the books have it; `*` and `?` stand for what they do in a glob.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      const bool run = i > 0 && a[i - 1] == '*';
      if (i == 0 || j == 0) {
        d[i][j] = i == 0 ? j : d[i - 1][0] + !run;
      } else if (run) {
        d[i][j] = std::min(d[i - 1][j], d[i][j - 1]);
      } else {
        const bool same = a[i - 1] == '?' || a[i - 1] == b[j - 1];
        d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + !same});
        const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

// What a search finds that measures every candidate to the end.
std::vector<std::string> measured(std::string_view typed, const std::vector<std::string>& words,
                                  std::size_t allowed, std::size_t most, bool is_word) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t place = 0; place < words.size(); ++place) {
    const std::size_t distance = slips(typed, words[place]);
    const std::size_t shorter = std::min(typed.size(), words[place].size());
    if (is_word && distance >= std::max<std::size_t>(shorter, 1)) continue;
    if (distance <= allowed) found.emplace_back(distance, place);
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (const auto& [distance, place] : found) {
    if (names.size() < most) names.push_back(words[place]);
  }
  return names;
}

const std::vector<std::string> kWords{
    "",        "a",      "b",      "ab",       "ba",      "abc",       "acb",     "cab",
    "kitchen", "kichen", "kitchn", "kitchens", "ktichen", "kitcehn",   "itchen",  "kitchen_2",
    "hall",    "hal",    "halll",  "ahll",     "wall",    "hall_lamp", "hlal",    "kitchen_hall",
    "bath",    "bathe",  "abth",   "path",     "lamp_1",  "lamp_2",    "lamp_10", "aaaa",
    "aaaaaa",  "ababab", "bababa", "abbaab",   "sensor",  "senosr",    "esnsor",  "sensors_"};

TEST(Nearest, gives_up_early_only_on_what_is_too_far) {
  for (const std::string& word : kWords) {
    const std::size_t allowed = word.size() <= 3 ? 1 : word.size() <= 6 ? 2 : 3;
    for (const std::size_t most : {0, 1, 2, 3, 40}) {
      EXPECT_EQ(nearest(word, kWords, most), measured(word, kWords, allowed, most, true))
          << word << ", at most " << most;
    }
  }
}

TEST(Nearest, gives_up_early_on_a_pattern_only_where_it_is_too_far) {
  for (const std::string_view pattern : {"kichen*", "*_lmap", "ha?k", "*itc*n_?", "?ab*",
                                         "*lamp_1*", "senosr", "k*", "**hall", "ab?ba*", "a*b*a"}) {
    const auto count = std::ranges::count_if(pattern, [](char c) { return c != '*' && c != '?'; });
    const std::size_t allowed = count <= 1 ? 0 : count <= 4 ? 1 : 2;
    for (const std::size_t most : {0, 1, 2, 3, 40}) {
      EXPECT_EQ(nearest_to_glob(pattern, kWords, most),
                measured(pattern, kWords, allowed, most, false))
          << pattern << ", at most " << most;
    }
  }
}

TEST(Nearest, names_alternatives) {
  EXPECT_EQ(alternatives({}), "");
  EXPECT_EQ(alternatives(std::vector<std::string>{"a", "b"}), "`a` or `b`");
  EXPECT_EQ(did_you_mean(std::vector<std::string>{"a", "b"}), "; did you mean `a` or `b`?");
}

TEST(Nearest, ends_a_message) {
  const std::vector<std::string> words = {"motion"};
  EXPECT_EQ(did_you_mean("motoin", words), "; did you mean `motion`?");
  EXPECT_EQ(did_you_mean("light", words), "");
}

TEST(LowerCase, is_of_ascii_letters_alone) {
  EXPECT_EQ(lower_case("Light.BED_2@[`{Z"), "light.bed_2@[`{z");
  EXPECT_EQ(lower_case("\xC3\x84 \xC4\xB0"), "\xC3\x84 \xC4\xB0") << "as is what lies beyond";
  EXPECT_EQ(lower_case(""), "");
}

TEST(ServiceName, has_two_parts_that_are_not_joined) {
  EXPECT_TRUE(names_service("light", "turn_on"));
  EXPECT_TRUE(names_service("python_script", "garden/water"));
  EXPECT_TRUE(names_service("light", "light"));
  EXPECT_TRUE(names_service("light", "lights.on"));
  EXPECT_FALSE(names_service("light.turn_on", ""));
  EXPECT_FALSE(names_service("light.turn_on", "turn_on"));
  EXPECT_FALSE(names_service("light/turn_on", "turn_on"));
  EXPECT_FALSE(names_service("light", "light.turn_on"));
  EXPECT_FALSE(names_service("light", "light/turn_on"));
  EXPECT_FALSE(names_service("light", ""));
  EXPECT_FALSE(names_service("", "turn_on"));
}

TEST(ServiceName, is_taken_apart_as_the_call_wants_it) {
  constexpr const char* kFan = "domain and service are two arguments: call(\"fan\", \"toggle\", …)";
  EXPECT_EQ(two_arguments("call", "fan.toggle", ""), kFan);
  EXPECT_EQ(two_arguments("call", "fan/toggle", "off"), kFan);
  EXPECT_EQ(two_arguments("call", "light", "fan.toggle"), kFan);
  for (const char* half : {"", "fan", "fan.", ".toggle"}) {
    EXPECT_EQ(two_arguments("call", half, ""),
              "domain and service are two arguments: call(\"light\", \"turn_on\", …)");
  }
}

}  // namespace
}  // namespace hassette::base
