#!/usr/bin/env python3
"""Gives the program what users get wrong, and looks at what it says and how it ends.

  run.py BUILD [REGEX]     runs BUILD/bin/hassette; prints PASS or FAIL for each case

Each case makes a home of its own in a temporary folder. What must hold for all of them: what is wrong
is said once, with its place and the remedy; nothing looks like a dump; the token is in no output.
"""
# build: hassette_bin

import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Callable

import at_once  # noqa: F401  its cases
import contact  # noqa: F401  its cases
import encrypted  # noqa: F401  its cases
import folders  # noqa: F401  its cases
import stopping  # noqa: F401  its cases
from cases import CASES, CONFIGURED_APP, GOOD_APP, case
from fake_home import FakeHome
from home import TOKEN, Home, Said, Wrong

# --- the engine's own settings: `run` ends with 78, `check` with 1 -----------------------------------


def refused(home: Home, *fragments: str) -> None:
    home.run("run").ends_with(78).says_once(*fragments)
    home.run("check").ends_with(1).says_once(*fragments)


@case
def a_mistyped_key_is_named_with_the_likely_one(home: Home) -> None:
    home.settings('time_zone = "Europe/Berlin"\n')
    refused(home, "hassette.toml:4:1: time_zone: unknown key; did you mean `timezone`?", "^")


@case
def a_syntax_error_is_named_with_its_place(home: Home) -> None:
    home.settings("data_dir = .hassette\n")
    refused(home, "hassette.toml:4:", "data_dir = .hassette")


@case
def a_missing_file_names_the_way_to_a_new_one(home: Home) -> None:
    refused(home, str(home.folder / "hassette.toml"), "hassette new")


@case
def a_missing_token_names_where_it_belongs(home: Home) -> None:
    home.settings()
    home.write(".env", "HASSETTE__TOKEN=\n", mode=0o600)
    refused(home, "token: is missing", ".env", "Long-lived access tokens")


@case
def a_token_under_a_wrong_name_is_recognised(home: Home) -> None:
    home.settings()
    home.write(".env", "", mode=0o600)
    home.run("run", env={"HASSETTE_TOKEN": TOKEN}).ends_with(78).says_once("token: is missing", "two underscores, HASSETTE__TOKEN")


@case
def a_token_with_a_stray_space_is_refused(home: Home) -> None:
    home.settings()
    home.write(".env", f"HASSETTE__TOKEN={TOKEN[:20]} {TOKEN[20:]}\n", mode=0o600)
    refused(home, ".env:1", "token", "copy it again")


@case
def a_token_file_that_others_may_read_is_a_warning(home: Home) -> None:
    home.settings()
    home.write(".env", f"HASSETTE__TOKEN={TOKEN}\n", mode=0o644)
    home.run("check").ends_with(0).says_once(".env", "chmod 600")


@case
def an_address_without_a_scheme_is_refused(home: Home) -> None:
    home.url = "homeassistant.local:8123"
    home.settings()
    refused(home, "hassette.toml:2:", "base_url", "http://")


@case
def several_settings_are_reported_at_once(home: Home) -> None:
    home.url = "http://"
    home.settings('timezone = "Europe/Berlim"\nlog_level = "loud"\n')
    said = home.run("run").ends_with(78)
    places = [problem["message"].split(": ")[0] for problem in said.problems]
    if places != ["hassette.toml:2:12", "hassette.toml:4:12", "hassette.toml:5:13"]:
        raise Wrong(f"not these three in order:\n{said.text}")


@case
def a_file_of_authorities_that_holds_none_is_refused(home: Home) -> None:
    home.url = "https://127.0.0.1:9"
    for name, said in (("nope.pem", "cannot be read"), (".env", "holds no certificate")):
        home.settings(f'ca_file = "{name}"\n')
        refused(home, "https://127.0.0.1:9: ", f"ca_file {home.folder / name} {said}")


@case
def a_folder_of_apps_that_is_not_there_is_refused(home: Home) -> None:
    home.settings('apps_dir = "nowhere"\n')
    refused(home, "hassette.toml:4:12: apps_dir: there is no folder", str(home.folder / "nowhere"))


@case
def an_address_to_listen_on_that_is_not_this_machine_s_is_named(home: Home) -> None:
    home.settings(page='\n[hassette.web]\nhost = "192.0.2.1"\n')
    said = ("there is no web page: ", "192.0.2.1:8126", "this machine has no such address", "web.host")
    home.run("check").ends_with(1).says_once(*said).sums_up("1 problem in the settings")
    home.run_until("waiting for Home Assistant").mentions(*said)


