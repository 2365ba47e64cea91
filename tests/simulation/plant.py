#!/usr/bin/env python3
"""Plants known bugs in a copy of the sources and sees whether the simulation suite finds each.

  plant.py run [REGEX] [--seeds N] [--seconds S]
                    in build/planted: copies, builds, plants, plays; a line for each bug
  plant.py check    sees only whether every patch of bugs/ still fits the sources

A patch begins with one line that says what it breaks. The copy is built once in full; each bug then
costs its own objects and a link. The last line is `N found, N missed`; the exit code is 1 if one was
missed.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUGS = HERE / "bugs"
sys.path.insert(0, str(ROOT / "tools"))

from project import COMPILER, listed_files  # noqa: E402
from run_tests import sanitizer_env  # noqa: E402

COPY = ROOT / "build" / "planted"
BUILD = COPY / "build" / "asan"
COPIED = {"CMakeLists.txt", "cmake", "include", "src", "tests", "ui", "examples"}
SEED = re.compile(r"^seed (\d+) fails:", re.MULTILINE)
SHRUNK = re.compile(r"^shrunk to (\d+) operations", re.MULTILINE)


@dataclasses.dataclass
class Bug:
    path: pathlib.Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def what(self) -> str:
        return self.path.read_text().splitlines()[0]


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
    found = {bug.name: git_apply(ROOT, bug, "--check") for bug in bugs()}
    return {name: why for name, why in found.items() if why}


def copy_sources() -> None:
    """Brings the copy up to date; files that are the same keep their times, for ninja."""
    wanted = {path.relative_to(ROOT) for path in listed_files(ROOT)}
    wanted = {path for path in wanted if path.parts[0] in COPIED and (ROOT / path).is_file()}
    for path in sorted(wanted):
        target = COPY / path
        if target.exists() and target.read_bytes() == (ROOT / path).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)
    for folder in COPIED:
        for path in list((COPY / folder).rglob("*")):
            if path.is_file() and path.relative_to(COPY) not in wanted:
                path.unlink()


def configure() -> None:
    env = {**os.environ, "CCACHE_NOHASHDIR": "1", "CCACHE_BASEDIR": str(COPY)}
    os.environ |= env
    if (BUILD / "build.ninja").exists():
        return
    subprocess.run(
        ["cmake", "-S", COPY, "-B", BUILD, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={COMPILER}"]
        + ["-DHASSETTE_TESTS=ON", "-DHASSETTE_SANITIZE=address,undefined", "-DCMAKE_BUILD_TYPE=Debug"]
        + ["-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def build() -> str:
    """What the compiler says; empty if it is content."""
    done = subprocess.run(["ninja", "-C", BUILD, "simulation"], capture_output=True, text=True)
    return done.stdout if done.returncode else ""


def play(args: argparse.Namespace) -> tuple[int, str]:
    command = [BUILD / "test" / "simulation", "--seeds", str(args.seeds), "--seconds", str(args.seconds)]
    command += ["--out", COPY / "findings"]
    done = subprocess.run(command, env={**os.environ, **sanitizer_env()}, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def seek(bug: Bug, args: argparse.Namespace) -> bool:
    begin = time.monotonic()
    if why := git_apply(COPY, bug):
        print(f"MISSED {bug.name}: the patch does not fit: {why}", flush=True)
        return False
    try:
        if says := build():
            print(f"MISSED {bug.name}: it does not compile:\n{says}", flush=True)
            return False
        code, output = play(args)
    finally:
        git_apply(COPY, bug, "--reverse")
    seed, shrunk = SEED.search(output), SHRUNK.search(output)
    seconds = time.monotonic() - begin
    if code == 1 and seed and shrunk:
        where = f"seed {seed[1]}, shrunk to {shrunk[1]} operations"
        print(f"FOUND  {bug.name:42} {where:36} {seconds:5.0f} s", flush=True)
        return True
    print(f"MISSED {bug.name:42} {seconds:5.0f} s\n{output}", flush=True)
    return False


def run(args: argparse.Namespace) -> int:
    begin = time.monotonic()
    chosen = bugs(args.regex)
    if not chosen:
        print(f"no bug matches `{args.regex}`")
        return 1
    copy_sources()
    configure()
    if says := build():
        print(says)
        return 1
    code, output = play(args)
    print(f"without a bug, after {time.monotonic() - begin:.0f} s: {output.splitlines()[0]}", flush=True)
    if code != 0:
        print(output)
        return 1
    found = sum(seek(bug, args) for bug in chosen)
    print(f"all of it took {time.monotonic() - begin:.0f} s")
    print(f"{found} found, {len(chosen) - found} missed")
    return 0 if found == len(chosen) else 1


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
    runs.add_argument("regex", nargs="?", default="", help="choose bugs by name")
    runs.add_argument("--seeds", type=int, default=10_000)
    runs.add_argument("--seconds", type=int, default=60)
    verbs.add_parser("check").set_defaults(function=check)
    args = parser.parse_args()
    return args.function(args)


if __name__ == "__main__":
    sys.exit(main())
