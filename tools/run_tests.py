#!/usr/bin/env python3
"""Runs every test program and sums up; the runner behind `./dev test`.

  run_tests.py targets BUILD [--only LIST] [--match REGEX]
                  prints what ninja has to build for the chosen tests
  run_tests.py run BUILD [--thread BUILD --only LIST] [--venv VENV] [--match REGEX]
                  runs them

Three kinds of tests are found by themselves: the GoogleTest programs that CMake registered, the same
programs again in a ThreadSanitizer build as far as LIST names them, and the scripts tests/*/run.py.
A script gets the build folder, prints `PASS NAME` or `FAIL NAME` for each case, and may say with a
line `# build: TARGET...` near its top what has to be built for it. REGEX chooses by the program's name.

The last line is `N passed, N failed` (and `, N skipped` if any); the exit code is 1 if any failed.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from project import COMPILER, ROOT

# Begun first, so that none of them is last.
LONGEST = ["durable_test", "simulation", "test_verb", "bad_input", "e2e_page", "compile_fail"]
SERIAL = {"contract_test"}  # starts a real Home Assistant and measures time against it
TIME_LIMIT = 600.0
TIME_TO_DIE = 5.0
HA_TOOL = ROOT / "tests" / "ha" / "ha.py"
SCRIPT_CASE = re.compile(r"^(PASS|FAIL) \S", re.MULTILINE)
SCRIPT_TARGETS = re.compile(r"^# build: (.+)$", re.MULTILINE)
GTEST_CASE = re.compile(r"^\[ {7}OK \] |^\[  (FAILED|SKIPPED) +\] .*\(\d+ ms\)$", re.MULTILINE)


@dataclasses.dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    why: str = ""  # what went wrong beside the cases themselves
    output: str = ""
    seconds: float = 0.0

    def fail(self, why: str) -> None:
        self.failed += 1
        self.why = why

    def add(self, other: "Result") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclasses.dataclass
class Program:
    name: str
    command: list[str]
    env: dict[str, str]
    report: pathlib.Path | None = None  # where GoogleTest writes its results; none for a script

    def run(self) -> Result:
        if self.report:
            self.report.unlink(missing_ok=True)
        begin = time.monotonic()
        code, timed_out, output = execute(self.command, self.env)
        result = self.count(output)
        result.output, result.seconds = output, time.monotonic() - begin
        if timed_out:
            result.fail(f"stopped after {TIME_LIMIT:.0f} s")
        elif code < 0:
            result.fail(f"ended by {signal.Signals(-code).name}")
        elif code != 0 and self.report and not self.report.exists():
            result.fail(f"died with exit code {code}")
        elif code != 0 and result.failed == 0:
            result.fail(f"ended with exit code {code} although no case failed")
        elif result.passed + result.failed + result.skipped == 0:
            result.fail("ran no case")
        return result

    def count(self, output: str) -> Result:
        if not self.report:
            cases = SCRIPT_CASE.findall(output)
            return Result(cases.count("PASS"), cases.count("FAIL"))
        try:
            suites = json.loads(self.report.read_text())["testsuites"]
        except (OSError, ValueError):  # the program did not live to write it
            lines = [match[1] for match in GTEST_CASE.finditer(output)]
            return Result(lines.count(None), lines.count("FAILED"), lines.count("SKIPPED"))
        result = Result()
        for case in (case for suite in suites for case in suite["testsuite"]):
            if case.get("failures"):
                result.failed += 1
            elif case["status"] != "RUN" or case["result"] == "SKIPPED":
                result.skipped += 1
            else:
                result.passed += 1
        return result


def execute(command: list[str], env: dict[str, str]) -> tuple[int, bool, str]:
    """Exit code, whether the time limit struck, output. Nothing that the program started outlives it."""
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    timed_out = False
    try:
        output, _ = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        timed_out = True
        signal_group(process.pid, signal.SIGQUIT)
        try:
            output, _ = process.communicate(timeout=TIME_TO_DIE)
        except subprocess.TimeoutExpired:
            signal_group(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
    signal_group(process.pid, signal.SIGKILL)
    return process.returncode, timed_out, output


def signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        pass


def compiler_says(question: str) -> str:
    return subprocess.run([COMPILER, question], capture_output=True, text=True, check=True).stdout.strip()


def sanitizer_env() -> dict[str, str]:
    runtime = pathlib.Path(compiler_says(f"-print-file-name=libclang_rt.asan-{os.uname().machine}.so")).parent
    symbolizer = f"external_symbolizer_path={compiler_says('-print-prog-name=llvm-symbolizer')}"
    return {
        "LD_LIBRARY_PATH": ":".join(filter(None, [str(runtime), os.environ.get("LD_LIBRARY_PATH", "")])),
        "ASAN_OPTIONS": f"detect_stack_use_after_return=1:detect_leaks=1:strict_string_checks=1:{symbolizer}",
        "UBSAN_OPTIONS": f"print_stacktrace=1:{symbolizer}",
        "TSAN_OPTIONS": f"halt_on_error=1:{symbolizer}",
    }


def registered(build: pathlib.Path) -> list[str]:
    listing = subprocess.run(
        ["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True
    )
    return sorted(test["name"] for test in json.loads(listing.stdout)["tests"])


def listed(path: pathlib.Path | None) -> set[str]:
    lines = path.read_text().splitlines() if path else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def chosen(build: pathlib.Path, only: set[str], regex: str) -> list[str]:
    return [name for name in registered(build) if re.search(regex, name) and (not only or name in only)]


def scripts(regex: str) -> dict[str, pathlib.Path]:
    found = {path.parent.name: path for path in sorted((ROOT / "tests").glob("*/run.py"))}
    return {name: path for name, path in found.items() if re.search(regex, name)}


def print_targets(args: argparse.Namespace) -> int:
    names = chosen(args.build, listed(args.only), args.regex)
    if not args.only:
        for path in scripts(args.regex).values():
            names += [target for line in SCRIPT_TARGETS.findall(path.read_text()) for target in line.split()]
    print(*dict.fromkeys(names), sep="\n")
    return 0


def programs(args: argparse.Namespace, env: dict[str, str]) -> list[Program]:
    def gtest(build: pathlib.Path, name: str, title: str) -> Program:
        path = build.absolute() / "test" / name
        report = path.with_suffix(".json")
        return Program(title, [str(path), f"--gtest_output=json:{report}"], env, report)

    found = [gtest(args.build, name, name) for name in chosen(args.build, set(), args.regex)]
    if args.thread:
        only = listed(args.only)
        found += [gtest(args.thread, name, f"{name} (threads)") for name in chosen(args.thread, only, args.regex)]
    for name, path in scripts(args.regex).items():
        found.append(Program(name, [sys.executable, str(path), str(args.build.absolute())], env))
    return found


def home_assistant(venv: pathlib.Path | None, total: Result) -> dict[str, str]:
    """Says which real Home Assistant the contract tests will meet. In CI there has to be one."""
    done = subprocess.run([sys.executable, HA_TOOL, "version", venv or "none"], capture_output=True, text=True)
    if done.returncode == 0 and venv:
        print(f"contract tests run against Home Assistant {done.stdout.strip()}", flush=True)
        return {"HASSETTE_TEST_HA_VENV": str(venv.absolute())}
    print("no Home Assistant could be installed: its contract tests are skipped", flush=True)
    if os.environ.get("CI"):
        total.fail("in CI the contract tests need the real Home Assistant")
    return {}


def show(program: Program, result: Result) -> None:
    verdict = "FAIL" if result.failed else "PASS"
    why = f" ({result.why})" if result.why else ""
    if result.failed:
        print(f"---- output of {program.name} ----\n{result.output.rstrip()}\n----", flush=True)
    print(f"{verdict} {program.name:32} {str(result):32} {result.seconds:6.1f} s{why}", flush=True)


def turn(program: Program) -> int:
    return LONGEST.index(program.name) if program.name in LONGEST else len(LONGEST)


def run_everything(args: argparse.Namespace) -> int:
    total, env = Result(), sanitizer_env()
    todo = programs(args, env)
    if not todo:
        print(f"no test program matches `{args.regex}`")
        return 1
    alone = [program for program in todo if program.name in SERIAL]
    if alone:
        env |= home_assistant(args.venv, total)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        together = sorted((program for program in todo if program not in alone), key=turn)
        running = {pool.submit(program.run): program for program in together}
        for done in concurrent.futures.as_completed(running):
            show(running[done], done.result())
            total.add(done.result())
    for program in alone:
        result = program.run()
        show(program, result)
        total.add(result)
    print(total)
    return 1 if total.failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, function in (("targets", print_targets), ("run", run_everything)):
        command = verbs.add_parser(verb)
        command.set_defaults(function=function)
        command.add_argument("build", type=pathlib.Path)
        command.add_argument("--only", type=pathlib.Path, help="a file that names programs")
        command.add_argument("--thread", type=pathlib.Path, help="the ThreadSanitizer build")
        command.add_argument("--venv", type=pathlib.Path, help="where Home Assistant is installed")
        command.add_argument("--match", dest="regex", metavar="REGEX", default="", help="choose programs by name")
    args = parser.parse_args()
    return args.function(args)


if __name__ == "__main__":
    sys.exit(main())
