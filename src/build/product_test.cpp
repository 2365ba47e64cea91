#include "build/product.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/compiler.hpp"
#include "build/test_support.hpp"

namespace hassette::build {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Installed : public testing::Test {
 protected:
  void install(const std::vector<std::string>& files) const {
    for (const std::string& file : files) write(root_ / file, "");
  }
  ScratchFolder folder_{fs::temp_directory_path()};
  fs::path root_ = folder_.path();
};

TEST_F(Installed, googletest_is_found_with_its_main_and_with_googlemock_where_that_is_whole) {
  install({"include/gtest/gtest.h", "lib/libgtest.a", "lib/libgtest_main.a"});
  const auto alone = find_googletest(root_.string());
  ASSERT_TRUE(alone) << alone.error();
  EXPECT_EQ(alone->include_dir, root_ / "include");
  EXPECT_THAT(alone->libraries,
              ElementsAre(root_ / "lib/libgtest_main.a", root_ / "lib/libgtest.a"));
  install({"include/gmock/gmock.h", "lib/libgmock.a"});
  EXPECT_EQ(find_googletest(root_.string())->libraries, alone->libraries);
  install({"lib/libgmock_main.a"});
  EXPECT_THAT(find_googletest(root_.string())->libraries,
              ElementsAre(root_ / "lib/libgmock_main.a", root_ / "lib/libgmock.a",
                          root_ / "lib/libgtest.a"));
}

TEST_F(Installed, a_missing_googletest_is_one_sentence_with_the_remedy) {
  install({"include/gtest/gtest.h"});
  const auto found = find_googletest(root_.string());
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error(), HasSubstr("HASSETTE_GTEST names " + root_.string() +
                                       ", which holds no GoogleTest: install Debian's package "
                                       "libgtest-dev (`apt install libgtest-dev`)"));
}

TEST_F(Installed, the_machine_s_own_googletest_needs_no_folder_of_headers) {
  const auto found = find_googletest(std::nullopt);
  ASSERT_TRUE(found) << found.error();
  EXPECT_THAT(found->include_dir.string(), IsEmpty());
}

TEST_F(Installed, a_test_is_a_program_and_kept_beside_what_it_is_no_plug_in_of) {
  PretendedCompiler pretended(root_);
  TestLoop bench;
  const Product product = test_program(pretended.toolchain(), {.include_dir = {}, .libraries = {}});
  EXPECT_THAT(product.link_flags, Not(Contains("-shared")));
  EXPECT_THAT(product.link_flags, Contains("-Wl,-rpath,/nowhere"));
  AppCompiler compiler(pretended.toolchain(), root_ / "cache", bench.pool, product);
  write(root_ / "tests" / "hall_test.cpp", "#include \"../apps/hall.cpp\"\n");
  write(root_ / "apps" / "hall.cpp", "one");
  const auto built = bench.run(compiler.build(root_ / "tests" / "hall_test.cpp"));
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(built->library.extension(), ".test");
  EXPECT_TRUE(bench.run(compiler.build(root_ / "tests" / "hall_test.cpp"))->was_cached);
  write(root_ / "apps" / "hall.cpp", "two");
  EXPECT_FALSE(bench.run(compiler.build(root_ / "tests" / "hall_test.cpp"))->was_cached);
  EXPECT_EQ(pretended.count("pch"), 1u);
}

}  // namespace
}  // namespace hassette::build
