#include "build/compiler.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "build/test_support.hpp"
#include "log/heard_testing.hpp"

namespace hassette::build {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// What is compiled when, with a compiler that only pretends.
class Compiling : public testing::Test {
 protected:
  ScratchFolder folder_{fs::temp_directory_path()};
  fs::path root_ = folder_.path();
  fs::path source_ = root_ / "apps" / "app.cpp";
  PretendedCompiler pretended_{root_};
  TestLoop bench_;
  AppCompiler compiler_{pretended_.toolchain(), root_ / "cache", bench_.pool};
};

TEST_F(Compiling, never_compiles_the_same_twice_also_after_a_restart) {
  write(source_, "one");
  const auto first = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->was_cached);
  const auto again = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->was_cached);
  AppCompiler restarted(pretended_.toolchain(), root_ / "cache", bench_.pool);
  const auto later = bench_.run(restarted.build(source_));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->library, first->library);
  EXPECT_EQ(pretended_.count("compile"), 1U);
  EXPECT_EQ(pretended_.count("pch"), 1U);
}

TEST_F(Compiling, compiles_again_what_was_damaged_in_the_cache_and_says_so_once) {
  write(source_, "one");
  const auto first = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(first) << first.error().message;
  write(first->library, "half");
  const log::Heard heard{std::string(log::kEngine)};
  const auto again = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->was_cached);
  EXPECT_EQ(again->library, first->library);
  EXPECT_TRUE(bench_.run(compiler_.build(source_))->was_cached);
  EXPECT_EQ(pretended_.count("compile"), 2U);
  EXPECT_THAT(heard.lines(),
              testing::ElementsAre(fmt::format("{} is damaged: app.cpp is compiled again",
                                               first->library.string())));
}

TEST_F(Compiling, makes_a_damaged_precompiled_header_again) {
  write(source_, "one");
  ASSERT_TRUE(bench_.run(compiler_.build(source_)));
  const fs::path header = fs::directory_iterator(root_ / "cache" / "pch")->path();
  write(header, "half");
  write(source_, "two");
  const log::Heard heard{std::string(log::kEngine)};
  AppCompiler restarted(pretended_.toolchain(), root_ / "cache", bench_.pool);
  ASSERT_TRUE(bench_.run(restarted.build(source_)));
  EXPECT_EQ(pretended_.count("pch"), 2U);
  EXPECT_THAT(heard.lines(), testing::ElementsAre(
                                 fmt::format("{} is damaged: it is made again", header.string())));
}

TEST_F(Compiling, names_the_cache_where_its_disk_is_full_and_no_mistake_of_the_author_s) {
  write(source_, "fills the disk");
  const auto full = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().text(root_),
            fmt::format("there is no room for what is compiled: the disk of the build cache {} is "
                        "full (No space left on device): free space there, or set cache_dir to a "
                        "folder on another disk",
                        (root_ / "cache").string()));
  write(source_, "fills the disk under mold");
  const auto linked = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().text(root_), HasSubstr("is full (Disk full): free space there"));
  write(source_, "fills the disk with a mistake");
  const auto mistaken = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(mistaken);
  EXPECT_THAT(mistaken.error().text(root_), testing::StartsWith("app.cpp does not compile: "));
}

TEST_F(Compiling, gives_each_content_a_file_of_its_own_and_finds_an_earlier_one) {
  write(source_, "one");
  const auto one = bench_.run(compiler_.build(source_));
  write(source_, "two");
  const auto two = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->library, two->library);
  write(source_, "one");
  const auto back = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->was_cached);
  EXPECT_EQ(back->library, one->library);
}

TEST_F(Compiling, compiles_again_when_a_header_beside_the_app_has_changed) {
  write(source_, "#include \"rooms.hpp\"\n");
  write(root_ / "apps" / "rooms.hpp", "kitchen");
  const auto first = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(first) << first.error().message;
  write(root_ / "apps" / "rooms.hpp", "hall");
  const auto second = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->was_cached);
  EXPECT_NE(second->library, first->library);
  write(root_ / "apps" / "rooms.hpp", "kitchen");
  const auto third = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->library, first->library);
}

TEST_F(Compiling, does_not_mind_a_header_from_the_future) {
  write(source_, "#include \"rooms.hpp\"\n");
  const fs::path header = root_ / "apps" / "rooms.hpp";
  write(header, "kitchen");
  fs::last_write_time(header, fs::file_time_type::clock::now() + std::chrono::hours(48));
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(pretended_.count("compile"), 1U);
}

