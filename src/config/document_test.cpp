#include "config/document.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "config/source_line.hpp"

namespace hassette::config {
namespace {

Node parsed(std::string_view text) {
  return parse_document(text, "test.toml").value();
}

std::string mask(std::string line, unsigned column = 1) {
  mask_secrets(line, column);
  return line + "@" + std::to_string(column);
}

TEST(Document, reads_every_kind) {
  const Node root = parsed(
      "a = true\nb = 7\nc = 1.5\nd = \"x\"\ne = [1, 2]\nf = {g = 1}\nh = 2026-05-03\n"
      "i = 2026-05-03T04:21:31Z\nj = 07:30:00\n");
  EXPECT_TRUE(root.find("a")->boolean());
  EXPECT_EQ(root.find("b")->integer(), 7);
  EXPECT_EQ(root.find("c")->number(), 1.5);
  EXPECT_EQ(root.find("d")->text(), "x");
  EXPECT_EQ(root.find("e")->children()[1].integer(), 2);
  EXPECT_EQ(root.find("f")->find("g")->integer(), 1);
  EXPECT_EQ(root.find("h")->kind(), Kind::kDateTime);
  EXPECT_EQ(root.find("i")->text(), "2026-05-03T04:21:31Z");
  EXPECT_EQ(root.find("j")->kind(), Kind::kLocalTime);
  EXPECT_EQ(root.find("j")->text(), "07:30:00");
  EXPECT_EQ(root.find("k"), nullptr);
}

TEST(Document, keeps_the_order_and_the_places_of_the_file) {
  const Node root = parsed("[b.x]\nzoo = 1\n  ant = 2\n[a]\nc = 1\n[b.y]\n");
  ASSERT_EQ(root.children().size(), 2U);
  EXPECT_EQ(root.children()[0].key(), "b");
  const Node& x = *root.find("b")->find("x");
  EXPECT_EQ(x.children()[0].key(), "zoo");
  EXPECT_EQ(x.find("ant")->key_place(), (Place{.line = 3, .column = 3}));
  EXPECT_EQ(x.find("ant")->place(), (Place{.line = 3, .column = 9}));
  EXPECT_EQ(root.find("b")->children()[1].key(), "y");
}

TEST(Document, names_the_place_of_a_syntax_error) {
  const auto result = parse_document("[hassette]\nbase_url = http://x\n", "hassette.toml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().line, 2U);
  EXPECT_GT(result.error().column, 10U);
  const std::string message = format_problem(result.error());
  EXPECT_TRUE(message.starts_with("hassette.toml:2:")) << message;
  EXPECT_NE(message.find(": syntax error: "), std::string::npos) << message;
  EXPECT_NE(message.find("\n    2 | base_url = http://x\n"), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with("^")) << message;
}

std::string syntax_error(std::string_view text) {
  const auto parsed = parse_document(text, "hassette.toml");
  return parsed ? "no error" : parsed.error().message;
}

TEST(Document, says_what_to_do_about_a_syntax_error) {
  for (const char* const text : {"a = \"x\nb = 1\n", "a = 'x\nb = 1\n", "a = \"x", "a = 'x"}) {
    EXPECT_TRUE(syntax_error(text).ends_with(
        "; the text has no closing quote: end it on the line where it begins"))
        << syntax_error(text);
  }
  EXPECT_FALSE(syntax_error("a = \"x\x01y\"\n").contains("closing quote"));
  EXPECT_TRUE(syntax_error("a = light.hall\n")
                  .ends_with("; text stands in quotes, as in \"light.kitchen\""))
      << syntax_error("a = light.hall\n");
}

TEST(Document, says_where_what_is_there_twice_stands_first) {
  const auto stands_on = [](std::string_view text, int line) {
    const std::string message = syntax_error(text);
    EXPECT_TRUE(message.ends_with("; it stands on line " + std::to_string(line) +
                                  " already, keep one of the two"))
        << message;
  };
  stands_on("a = 1\nb = 2\na = 3\n", 1);
  stands_on("a = 1\n[x.y]\na = 2\nb = 1\na = 3\n", 3);
  stands_on("[x]\na = 1\n[y.z]\n[x]\n", 1);
  stands_on("[x]\na = 1\n  [y]\na = 2\na = 3\n", 4);
  for (const char* const text : {"x = {a = 1, a = 2}\n", "[x]\na = 1\n[[y]]\na = 2\na = 3\n"}) {
    EXPECT_TRUE(syntax_error(text).ends_with("; keep one of the two")) << syntax_error(text);
  }
}

TEST(Document, names_the_place_of_a_table_that_stands_twice) {
  const auto result =
      parse_document("[hassette.apps.a]\n[hassette.apps.b]\n[hassette.apps.a]\n", "hassette.toml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().line, 3U);
  EXPECT_NE(result.error().message.find("hassette.apps.a"), std::string::npos)
      << result.error().message;
}

TEST(Document, says_how_to_save_a_file_that_is_not_in_utf_8) {
  const auto result = parse_document(
      "# K\xFC"
      "che\n[hassette]\n",
      "hassette.toml");
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.contains("; save the file in the encoding UTF-8"))
      << result.error().message;
}

TEST(Document, survives_every_truncation_of_a_file) {
  const std::string text = "[a]\nb = \"x\\u00e4\"\n[[c]]\nd = {e = [1, 2.5, 07:30:00]}\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    (void)parse_document(std::string_view(text).substr(0, size), "test.toml");
  }
}

TEST(Document, says_why_a_file_cannot_be_read) {
  EXPECT_EQ(load_document("/nowhere/hassette.toml", "hassette.toml").error().message,
            "there is no such file");
  EXPECT_EQ(load_document(testing::TempDir(), "hassette.toml").error().message,
            "is a folder, not a file");
}

TEST(Node, replaces_and_takes_children) {
  Node root = parsed("a = 1\nb = 2\n");
  root.put("a", Node(std::string("new")));
  EXPECT_EQ(root.find("a")->text(), "new");
  EXPECT_EQ(root.children().size(), 2U);
  EXPECT_EQ(root.take("a").text(), "new");
  EXPECT_EQ(root.take("a").kind(), Kind::kNull);
  EXPECT_EQ(root.children().size(), 1U);
}

TEST(Problem, is_printed_with_its_line_and_a_caret) {
  EXPECT_EQ(format_problem({.file = "hassette.toml",
                            .line = 12,
                            .column = 3,
                            .key = "apps.motion_lights.config.motoin",
                            .message = "unknown key; did you mean `motion`?",
                            .source_line = "\tämotoin = 1"}),
            "hassette.toml:12:3: apps.motion_lights.config.motoin: unknown key; did you mean "
            "`motion`?\n   12 | \tämotoin = 1\n      | \t ^");
}

TEST(Problem, is_printed_without_what_it_lacks) {
  EXPECT_EQ(format_problem({.file = ".env", .line = 3, .message = "wrong"}), ".env:3: wrong");
  EXPECT_EQ(format_problem({.file = "a.toml", .message = "wrong"}), "a.toml: wrong");
  EXPECT_EQ(format_problem({.key = "k", .message = "wrong"}), "k: wrong");
}

TEST(Problem, hides_secrets_in_the_line_that_it_shows) {
  EXPECT_EQ(mask("token = \"abc\" # x"), "token = \"***\" # x@1");
  EXPECT_EQ(mask("x = {api_key = 'abc', b = 1}", 23), "x = {api_key = '***', b = 1}@23");
  EXPECT_EQ(mask("password=hunter2", 12), "password=***@10");
  EXPECT_EQ(mask("Token = \"never closed"), "Token = \"***@1");
  EXPECT_EQ(mask("\"wifi-password\" = \"a\\\"b\" ", 30), "\"wifi-password\" = \"***\" @29");
  EXPECT_EQ(mask("my_secret = [\"a\", \"b\"]"), "my_secret = ***@1");
  EXPECT_EQ(mask("tokens = \"\"\"abc"), "tokens = \"***@1");
  EXPECT_EQ(mask("name = \"plain\""), "name = \"plain\"@1");
  EXPECT_EQ(mask("note = \"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.x-y_z\""), "note = \"***\"@1");
}

}  // namespace
}  // namespace hassette::config
