#!/usr/bin/env python3
"""Runs `hassette test` in homes where tests pass, fail, crash, hang, do not compile, or are not there.

  run.py BUILD [REGEX]     runs BUILD/bin/hassette; prints PASS or FAIL for each case

Each case has a home of its own, made by `hassette new`; all share one cache, so that the precompiled
header is made once.
"""
# build: hassette_bin

import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Callable

from home import APP, GOOD, TEST_FILE, Home, Wrong, make_compiler

CASES: list[Callable] = []


def case(function: Callable) -> Callable:
    CASES.append(function)
    return function


# --- passing and failing -----------------------------------------------------------------------------


@case
def a_new_home_passes_at_once_and_is_not_compiled_twice(home: Home) -> None:
    home.test().mentions("compiling first_light_test.cpp", "PASS first_light_test.cpp: 1 test").sums_up(1, 0)
    home.test().lacks("compiling").sums_up(1, 0)
    if home.compiled() != ["first_light_test.cpp"]:
        raise Wrong(f"compiled {home.compiled()}")


@case
def a_folder_of_apps_may_have_a_slash_at_its_end_or_be_the_home(home: Home) -> None:
    home.test("--set", "apps_dir=apps/").sums_up(1, 0)
    home.test("--set", "apps_dir=.").sums_up(1, 0)


@case
def a_failure_shows_the_lines_of_the_test_and_of_the_app(home: Home) -> None:
    home.lamp("EXPECT_CALLED(home, light.turn_off);")
    home.test().mentions(
        "FAIL Hall.is_lit in lamp_test.cpp", "tests/lamp_test.cpp:15: Failure", "light.turn_off was not called",
        "nearest call: light.turn_on", "binary_sensor.hall: off → on", "lamp `motion` runs (apps/lamp.cpp:11)",
    ).lacks(str(home.folder)).sums_up(0, 1)


@case
def an_app_that_throws_is_named_with_its_line(home: Home) -> None:
    home.lamp()
    home.write("apps/lamp.cpp", APP.replace("co_await api.turn_on", 'throw Error("lamp", "no such lamp");\n    co_await api.turn_on'))
    home.test().mentions("FAIL Hall.is_lit", "an app failed: lamp `motion`", "no such lamp (apps/lamp.cpp:11)").sums_up(0, 1)


@case
def a_seed_reaches_the_tests_and_is_said_when_one_fails(home: Home) -> None:
    home.lamp('EXPECT_EQ(test_seed(), 42u) << "dice";')
    home.test("--seed", "42").lacks("the seed was").sums_up(1, 0)
    home.test("--seed", "7").mentions("dice", "the seed was 7: `hassette test --seed 7` repeats this").sums_up(0, 1)
    home.test(env={"HASSETTE_TEST_SEED": "42"}).sums_up(1, 0)
    home.test().mentions("dice", "the seed was 1: `hassette test --seed 1` repeats this").sums_up(0, 1)
    home.lamp("no such check;")
    home.test("--seed", "7").lacks("the seed was").sums_up(0, 1)
    home.test("--seed", "lucky").ends_with(2).mentions("--seed")


@case
def a_filter_names_files_or_else_tests(home: Home) -> None:
    home.lamp()
    home.write("tests/sums_test.cpp", "#include <hassette/testing.hpp>\nTEST(Sums, add) {}\nTEST(Sums, differ) {}\n")
    home.test("sums").lacks("lamp_test.cpp").sums_up(2, 0)
    home.test("Sums.diff").sums_up(1, 0)
    home.test("is_lit").sums_up(1, 0)
    said = home.test("cellar").ends_with(1)
    said.mentions("no file and no test has `cellar` in its name; the files are lamp_test.cpp, sums_test.cpp")


# --- what ends a program -----------------------------------------------------------------------------


@case
def a_crash_names_the_test_and_the_others_run(home: Home) -> None:
    home.lamp()
    source = TEST_FILE.format(check=GOOD) + "TEST(Cellar, falls) { std::raise(SIGKILL); }\nTEST(Attic, stands) {}\n"
    home.write("tests/lamp_test.cpp", "#include <csignal>\n" + source)
    home.test().mentions("FAIL Cellar.falls in lamp_test.cpp", "Cellar.falls crashed: SIGKILL (Killed)").sums_up(2, 1)