TEST_F(Compiling, compiles_again_when_a_header_is_saved_while_the_compiler_reads) {
  write(source_, "#include \"rooms.hpp\"\n// saves rooms.hpp\n");
  write(root_ / "apps" / "rooms.hpp", "kitchen");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(pretended_.count("compile"), 2U);
  EXPECT_TRUE(bench_.run(compiler_.build(source_))->was_cached);
}

TEST_F(Compiling, compiles_again_when_it_did_not_know_what_would_be_read) {
  write(source_, "#define ROOMS \"rooms.hpp\"\n#include ROOMS\n// reads rooms.hpp\n");
  write(root_ / "apps" / "rooms.hpp", "kitchen");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(pretended_.count("compile"), 2U);
}

TEST_F(Compiling, clears_away_what_a_killed_process_left) {
  write(source_, "one");
  write(root_ / "cache" / "tmp" / "build-killed" / "app.o", "half");
  for (const char* folder : {"cache", "cache/tmp"}) ::chmod((root_ / folder).c_str(), 0700);
  ASSERT_TRUE(bench_.run(compiler_.build(source_)));
  EXPECT_TRUE(fs::is_empty(root_ / "cache" / "tmp"));
}

TEST_F(Compiling, makes_one_precompiled_header_for_many_apps_and_one_build_of_one_source) {
  std::vector<Task<AppCompiler::Result>> builds;
  for (int i = 0; i < 8; ++i) {
    const fs::path source = root_ / "apps" / fmt::format("app{}.cpp", i / 2);
    write(source, "x");
    builds.push_back(compiler_.build(source));
  }
  for (const auto& result : bench_.run(when_all(std::move(builds)))) ASSERT_TRUE(result);
  EXPECT_EQ(pretended_.count("pch"), 1U);
  EXPECT_EQ(pretended_.count("compile"), 4U);
  EXPECT_EQ(pretended_.count("link"), 4U);
}

TEST_F(Compiling, makes_the_precompiled_header_again_when_another_engine_has_just_removed_it) {
  write(source_, "losing");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(pretended_.count("compile"), 2U);
  EXPECT_EQ(pretended_.count("pch"), 2U);
}

TEST_F(Compiling, kills_the_compiler_when_it_is_cancelled) {
  write(source_, "hang");
  std::optional<AppCompiler::Result> result;
  async::Fiber fiber = bench_.make_fiber();
  fiber.start(async::store(compiler_.build(source_), &result));
  std::jthread cancelling([&] {
    const int witness = ::open(pretended_.hanging().c_str(), O_RDONLY | O_CLOEXEC);
    bench_.loop.post([&] { fiber.cancel(CancelReason::kShutdown); });
    char byte;
    EXPECT_EQ(::read(witness, &byte, 1), 0);  // the end of the compiler
    ::close(witness);
  });
  bench_.finish(fiber);
  // Should no compiler have been started, nobody waits for one any more.
  ::close(::open(pretended_.hanging().c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  cancelling.join();
  EXPECT_TRUE(async::is_cancelled(fiber.error()));
  EXPECT_TRUE(fs::is_empty(root_ / "cache" / "tmp"));
  // The place is free again.
  write(source_, "go");
  EXPECT_TRUE(bench_.run(compiler_.build(source_)));
}

TEST_F(Compiling, says_that_the_source_or_the_cache_cannot_be_used) {
  const auto missing = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "cannot read " + source_.string() + ": No such file or directory");
  write(source_, "x");
  ::chmod((root_ / "cache").c_str(), 0777);
  const auto open = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message, HasSubstr("chmod -R go-w"));
}

TEST_F(Compiling, keeps_in_a_file_what_is_too_much_to_show_until_the_source_compiles) {
  write(source_, "wrong");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(built);
  const fs::path report = built.error().report;
  EXPECT_THAT(built.error().text(root_),
              testing::EndsWith(fmt::format("apps/app.cpp:10:1: error: mistake 10\n… and 2 more "
                                            "problems; all are in {}",
                                            report.string())));
  const std::string text = read(report);
  EXPECT_THAT(text, testing::StartsWith("app.cpp does not compile: 12 errors\n"
                                        "app.cpp:1:1: error: mistake 1\n"));
  EXPECT_THAT(text, HasSubstr("\napp.cpp:12:1: error: mistake 12\n"));
  EXPECT_THAT(text, testing::EndsWith(source_.string() + ":12:1: error: mistake 12\n"));
  write(source_, "mended");
  ASSERT_TRUE(bench_.run(compiler_.build(source_)));
  EXPECT_FALSE(fs::exists(report));
}

