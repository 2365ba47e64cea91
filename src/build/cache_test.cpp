#include "build/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/hash.hpp"
#include "build/test_support.hpp"

namespace hassette::build {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Cache : public testing::Test {
 protected:
  ScratchFolder folder_{fs::temp_directory_path()};
  fs::path place_ = folder_.path() / "home" / ".hassette" / "cache";
};

TEST_F(Cache, is_made_for_its_owner_alone) {
  const BuildCache cache(place_, "recipe");
  ASSERT_TRUE(cache.prepare());
  struct stat status{};
  ASSERT_EQ(::stat(place_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
}

TEST_F(Cache, makes_what_lies_above_it_for_its_owner_alone) {
  const fs::path above = folder_.path() / "home" / ".hassette";
  ASSERT_TRUE(make_private_folder(above / "cache"));
  EXPECT_EQ(fs::status(above).permissions(), fs::perms::owner_all);
}

TEST_F(Cache, is_refused_where_others_can_write_it) {
  fs::create_directories(place_);
  ::chmod(place_.c_str(), 0777);
  const auto prepared = BuildCache(place_, "recipe").prepare();
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error(), HasSubstr("can be written by others (mode 0777)"));
  EXPECT_THAT(prepared.error(), HasSubstr("chmod -R go-w " + place_.string()));
}

TEST_F(Cache, is_refused_where_a_folder_in_it_can_be_written_by_others) {
  ASSERT_TRUE(BuildCache(place_, "recipe").prepare());
  ::chmod((place_ / "apps").c_str(), 0770);
  const auto prepared = BuildCache(place_, "recipe").prepare();
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error(), HasSubstr((place_ / "apps").string()));
}

TEST_F(Cache, is_refused_where_everybody_may_put_another_in_its_place) {
  const fs::path above = folder_.path() / "open";
  fs::create_directories(above);
  ::chmod(above.c_str(), 0777);
  const auto made = make_cache(above / "cache");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr(above.string() + " can be written by everybody (mode 0777)"));
  ::chmod(above.c_str(), 01777);
  EXPECT_TRUE(make_cache(above / "cache")) << "only who owns a name there may move it";
}

TEST_F(Cache, is_refused_where_another_user_owns_it) {
  // Root can give a folder away; anybody else finds one of root's.
  const bool is_root = ::geteuid() == 0;
  const fs::path place = is_root ? place_ : fs::path("/usr");
  if (is_root) {
    fs::create_directories(place);
    ASSERT_EQ(::chown(place.c_str(), 12345, 12345), 0);
  }
  const auto made = make_private_folder(place);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(),
              HasSubstr(is_root ? "belongs to another user (uid 12345)" : "another user (uid 0)"));
}

TEST_F(Cache, says_that_it_cannot_be_made) {
  write(folder_.path() / "file", "");
  const auto prepared = BuildCache(folder_.path() / "file" / "cache", "recipe").prepare();
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error(), HasSubstr("cannot be made: Not a directory; make it writable"));
}

TEST_F(Cache, tells_sources_of_one_name_apart) {
  write(folder_.path() / "a" / "app.cpp", "same");
  write(folder_.path() / "b" / "app.cpp", "same");
  const BuildCache cache(place_, "recipe");
  EXPECT_NE(cache.read(folder_.path() / "a" / "app.cpp").folder,
            cache.read(folder_.path() / "b" / "app.cpp").folder);
}

TEST_F(Cache, keeps_the_three_newest_builds_of_a_source) {
  const BuildCache cache(place_, "recipe");
  ASSERT_TRUE(cache.prepare());
  const fs::path source = folder_.path() / "app.cpp";
  std::vector<fs::path> libraries;
  for (int i = 0; i < 5; ++i) {
    write(source, std::to_string(i));
    write(folder_.path() / "built.so", "");
    fs::last_write_time(folder_.path() / "built.so",
                        fs::file_time_type::clock::now() + std::chrono::seconds(i));
    libraries.push_back(cache.store(cache.read(source), {}, folder_.path() / "built.so"));
  }
  EXPECT_FALSE(fs::exists(libraries[1]));
  EXPECT_TRUE(fs::exists(libraries[2]));
  EXPECT_TRUE(fs::exists(libraries[4]));
  EXPECT_EQ(cache.find(cache.read(source)), libraries[4]);
}

TEST_F(Cache, removes_what_killed_compilations_left_and_nothing_that_is_in_use) {
  const BuildCache cache(place_, "recipe");
  ASSERT_TRUE(cache.prepare());
  const ScratchFolder used(cache.scratch());
  write(used.path() / "app.o", "half");
  write(cache.scratch() / "build-killed" / "app.o", "half");
  write(cache.scratch() / "of_somebody_else", "");
  cache.remove_abandoned();
  EXPECT_TRUE(fs::exists(used.path() / "app.o"));
  EXPECT_FALSE(fs::exists(cache.scratch() / "build-killed"));
  EXPECT_TRUE(fs::exists(cache.scratch() / "of_somebody_else"));
}

TEST_F(Cache, finds_the_headers_beside_a_source_and_those_that_they_include) {
  const fs::path apps = folder_.path() / "apps";
  write(apps / "app.cpp",
        "#include <vector>\n  # include \"a.hpp\"  // ours\n#include \"gone.hpp\"\n"
        "const char* text = \"#include\";\n\"\n#\n");
  write(apps / "a.hpp", "#include \"../lib/b.hpp\"\n");
  write(apps / "../lib" / "b.hpp", "#include \"b.hpp\"\n");
  EXPECT_THAT(quoted_headers(apps / "app.cpp"), ElementsAre(apps / "a.hpp", apps / "../lib/b.hpp"));
  EXPECT_THAT(missing_headers(apps / "app.cpp"), ElementsAre(apps / "gone.hpp"));
  EXPECT_TRUE(quoted_headers(apps / "none.cpp").empty());
}

TEST(Depfile, lists_all_but_the_source) {
  EXPECT_THAT(parse_depfile("app: /apps/x.cpp /apps/a.hpp \\\n  /my\\ home/b.hpp /c$$.hpp\n",
                            "/apps/x.cpp"),
              ElementsAre("/apps/a.hpp", "/my home/b.hpp", "/c$.hpp"));
  EXPECT_TRUE(parse_depfile("", "/apps/x.cpp").empty());
}

TEST(Hash, is_sha_256) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace hassette::build
