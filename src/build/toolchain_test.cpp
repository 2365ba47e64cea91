#include "build/toolchain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "build/abi.hpp"
#include "build/hash.hpp"
#include "build/test_support.hpp"

namespace hassette::build {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class FindToolchain : public testing::Test {
 protected:
  FindToolchain() {
    write(root_ / "engine" / "include" / "hassette" / "app.hpp", "");
    write(root_ / "engine" / "lib" / "libhassette.so", "");
  }
  fs::path add(const std::string& folder, const std::string& name, const std::string& says) {
    const fs::path file = root_ / folder / name;
    write(file, "#!/bin/sh\necho '" + says + "'\n");
    ::chmod(file.c_str(), 0700);
    return file;
  }
  std::expected<Toolchain, std::string> find(std::optional<std::string> compiler = {}) const {
    return find_toolchain({.path = (root_ / "a").string() + ":" + (root_ / "b").string(),
                           .compiler = std::move(compiler),
                           .program = root_ / "engine" / "bin" / "hassette"});
  }
  ScratchFolder folder_{fs::temp_directory_path()};
  fs::path root_ = folder_.path();
};

TEST_F(FindToolchain, finds_compiler_linker_headers_and_library) {
  const fs::path compiler = add("b", "clang++-19", "Debian clang version 19.1.7 (3)\nTarget: x");
  add("a", "mold", "");
  const auto found = find();
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->compiler, compiler);
  EXPECT_EQ(found->version, "Debian clang version 19.1.7 (3)");
  EXPECT_EQ(found->linker, "mold");
  EXPECT_EQ(found->include_dir, root_ / "engine" / "include");
  EXPECT_EQ(found->library_dir, root_ / "engine" / "lib");
}

TEST_F(FindToolchain, takes_a_plain_clang_that_is_new_enough) {
  const fs::path compiler = add("a", "clang++", "clang version 20.1.0");
  const auto found = find();
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->compiler, compiler);
  EXPECT_EQ(found->linker, "");
}

TEST_F(FindToolchain, names_the_package_that_is_missing) {
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(),
            "apps cannot be compiled: there is no Clang: install Debian's package clang-19 (`apt "
            "install clang-19`), or set HASSETTE_CXX to a clang++ of version 19 or newer");
}

TEST_F(FindToolchain, says_that_a_compiler_is_too_old_or_another_one) {
  const fs::path old = add("a", "clang++", "Debian clang version 14.0.6");
  EXPECT_THAT(find().error(), HasSubstr(old.string() + " is Clang 14, apps need 19"));
  const fs::path other = add("b", "g++", "g++ (Debian 12.2.0-14) 12.2.0");
  EXPECT_THAT(find(other.string()).error(),
              StartsWith("HASSETTE_CXX: " + other.string() + " is not Clang"));
}

TEST_F(FindToolchain, says_which_file_of_the_engine_is_missing) {
  add("a", "clang++-19", "clang version 19.1.7");
  fs::remove(root_ / "engine" / "lib" / "libhassette.so");
  EXPECT_THAT(find().error(), HasSubstr("lib/libhassette.so is missing"));
}

TEST(Abi, is_made_from_the_headers_as_the_engine_reads_them) {
  EXPECT_EQ(hash_headers(engine_include_dir(running_program())), abi_headers());
  EXPECT_THAT(std::string(abi_stamp()), HasSubstr(std::string(abi_headers()) + "-clang"));
}

}  // namespace
}  // namespace hassette::build
