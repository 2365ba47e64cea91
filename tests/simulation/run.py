#!/usr/bin/env python3
"""The simulation suite: ten thousand random tapes on the engine and on a model of its reference.

  run.py BUILD [REGEX]     runs BUILD/test/simulation; prints PASS or FAIL for each case

The cases also hold the suite itself to what it promises: every kind of thing happens in it, the same
seed gives the same trace, what it finds shrinks to a short tape, planted bugs are found.
"""
# build: simulation

import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable

import plant

SEEDS, SECONDS, MINIMUM = 10_000, 60, 2_000
# So many seeds show each kind of thing; the program fails if one never happened.
ENOUGH_FOR_ALL_KINDS = 2_000
# The furthest seed that finds a planted bug, with a good margin.
SEEDS_FOR_BUGS, SECONDS_FOR_BUGS = 3_000, 90
CASES: list[Callable] = []


class Wrong(Exception):
    pass


def case(function: Callable) -> Callable:
    CASES.append(function)
    return function


def check(condition: object, says: str) -> None:
    if not condition:
        raise Wrong(says)


class Simulation:
    def __init__(self, build: pathlib.Path, folder: pathlib.Path) -> None:
        self.build = build
        self.program = build / "test" / "simulation"
        self.found = build / "simulation"  # where tapes that fail are kept
        self.folder = folder
        self.env = {**os.environ, **plant.sanitizer_env()}

    def __call__(self, *arguments: object) -> tuple[int, str]:
        done = subprocess.run(
            [self.program, *map(str, arguments)], env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    def tape_found(self, *arguments: object) -> tuple[str, int]:
        """The tape that a flawed suite finds, and the number of its operations."""
        code, output = self(*arguments, "--seeds", 2_000, "--out", self.folder)
        shrunk = re.search(r"^shrunk to (\d+) operations", output, re.MULTILINE)
        replay = re.search(r"--replay (\S+)$", output, re.MULTILINE)
        check(code == 1 and shrunk and replay, output)
        return replay[1], int(shrunk[1])


@case
def random_tapes_run_as_the_reference_says(simulation: Simulation) -> None:
    limits = ["--seeds", SEEDS, "--seconds", SECONDS, "--minimum", MINIMUM]
    code, output = simulation(*limits, "--coverage", "--out", simulation.found)
    print(output, flush=True)
    check(code == 0, f"exit code {code}")
    counts = [int(count) for count in re.findall(r"^ +(\d+) \S", output, re.MULTILINE)]
    check(MINIMUM >= ENOUGH_FOR_ALL_KINDS and len(counts) >= 100, "no coverage")
    check(min(counts) > 0, "something never happened")


@case
def a_suite_in_which_something_never_happens_is_no_success(simulation: Simulation) -> None:
    code, output = simulation("--flawed", "blind", "--seeds", ENOUGH_FOR_ALL_KINDS)
    check(code == 1 and "never happened: listener: run dropped from a full queue" in output, output)


@case
def the_same_seed_gives_the_same_trace_in_two_processes(simulation: Simulation) -> None:
    first, second = simulation("--trace", 1, 60), simulation("--trace", 1, 60)
    check(first[0] == 0 and first[1].count("\n") > 1_000, "no traces")
    check(first == second, "two processes differ")
    check(simulation("--trace", 61) != simulation("--trace", 62), "two seeds are alike")


@case
def what_fails_shrinks_to_a_short_tape_that_can_be_replayed(simulation: Simulation) -> None:
    tape, operations = simulation.tape_found("--flawed", "queues")
    check(operations <= 6, f"{operations} operations are not short: {pathlib.Path(tape).read_text()}")
    code, output = simulation("--flawed", "queues", "--replay", tape)
    check(code == 1 and "what is wrong:" in output, output)
    code, output = simulation("--replay", tape)
    check(code == 0 and "nothing is wrong" in output, output)


@case
def what_crashes_shrinks_too(simulation: Simulation) -> None:
    tape, operations = simulation.tape_found("--flawed", "crashes")
    check(operations <= 6, f"{operations} operations are not short: {pathlib.Path(tape).read_text()}")
    code, output = simulation("--flawed", "crashes", "--replay", tape)
    check(code < 0, f"exit code {code}: {output}")


@case
def what_hangs_shrinks_too(simulation: Simulation) -> None:
    tape, operations = simulation.tape_found("--flawed", "hangs")
    check(operations <= 12, f"{operations} operations are not short: {pathlib.Path(tape).read_text()}")
    code, output = simulation("--replay", tape)
    check(code == 0 and "nothing is wrong" in output, output)


@case
def too_few_seeds_in_the_time_are_no_success(simulation: Simulation) -> None:
    code, output = simulation("--seeds", 400, "--minimum", 401)
    check(code == 1 and "fewer than 401" in output, output)


@case
def every_planted_bug_still_fits_the_sources(simulation: Simulation) -> None:
    found = plant.bugs()
    check(len(found) >= 10, f"only {len(found)} bugs")
    check(all(bug.what.endswith(".") for bug in found), "each begins with a sentence")
    wrong = plant.misfits()
    check(not wrong, "\n".join(f"{name}: {why}" for name, why in wrong.items()))


@case
def every_planted_bug_is_found(simulation: Simulation) -> None:
    missed = plant.run_all(simulation.build, plant.bugs(), SEEDS_FOR_BUGS, SECONDS_FOR_BUGS)
    check(missed == 0, f"{missed} bugs are missed")


def main() -> int:
    build = pathlib.Path(sys.argv[1]).absolute()
    regex = sys.argv[2] if len(sys.argv) > 2 else ""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for function in CASES:
            if not re.search(regex, function.__name__):
                continue
            try:
                function(Simulation(build, pathlib.Path(folder)))
                print(f"PASS {function.__name__}", flush=True)
            except Wrong as wrong:
                failed += 1
                print(f"FAIL {function.__name__}: {wrong}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
