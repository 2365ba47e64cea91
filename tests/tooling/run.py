#!/usr/bin/env python3
"""Holds ./dev and the scripts of tools/ to what they promise, with programs that only pretend.

  run.py BUILD [REGEX]     prints PASS or FAIL for each case; needs nothing that is built

Each case works in a folder of its own.
"""

import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import check_headers  # noqa: E402
import check_tidy  # noqa: E402
import project  # noqa: E402
import run_fuzz  # noqa: E402

NOBODY = 65534
FAKE_SUDO = """\
#!/bin/sh
# As with timestamp_timeout=0: it asks each time, and without a terminal it refuses.
if [ "$1" = -v ]; then exit 0; fi
if [ "$1" = -n ]; then echo 'sudo: a password is required' >&2; exit 1; fi
exec "$@"
"""
CASES: list[Callable] = []


def case(function: Callable) -> Callable:
    CASES.append(function)
    return function


def check(condition: object, says: str) -> None:
    if not condition:
        raise AssertionError(says)


def pretend(folder: pathlib.Path, **programs: str) -> str:
    """A PATH whose first folder holds these programs."""
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    for name, text in programs.items():
        program = place / name.replace("_", "-")
        program.write_text(text)
        program.chmod(0o755)
    return f"{place}:{os.environ['PATH']}"


def install(folder: pathlib.Path, terminal: bool) -> tuple[int, str]:
    """What `./dev build` says on a machine that lacks its packages, for a user who has to use sudo."""
    done = "#!/bin/sh\nexit 0\n"
    path = pretend(folder, sudo=FAKE_SUDO, apt_get=done, dpkg_query=done, cmake=done, ninja=done)
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "packages.txt", folder / "tools")
    shutil.copy(ROOT / "dev", folder)
    if os.geteuid() == 0:
        for place in (folder, *folder.rglob("*")):
            os.chown(place, NOBODY, NOBODY)
    master, slave = pty.openpty()
    try:
        process = subprocess.run(
            [folder / "dev", "build"], cwd=folder, env={**os.environ, "PATH": path, "HOME": str(folder)},
            stdin=slave if terminal else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, user=NOBODY if os.geteuid() == 0 else None, timeout=60,
        )
    finally:
        os.close(master)
        os.close(slave)
    return process.returncode, process.stdout


@case
def a_sudo_that_remembers_nothing_installs_packages(folder: pathlib.Path) -> None:
    code, said = install(folder, terminal=True)
    check("Installed." in said and code == 0, said)


@case
def a_sudo_that_cannot_ask_is_named_and_not_the_network(folder: pathlib.Path) -> None:
    code, said = install(folder, terminal=False)
    check(code == 1 and "sudo: a password is required" in said, said)
    check("sudo refused. As root: apt-get install" in said and "network" not in said, said)