@case
def an_override_without_a_value_is_refused(home: Home) -> None:
    home.settings()
    for verb in ("run", "check"):
        for given in ("web.port", "=9000"):
            home.run(verb, "--set", given).ends_with(2).says_once("--set takes key=value", f"got `{given}`")


@case
def an_override_may_stand_before_the_folder(home: Home) -> None:
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    with home.start("check", "--set", "log_level=info", str(home.folder)) as running:
        running.end().ends_with(0).mentions("OK: 1 app")


@case
def an_override_of_no_setting_is_refused(home: Home) -> None:
    home.settings()
    home.run("run", "--set", "web.prot=9000").ends_with(78).says_once("command line", "did you mean `port`?")


# --- apps: what is wrong with one parks it, the others run -------------------------------------------


def parked(home: Home, app: str, *fragments: str) -> Said:
    """`check` fails on this app alone; in the engine `good` runs beside it."""
    home.settings(f"[hassette.apps.good]\n\n{home.toml}")
    home.write("apps/good.cpp", GOOD_APP)
    said = home.run("check").ends_with(1).says_once(*fragments, app=app)
    if len(said.problems) != 1:
        raise Wrong(f"others are named too:\n{said.text}")
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings(f"[hassette.apps.good]\n\n{home.toml}")
        live = home.run_until("ready: ")
    live.says_once(*fragments, app=app).mentions("good as ever", f"1 of 2 apps run (good; failed: {app})")
    return said


@case
def all_errors_of_an_app_s_configuration_come_at_once(home: Home) -> None:
    home.toml = '[hassette.apps.lamp]\n[hassette.apps.lamp.config]\nmotoin = "binary_sensor.hall"\nlight = 7\noff_after = "soon"\n'
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    parked(
        home, "lamp",
        "hassette.toml:7:21: apps.lamp.config.motion: is missing",
        "hassette.toml:8:1: apps.lamp.config.motoin: unknown key; did you mean `motion`?",
        "hassette.toml:9:9: apps.lamp.config.light: must be an entity id",
        "hassette.toml:10:13: apps.lamp.config.off_after:",
    )


@case
def a_missing_source_is_named_with_the_likely_one(home: Home) -> None:
    home.toml = "[hassette.apps.gool]\n"
    parked(home, "gool", "hassette.toml:6:", "gool.cpp", "did you mean `good.cpp`?")
    home.toml = "[hassette.apps.bathroom]\n"
    parked(home, "bathroom", "hassette.toml:6:", "bathroom.cpp; make it, or name the one", "with filename")
    home.toml = '[hassette.apps.bathroom]\nfilenam = "good.cpp"\n'
    said = parked(home, "bathroom", "hassette.toml:7:1: apps.bathroom.filenam: unknown key; did you mean `filename`?")
    if "there is no file" in said.text:
        raise Wrong(f"the file that nobody meant is missed:\n{said.text}")


@case
def a_class_that_is_not_there_is_named_with_the_likely_one(home: Home) -> None:
    home.toml = '[hassette.apps.lamp]\nclass_name = "Lamb"\n'
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    parked(home, "lamp", "hassette.toml:", "lamp.cpp has no app of class `Lamb`", "did you mean `Lamp`?")
    home.toml = '[hassette.apps.lamp]\nclass_name = "Blind"\n'
    parked(home, "lamp", "hassette.toml:", "lamp.cpp has no app of class `Blind`; it has `Lamp`")


@case
def a_configuration_that_is_no_table_parks_the_app(home: Home) -> None:
    home.toml = "[hassette.apps.lamp]\nconfig = 5\n"
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    parked(home, "lamp", "hassette.toml:7:10: apps.lamp.config: must be a table")


@case
def a_source_without_an_app_says_what_to_add(home: Home) -> None:
    home.toml = "[hassette.apps.lamp]\n"
    home.write("apps/lamp.cpp", CONFIGURED_APP.replace("HASSETTE_APP(Lamp)\n", ""))
    parked(home, "lamp", "lamp.cpp", "HASSETTE_APP")


@case
def a_setting_one_level_too_high_is_led_to_its_place(home: Home) -> None:
    home.toml = '[hassette.apps.lamp]\nmotion = "binary_sensor.hall"\n'
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    parked(home, "lamp", "hassette.toml:7:1: apps.lamp.motion", "[hassette.apps.lamp.config]")


