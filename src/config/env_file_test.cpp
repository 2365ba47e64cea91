#include "config/env_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hassette::config {
namespace {

std::string value(const EnvFile& file, const std::string& name) {
  const auto found = file.entries.find(name);
  return found == file.entries.end() ? "<none>" : found->second.value;
}

TEST(EnvFile, reads_names_quotes_and_comments) {
  const EnvFile file = parse_env_file(
      "# a comment\n"
      "\n"
      "A=plain\n"
      "  export B = spaced out  # comment\r\n"
      "C=\"quoted # \\\"x\\\"\\n\" # comment\n"
      "D='single $x \\n'\n"
      "E=\n"
      "F=with#hash\n"
      "exported=1\n"
      "G=\"\"",
      ".env");
  EXPECT_TRUE(file.problems.empty());
  EXPECT_EQ(value(file, "A"), "plain");
  EXPECT_EQ(value(file, "B"), "spaced out");
  EXPECT_EQ(value(file, "C"), "quoted # \"x\"\n");
  EXPECT_EQ(value(file, "D"), "single $x \\n");
  EXPECT_EQ(value(file, "E"), "");
  EXPECT_EQ(value(file, "F"), "with#hash");
  EXPECT_EQ(value(file, "exported"), "1");
  EXPECT_EQ(value(file, "G"), "");
  EXPECT_EQ(file.entries.at("C").line, 5U);
}

TEST(EnvFile, counts_the_last_of_two) {
  EXPECT_EQ(value(parse_env_file("A=1\nA=2\n", ".env"), "A"), "2");
}

TEST(EnvFile, skips_a_byte_order_mark) {
  EXPECT_EQ(value(parse_env_file("\xEF\xBB\xBF"
                                 "A=1",
                                 ".env"),
                  "A"),
            "1");
}

TEST(EnvFile, names_wrong_lines_without_showing_them) {
  const EnvFile file =
      parse_env_file("A=1\nhunter2\nB=\"hunter2\n2C=x\nD='a' hunter2\nE=5\n", ".env");
  ASSERT_EQ(file.problems.size(), 4U);
  std::string all;
  for (const ConfigProblem& problem : file.problems) all += format_problem(problem) + "\n";
  EXPECT_EQ(all,
            ".env:2: there is no `=`; a line reads NAME=value\n"
            ".env:3: the quote is not closed on this line\n"
            ".env:4: what stands before `=` is not a name of letters, digits and underscores\n"
            ".env:5: something follows the closing quote\n");
  EXPECT_EQ(value(file, "E"), "5");
}

TEST(EnvFile, warns_when_others_can_read_it) {
  const auto path = std::filesystem::path(testing::TempDir()) / "hassette_env_file_test";
  std::ofstream(path) << "A=1\n";
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
  EXPECT_TRUE(load_env_file(path, ".env").warnings.empty());
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write | perms::others_read);
  const EnvFile file = load_env_file(path, ".env");
  EXPECT_EQ(value(file, "A"), "1");
  ASSERT_EQ(file.warnings.size(), 1U);
  EXPECT_EQ(format_problem(file.warnings[0]),
            ".env: other users of this machine can open it, and it holds the token; run chmod 600 "
            ".env");
  std::filesystem::remove(path);
}

TEST(EnvFile, is_empty_when_it_is_not_there) {
  const EnvFile file = load_env_file("/nowhere/.env", ".env");
  EXPECT_TRUE(file.entries.empty());
  EXPECT_TRUE(file.problems.empty());
}

}  // namespace
}  // namespace hassette::config
