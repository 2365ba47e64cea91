#include "base/private_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hassette::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PrivateFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "hassette-folder-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    outer_ = fs::canonical(name);
    ASSERT_TRUE(fs::create_directories(folder_ = outer_ / "cache" / "demo"));
    for (const fs::path& made : {folder_, folder_.parent_path()}) {
      ASSERT_EQ(::chmod(made.c_str(), 0755), 0);
    }
  }
  void TearDown() override { fs::remove_all(outer_); }

  fs::path outer_;
  fs::path folder_;
};

TEST_F(PrivateFolder, is_one_that_only_its_owner_changes) {
  EXPECT_EQ(why_not_private(folder_), "");
  ::chmod(folder_.c_str(), 0770);
  EXPECT_EQ(why_not_private(folder_), "can be written by others (mode 0770)");
  EXPECT_THAT(why_not_private(outer_ / "none"), HasSubstr("cannot be looked at"));
}

TEST_F(PrivateFolder, is_no_link_and_no_file) {
  fs::create_directory_symlink(folder_, outer_ / "link");
  EXPECT_EQ(why_not_private(outer_ / "link"), "is a symbolic link");
  std::ofstream(outer_ / "file") << "x";
  EXPECT_EQ(why_not_private(outer_ / "file"), "is no folder");
}

TEST_F(PrivateFolder, belongs_to_nobody_else) {
  // Root can give a folder away; anybody else finds one of root's.
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::chown(folder_.c_str(), 12345, 12345), 0);
  }
  EXPECT_EQ(why_not_private(is_root ? folder_ : fs::path("/usr")),
            is_root ? "belongs to another user (uid 12345)" : "belongs to another user (uid 0)");
}

TEST_F(PrivateFolder, stays_where_it_is_if_nobody_may_move_what_leads_to_it) {
  EXPECT_EQ(why_replaceable(folder_), "") << "in /tmp only their owner moves names";
  ::chmod(folder_.parent_path().c_str(), 0777);
  EXPECT_EQ(why_replaceable(folder_),
            folder_.parent_path().string() + " can be written by everybody (mode 0777)");
  EXPECT_EQ(why_replaceable_by_all(folder_), why_replaceable(folder_));
  ::chmod(folder_.parent_path().c_str(), 01777);
  EXPECT_EQ(why_replaceable(folder_), "");
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(folder_.parent_path().c_str(), 12345, 12345), 0);
    EXPECT_EQ(why_replaceable(folder_),
              folder_.parent_path().string() + " belongs to another user (uid 12345)");
    EXPECT_EQ(why_replaceable_by_all(folder_), "");
  }
}

}  // namespace
}  // namespace hassette::base
