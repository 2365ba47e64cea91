#include "cli/new.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <sstream>

#include "build/compiler.hpp"
#include "build/test_support.hpp"
#include "config/settings.hpp"

namespace hassette::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class NewHome : public testing::Test {
 protected:
  build::ScratchFolder folder_{fs::temp_directory_path()};
  fs::path home_ = folder_.path() / "my_home";
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(NewHome, is_a_valid_configuration_once_the_token_is_there) {
  ASSERT_EQ(new_home(home_, out_, err_), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("hassette check"));
  EXPECT_THAT(out_.str(), HasSubstr("hassette test"));
  EXPECT_THAT(out_.str(), HasSubstr("hassette run"));
  const auto settings = config::load_settings({.toml_file = home_ / "hassette.toml",
                                               .environment = {{"HASSETTE__TOKEN", "abc"}},
                                               .overrides = {}});
  EXPECT_THAT(settings.problems, IsEmpty());
  EXPECT_THAT(settings.warnings, IsEmpty());
  ASSERT_TRUE(settings.apps.contains("first_light"));
  EXPECT_THAT(settings.apps.at("first_light").problems, IsEmpty());
}

TEST_F(NewHome, keeps_the_token_to_its_owner_and_out_of_git) {
  ASSERT_EQ(new_home(home_, out_, err_), 0) << err_.str();
  struct stat status{};
  ASSERT_EQ(::stat((home_ / ".env").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(build::read(home_ / ".gitignore"), ".env\n.hassette/\n");
}

TEST_F(NewHome, holds_an_app_that_compiles) {
  ASSERT_EQ(new_home(home_, out_, err_), 0) << err_.str();
  const char* const path = std::getenv("PATH");
  const auto toolchain = build::find_toolchain(
      {.path = path ? path : "", .compiler = {}, .program = build::running_program()});
  ASSERT_TRUE(toolchain) << toolchain.error();
  build::TestLoop bench;
  build::AppCompiler compiler(*toolchain, folder_.path() / "cache", bench.pool);
  const auto built = bench.run(compiler.build(home_ / "apps" / "first_light.cpp"));
  ASSERT_TRUE(built) << built.error().text(home_);
  EXPECT_THAT(built->warnings, IsEmpty());
}

TEST_F(NewHome, tells_editors_where_the_headers_are) {
  ASSERT_EQ(new_home(home_, out_, err_), 0) << err_.str();
  const std::string settings = build::read(home_ / ".clangd");
  EXPECT_THAT(settings, HasSubstr("-std=c++23"));
  EXPECT_THAT(settings, HasSubstr("/include\""));
}

TEST_F(NewHome, touches_nothing_that_exists) {
  build::write(home_ / "notes.txt", "mine");
  EXPECT_EQ(new_home(home_, out_, err_), 1);
  EXPECT_EQ(err_.str(), "hassette new: " + home_.string() +
                            " exists and is not empty; name a folder that does not exist yet\n");
  EXPECT_FALSE(fs::exists(home_ / "hassette.toml"));
}

TEST_F(NewHome, takes_an_empty_folder) {
  fs::create_directories(home_);
  EXPECT_EQ(new_home(home_, out_, err_), 0) << err_.str();
}

TEST_F(NewHome, says_why_a_folder_cannot_be_made) {
  build::write(folder_.path() / "file", "");
  EXPECT_EQ(new_home(folder_.path() / "file" / "home", out_, err_), 1);
  EXPECT_THAT(err_.str(), HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace hassette::cli