@case
def an_archive_lists_what_a_checkout_does(folder: pathlib.Path) -> None:
    for name in ("src/a.cpp", "docs/b.md", "build/made.cpp", "build-asan/made.cpp", "tools/__pycache__/c.pyc", ".env"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    found = [str(path.relative_to(folder)) for path in project.listed_files(folder)]
    check(found == ["docs/b.md", "src/a.cpp"], f"in an archive: {found}")
    (folder / ".gitignore").write_text((ROOT / ".gitignore").read_text())
    subprocess.run(["git", "init", "-q", folder], check=True)
    found = [str(path.relative_to(folder)) for path in project.listed_files(folder)]
    check(found == [".gitignore", "docs/b.md", "src/a.cpp"], f"in a checkout: {found}")


@case
def the_format_of_an_archive_is_checked_too(folder: pathlib.Path) -> None:
    said = "#!/bin/sh\nshift 2\necho \"$@\" | tr ' ' '\\n' | sed 's/$/:1:1: error: wrong/'\nexit 1\n"
    path = pretend(folder, clang_format_19=said)
    dev = (ROOT / "dev").read_text().partition("\ncase ${1-} in\n")[0]
    (folder / "src").mkdir()
    (folder / "build").mkdir()
    for name in ("src/a.cpp", "src/b.hpp", "build/made.cpp"):
        (folder / name).write_text("x")
    (folder / "dev").write_text(dev + "\ncheck_format\n")
    env = {**os.environ, "PATH": path, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(["bash", folder / "dev"], cwd=folder, env=env, capture_output=True, text=True)
    lines = done.stdout.split("\n")[:2]
    check(done.returncode == 1 and lines == ["./src/a.cpp", "./src/b.hpp"], done.stdout + done.stderr)


@case
def a_fuzzer_that_executed_nothing_has_failed(folder: pathlib.Path) -> None:
    fine = "stat::number_of_executed_units: 12\nstat::new_units_added:          3\n"
    check(run_fuzz.verdict(0, fine) == ("", "12 inputs, 3 of them new"), "one that ran")
    check(run_fuzz.verdict(1, fine)[0], "one that crashed")
    check("executed nothing" in run_fuzz.verdict(0, fine.replace("12", "0"))[0], "one that ran nothing")
    check("executed nothing" in run_fuzz.verdict(0, "")[0], "one that printed nothing")


@case
def every_decoder_of_foreign_bytes_is_fuzzed(folder: pathlib.Path) -> None:
    check(set(run_fuzz.targets()) >= {"frame_fuzz", "websocket_fuzz"}, f"only {run_fuzz.targets()}")


def found_by_tidy(source: pathlib.Path) -> set[tuple[int, str]]:
    """Lines of `source` and the checks that speak of them, by the settings of .clang-tidy."""
    flags = ["-std=c++23", f"-I{ROOT / 'include'}", "-w"]
    done = subprocess.run(
        [check_tidy.TIDY, "--quiet", source, "--", *flags], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    spoken = re.findall(rf"^{re.escape(str(source))}:(\d+):\d+: error: .*\[([^]]+)\]$", done.stdout, re.MULTILINE)
    checks = {(int(line), name) for line, names in spoken for name in names.split(",")}
    return {(line, name) for line, name in checks if name != "-warnings-as-errors"}


@case
def clang_tidy_finds_every_planted_bug(folder: pathlib.Path) -> None:
    source = ROOT / "tests" / "tooling" / "planted.cpp"
    marked = re.compile(r"// FOUND: (.+)$")
    lines = [(number, marked.search(line)) for number, line in enumerate(source.read_text().split("\n"), 1)]
    planted = {(number, name) for number, match in lines if match for name in match[1].split(", ")}
    found = found_by_tidy(source)
    check(found == planted, f"missed: {sorted(planted - found)}; not planted: {sorted(found - planted)}")
    named = re.findall(r"^  ([a-z][\w-]+),?$", (ROOT / ".clang-tidy").read_text(), re.MULTILINE)
    without = set(named) - {name for _, name in planted}
    check(len(named) > 5 and not without, f"no bug is planted for {sorted(without)} of {len(named)}")


@case
def a_header_that_a_source_begins_with_is_not_compiled_again(folder: pathlib.Path) -> None:
    texts = {
        "own": '// Why.\n\n#include "own.hpp"\n#include "other.hpp"\n', "corner": "#include <corner.hpp>\n",
        "late": '#include <vector>\n#include "late.hpp"\n',
        "warm": '#include "warm.hpp"\n', "told": '#define LIMIT 3\n#include "told.hpp"\n', "none": "int none;\n",
        "stale": '#include "stale.hpp"\n', "below": '#include "below.hpp"\n', "unbuilt": '#include "unbuilt.hpp"\n',
    }
    (folder / "src").mkdir()
    made_at = 1_700_000_000
    entries = []
    for name, text in texts.items():
        source = folder / "src" / f"{name}.cpp"
        source.write_text(text)
        header, built = source.with_suffix(".hpp"), folder / f"{name}.o"
        header.write_text('#include "other.hpp"\n' if name == "below" else "")
        os.utime(header, times=(made_at, made_at + (60 if name == "stale" else -60)))
        if name != "unbuilt":
            built.touch()
            os.utime(built, times=(made_at, made_at))
        flags = "-Xclang -include-pch -Xclang made.pch" if name == "warm" else "-O2"
        entries.append({"directory": str(folder), "file": str(source), "command": f"clang++-19 {flags} -o {name}.o -c {source}"})
    (folder / "src" / "other.hpp").touch()  # newer than what was built
    (folder / "compile_commands.json").write_text(json.dumps(entries))
    seen = {header.name for header in check_headers.seen_alone(folder, folder)}
    check(seen == {"own.hpp", "corner.hpp"}, f"left out: {sorted(seen)}")


@case
def programs_that_start_threads_run_under_thread_sanitizer(folder: pathlib.Path) -> None:
    listed = (ROOT / "tools" / "tsan_tests.txt").read_text().split("\n")
    threads = re.compile(r"std::j?thread\b|async::Pool\b|std::mutex\b")
    # cli and daemon are programs, which other suites run whole; time has one lock, around the zones it has read.
    without = {"cli", "daemon", "time"}
    found = {}
    for path in sorted((ROOT / "src").glob("*/*.?pp")):
        if not path.stem.endswith(("_test", "testing", "test_support")) and threads.search(path.read_text()):
            found.setdefault(path.parent.name, path.name)
    check(without < set(found), f"of {without} some have no threads any more")
    for layer in set(found) - without:
        check(f"{layer}_test" in listed, f"{layer}_test is not in the list, but {found[layer]} has threads")


def main() -> int:
    regex = sys.argv[2] if len(sys.argv) > 2 else ""
    failed = False
    for function in CASES:
        if not re.search(regex, function.__name__):
            continue
        title = function.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory() as name:
            os.chmod(name, 0o755)
            try:
                function(pathlib.Path(name).resolve())
            except Exception as error:  # a case that breaks has failed; the others go on
                failed = True
                print(f"FAIL {title}\n{type(error).__name__}: {error}", flush=True)
                continue
        print(f"PASS {title}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