@case
def a_crash_behind_thousands_of_tests_loses_none_of_them(home: Home) -> None:
    home.write("tests/first_light_test.cpp", """\
#include <hassette/testing.hpp>
#include <csignal>
struct RoomsOfTheHouse : testing::TestWithParam<int> {};
TEST_P(RoomsOfTheHouse, are_warm_in_winter) {}
INSTANTIATE_TEST_SUITE_P(Numbered, RoomsOfTheHouse, testing::Range(0, 3000));
struct Zones : testing::TestWithParam<int> {};
TEST_P(Zones, fall) { if (GetParam() == 1) std::raise(SIGKILL); }
INSTANTIATE_TEST_SUITE_P(Three, Zones, testing::Range(0, 3));
""")
    home.test().mentions("Zones.fall/1 crashed: SIGKILL").sums_up(3002, 1)


@case
def a_test_that_hangs_is_killed_and_named(home: Home) -> None:
    home.lamp("for (;;) home.advance(1s);")
    home.write("tests/good_test.cpp", "#include <hassette/testing.hpp>\nTEST(Sums, add) {}\n")
    said = home.test("--limit", "3s")
    said.mentions("Hall.is_lit did not end within 3 s and was killed").sums_up(1, 1)
    with (home.folder / "tests/lamp_test.cpp").open("a") as source:
        source.write("TEST(Zoo, is_behind_it) {}\nTEST(Zoo, as_is_this) {}\n")
    home.test("--limit", "3s").mentions("the 2 tests behind it did not run").sums_up(1, 1, not_run=2)
    home.test("--limit", "soon").ends_with(2).mentions("--limit")


@case
def ctrl_c_ends_it_at_once_with_its_programs(home: Home) -> None:
    os.mkfifo(home.folder / "gate")
    home.lamp('std::ofstream gate("gate"); for (;;) home.advance(1s);')
    source = (home.folder / "tests/lamp_test.cpp").read_text()
    home.write("tests/lamp_test.cpp", "#include <fstream>\n" + source)
    with home.start() as running, open(home.folder / "gate", "rb") as gate:  # opens when the test does
        running.interrupt().ends_with(130)
        if gate.read() != b"":  # its end is the end of the test program
            raise Wrong("the program said something")


# --- what cannot be run ------------------------------------------------------------------------------


@case
def a_compile_error_is_shown_as_check_shows_it(home: Home) -> None:
    home.lamp()
    home.write("apps/lamp.cpp", APP.replace("co_await api.turn_on", "api.turn_on"))
    home.write("tests/good_test.cpp", "#include <hassette/testing.hpp>\nTEST(Sums, add) {}\n")
    home.test().mentions(
        "FAIL lamp_test.cpp\n    lamp_test.cpp does not compile: ",
        "apps/lamp.cpp:14:5: error: co_await it: a Task does nothing until it is awaited",
        "api.turn_on(app_config.light);", "^",
    ).sums_up(1, 1)


@case
def what_is_missing_is_said_in_one_sentence(home: Home) -> None:
    def sentence(code: int, *fragments: str, arguments: tuple[str, ...] = (), **env: str) -> None:
        said = home.test(*arguments, env=env).ends_with(code).mentions("hassette test: ", *fragments)
        if said.text.count("\n") != 1:
            raise Wrong(f"more than one line:\n{said.text}")

    nothing = home.folder / "nothing"
    nothing.mkdir()
    sentence(78, "HASSETTE_GTEST names", "holds no GoogleTest", "apt install libgtest-dev", HASSETTE_GTEST=str(nothing))
    sentence(78, "HASSETTE_CXX names", "apt install clang-19", HASSETTE_CXX="clang++-none")
    sentence(78, "hassette.toml", "hassette new", arguments=("--folder", str(nothing)))
    sentence(2, "--set takes key=value", arguments=("--set", "apps_dir"))
    (home.folder / "tests/first_light_test.cpp").unlink()
    sentence(1, "there is no test in", "*_test.cpp")
    (home.folder / "tests").rmdir()
    sentence(1, "there is no folder", "first_light_test.cpp")
    home.write("tests/empty_test.cpp", "#include <hassette/testing.hpp>\n")
    home.test().ends_with(1).mentions("there is no test in empty_test.cpp")


# --- while one works ---------------------------------------------------------------------------------


