#include "config/settings_testing.hpp"

namespace hassette::config {
namespace {

TEST_F(SettingsTest, have_defaults) {
  write("hassette.toml", kMinimal);
  const Settings settings = load();
  EXPECT_EQ(text(settings.problems), "");
  EXPECT_EQ(settings.base_url.str(), "http://ha.local:8123");
  EXPECT_EQ(settings.token.reveal(), "env-token");
  EXPECT_TRUE(settings.verify_ssl);
  EXPECT_FALSE(settings.ca_file);
  EXPECT_FALSE(settings.timezone);
  EXPECT_EQ(settings.root, folder_);
  EXPECT_EQ(settings.data_dir, folder_ / ".hassette");
  EXPECT_EQ(settings.cache_dir, folder_ / ".hassette" / "cache");
  EXPECT_EQ(settings.apps_dir, folder_ / "apps");
  EXPECT_EQ(settings.log_level, LogLevel::kInfo);
  EXPECT_TRUE(settings.web.enabled);
  EXPECT_EQ(settings.web.host, "127.0.0.1");
  EXPECT_EQ(settings.web.port, 8126);
  EXPECT_TRUE(settings.apps.empty());
}

TEST_F(SettingsTest, are_read_from_the_file) {
  write("hassette.toml",
        "[hassette]\nbase_url = \"https://ha\"\ntoken = \"from-file\"\nverify_ssl = false\n"
        "ca_file = \"ca.pem\"\ntimezone = \"Europe/Berlin\"\ndata_dir = \"/var/lib/h\"\n"
        "cache_dir = \"c\"\napps_dir = \"..\"\nlog_level = \"debug\"\n"
        "[hassette.web]\nenabled = false\nhost = \"0.0.0.0\"\nport = 80\n");
  const Settings settings = load({});
  EXPECT_EQ(text(settings.problems), "");
  EXPECT_TRUE(settings.base_url.tls);
  EXPECT_EQ(settings.token.reveal(), "from-file");
  EXPECT_FALSE(settings.verify_ssl);
  EXPECT_EQ(settings.ca_file, folder_ / "ca.pem");
  EXPECT_EQ(settings.timezone, "Europe/Berlin");
  EXPECT_EQ(settings.data_dir, "/var/lib/h");
  EXPECT_EQ(settings.cache_dir, folder_ / "c");
  EXPECT_EQ(settings.apps_dir, folder_.parent_path());
  EXPECT_EQ(settings.log_level, LogLevel::kDebug);
  EXPECT_FALSE(settings.web.enabled);
  EXPECT_EQ(settings.web.port, 80);
}

TEST_F(SettingsTest, take_a_folder_for_the_same_with_and_without_a_slash_at_its_end) {
  write("hassette.toml",
        "[hassette]\nbase_url = \"http://ha\"\ndata_dir = \"/\"\ncache_dir = \"a/b//\"\n"
        "apps_dir = \"apps/\"\n");
  const Settings settings = load();
  EXPECT_EQ(settings.data_dir.string(), "/");
  EXPECT_EQ(settings.cache_dir.string(), (folder_ / "a/b").string());
  EXPECT_EQ(settings.apps_dir.string(), (folder_ / "apps").string());
  EXPECT_EQ(load({}, {{"apps_dir", "."}}).apps_dir.string(), folder_.string());
}

TEST_F(SettingsTest, name_a_folder_of_apps_that_is_not_there_unless_it_is_the_default) {
  write("hassette.toml", "[hassette]\nbase_url = \"http://ha\"\napps_dir = \"nowhere\"\n");
  const Settings settings = load();
  ASSERT_EQ(settings.problems.size(), 1U) << text(settings.problems);
  EXPECT_EQ(settings.problems[0].key, "apps_dir");
  EXPECT_EQ(settings.problems[0].line, 3U);
  EXPECT_TRUE(settings.problems[0].message.starts_with("there is no folder " +
                                                       (folder_ / "nowhere").string()));
  EXPECT_FALSE(settings.apps_known);
  write("hassette.toml", kMinimal);
  EXPECT_TRUE(load().problems.empty()) << "the default";
}

TEST_F(SettingsTest, prefer_command_line_to_environment_to_env_file_to_toml) {
  write("hassette.toml",
        "[hassette]\nbase_url = \"http://toml\"\ntoken = \"toml\"\n[hassette.web]\nport = 1\n");
  EXPECT_EQ(load({}).token.reveal(), "toml");
  write(".env", "HASSETTE__TOKEN='dotenv'\nHASSETTE__WEB__PORT=2\nOTHER=x\n");
  EXPECT_EQ(load({}).token.reveal(), "dotenv");
  EXPECT_EQ(load({}).web.port, 2);
  const std::map<std::string, std::string> environment = {
      {"HASSETTE__TOKEN", "env"}, {"HASSETTE__WEB__PORT", "3"}, {"PATH", "/bin"}};
  EXPECT_EQ(load(environment).token.reveal(), "env");
  EXPECT_EQ(load(environment).web.port, 3);
  const Settings settings = load(environment, {{"web.port", "4"}, {"base_url", "http://cli"}});
  EXPECT_EQ(text(settings.problems), "");
  EXPECT_EQ(settings.web.port, 4);
  EXPECT_EQ(settings.base_url.host, "cli");
}

TEST_F(SettingsTest, take_the_shared_name_of_the_token) {
  write("hassette.toml", kMinimal);
  EXPECT_EQ(load({{"HA_TOKEN", "shared"}}).token.reveal(), "shared");
  EXPECT_EQ(load({{"HA_TOKEN", "shared"}, {"HASSETTE__TOKEN", "own"}}).token.reveal(), "own");
  EXPECT_EQ(load({{"HA_TOKEN", "shared"}, {"HASSETTE__TOKEN", ""}}).token.reveal(), "shared");
}

TEST_F(SettingsTest, strip_the_quotes_that_containers_pass_on) {
  write("hassette.toml", "");
  const Settings settings = load({{"HASSETTE__TOKEN", "\"quoted\"\n"},
                                  {"HASSETTE__BASE_URL", "\"http://ha:8123\""},
                                  {"HASSETTE__VERIFY_SSL", "off"}});
  EXPECT_EQ(text(settings.problems), "");
  EXPECT_EQ(settings.token.reveal(), "quoted");
  EXPECT_EQ(settings.base_url.port, 8123);
  EXPECT_FALSE(settings.verify_ssl);
}

TEST_F(SettingsTest, say_only_that_a_key_is_misspelt_and_not_that_it_is_missing) {
  write("hassette.toml", "[hassette]\nbase_ur = \"http://ha\"\ntokn = \"x\"\n");
  EXPECT_EQ(text(load({}).problems),
            "hassette.toml:2:1: base_ur: unknown key; did you mean `base_url`?\n"
            "hassette.toml:3:1: tokn: unknown key; did you mean `token`?\n");
}

TEST_F(SettingsTest, say_where_a_missing_token_goes) {
  write("hassette.toml", kMinimal);
  EXPECT_EQ(text(load({}).problems),
            ".env: token: is missing; put HASSETTE__TOKEN=… into the file .env beside "
            "hassette.toml, or into the environment. Home Assistant makes one under your profile, "
            "Security, Long-lived access tokens\n");
  EXPECT_EQ(text(load({{"HASSETTE_TOKEN", "x"}}).problems),
            ".env: token: is missing: HASSETTE_TOKEN is set, but the name has two "
            "underscores, HASSETTE__TOKEN\n");
}

TEST_F(SettingsTest, say_which_name_stands_where_the_token_is_looked_for) {
  write("hassette.toml", kMinimal);
  write(".env", "# of the kitchen\nHASSETTE_TOKEN=hunter2\n");
  EXPECT_EQ(text(load({}).problems),
            ".env:2: token: is missing: HASSETTE_TOKEN is set, but the name has two underscores, "
            "HASSETTE__TOKEN\n");
  write(".env", "HASSETE__TOKEN=hunter2\n");
  EXPECT_EQ(text(load({}).problems),
            ".env:1: token: is missing: HASSETE__TOKEN is set, but the name is HASSETTE__TOKEN\n");
  write(".env", "HASSETTE_TOKEN=\nTOKEN=hunter2\n");
  EXPECT_TRUE(text(load({}).problems).contains("is missing; put HASSETTE__TOKEN=…"));
}

TEST_F(SettingsTest, do_not_miss_a_token_whose_line_could_not_be_read) {
  write("hassette.toml", kMinimal);
  constexpr std::string_view kOpen = ".env:1: the quote is not closed on this line\n";
  write(".env", "HASSETTE__TOKEN=\"hunter2\n");
  EXPECT_EQ(text(load({}).problems), kOpen);
  write(".env", "export HA_TOKEN = 'hunter2\n");
  EXPECT_EQ(text(load({}).problems), kOpen);
  write(".env", "HASSETTE__TOKEN hunter2\n");
  EXPECT_EQ(text(load({}).problems), ".env:1: there is no `=`; a line reads NAME=value\n");
  write(".env", "PASSWORD=\"hunter2\nHASSETTE__TOKEN=\n");
  EXPECT_TRUE(text(load({}).problems).contains("token: is missing"));
  EXPECT_TRUE(text(load({}).problems).starts_with(kOpen));
}

TEST_F(SettingsTest, name_the_app_that_an_override_is_meant_for) {
  write("hassette.toml", std::string(kMinimal) + "[hassette.apps.first_light]\n");
  EXPECT_EQ(text(load({{"HASSETTE__TOKEN", "t"},
                       {"HASSETTE__APPS__FIRST_LIGTH__CONFIG__LIGHT", "light.hall"}})
                     .problems),
            "environment variable HASSETTE__APPS__FIRST_LIGTH__CONFIG__LIGHT: names the app "
            "`first_ligth`, which hassette.toml does not have; did you mean `first_light`?\n");
}

TEST_F(SettingsTest, refuse_a_token_that_cannot_be_one) {
  write("hassette.toml", kMinimal);
  const std::string problems = text(load({{"HASSETTE__TOKEN", "hun\nter2"}}).problems);
  EXPECT_EQ(problems,
            "environment variable HASSETTE__TOKEN: token: holds a space or a character that no "
            "token has; copy it again\n");
}

TEST_F(SettingsTest, collect_every_problem_of_the_engine) {
  write("hassette.toml",
        "[hassette]\nbase_ulr = \"http://ha\"\nverify_ssl = \"yes\"\ntimezone = \"Europe/Berln\"\n"
        "log_level = \"inof\"\n[hassette.web]\nport = 70000\nhots = \"x\"\n[hasette]\n[apps.x]\n");
  EXPECT_EQ(text(load().problems),
            "hassette.toml:9:2: hasette: unknown key; did you mean `hassette`?\n"
            "hassette.toml:10:2: apps: unknown key; known here: `hassette`\n"
            "hassette.toml:3:14: verify_ssl: must be true or false, but is text\n"
            "hassette.toml:5:13: log_level: there is no `inof` here; did you mean `info`?\n"
            "hassette.toml:7:8: web.port: must be a whole number from 0 to 65535, but is 70000\n"
            "hassette.toml:8:1: web.hots: unknown key; did you mean `host`?\n"
            "hassette.toml:2:1: base_ulr: unknown key; did you mean `base_url`?\n"
            "hassette.toml:4:12: timezone: there is no time zone `Europe/Berln`; did you mean "
            "`Europe/Berlin`?\n");
}

TEST_F(SettingsTest, check_the_environment_as_strictly) {
  write("hassette.toml", kMinimal);
  EXPECT_EQ(text(load({{"HASSETTE__TOKEN", "t"},
                       {"HASSETTE__BASEURL", "http://x"},
                       {"HASSETTE__WEB__PORT", "many"},
                       {"HASSETTE__APPS__NONE__ENABLED", "false"},
                       {"HASSETTE__BASE_URL__X", "1"}})
                     .problems),
            "environment variable HASSETTE__APPS__NONE__ENABLED: names the app `none`, which "
            "hassette.toml does not have\n"
            "environment variable HASSETTE__BASE_URL__X: cannot set a part of `base_url`, which is "
            "text in hassette.toml\n"
            "environment variable HASSETTE__WEB__PORT: web.port: must be a whole number, but is "
            "text\n"
            "environment variable HASSETTE__BASEURL: baseurl: unknown key; did you mean "
            "`base_url`?\n");
}

TEST_F(SettingsTest, report_a_wrong_env_file_and_go_on) {
  write("hassette.toml", kMinimal);
  write(".env", "HASSETTE__TOKEN\n");
  EXPECT_EQ(text(load().problems), ".env:1: there is no `=`; a line reads NAME=value\n");
}

TEST_F(SettingsTest, tell_what_to_do_without_a_file) {
  const Settings settings = load();
  ASSERT_EQ(settings.problems.size(), 1U);
  EXPECT_EQ(text(settings.problems),
            (folder_ / "hassette.toml").string() +
                ": there is no such file; start in the folder that holds it, or make a new home "
                "with `hassette new my_home`\n");
}

TEST_F(SettingsTest, stop_at_a_syntax_error) {
  write("hassette.toml", "[hassette]\ntoken = \"hunter2\n");
  const Settings settings = load();
  ASSERT_EQ(settings.problems.size(), 1U);
  const std::string message = format_problem(settings.problems[0]);
  EXPECT_TRUE(message.starts_with("hassette.toml:2:")) << message;
  EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
}

}  // namespace
}  // namespace hassette::config
