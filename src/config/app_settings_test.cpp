// What the file and the environment say of apps.
#include "config/settings_testing.hpp"

namespace hassette::config {
namespace {

class AppSettings : public SettingsTest {};

TEST_F(AppSettings, refuse_two_apps_with_one_name) {
  write("hassette.toml",
        "[hassette]\nbase_url = \"http://ha\"\n[hassette.apps.a]\n[hassette.apps.a]\n");
  const Settings settings = load();
  ASSERT_EQ(settings.problems.size(), 1U);
  EXPECT_EQ(settings.problems[0].line, 4U);
}

TEST_F(AppSettings, describe_the_apps) {
  write("hassette.toml", std::string(kMinimal) +
                             "[hassette.apps.zebra]\n"
                             "[hassette.apps.motion_lights]\n"
                             "filename = \"sub/lights.cpp\"\nclass_name = \"Lights\"\n"
                             "display_name = \"My lights\"\nenabled = false\n"
                             "[hassette.apps.motion_lights.config]\nmotion = \"x.y\"\n");
  const Settings settings = load();
  EXPECT_EQ(text(settings.problems), "");
  ASSERT_EQ(settings.apps.size(), 2U);
  const AppManifest& zebra = settings.apps.at("zebra");
  EXPECT_EQ(zebra.filename, "zebra.cpp");
  EXPECT_FALSE(zebra.class_name);
  EXPECT_EQ(zebra.display_name, "Zebra");
  EXPECT_TRUE(zebra.enabled);
  EXPECT_EQ(zebra.order, 0U);
  ASSERT_EQ(zebra.instances.size(), 1U);
  EXPECT_EQ(zebra.instances[0].name, "zebra");
  EXPECT_EQ(zebra.instances[0].config.kind(), Kind::kTable);
  const AppManifest& lights = settings.apps.at("motion_lights");
  EXPECT_EQ(text(lights.problems), "");
  EXPECT_EQ(lights.filename, "sub/lights.cpp");
  EXPECT_EQ(lights.class_name, "Lights");
  EXPECT_EQ(lights.display_name, "My lights");
  EXPECT_FALSE(lights.enabled);
  EXPECT_EQ(lights.order, 1U);
  EXPECT_EQ(lights.place.line, 4U);
  EXPECT_EQ(lights.instances[0].config.find("motion")->text(), "x.y");
  EXPECT_EQ(format_problem(lights.problem("the file is missing")),
            "hassette.toml:4:16: apps.motion_lights: the file is missing");
}

TEST_F(AppSettings, keep_the_problems_of_an_app_to_it) {
  write("hassette.toml", std::string(kMinimal) +
                             "[hassette.apps.good]\n"
                             "[hassette.apps.bad]\nenabeld = true\nmotion = \"x.y\"\n"
                             "filename = \"../x.cpp\"\nconfig = 3\n"
                             "[hassette.apps.Worse]\nclass_name = 5\n");
  const Settings settings = load();
  EXPECT_EQ(text(settings.problems), "");
  EXPECT_EQ(text(settings.apps.at("good").problems), "");
  EXPECT_EQ(text(settings.apps.at("bad").problems),
            "hassette.toml:5:1: apps.bad.enabeld: unknown key; did you mean `enabled`?\n"
            "hassette.toml:6:1: apps.bad.motion: unknown key; the app's own settings stand under "
            "[hassette.apps.bad.config]\n"
            "hassette.toml:7:12: apps.bad.filename: `../x.cpp` must name a .cpp file inside the "
            "folder of apps\n"
            "hassette.toml:8:10: apps.bad.config: must be a table, or a list of tables, one for "
            "each instance, but is a whole number\n");
  EXPECT_EQ(text(settings.apps.at("Worse").problems),
            "hassette.toml:9:16: apps.Worse: the key of an app is made of lower-case letters, "
            "digits and underscores\n"
            "hassette.toml:10:14: apps.Worse.class_name: must be text, in quotes, but is a whole "
            "number\n");
}

TEST_F(AppSettings, know_no_source_of_an_app_that_names_none) {
  write("hassette.toml", std::string(kMinimal) +
                             "[hassette.apps.a]\nfilename = \"../x.cpp\"\n"
                             "[hassette.apps.b]\nfilename = 5\n[hassette.apps.Worse]\n");
  const Settings settings = load();
  for (const char* key : {"a", "b", "Worse"}) {
    EXPECT_EQ(settings.apps.at(key).filename, "") << key;
    EXPECT_EQ(settings.apps.at(key).problems.size(), 1U) << text(settings.apps.at(key).problems);
  }
}

TEST_F(AppSettings, know_the_apps_whatever_is_wrong_beside_them) {
  write("hassette.toml",
        "[hassette]\nbase_url = \"nonsense\"\ntimezone = \"Mars\"\n[hassette.apps.a]\n");
  Settings settings = load({});
  EXPECT_EQ(settings.problems.size(), 3U) << text(settings.problems);
  EXPECT_TRUE(settings.apps_known);
  EXPECT_TRUE(settings.apps.contains("a"));
  write("hassette.toml", std::string(kMinimal) + "cache_dir = 5\n[hassette.apps.a]\n");
  EXPECT_FALSE(load().apps_known) << "nobody knows where to";
  write("hassette.toml", "[hassette\n");
  EXPECT_FALSE(load().apps_known);
}

TEST_F(AppSettings, name_a_missing_file_without_detours) {
  const Settings settings = load_settings(
      {.toml_file = folder_ / "." / "hassette.toml", .environment = {}, .overrides = {}});
  ASSERT_EQ(settings.problems.size(), 1U);
  EXPECT_EQ(settings.problems[0].file, (folder_ / "hassette.toml").string());
}

TEST_F(AppSettings, make_an_instance_of_every_table_in_a_list) {
  write("hassette.toml", std::string(kMinimal) +
                             "[[hassette.apps.lights.config]]\ninstance_name = \"hall\"\na = 1\n"
                             "[[hassette.apps.lights.config]]\na = 2\n"
                             "[[hassette.apps.lights.config]]\ninstance_name = \"hall\"\n");
  const AppManifest manifest = load().apps.at("lights");
  ASSERT_EQ(manifest.instances.size(), 3U);
  EXPECT_EQ(manifest.instances[0].name, "hall");
  EXPECT_EQ(manifest.instances[0].config.find("instance_name"), nullptr);
  EXPECT_EQ(manifest.instances[0].config.find("a")->integer(), 1);
  EXPECT_EQ(manifest.instances[0].config_path, "apps.lights.config[0]");
  EXPECT_EQ(manifest.instances[1].name, "lights.1");
  EXPECT_EQ(text(manifest.problems),
            "hassette.toml:9:17: apps.lights.config[2]: there are two instances called `hall`; "
            "give each an `instance_name` of its own\n");
}

TEST_F(AppSettings, let_the_environment_set_what_an_app_is_told) {
  write("hassette.toml",
        std::string(kMinimal) + "[hassette.apps.lights]\n[hassette.apps.lights.config]\na = 1\n");
  const Settings settings = load({{"HASSETTE__TOKEN", "t"},
                                  {"HASSETTE__APPS__LIGHTS__ENABLED", "false"},
                                  {"HASSETTE__APPS__LIGHTS__CONFIG__IDS", "[\"light.a\"]"},
                                  {"HASSETTE__APPS__LIGHTS__CONFIG__A", "7"}});
  EXPECT_EQ(text(settings.problems), "");
  const AppManifest& manifest = settings.apps.at("lights");
  EXPECT_FALSE(manifest.enabled);
  struct {
    int a = 0;
    std::vector<EntityId> ids;
  } config;
  std::vector<ConfigProblem> problems;
  const AppInstance& instance = manifest.instances.at(0);
  decode(Reader(&instance.config, instance.config_path, problems), config);
  EXPECT_EQ(text(problems), "");
  EXPECT_EQ(config.a, 7);
  EXPECT_EQ(config.ids, (std::vector<EntityId>{"light.a"}));
}

TEST_F(AppSettings, point_at_the_line_of_a_wrong_app_setting) {
  write("hassette.toml",
        std::string(kMinimal) + "[hassette.apps.lights.config]\nmotoin = \"binary_sensor.x\"\n");
  const Settings settings = load();
  const AppInstance& instance = settings.apps.at("lights").instances.at(0);
  struct {
    std::optional<EntityId> motion;
  } config;
  std::vector<ConfigProblem> problems;
  decode(Reader(&instance.config, instance.config_path, problems), config);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(format_problem(problems[0]),
            "hassette.toml:4:1: apps.lights.config.motoin: unknown key; did you mean `motion`?\n"
            "    4 | motoin = \"binary_sensor.x\"\n"
            "      | ^");
}

}  // namespace
}  // namespace hassette::config
