#!/usr/bin/env python3
"""Plants known bugs in the engine and sees whether the simulation suite finds each.

  plant.py run BUILD [REGEX] [--seeds N] [--seconds S]
                    BUILD is a folder in which `simulation` is built; a line for each bug
  plant.py check    sees only whether every patch of bugs/ still fits the sources

A patch begins with one sentence that says what it breaks, and changes one file of src/. A bug costs
little: that file is compiled as BUILD compiles it, the engine is linked once more with it, and the
program of BUILD plays with that engine. Nothing in BUILD or in the sources changes; what is made
lies in BUILD/planted, for as long as the bug is not found. A bug counts as found if a seed fails, if
that seed shrinks to a tape that still fails, and if the engine without the bug plays this tape as it
should. The last line is `N found, N missed`; the exit code is 1 if one was missed.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUGS = HERE / "bugs"
sys.path.insert(0, str(ROOT / "tools"))

from run_tests import sanitizer_env  # noqa: E402

LIBRARY = "lib/libhassette.so"
CHANGED = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)
SEED = re.compile(r"^seed (\d+) fails:", re.MULTILINE)
SHRUNK = re.compile(r"^shrunk to (\d+) operations", re.MULTILINE)
TAPE = re.compile(r"--replay (\S+)$", re.MULTILINE)


class Missed(Exception):
    """Says why."""


@dataclasses.dataclass
class Bug:
    path: pathlib.Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def what(self) -> str:
        return self.path.read_text().splitlines()[0]

    @property
    def file(self) -> str:
        """The source that it changes."""
        changed = CHANGED.findall(self.path.read_text())
        if len(changed) != 1 or not changed[0].endswith(".cpp"):
            raise Missed(f"it changes {', '.join(changed) or 'nothing'} instead of one .cpp of src/")
        return changed[0]


def bugs(regex: str = "") -> list[Bug]:
    return [Bug(path) for path in sorted(BUGS.glob("*.patch")) if re.search(regex, path.stem)]


def git_apply(folder: pathlib.Path, bug: Bug, *options: str) -> str:
    """What git says against it; empty if it is applied. A repository around the folder is not looked for."""
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(
        ["git", "apply", *options, str(bug.path)], cwd=folder, env=env, capture_output=True, text=True
    )
    return done.stderr.strip() if done.returncode else ""


def misfits() -> dict[str, str]:
    """The patches that do not fit the sources any more, with the reason."""
    found = {}
    for bug in bugs():
        try:
            found[bug.name] = git_apply(ROOT, bug, "--check") or (bug.file and "")
        except Missed as why:
            found[bug.name] = str(why)
    return {name: why for name, why in found.items() if why}


class Planter:
    """Makes engines with a bug out of what a build folder holds."""

    def __init__(self, build: pathlib.Path) -> None:
        self.build = build
        done = subprocess.run(
            ["ninja", "-C", build, "-t", "commands", LIBRARY], capture_output=True, text=True, check=True
        )
        self.commands = done.stdout.splitlines()
        self.program = build / "test" / "simulation"
        if not self.program.exists():
            raise SystemExit(f"there is no {self.program}: build the target `simulation` first")

    def plant(self, bug: Bug) -> pathlib.Path:
        """The folder that holds the engine with the bug."""
        folder = self.build / "planted" / bug.name
        shutil.rmtree(folder, ignore_errors=True)
        source = folder / bug.file
        source.parent.mkdir(parents=True)
        shutil.copyfile(ROOT / bug.file, source)
        if why := git_apply(folder, bug):
            raise Missed(f"the patch does not fit: {why}")
        original = str(ROOT / bug.file)
        compiles = next((line for line in self.commands if line.endswith(f" -c {original}")), None)
        if compiles is None:
            raise Missed(f"{bug.file} is no part of {LIBRARY}")
        target = shlex.split(compiles)[shlex.split(compiles).index("-o") + 1]
        planted = folder / "planted.o"
        self.run(compiles.replace(original, str(source)).replace(target, str(planted)))
        links = self.commands[-1].replace(f"-o {LIBRARY}", f"-o {folder / 'libhassette.so'}")
        self.run(links.replace(f" {target} ", f" {planted} "))
        return folder

    def run(self, command: str) -> None:
        done = subprocess.run(command, shell=True, cwd=self.build, capture_output=True, text=True)
        if done.returncode:
            raise Missed(f"it cannot be built: {done.stdout}{done.stderr}")

    def play(self, folder: pathlib.Path | None, *arguments: object) -> tuple[int, str]:
        """With the engine of this folder, or with that of the build."""
        env = {**os.environ, **sanitizer_env()}
        if folder:
            env["LD_LIBRARY_PATH"] = f"{folder}:{env['LD_LIBRARY_PATH']}"
        done = subprocess.run(
            [self.program, *map(str, arguments)], env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout


def seek(planter: Planter, bug: Bug, seeds: int, seconds: int) -> str:
    """How it was found; throws Missed if it was not."""
    begin = time.monotonic()
    folder = planter.plant(bug)
    built = time.monotonic()
    limits = ["--seeds", seeds, "--seconds", seconds, "--workers", 1]
    code, output = planter.play(folder, *limits, "--out", folder)
    seed, shrunk, tape = SEED.search(output), SHRUNK.search(output), TAPE.search(output)
    if code != 1 or not seed or not shrunk or not tape:
        raise Missed(output)
    code, _ = planter.play(folder, "--replay", tape[1])
    if code == 0:
        raise Missed(f"the shrunk tape {tape[1]} shows nothing")
    code, output = planter.play(None, "--replay", tape[1])
    if code != 0:
        raise Missed(f"without the bug {tape[1]} fails, too:\n{output}")
    end = time.monotonic()
    shutil.rmtree(folder)  # an engine is large
    return (
        f"seed {seed[1]:>5}, shrunk to {shrunk[1]:>2} operations; "
        f"{built - begin:.0f} s to build, {end - built:.0f} s to find and shrink"
    )


def run_all(build: pathlib.Path, chosen: list[Bug], seeds: int, seconds: int) -> int:
    """How many were missed."""
    begin = time.monotonic()
    planter = Planter(build)
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        sought = {bug.name: pool.submit(seek, planter, bug, seeds, seconds) for bug in chosen}
        for name, search in sought.items():
            try:
                print(f"FOUND  {name:40} {search.result()}", flush=True)
            except Missed as why:
                missed += 1
                print(f"MISSED {name:40} {why}", flush=True)
    print(f"all of it took {time.monotonic() - begin:.0f} s")
    print(f"{len(chosen) - missed} found, {missed} missed")
    return missed


def run(args: argparse.Namespace) -> int:
    chosen = bugs(args.regex)
    if not chosen:
        print(f"no bug matches `{args.regex}`")
        return 1
    return 1 if run_all(args.build.absolute(), chosen, args.seeds, args.seconds) else 0


def check(_: argparse.Namespace) -> int:
    wrong = misfits()
    for name, why in wrong.items():
        print(f"{name}: {why}")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    runs = verbs.add_parser("run")
    runs.set_defaults(function=run)
    runs.add_argument("build", type=pathlib.Path)
    runs.add_argument("regex", nargs="?", default="", help="choose bugs by name")
    runs.add_argument("--seeds", type=int, default=10_000)
    runs.add_argument("--seconds", type=int, default=60)
    verbs.add_parser("check").set_defaults(function=check)
    args = parser.parse_args()
    return args.function(args)


if __name__ == "__main__":
    sys.exit(main())