@case
def an_edit_of_an_app_runs_again_what_includes_it_and_nothing_else(home: Home) -> None:
    home.lamp()
    home.write("tests/sums_test.cpp", "#include <hassette/testing.hpp>\nTEST(Sums, add) {}\n")
    with home.start("--watch") as running:
        running.until("waiting for changes")
        home.write("apps/lamp.cpp", APP.replace("api.turn_on", "api.turn_off"))
        running.until("waiting for changes", 2)
        home.write("apps/lamp.cpp", APP)
        running.until("waiting for changes", 3)
        said = running.interrupt().ends_with(0)
    said.mentions("2 passed, 0 failed", "FAIL Hall.is_lit in lamp_test.cpp", "0 passed, 1 failed", "1 passed, 0 failed")
    # Its first content was kept: it is compiled for the second alone.
    if sorted(home.compiled()) != ["lamp_test.cpp", "lamp_test.cpp", "sums_test.cpp"]:
        raise Wrong(f"compiled {home.compiled()}")


@case
def an_edit_in_the_middle_of_a_run_is_taken_up_after_it(home: Home) -> None:
    os.mkfifo(home.folder / "gate")
    home.lamp('std::ifstream("gate").get(); EXPECT_CALLED(home, light.turn_off);')
    source = (home.folder / "tests/lamp_test.cpp").read_text()
    home.write("tests/lamp_test.cpp", "#include <fstream>\n" + source)
    with home.start("--watch") as running:
        with open(home.folder / "gate", "wb"):  # opens when the test waits at it
            home.write("tests/lamp_test.cpp", TEST_FILE.format(check=GOOD))
        running.until("waiting for changes", 2)
        running.interrupt().ends_with(0).mentions("0 passed, 1 failed", "1 passed, 0 failed")


@case
def tests_that_appear_and_files_that_a_test_names_are_noticed(home: Home) -> None:
    home.lamp()
    (home.folder / "tests/lamp_test.cpp").unlink()
    with home.start("--watch") as running:
        running.until("there is no test in")
        (home.folder / "tests").rmdir()
        running.until("there is no folder")
        reading = 'std::string word; std::ifstream("tests/data/word.txt") >> word; EXPECT_EQ(word, "one");'
        home.write("tests/words_test.cpp", f"#include <hassette/testing.hpp>\n#include <fstream>\nTEST(Words, are) {{ {reading} }}\n")
        running.until("waiting for changes")
        home.write("tests/data/word.txt", "one")
        running.until("1 passed, 0 failed")
        home.write("tests/data/word.txt", "two")
        running.until("0 passed, 1 failed", 2)
        running.interrupt().ends_with(0)


@case
def a_header_that_was_missing_is_noticed_where_nothing_was_included_from_before(home: Home) -> None:
    home.write("tests/first_light_test.cpp", '#include <hassette/testing.hpp>\n#include "../lib/sums.hpp"\n')
    home.write("lib/notes.txt", "")
    with home.start("--watch") as running:
        running.until("'../lib/sums.hpp' file not found")
        running.until("waiting for changes")
        home.write("lib/sums.hpp", "TEST(Sums, add) {}\n")
        running.until("1 passed, 0 failed")
        running.interrupt().ends_with(0)


@case
def what_failed_for_an_outside_reason_is_tried_again_at_the_next_change(home: Home) -> None:
    full = home.folder / "disk-is-full"
    full.touch()
    # A cache of its own, in which there is no precompiled header yet.
    with home.start("--watch", "--set", "cache_dir=tests/cache") as running:
        running.until("waiting for changes")
        full.unlink()
        running.until("1 passed, 0 failed")
        full.touch()
        home.write("tests/first_light_test.cpp", "#include <hassette/testing.hpp>\nTEST(Sums, add) {}\n")
        running.until("0 passed, 1 failed")
        full.unlink()
        running.until("1 passed, 0 failed", 2)
        running.interrupt().ends_with(0).mentions("No space left", "1 passed", "No space left", "1 passed")


def run_case(function: Callable, program: pathlib.Path, folder: pathlib.Path) -> str:
    try:
        function(Home(program, folder / function.__name__, folder))
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
        make_compiler(pathlib.Path(name))
        running = {pool.submit(run_case, function, program, pathlib.Path(name)): function for function in chosen}
        for done in concurrent.futures.as_completed(running):
            title = running[done].__name__.replace("_", " ")
            problem = done.result()
            failed += bool(problem)
            print(f"FAIL {title}\n{problem}" if problem else f"PASS {title}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
