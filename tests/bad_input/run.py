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
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable

from fake_home import FakeHome, free_port
from home import TOKEN, Home, Said, Wrong

GOOD_APP = """\
#include <hassette/app.hpp>
using namespace hassette;
class Good : public App<> {
  Task<> on_initialize() override {
    logger.info("good as ever");
    co_return;
  }
};
HASSETTE_APP(Good)
"""
CONFIGURED_APP = """\
#include <hassette/app.hpp>
using namespace hassette;
struct LampConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};
class Lamp : public App<LampConfig> {};
HASSETTE_APP(Lamp)
"""
CASES: list[Callable] = []


def case(function: Callable) -> Callable:
    CASES.append(function)
    return function


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
def an_override_without_a_value_is_refused(home: Home) -> None:
    home.settings()
    home.run("run", "--set", "web.port").ends_with(78).says_once("--set", "web.port")


@case
def an_override_of_no_setting_is_refused(home: Home) -> None:
    home.settings()
    home.run("run", "--set", "web.prot=9000").ends_with(78).says_once("command line", "did you mean `port`?")


# --- folders, programs, other engines ----------------------------------------------------------------


@case
def a_data_folder_that_cannot_be_made_is_named(home: Home) -> None:
    home.write("occupied", "")
    home.settings('data_dir = "occupied/data"\n')
    home.run("run").ends_with(78).says_once(str(home.folder / "occupied/data"), "data_dir")


@case
def a_data_folder_that_is_a_file_is_named(home: Home) -> None:
    home.write("occupied", "")
    home.settings('data_dir = "occupied"\n')
    home.run("run").ends_with(78).says_once(str(home.folder / "occupied"), "data_dir")


@case
def a_read_only_data_folder_is_named(home: Home) -> None:
    # Root may write anywhere but here.
    home.settings('data_dir = "/proc/self/hassette"\n')
    home.run("run").ends_with(78).says_once("/proc/self/hassette", "data_dir")


@case
def a_second_engine_on_one_folder_is_refused(home: Home) -> None:
    home.settings()
    with home.start_engine() as first:
        first.wait_for("waiting for Home Assistant")
        home.run("run").ends_with(78).says_once("another hassette runs on", str(home.folder))
        first.send()
        first.end().ends_with(0)


@case
def a_lock_of_an_engine_that_died_is_no_lock(home: Home) -> None:
    home.settings()
    with home.start_engine() as first:
        first.wait_for("waiting for Home Assistant")
        first.send(signal.SIGKILL)
        first.process.wait()
    home.run_until("waiting for Home Assistant")


@case
def a_missing_compiler_names_its_package(home: Home) -> None:
    home.settings()
    for env in ({"HASSETTE_CXX": "/nonexistent/clang++"}, {"PATH": "/nonexistent"}):
        for verb in ("run", "check"):
            home.run(verb, env=env).ends_with(78).says_once("clang-19", "HASSETTE_CXX")


@case
def a_compiler_that_is_none_is_named(home: Home) -> None:
    home.settings()
    home.run("check", env={"HASSETTE_CXX": "/bin/true"}).ends_with(78).says_once("/bin/true", "is not Clang")


@case
def a_cache_that_others_may_write_is_refused(home: Home) -> None:
    home.cache = home.folder / "cache"
    home.cache.mkdir()
    home.cache.chmod(0o777)
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    home.run("check").ends_with(78).says_once(str(home.cache), "chmod -R go-w")


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
    live.says_once(*fragments, app=app).mentions("good as ever", f"1 of 2 apps run (failed: {app})")
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


@case
def a_class_that_is_not_there_is_named_with_the_likely_one(home: Home) -> None:
    home.toml = '[hassette.apps.lamp]\nclass_name = "Lamb"\n'
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    parked(home, "lamp", "hassette.toml:", "lamp.cpp has no app of class `Lamb`", "did you mean `Lamp`?")


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
    said.says_once("did not start", "no such lamp", app="thrower").mentions("1 of 2 apps run (failed: thrower)")


