#include "host/app_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "build/test_support.hpp"
#include "log/heard_testing.hpp"

namespace hassette::host {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Preparing : public testing::Test {
 protected:
  void write(std::string_view name, std::string_view text) const {
    build::write(folder_.path() / name, text);
  }
  /// Prepares all apps of hassette.toml anew, and gives what was wrong with them.
  std::vector<std::string> prepare() {
    const log::Heard heard{std::string(log::kEngine)};
    const config::Settings settings =
        config::load_settings({.toml_file = folder_.path() / "hassette.toml",
                               .environment = {{"HASSETTE__TOKEN", "abc"}},
                               .overrides = {}});
    EXPECT_THAT(settings.problems, IsEmpty());
    telemetry::Board board(bench_.clock, "0");
    build::AppCompiler compiler(toolchain_, folder_.path() / "cache", bench_.pool);
    AppHost host(settings, compiler, board);
    bench_.run(host.prepare());
    not_running_ = host.not_running();
    failed_ = host.failed();
    heard_ = heard.lines();
    return host.problems();
  }

  build::ScratchFolder folder_{fs::temp_directory_path()};
  build::PretendedCompiler pretended_{folder_.path()};
  build::Toolchain toolchain_ = pretended_.toolchain();
  build::TestLoop bench_;
  std::optional<std::vector<std::string>> not_running_;
  std::vector<std::string> failed_;
  std::vector<std::string> heard_;  // what the engine said while it prepared
};

constexpr std::string_view kTwo =
    "[hassette]\nbase_url = \"http://ha\"\n[hassette.apps.one]\n[hassette.apps.two]\n";

TEST_F(Preparing, says_how_many_apps_are_compiled_and_nothing_where_none_is) {
  write("hassette.toml", kTwo);
  write("apps/one.cpp", "one");
  write("apps/two.cpp", "two");
  prepare();
  EXPECT_THAT(heard_, ElementsAre("compiling 2 apps"));
  prepare();
  EXPECT_THAT(heard_, IsEmpty());
  write("apps/two.cpp", "two, once more");
  prepare();
  EXPECT_THAT(heard_, ElementsAre("compiling 1 app"));
}

TEST_F(Preparing, names_the_files_whose_app_the_configuration_does_not_have) {
  write("hassette.toml", std::string(kTwo) +
                             "[hassette.apps.off]\nenabled = false\n"
                             "[hassette.apps.three]\nfilename = \"./drei.cpp\"\n");
  write("apps/one.cpp", "one\nHASSETTE_APP(One)\n");
  write("apps/drei.cpp", "three\nHASSETTE_APP(Three)\n");
  write("apps/off.cpp", "off\nHASSETTE_APP(Off)\n");
  write("apps/not_named.cpp", "no\n  HASSETTE_APP(NotNamed)\n");
  write("apps/also not.cpp", "HASSETTE_APP(AlsoNot)");
  write("apps/shared.hpp", "HASSETTE_APP(Header)\n");
  write("apps/parts.cpp", "// what makes an app is HASSETTE_APP(\nint part();\n");
  write("apps/deeper/other.cpp", "HASSETTE_APP(Other)\n");
  prepare();
  constexpr std::string_view kWhat =
      " holds an app that no [hassette.apps.…] of hassette.toml names: it is not compiled. To run "
      "it, add ";
  constexpr std::string_view kMore =
      " (and class_name, if the file holds several); to leave it out and not be told, add that "
      "with "
      "enabled = false";
  EXPECT_THAT(
      heard_,
      ElementsAre(fmt::format("apps/also not.cpp{}[hassette.apps.NAME] with filename = "
                              "\"also not.cpp\"{}",
                              kWhat, kMore),
                  fmt::format("apps/not_named.cpp{}[hassette.apps.not_named]{}", kWhat, kMore),
                  "compiling 2 apps"));
}

TEST_F(Preparing, does_not_call_an_app_forgotten_whose_table_is_wrong) {
  write("hassette.toml", std::string(kTwo) + "filename = 5\n");
  write("apps/one.cpp", "one\nHASSETTE_APP(One)\n");
  write("apps/two.cpp", "two\nHASSETTE_APP(Two)\n");
  EXPECT_THAT(prepare(), testing::Contains(HasSubstr("apps.two.filename")));
  EXPECT_THAT(heard_, ElementsAre("compiling 1 app"));
}

TEST_F(Preparing, tells_all_that_are_configured_and_do_not_run_unless_a_table_is_wrong) {
  write("hassette.toml", std::string(kTwo) +
                             "[hassette.apps.three]\nenabled = false\n"
                             "[[hassette.apps.four.config]]\ninstance_name = \"hall\"\n"
                             "[[hassette.apps.four.config]]\n");
  prepare();
  ASSERT_TRUE(not_running_);
  EXPECT_THAT(*not_running_,
              testing::UnorderedElementsAre("one", "two", "three", "hall", "four.1"));
  write("hassette.toml", std::string(kTwo) + "config = 5\n");
  prepare();
  EXPECT_FALSE(not_running_);
}

TEST_F(Preparing, names_the_app_of_what_failed_where_the_instance_s_name_is_not_enough) {
  write("hassette.toml", std::string(kTwo) +
                             "[[hassette.apps.three.config]]\ninstance_name = \"hall\"\n"
                             "[[hassette.apps.four.config]]\ninstance_name = \"hall\"\n"
                             "[[hassette.apps.four.config]]\ninstance_name = \"attic\"\n"
                             "[[hassette.apps.five.config]]\ninstance_name = \"one\"\n");
  prepare();
  EXPECT_THAT(failed_, testing::UnorderedElementsAre("one", "two", "three.hall", "four.hall",
                                                     "attic", "five.one"));
}

TEST_F(Preparing, compiles_an_app_although_its_table_is_wrong_but_nothing_outside_of_the_folder) {
  write("hassette.toml",
        std::string(kTwo) + "titel = \"Two\"\n[hassette.apps.three]\nfilename = \"../no.cpp\"\n");
  write("apps/two.cpp", "two");
  write("no.cpp", "no");
  const std::vector<std::string> problems = prepare();
  EXPECT_EQ(pretended_.count("compile"), 1U);
  ASSERT_EQ(problems.size(), 3U) << "one message for each app";
  EXPECT_THAT(problems[0], HasSubstr("there is no file"));
  EXPECT_THAT(problems[1], HasSubstr("hassette.toml:5:1: apps.two.titel: unknown key"));
  EXPECT_THAT(problems[1], HasSubstr("two.cpp was compiled but cannot be loaded"));
  EXPECT_THAT(problems[2], HasSubstr("inside the folder of apps"));
}

constexpr std::string_view kGood =
    "#include <hassette/app.hpp>\nusing namespace hassette;\n"
    "class Good : public App<> { Task<> run() override { co_return; } };\nHASSETTE_APP(Good)\n";

TEST_F(Preparing, shows_what_an_app_throws_while_it_loads_and_goes_on_with_the_others) {
  const char* const path = std::getenv("PATH");
  const auto real = build::find_toolchain(
      {.path = path ? path : "", .compiler = {}, .program = build::running_program()});
  ASSERT_TRUE(real) << real.error();
  toolchain_ = *real;
  write("hassette.toml",
        "[hassette]\nbase_url = \"http://ha\"\n[hassette.apps.boom]\n"
        "[hassette.apps.boom_again]\nfilename = \"boom.cpp\"\n[hassette.apps.moody]\n"
        "[hassette.apps.good]\n");
  write("apps/good.cpp", kGood);
  write("apps/boom.cpp",
        std::string(kGood) + "struct Boom { Boom() { throw Error(\"x\", \"no lamp\"); } } boom;\n");
  write("apps/moody.cpp",
        "#include <hassette/app.hpp>\nusing namespace hassette;\n"
        "struct Moods { int mood = []() -> int { throw 1; }(); };\n"
        "class Moody : public App<Moods> { Task<> run() override { co_return; } };\n"
        "HASSETTE_APP(Moody)\n");
  const std::vector<std::string> problems = prepare();
  EXPECT_THAT(failed_, ElementsAre("boom", "boom_again", "moody"));
  ASSERT_EQ(problems.size(), 3U) << "one message for each app";
  EXPECT_THAT(problems[0], HasSubstr("boom.cpp was compiled but cannot be loaded: making its "
                                     "global objects failed: no lamp"));
  EXPECT_THAT(problems[1], HasSubstr("hassette.toml:4:"));
  EXPECT_THAT(problems[1], HasSubstr("making its global objects failed: no lamp"));
  EXPECT_THAT(problems[2], HasSubstr("moody.cpp was compiled but its configuration cannot be "
                                     "made: an exception that does not derive"));
}

}  // namespace
}  // namespace hassette::host