@case
def two_apps_of_one_name_are_a_broken_file(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP)
    home.settings("[hassette.apps.good]\n[hassette.apps.good]\n")
    refused(home, "hassette.toml:5:", "good")


@case
def two_instances_of_one_name_are_refused(home: Home) -> None:
    home.toml = "".join(
        f'[[hassette.apps.lamp.config]]\ninstance_name = "twin"\nmotion = "binary_sensor.{room}"\nlight = "light.{room}"\n'
        for room in ("hall", "attic")
    )
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    home.settings(f"\n{home.toml}")
    home.run("check").ends_with(1).says_once("hassette.toml:", "two instances called `twin`", "instance_name")


@case
def two_apps_with_an_instance_of_one_name_are_told_apart(home: Home) -> None:
    twin = 'instance_name = "twin"\nmotion = "binary_sensor.hall"\nlight = "light.hall"\n'
    for app in ("lamp", "other"):
        home.write(f"apps/{app}.cpp", CONFIGURED_APP)
        home.toml += f"[[hassette.apps.{app}.config]]\n{twin}"
    home.settings(f"\n{home.toml}")
    said = home.run("check").ends_with(1).says_once("the instance name `twin` is taken by the app `lamp`")
    said.sums_up("1 of 2 apps cannot run: other.twin")


@case
def a_forgotten_await_says_co_await_it(home: Home) -> None:
    home.toml = "[hassette.apps.forgetful]\n"
    source = GOOD_APP.replace("Good", "Forgetful").replace("    co_return;", '    api.turn_on("light.hall");\n    co_return;')
    home.write("apps/forgetful.cpp", source)
    said = parked(home, "forgetful", "apps/forgetful.cpp:6:", "co_await it", 'api.turn_on("light.hall");', "^")
    if said.text.count("co_await it") != 1:
        raise Wrong(f"says so more than once:\n{said.text}")


@case
def an_error_in_a_source_shows_line_and_caret(home: Home) -> None:
    home.toml = "[hassette.apps.broken]\n"
    home.write("apps/broken.cpp", GOOD_APP.replace("Good", "Broken").replace("logger.info", "loger.info"))
    parked(home, "broken", "apps/broken.cpp:5:5: error: use of undeclared identifier 'loger'", "^")


@case
def an_app_that_throws_at_its_start_does_not_stop_the_others(home: Home) -> None:
    home.toml = "[hassette.apps.thrower]\n"
    home.settings(f"[hassette.apps.good]\n\n{home.toml}")
    home.write("apps/good.cpp", GOOD_APP)
    home.write("apps/thrower.cpp", GOOD_APP.replace("Good", "Thrower").replace("co_return", 'throw Error("lamp", "no such lamp");\n    co_return'))
    home.run("check").ends_with(0)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings(f"[hassette.apps.good]\n\n{home.toml}")
        said = home.run_until("ready: ")
    said.says_once("it did not start: `on_initialize` failed: no such lamp", app="thrower").mentions("1 of 2 apps run (good; failed: thrower)")


@case
def an_app_whose_global_object_throws_does_not_stop_the_others(home: Home) -> None:
    home.toml = "[hassette.apps.boom]\n"
    source = GOOD_APP.replace("Good", "Boom") + 'struct Fuse { Fuse() { throw THROWN; } } fuse;\n'
    for thrown, said in (('Error("fuse", "no fuse")', "no fuse"), ("1", "an exception that does not derive")):
        home.write("apps/boom.cpp", source.replace("THROWN", thrown))
        parked(home, "boom", "hassette.toml:6:", "boom.cpp was compiled but cannot be loaded", said)


@case
def an_app_whose_configuration_throws_does_not_stop_the_others(home: Home) -> None:
    home.toml = "[hassette.apps.lamp]\n"
    default = 'std::chrono::seconds off_after = []() -> std::chrono::seconds { throw Error("lamp", "no idea"); }();'
    source = CONFIGURED_APP.replace("std::chrono::seconds off_after = 5min;", default)
    home.write("apps/lamp.cpp", source.replace("EntityId motion;\n", "").replace("EntityId light;\n", ""))
    parked(home, "lamp", "hassette.toml:6:", "lamp.cpp was compiled but its configuration cannot be made: no idea")


# --- the command line --------------------------------------------------------------------------------