TEST_F(Compiling, refuses_headers_that_are_not_the_engine_s) {
  Toolchain toolchain = pretended_.toolchain();
  toolchain.include_dir = root_ / "include";
  write(toolchain.include_dir / "hassette" / "app.hpp", "other");
  AppCompiler compiler(toolchain, root_ / "cache", bench_.pool);
  const auto result = bench_.run(compiler.prepare_pch());
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("are not those that this engine was built from"));
}

/// The real compiler, with one precompiled header for all tests.
class RealCompiler : public testing::Test {
 protected:
  static Toolchain toolchain() {
    const char* const path = std::getenv("PATH");
    auto found =
        find_toolchain({.path = path ? path : "", .compiler = {}, .program = running_program()});
    if (!found) throw std::runtime_error(found.error());
    return *found;
  }
  static const fs::path& cache() {
    static const ScratchFolder folder(fs::temp_directory_path());
    return folder.path();
  }
  ScratchFolder folder_{fs::temp_directory_path()};
  fs::path source_ = folder_.path() / "apps" / "lamp.cpp";
  TestLoop bench_;
  AppCompiler compiler_{toolchain(), cache(), bench_.pool};
};

TEST_F(RealCompiler, makes_a_plug_in_of_a_small_app) {
  write(source_, R"(#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});
  }
  Task<> on_change(D::StateNew<states::Light> light) {
    if (light.is_on()) co_await api.turn_off(light.entity_id());
  }
};
HASSETTE_APP(Lamp)
)");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_TRUE(built) << built.error().text(folder_.path());
  EXPECT_TRUE(fs::exists(built->library));
  EXPECT_TRUE(built->warnings.empty());
  RecordProperty("compile_ms", static_cast<int>(built->compile_time.count() / 1'000'000));
  RecordProperty("link_ms", static_cast<int>(built->link_time.count() / 1'000'000));
  RecordProperty("pch_ms", static_cast<int>(built->pch_time.count() / 1'000'000));
  EXPECT_TRUE(bench_.run(compiler_.build(source_))->was_cached);
}

TEST_F(RealCompiler, says_what_the_author_has_to_mend) {
  write(source_, R"(#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    api.turn_on("light.hall");
    auto waiting = hassette::sleep(5s);
    co_await bus.on("timer.finished", &Lamp::on_timer, {.name = "timer"});
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {});
    co_await bus.on_state_change("light.hall", &Lamp::on_change,
                                 {.name = "hall", .change_to = "on"});
    co_await scheduler.run_daily("25:00", &Lamp::on_change, {.name = "night"});
    logger.info("{} {}", 1);
  }
  void on_timer(D::StateNew<> state) { logger.info("{}", state.text()); }
  void on_change() {}
};
HASSETTE_APP(Lamp)
)");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(built);
  const std::string text = built.error().text(folder_.path());
  for (const char* expected :
       {"lamp.cpp does not compile: ",
        "apps/lamp.cpp:9:67: error: every registration needs a name: write .name = \"…\"\n"
        "        co_await bus.on_state_change(\"light.hall\", &Lamp::on_change, {});\n",
        "apps/lamp.cpp:10:18: error: there is no option `.change_to`; did you mean `changed_to`? "
        "The options are .name, .changed_from, .changed_to,",
        "apps/lamp.cpp:12:34: error: a time of day reads like \"07:30\" or \"07:30:15\"",
        "apps/lamp.cpp:13:17: error: this text and the values for its {} do not fit: argument not "
        "found"}) {
    EXPECT_THAT(text, HasSubstr(expected));
  }
}

TEST_F(RealCompiler, says_what_is_declared_and_nowhere_defined) {
  write(source_, R"(#include <hassette/app.hpp>
int brightness_at(int hour);
class Lamp : public hassette::App<> {
  hassette::Task<> on_initialize() override {
    logger.info("{}", brightness_at(7));
    co_return;
  }
};
HASSETTE_APP(Lamp)
)");
  const auto built = bench_.run(compiler_.build(source_));
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().text(folder_.path()),
            "lamp.cpp does not link: 1 error\n"
            "apps/lamp.cpp: error: `brightness_at(int)` is declared but nowhere defined: an app is "
            "one .cpp file and its headers");
}

}  // namespace
}  // namespace hassette::build
