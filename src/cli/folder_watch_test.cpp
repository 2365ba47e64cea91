#include "cli/folder_watch.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "build/test_support.hpp"

namespace hassette::cli {
namespace {

namespace fs = std::filesystem;

class Watching : public testing::Test {
 protected:
  build::ScratchFolder folder_{fs::temp_directory_path()};
  fs::path tests_ = folder_.path() / "tests";
  FolderWatch watch_;
};

TEST_F(Watching, finds_what_changed_before_it_was_asked) {
  fs::create_directories(tests_);
  watch_.cover({tests_});
  build::write(tests_ / "hall_test.cpp", "one");
  EXPECT_TRUE(watch_.wait({}));
  fs::rename(tests_ / "hall_test.cpp", tests_ / "attic_test.cpp");
  EXPECT_TRUE(watch_.wait({}));
  fs::remove(tests_ / "attic_test.cpp");
  EXPECT_TRUE(watch_.wait({}));
}

TEST_F(Watching, wakes_when_a_folder_appears_that_was_not_there) {
  watch_.cover({folder_.path(), tests_});
  fs::create_directories(tests_);
  EXPECT_TRUE(watch_.wait({}));
  watch_.cover({folder_.path(), tests_});
  build::write(tests_ / "hall_test.cpp", "one");
  EXPECT_TRUE(watch_.wait({}));
}

TEST_F(Watching, ends_when_it_is_asked_to) {
  watch_.cover({folder_.path()});
  std::stop_source stop;
  std::jthread asking([&] { stop.request_stop(); });
  EXPECT_FALSE(watch_.wait(stop.get_token()));
}

}  // namespace
}  // namespace hassette::cli
