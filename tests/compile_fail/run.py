#!/usr/bin/env python3
"""Shows that mistakes of authors do not compile, and that nothing but the mistake is at fault.

  run.py BUILD     compiles every *.cpp of this folder, as BUILD/bin/hassette compiles apps; prints
                   PASS or FAIL for each

A case holds exactly one line that ends in `// MISTAKE: REGEX`, and right after it `// FIXED: CODE`.
As it stands the case must fail with an error at that line (or, for an error inside a header, with a
note that leads to that line) whose text REGEX matches, and with no error at any other line of the
case. With CODE in the place of the marked line it must compile without a word.
"""
# build: hassette_bin

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from project import COMPILER, language_flags  # noqa: E402

COMPILE = [COMPILER, f"-I{ROOT / 'include'}", "-ferror-limit=0"]
MISTAKE = re.compile(r"^(?P<code>.*?)\s*// MISTAKE: (?P<regex>.+?)\s*$")
FIXED = re.compile(r"^\s*// FIXED:(?P<code>.*)$")
DIAGNOSTIC = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):\d+: (?P<kind>fatal error|error|note|warning): (?P<text>.*)$"
)


class Broken(Exception):
    """The case does not show what it claims; the text says how."""


def read_case(path: pathlib.Path) -> tuple[list[str], int, str, str]:
    """Lines, number of the marked line, the regex and the code that mends it."""
    lines = path.read_text().splitlines()
    marked = [(number, match) for number, line in enumerate(lines, 1) if (match := MISTAKE.match(line))]
    if len(marked) != 1:
        raise Broken(f"holds {len(marked)} lines with `// MISTAKE:`, exactly one is needed")
    number, match = marked[0]
    fixed = FIXED.match(lines[number]) if number < len(lines) else None
    if not fixed:
        raise Broken(f"line {number + 1} must be `// FIXED: CODE`")
    return lines, number, match["regex"], fixed["code"]


def compile_text(flags: list[str], folder: str, name: str, text: str) -> tuple[int, str]:
    source = pathlib.Path(folder, name)
    source.write_text(text)
    done = subprocess.run([*COMPILE, *flags, "-fsyntax-only", str(source)], capture_output=True, text=True)
    return done.returncode, done.stderr


def errors_of(output: str, file: str) -> list[tuple[set[int], str]]:
    """Each error as (lines of the case that it stands at or, from a header, leads to; its text)."""
    errors: list[tuple[set[int], str, bool]] = []
    for match in filter(None, map(DIAGNOSTIC.match, output.splitlines())):
        inside = pathlib.Path(match["file"]).name == file
        here = {int(match["line"])} if inside else set()
        if "error" in match["kind"]:
            errors.append((here, match["text"], inside))
        elif errors:
            lines, text, at_case = errors[-1]
            errors[-1] = (lines if at_case else lines | here, text + "\n" + match["text"], at_case)
    return [(lines, text) for lines, text, _ in errors]


def check(path: pathlib.Path, flags: list[str], folder: str) -> None:
    lines, number, regex, fixed = read_case(path)
    code, output = compile_text(flags, folder, path.name, path.read_text())
    if code == 0:
        raise Broken(f"line {number} compiles, the mistake goes unnoticed")
    errors = errors_of(output, path.name)
    elsewhere = [text for stands_at, text in errors if number not in stands_at]
    if elsewhere:
        raise Broken(f"an error that does not stand at line {number}: {elsewhere[0]}\n{output}")
    if not any(re.search(regex, text) for _, text in errors):
        raise Broken(f"no error at line {number} matches `{regex}`:\n{output}")
    mended = [*lines[: number - 1], fixed, *lines[number:]]
    code, output = compile_text(flags, folder, "fixed_" + path.name, "\n".join(mended) + "\n")
    if code != 0 or output:
        raise Broken(f"does not compile with line {number} mended:\n{output}")


def precompile(folder: str) -> list[str]:
    compiled = pathlib.Path(folder, "app.pch")
    header = ROOT / "include" / "hassette" / "app.hpp"
    done = subprocess.run([*COMPILE, "-x", "c++-header", "-o", compiled, header], capture_output=True)
    return ["-include-pch", str(compiled)] if done.returncode == 0 else []


def main() -> int:
    cases = sorted(HERE.glob("*.cpp"))
    COMPILE.extend(language_flags(pathlib.Path(sys.argv[1], "bin", "hassette").resolve()))
    with tempfile.TemporaryDirectory() as folder:
        flags = precompile(folder) if cases else []

        def verdict(path: pathlib.Path) -> bool:
            try:
                check(path, flags, folder)
            except Broken as broken:
                print(f"FAIL {path.stem}\n{path.name}: {broken}", flush=True)
                return False
            print(f"PASS {path.stem}", flush=True)
            return True

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return 0 if all(list(pool.map(verdict, cases))) else 1


if __name__ == "__main__":
    sys.exit(main())
