#include "cli/new.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>

#include "build/toolchain.hpp"

namespace hassette::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSettings =
    R"(# The home that Hassette drives. Start it with `hassette run` in this folder; `hassette check` says
# whether everything here is right, without starting anything.

[hassette]
base_url = "http://homeassistant.local:8123"   # the address of your Home Assistant
# The token stands in .env, which git ignores: HASSETTE__TOKEN=…

# Each app has a table of its own. This one is made from apps/first_light.cpp.
[hassette.apps.first_light]

# What the app wants to know: the members of its config struct.
[hassette.apps.first_light.config]
motion = "binary_sensor.hall_motion"   # put two entities of your home here
light = "light.hall"
off_after = "5min"
)";

constexpr std::string_view kEnvironment =
    R"(# Make a token in Home Assistant: your profile, Security, Long-lived access tokens.
HASSETTE__TOKEN=
)";

constexpr std::string_view kIgnored = R"(.env
.hassette/
)";

constexpr std::string_view kApp =
    R"(// A light that follows motion: on when somebody moves, off when nobody has for a while.
#include <hassette/app.hpp>
using namespace hassette;

// Filled from [hassette.apps.first_light.config]; what has no default must stand there.
struct FirstLightConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};

class FirstLight : public App<FirstLightConfig> {
  // Runs once, when the app starts.
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.motion, &FirstLight::on_motion,
                                 {.name = "motion", .changed_to = "on"});
    co_await bus.on_state_change(
        app_config.motion, &FirstLight::on_clear,
        {.name = "clear", .changed_to = "off", .duration = app_config.off_after});
    logger.info("{} follows {}", app_config.light, app_config.motion);
  }

  // A handler names what it wants to know of the event, or nothing.
  Task<> on_motion(D::StateNew<states::BinarySensor> sensor) {
    logger.info("motion at {}", sensor.friendly_name());
    co_await api.turn_on(app_config.light);
  }

  Task<> on_clear() { co_await api.turn_off(app_config.light); }
};
HASSETTE_APP(FirstLight)
)";

constexpr std::string_view kTest =
    R"(// What first_light has to do, tried out in a simulated home and in virtual time: five minutes pass in
// no time. `hassette test` runs it; `hassette test --watch` does after each change of it or the app.
)"
    "#include <hassette/testing.hpp>\n\n"
    "#include \"../apps/first_light.cpp\"\n"
    R"(
TEST(FirstLight, follows_motion_and_goes_out_when_nobody_moves_for_a_while) {
  AppHarness home;
  home.set_state("binary_sensor.hall_motion", "off");
  home.set_state("light.hall", "off");
  home.start<FirstLight>({.motion = "binary_sensor.hall_motion", .light = "light.hall"});

  home.set_state("binary_sensor.hall_motion", "on");
  ASSERT_CALLED(home, light.turn_on, {{"entity_id", "light.hall"}});

  home.set_state("binary_sensor.hall_motion", "off");
  home.advance(4min);
  EXPECT_NOT_CALLED(home, light.turn_off);
  home.advance(1min);
  EXPECT_CALLED(home, light.turn_off, {{"entity_id", "light.hall"}});
}
)";

// For clangd, which then sees apps as the engine's compiler does.
std::string editor_settings() {
  std::string text =
      "# Tells editors how apps are compiled.\nCompileFlags:\n  Compiler: clang++\n  Add:\n";
  const auto include_dir =
      fs::weakly_canonical(build::engine_include_dir(build::running_program()));
  for (const std::string& flag : build::language_flags()) text += fmt::format("    - {}\n", flag);
  text += fmt::format("    - \"-I{}\"\n", include_dir.string());
  return text;
}

void write_file(const fs::path& file, std::string_view text, mode_t mode) {
  const auto fail = [&] {
    throw fs::filesystem_error("cannot write", file, {errno, std::generic_category()});
  };
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) fail();
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  const int code = errno;
  ::close(descriptor);
  errno = written < 0 ? code : ENOSPC;
  if (written != static_cast<ssize_t>(text.size())) fail();
}

}  // namespace

int new_home(const fs::path& folder, std::ostream& out, std::ostream& err) {
  try {
    if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder))) {
      err << fmt::format(
          "hassette new: {} exists and is {}; name a folder that does not exist yet\n",
          folder.string(), fs::is_directory(folder) ? "not empty" : "no folder");
      return 1;
    }
    fs::create_directories(folder / "apps");
    fs::create_directories(folder / "tests");
    write_file(folder / "hassette.toml", kSettings, 0644);
    write_file(folder / ".env", kEnvironment, 0600);
    write_file(folder / ".gitignore", kIgnored, 0644);
    write_file(folder / ".clangd", editor_settings(), 0644);
    write_file(folder / "apps" / "first_light.cpp", kApp, 0644);
    write_file(folder / "tests" / "first_light_test.cpp", kTest, 0644);
  } catch (const fs::filesystem_error& error) {
    err << fmt::format(
        "hassette new: {} cannot be made ({}); name a folder in a place that you may write to\n",
        error.path1().string(), error.code().message());
    return 1;
  }
  out << fmt::format(
      "{0} is ready. Next:\n"
      "  1. put the address of your Home Assistant into {0}/hassette.toml and a token into "
      "{0}/.env\n"
      "  2. name a motion sensor and a light of yours in {0}/hassette.toml\n"
      "  3. cd {0} && hassette check\n"
      "  4. hassette test\n"
      "  5. hassette run\n",
      folder.string());
  return 0;
}

}  // namespace hassette::cli