# --- Home Assistant: to wait or to end ---------------------------------------------------------------


@case
def a_home_that_is_down_is_waited_for_with_one_message(home: Home) -> None:
    home.url = f"http://127.0.0.1:{free_port()}"
    home.settings()
    with home.start_engine() as running:
        running.wait_for("waiting for Home Assistant")
        time.sleep(2.5)  # further attempts, which must say nothing
        running.send()
        said = running.end().ends_with(0).says_once("waiting for Home Assistant at " + home.url, "refused")
    if said.seconds > 2.0:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")


@case
def a_rejected_token_ends_the_first_contact(home: Home) -> None:
    with FakeHome("bad_token") as fake:
        home.url = fake.url
        home.settings()
        home.run("run").ends_with(78).says_once(fake.url, "rejects the token", "Invalid access token", "HASSETTE__TOKEN")


@case
def what_is_no_home_assistant_ends_the_first_contact(home: Home) -> None:
    for kind in ("web_page", "other_socket"):
        with FakeHome(kind) as fake:
            home.url = fake.url
            home.settings()
            home.run("run").ends_with(78).says_once(fake.address, "base_url")


@case
def garbage_is_said_once_a_kind_and_survived(home: Home) -> None:
    with FakeHome("garbage") as fake:
        home.url = fake.url
        home.settings()
        with home.start_engine() as running:
            running.wait_for("ready: ")
            running.wait_for("never asked")
            running.send()
            said = running.end().ends_with(0)
    kinds = [problem["message"].partition(" (")[0] for problem in said.problems]
    if len(kinds) < 4 or len(set(kinds)) != len(kinds):
        raise Wrong(f"not once a kind:\n{said.text}")


@case
def a_message_that_is_too_large_costs_one_connection(home: Home) -> None:
    with FakeHome("huge") as fake:
        home.url = fake.url
        home.settings()
        home.run_until("is back after").says_once("lost Home Assistant", "larger than")


@case
def a_plain_port_asked_for_tls_ends_the_first_contact(home: Home) -> None:
    with FakeHome("home") as fake:
        home.url = f"https://{fake.address}"
        home.settings()
        home.run("run").ends_with(78).says_once(fake.address, "TLS", "base_url")


@case
def a_page_port_in_use_leaves_the_engine_running(home: Home) -> None:
    with socket.socket() as other, FakeHome("home") as fake:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        home.url = fake.url
        home.settings(page=f"\n[hassette.web]\nport = {port}\n")
        home.run_until("ready: ").says_once(str(port), "web.port")


