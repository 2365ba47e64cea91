#include "build/cache.hpp"

#include <fmt/core.h>
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
  EXPECT_EQ(cache.find(cache.read(source)).library, libraries[4]);
}

/// A cache that holds one plug-in, for something to happen to it.
class Kept : public Cache {
 protected:
  void SetUp() override {
    ASSERT_TRUE(cache_.prepare());
    write(source_, "source");
    library_ = store("a plug-in, more or less");
    ASSERT_EQ(cache_.find(version()).library, library_);
  }
  SourceVersion version() const { return cache_.read(source_); }
  fs::path store(std::string_view text) const {
    write(folder_.path() / "built.so", text);
    return cache_.store(version(), {}, folder_.path() / "built.so");
  }
  /// It is found no more, and why is said once; what is stored next is as good as the first.
  void expect_dropped(const fs::path& place, std::string_view why) const {
    const Found found = cache_.find(version());
    EXPECT_FALSE(found.library) << why;
    EXPECT_EQ(found.dropped, fmt::format("{} {}", place.string(), why));
    EXPECT_FALSE(fs::exists(place)) << why;
    EXPECT_EQ(cache_.find(version()).dropped, "") << why;
    EXPECT_EQ(store("another one"), library_);
    EXPECT_EQ(cache_.find(version()).library, library_) << why;
  }

  BuildCache cache_{place_, "recipe"};
  fs::path source_ = folder_.path() / "app.cpp";
  fs::path library_;
};

TEST_F(Kept, drops_a_plug_in_that_is_not_what_was_stored) {
  const std::string whole = read(library_);
  ASSERT_THAT(whole, testing::StartsWith("a plug-in, more or less"));
  std::string changed = whole;
  changed[4] = '\0';
  std::string longer = whole + '\0';
  for (const std::string& text :
       {std::string(), whole.substr(0, 10), whole.substr(0, whole.size() / 2),
        whole.substr(0, whole.size() - 1), whole.substr(1), changed, longer,
        std::string(4096, '\0'), std::string("\x7f") + "ELF and garbage"}) {
    write(library_, text);
    expect_dropped(library_, "is damaged");
    ASSERT_EQ(read(library_).size() - std::string_view("another one").size(),
              whole.size() - std::string_view("a plug-in, more or less").size());
  }
}

TEST_F(Kept, drops_a_plug_in_that_is_another_one) {
  write(source_, "another source");
  const fs::path other = store("another plug-in");
  ASSERT_NE(other, library_);
  fs::copy_file(other, library_, fs::copy_options::overwrite_existing);
  write(source_, "source");
  expect_dropped(library_, "is damaged");
}

TEST_F(Kept, drops_what_others_could_have_put_there) {
  for (const mode_t mode : {0666, 0720}) {
    ::chmod(library_.c_str(), mode);
    expect_dropped(library_, fmt::format("can be written by others (mode {:04o})", mode));
  }
  fs::remove(library_);
  fs::create_directories(library_ / "folder");
  expect_dropped(library_, "is a folder");
  fs::remove(library_);
  fs::create_symlink(source_, library_);
  expect_dropped(library_, "is no file");
  EXPECT_EQ(read(source_), "source") << "the link was followed";
  for (const auto& entry : fs::directory_iterator(library_.parent_path())) {
    if (entry.path().extension() != ".headers") continue;
    const fs::path list = entry.path();
    ::chmod(list.c_str(), 0666);
    expect_dropped(list, "can be written by others (mode 0666)");
    fs::remove(list);
    fs::create_directories(list / "folder");
    expect_dropped(list, "is a folder");
    break;
  }
  const fs::path folder = library_.parent_path();
  ::chmod(folder.c_str(), 0777);
  expect_dropped(folder, "can be written by others (mode 0777)");
  if (::geteuid() != 0) return;  // only root can give a file away
  ASSERT_EQ(::chown(library_.c_str(), 12345, 12345), 0);
  expect_dropped(library_, "belongs to another user (uid 12345)");
  ASSERT_EQ(::chown(folder.c_str(), 12345, 12345), 0);
  expect_dropped(folder, "belongs to another user (uid 12345)");
}

TEST_F(Kept, puts_a_file_also_where_a_folder_lies) {
  fs::remove(library_);
  fs::create_directories(library_ / "folder");
  EXPECT_EQ(store("another one"), library_);
  EXPECT_EQ(cache_.find(version()).library, library_);
}

TEST_F(Kept, is_for_its_owner_alone_whatever_the_umask_says) {
  fs::remove_all(library_.parent_path());
  const fs::path built = folder_.path() / "built.so";
  write(built, "another one");
  ::chmod(built.c_str(), 0777);
  const mode_t before = ::umask(0);
  const fs::path stored = cache_.store(version(), {}, built);
  ::umask(before);
  ASSERT_EQ(stored, library_);
  for (const auto& entry : fs::directory_iterator(library_.parent_path())) {
    const bool is_list = entry.path().extension() == ".headers";
    EXPECT_EQ(entry.status().permissions() & fs::perms::all,
              is_list ? fs::perms::owner_read | fs::perms::owner_write : fs::perms::owner_all)
        << entry.path();
  }
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
