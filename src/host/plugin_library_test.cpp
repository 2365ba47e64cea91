#include "host/plugin_library.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "build/compiler.hpp"
#include "build/test_support.hpp"

namespace hassette::host {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::string_view kTwoApps = R"(#include <hassette/app.hpp>
using namespace hassette;
struct LampConfig { EntityId light; };
class Lamp : public App<LampConfig> {
  Task<> run() override { co_return; }
};
class Blind : public App<> {
  Task<> run() override { co_return; }
};
HASSETTE_APP(Lamp)
HASSETTE_APP(Blind)
)";

class Plugin : public testing::Test {
 protected:
  fs::path compile(std::string_view text) {
    const fs::path source = folder_.path() / "apps" / "two.cpp";
    build::write(source, text);
    const char* const path = std::getenv("PATH");
    auto toolchain = build::find_toolchain(
        {.path = path ? path : "", .compiler = {}, .program = build::running_program()});
    if (!toolchain) throw std::runtime_error(toolchain.error());
    build::AppCompiler compiler(*toolchain, cache(), bench_.pool);
    auto built = bench_.run(compiler.build(source));
    if (!built) throw std::runtime_error(built.error().text(folder_.path()));
    return built->library;
  }
  static const fs::path& cache() {
    static const build::ScratchFolder folder(fs::temp_directory_path());
    return folder.path();
  }
  build::ScratchFolder folder_{fs::temp_directory_path()};
  build::TestLoop bench_;
};

TEST_F(Plugin, lists_the_apps_of_one_file_in_their_order) {
  auto library = PluginLibrary::open(compile(kTwoApps));
  ASSERT_TRUE(library) << library.error();
  ASSERT_EQ(library->apps().size(), 2U);
  EXPECT_STREQ(library->apps()[0]->class_name, "Lamp");
  EXPECT_STREQ(library->apps()[1]->class_name, "Blind");
  EXPECT_EQ(library->find("Blind"), library->apps()[1]);
  EXPECT_EQ(library->find("Bell"), nullptr);
}

TEST_F(Plugin, reads_a_configuration_and_reports_its_problems) {
  const auto library = PluginLibrary::open(compile(kTwoApps));
  ASSERT_TRUE(library) << library.error();
  std::vector<ConfigProblem> problems;
  library->find("Lamp")->read_config(config::Reader(nullptr, "apps.lamp.config", problems));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].key, HasSubstr("light"));
}

TEST_F(Plugin, is_not_mapped_where_it_was_made_for_another_engine) {
  const fs::path file = compile(kTwoApps);
  EXPECT_EQ(read_abi_stamp(file), std::string(build::abi_stamp()));
  const auto library = PluginLibrary::open(file, "0.0.9-older");
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error(), HasSubstr("was compiled for another engine"));
  EXPECT_THAT(library.error(), HasSubstr("this one is 0.0.9-older"));
}

TEST_F(Plugin, says_that_a_file_registers_no_app) {
  const auto library = PluginLibrary::open(compile("#include <hassette/app.hpp>\n"));
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error(), HasSubstr("end its source with HASSETTE_APP(YourClass)"));
}

TEST_F(Plugin, survives_a_file_that_is_cut_or_garbage) {
  const std::string whole = build::read(compile(kTwoApps));
  const fs::path file = folder_.path() / "cut.so";
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{64}, whole.size() / 2}) {
    build::write(file, whole.substr(0, size));
    EXPECT_FALSE(read_abi_stamp(file)) << size;
  }
  EXPECT_FALSE(read_abi_stamp(folder_.path() / "absent.so"));
  build::write(file, std::string(100'000, '\xff'));
  EXPECT_FALSE(PluginLibrary::open(file));
}

TEST_F(Plugin, stays_mapped_until_it_is_told_otherwise) {
  const fs::path file = compile(kTwoApps);
  const plugin::AppType* app = nullptr;
  {
    const auto library = PluginLibrary::open(file);
    ASSERT_TRUE(library);
    app = library->find("Lamp");
  }
  EXPECT_STREQ(app->class_name, "Lamp");
  auto library = PluginLibrary::open(file);
  ASSERT_TRUE(library);
  EXPECT_EQ(library->find("Lamp"), app);
  EXPECT_EQ(library->apps().size(), 2U) << "the initialisers ran a second time";
  library->unload();
  EXPECT_TRUE(library->apps().empty());
}

TEST_F(Plugin, is_whole_again_after_it_was_unloaded) {
  const fs::path file = compile(std::string("// of its own\n") + std::string(kTwoApps));
  for (int i = 0; i < 2; ++i) {
    auto library = PluginLibrary::open(file);
    ASSERT_TRUE(library) << library.error();
    EXPECT_EQ(library->apps().size(), 2U);
    library->unload();
    EXPECT_EQ(::dlopen(file.c_str(), RTLD_LAZY | RTLD_NOLOAD), nullptr) << "it is mapped still";
  }
}

TEST_F(Plugin, has_initialisers_that_are_given_the_program_s_arguments_and_environment) {
  const auto library = PluginLibrary::open(
      compile("#include <unistd.h>\n" + std::string(kTwoApps) +
              "[[gnu::constructor]] void tell(int count, char** texts, char** environment) {\n"
              "  throw Error(\"x\", std::to_string(count) + ' ' + texts[0] +\n"
              "              (environment == environ ? \" environ\" : \" something\"));\n"
              "}\n"));
  ASSERT_FALSE(library);
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(library.error(),
              HasSubstr("failed: " + std::to_string(std::ranges::count(line, '\0')) + ' ' +
                        line.c_str() + " environ"));
}

TEST_F(Plugin, is_refused_for_good_where_a_global_object_of_it_throws) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"throw Error(\"lamp\", \"no lamp\")", "making its global objects failed: no lamp"},
      {"throw 1", "making its global objects failed: an exception that does not derive"}};
  for (const auto& [thrown, said] : cases) {
    const fs::path file = compile(std::string(kTwoApps) + "struct Boom { Boom() { " +
                                  std::string(thrown) + "; } } boom;\n");
    for (int i = 0; i < 2; ++i) {  // the second time, its apps stand in the list already
      const auto library = PluginLibrary::open(file);
      ASSERT_FALSE(library) << thrown;
      EXPECT_THAT(library.error(), HasSubstr(said));
    }
  }
  // With the dynamic linker's lock lost, this would wait for ever.
  std::string made;
  std::thread([&made] {
    thread_local std::string own;
    own = "a thread-local object";
    made = own;
  }).join();
  EXPECT_EQ(made, "a thread-local object");
}

}  // namespace
}  // namespace hassette::host