@case
def ctrl_c_ends_an_engine_with_apps(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        said = home.run_until("ready: 1 app runs, Home Assistant 2025.4.4, 1 entity")
    if said.problems:
        raise Wrong(f"stopping is no problem:\n{said.text}")


def compilers_in(folder: pathlib.Path) -> list[str]:
    """Processes whose command line names this folder, other than the engine itself."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(folder) in command and "clang" in command:
            found.append(command)
    return found


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@case
def compilers_die_with_the_engine(home: Home) -> None:
    home.cache = home.folder / "cache"  # empty: the precompiled header takes a while
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    for number, code in ((signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)):
        with home.start_engine() as running:
            if not wait_until(lambda: bool(compilers_in(home.cache)), 30):
                raise Wrong(f"no compiler was started:\n{running.text()}")
            running.send(number)
            said = running.end().ends_with(code)
        if said.seconds > 2.0:
            raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")
        if not wait_until(lambda: not compilers_in(home.cache), 2):
            raise Wrong(f"still there after {number.name}: {compilers_in(home.cache)}")


@case
def a_thread_that_blocks_does_not_hold_up_the_end(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP.replace(
        "#include", "#include <thread>\n#include", 1).replace(
        "};\nHASSETTE_APP",
        "  Task<> run() override {\n"
        "    co_await task_bucket.run_in_thread([] { std::this_thread::sleep_for(100s); });\n"
        "  }\n};\nHASSETTE_APP",
    ))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        with home.start_engine() as running:
            running.wait_for("ready: 1 app runs")
            running.send(signal.SIGINT)
            said = running.end().ends_with(0)
    said.mentions("`run` does not end although it was cancelled", "leaving without it")
    if said.seconds > 20:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")


@case
def a_handler_that_never_returns_does_not_hold_up_the_end(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP.replace(
        "    co_return;", "    for (;;) asm volatile(\"\");\n    co_return;"))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        with home.start_engine() as running:
            running.wait_for("`on_initialize` holds the loop, for 1")
            running.send(signal.SIGINT)
            said = running.end().ends_with(130)
    said.mentions("`on_initialize` of good still holds the loop")


@case
def a_crash_names_the_app_that_was_running(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP.replace("    co_return;", "    std::raise(SIGSEGV);\n    co_return;")
               .replace("#include", "#include <csignal>\n#include", 1))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        with home.start_engine() as running:
            said = Said.of_a_crash(running, signal.SIGSEGV)
    if "while the loop was running `on_initialize` of good" not in said:
        raise Wrong(f"the crash names nobody:\n{said}")


@case
def a_closed_terminal_stops_the_engine_with_its_hooks(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP.replace(
        "};\nHASSETTE_APP",
        "  Task<> on_shutdown() override {\n    logger.info(\"good bye\");\n    co_return;\n  }\n"
        "};\nHASSETTE_APP",
    ))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        with home.start_engine() as running:
            running.wait_for("ready: 1 app runs")
            running.send(signal.SIGHUP)
            running.end().ends_with(0).mentions("good bye")


@case
def a_second_ctrl_c_ends_at_once(home: Home) -> None:
    slow = GOOD_APP.replace("Good", "Slow").replace(
        "};\nHASSETTE_APP",
        "  Task<> on_shutdown() override { co_await sleep(1h); }\n"
        "  std::chrono::nanoseconds shutdown_limit() const override { return 1h; }\n};\nHASSETTE_APP",
    )
    home.write("apps/slow.cpp", slow)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.slow]\n")
        with home.start_engine() as running:
            running.wait_for("ready: ")
            running.send()
            running.wait_for("stopping")
            # Signals within 50 ms are one wish: press until it counts as a second.
            if not wait_until(lambda: running.press() is not None, 10):
                raise Wrong(f"a second Ctrl-C does not end it:\n{running.text()}")
            running.end().ends_with(130)


# --- the command line --------------------------------------------------------------------------------


@case
def what_the_command_line_does_not_know_is_a_usage_error(home: Home) -> None:
    cases = {
        "rnu": "there is no verb `rnu`; did you mean `run`?", "run --jsno": "--jsno", "new": "folder is required",
        "run --set": "--set", "": "compiles all apps",
    }
    for arguments, said in cases.items():
        with home.start(*arguments.split()) as running:
            running.end().ends_with(2).mentions(said, "--help")


@case
def a_new_home_where_none_can_be_made_is_refused(home: Home) -> None:
    home.write("occupied", "")
    for folder, said in ((home.folder, "not empty"), (home.folder / "occupied", "no folder"), ("/proc/x", "may write to")):
        with home.start("new", str(folder)) as running:
            running.end().ends_with(1).mentions(str(folder), said)


@case
def a_report_in_a_pipe_keeps_its_lines_and_carets(home: Home) -> None:
    home.settings('time_zone = "Europe/Berlin"\n')
    with home.start("check", str(home.folder)) as running:
        running.end().ends_with(1).mentions('4 | time_zone = "Europe/Berlin"\n', "  | ^\n")


@case
def check_is_content_with_a_home_that_is_fine(home: Home) -> None:
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    said = home.run("check").ends_with(0).mentions("OK: 1 app")
    if said.problems:
        raise Wrong(f"complains all the same:\n{said.text}")


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