@case
def what_the_command_line_does_not_know_is_a_usage_error(home: Home) -> None:
    cases = {
        "rnu": "there is no verb `rnu`; did you mean `run`?", "new": "folder is required", "run --set": "--set",
        "run --jsno": "hassette run: there is no option `--jsno`; did you mean `--json`?",
        "demo --prot=9": "there is no option `--prot`; did you mean `--port`?",
        "--versoin": "hassette: there is no option `--versoin`; did you mean `--version`?", "": "compiles all apps",
    }
    for arguments, said in cases.items():
        with home.start(*arguments.split()) as running:
            running.end().ends_with(2).mentions(said, "--help")


@case
def a_number_on_the_command_line_that_cannot_be_says_what_can(home: Home) -> None:
    seed = "--seed: must be a whole number from 0 to 18446744073709551615, but is `{}`"
    port = "--port: must be a whole number from 0 to 65535, but is `{}`"
    speed = "--speed: must be a number above 0 and at most 10000, but is `{}`"
    for verb, option, given, said in (
        ("test", "--seed", "-1", seed), ("demo", "--seed", "1e3", seed), ("demo", "--port", "65536", port),
        ("demo", "--speed", "0", speed), ("demo", "--speed", "fast", speed),
        ("test", "--limit", "-3s", "--limit: must be more than nothing, got {}"),
    ):
        with home.start(verb, f"{option}={given}") as running:
            running.end().ends_with(2).mentions(said.format(given))


@case
def a_new_home_where_none_can_be_made_is_refused(home: Home) -> None:
    home.write("occupied", "")
    for folder, said in ((home.folder, "not empty"), (home.folder / "occupied", "no folder"), ("/proc/x", "may write to")):
        with home.start("new", str(folder)) as running:
            running.end().ends_with(1).mentions(str(folder), said)


@case
def a_new_home_lacks_nothing_but_its_token(home: Home) -> None:
    folder = str(home.folder / "my_home")
    with home.start("new", folder) as running:
        running.end().ends_with(0).mentions("hassette check", "token into")
    with home.start("check", folder, "--json", "--set", f"cache_dir={home.cache}") as running:
        said = running.end().ends_with(1).says_once("token: is missing", ".env", "Long-lived access tokens")
    said.sums_up("1 problem in the settings")


@case
def a_report_in_a_pipe_keeps_its_lines_and_carets(home: Home) -> None:
    home.settings('time_zone = "Europe/Berlin"\n')
    with home.start("check", str(home.folder)) as running:
        running.end().ends_with(1).mentions('4 | time_zone = "Europe/Berlin"\n', "  | ^\n")


@case
def check_is_content_with_a_home_that_is_fine(home: Home) -> None:
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    said = home.run("check").ends_with(0).sums_up("OK: 1 app compiled, the configuration is valid")
    if said.problems:
        raise Wrong(f"complains all the same:\n{said.text}")
    home.settings()
    home.run("check").ends_with(0).sums_up("OK: the configuration is valid, and has no app")


@case
def check_sums_up_what_is_wrong_in_its_last_line(home: Home) -> None:
    two = '[hassette.apps.good]\n[hassette.apps.lamp]\n[hassette.apps.lamp.config]\nmotoin = 1\n'
    home.write("apps/good.cpp", GOOD_APP)
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    home.settings(two)
    home.run("check").ends_with(1).sums_up("1 of 2 apps cannot run: lamp")
    home.settings('log_level = "loud"\n' + two)
    home.run("check").ends_with(1).sums_up("1 problem in the settings, 1 of 2 apps cannot run: lamp")
    home.settings("apps_dir = 7\nlog_level = \"loud\"\n" + two)
    home.run("check").ends_with(1).sums_up("2 problems in the settings; the apps were not looked at")


def run_case(function: Callable, program: pathlib.Path, folder: pathlib.Path) -> str:
    cache = folder / "cache"
    try:
        function(Home(program, folder / function.__name__, cache))
        return ""
    except Wrong as wrong:
        return str(wrong)
    except Exception as error:  # a case that breaks has failed; the others go on
        return f"{type(error).__name__}: {error}"


def main() -> int:
    program = pathlib.Path(sys.argv[1], "bin", "hassette").resolve()
    regex = sys.argv[2] if len(sys.argv) > 2 else ""
    chosen = [function for function in CASES if re.search(regex, function.__name__)]
    failed = 0
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_case, function, program, pathlib.Path(name)): function for function in chosen}
        for done in concurrent.futures.as_completed(running):
            title = running[done].__name__.replace("_", " ")
            problem = done.result()
            failed += bool(problem)
            print(f"FAIL {title}\n{problem}" if problem else f"PASS {title}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
