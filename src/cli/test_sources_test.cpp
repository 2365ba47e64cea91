#include "cli/test_sources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/test_support.hpp"

namespace hassette::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class TestSources : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) { build::write(home_ / name, text); }
  std::string fingerprint() const { return test_fingerprint(tests_ / "hall_test.cpp"); }

  build::ScratchFolder folder_{fs::temp_directory_path()};
  fs::path home_ = folder_.path();
  fs::path tests_ = home_ / "tests";
};

TEST_F(TestSources, are_the_files_that_end_in_test_in_the_order_of_their_names) {
  for (const char* name : {"hall_test.cpp", "attic_test.cpp", "house.hpp", ".old_test.cpp"}) {
    write(std::string("tests/") + name, "");
  }
  write("tests/data/deep_test.cpp", "");
  const auto found = find_test_sources(tests_);
  ASSERT_TRUE(found) << found.error();
  EXPECT_THAT(*found, ElementsAre(tests_ / "attic_test.cpp", tests_ / "hall_test.cpp"));
}

TEST_F(TestSources, lie_beside_the_apps_and_never_outside_of_a_home_that_holds_them_itself) {
  EXPECT_EQ(tests_folder("/home/me", "/home/me/apps"), "/home/me/tests");
  EXPECT_EQ(tests_folder("/home/me", "/srv/rules/apps"), "/srv/rules/tests");
  EXPECT_EQ(tests_folder("/home/me", "/home/me"), "/home/me/tests");
}

TEST_F(TestSources, say_what_is_missing) {
  EXPECT_THAT(find_test_sources(tests_).error(),
              HasSubstr("there is no folder " + tests_.string()));
  write("tests/hall.cpp", "");
  EXPECT_THAT(find_test_sources(tests_).error(), HasSubstr("a test's file is called *_test.cpp"));
}

TEST_F(TestSources, have_another_fingerprint_when_what_they_include_or_name_has_changed) {
  write("apps/rooms.hpp", "1");
  write("apps/hall.cpp", "#include \"rooms.hpp\"\n");
  write("apps/other.cpp", "1");
  write("tests/hall_test.cpp", "#include \"../apps/hall.cpp\"\n// reads tests/data/house.json\n");
  write("tests/data/house.json", "1");
  write("tests/notes.txt", "1");
  write("tests/attic_test.cpp", "1");
  const std::string first = fingerprint();
  for (const char* file : {"apps/other.cpp", "tests/notes.txt", "tests/attic_test.cpp"}) {
    write(file, "2");
    EXPECT_EQ(fingerprint(), first) << file;
  }
  std::set<std::string> all{first};
  for (const char* file : {"apps/rooms.hpp", "apps/hall.cpp", "tests/data/house.json"}) {
    write(file, "2\n#include \"rooms.hpp\"\n");
    EXPECT_TRUE(all.insert(fingerprint()).second) << file;
  }
  write("tests/hall_test.cpp", "#include \"../apps/hall.cpp\"\n");
  EXPECT_TRUE(all.insert(fingerprint()).second);
}

TEST_F(TestSources, are_watched_where_they_and_what_they_include_lie) {
  write("lib/rooms.hpp", "");
  write("tests/hall_test.cpp", "#include \"../lib/rooms.hpp\"\n");
  write("tests/data/house.json", "");
  write("tests/.git/index", "");
  write("tests/cache/tests/app.pch", "");
  fs::create_directories(home_ / "apps");
  EXPECT_THAT(test_folders({tests_, home_ / "apps"}, {tests_ / "hall_test.cpp"}, tests_ / "cache"),
              ElementsAre(home_ / "apps", home_ / "lib", tests_, tests_ / "data"));
}

TEST_F(TestSources, are_watched_where_what_they_include_does_not_lie_yet) {
  write("lib/lamps.hpp", "");
  write("tests/hall_test.cpp",
        "#include \"../lib/rooms.hpp\"\n#include \"../shared/hall/doors.hpp\"\n");
  EXPECT_THAT(
      test_folders({tests_}, {tests_ / "hall_test.cpp"}, home_ / "cache"),
      ElementsAre(home_, home_ / "lib", home_ / "shared", home_ / "shared" / "hall", tests_));
}

TEST_F(TestSources, give_a_filter_that_only_adds) {
  EXPECT_EQ(googletest_filter("Hall.is"), "*Hall.is*");
  EXPECT_EQ(googletest_filter("-a:b"), "*?a?b*");
}

TEST_F(TestSources, are_shown_as_they_are_called_in_their_home) {
  EXPECT_EQ(shorten_paths("/home/me/tests/../apps/hall.cpp:3 and /home/me/tests/a_test.cpp:5",
                          "/home/me", "/home/me/tests"),
            "apps/hall.cpp:3 and tests/a_test.cpp:5");
  EXPECT_EQ(shorten_paths("(/data/apps/a.cpp:1) \"/data/tests/../apps/b.cpp\"\n/data/x:/data/y",
                          "/data", "/data/tests"),
            "(apps/a.cpp:1) \"apps/b.cpp\"\nx:y");
}

TEST_F(TestSources, are_shown_among_what_is_no_path_of_their_home) {
  const std::string text =
      "/srv/data/rooms/one.json, tests/data/x, ../data/y, https://ha/data/z, größe/data/1";
  EXPECT_EQ(shorten_paths(text, "/data", "/data/tests"), text);
  EXPECT_EQ(shorten_paths("//tests/a_test.cpp:5 1/2 /srv/x", "/", "/tests"),
            "//tests/a_test.cpp:5 1/2 /srv/x");
}

}  // namespace
}  // namespace hassette::cli
