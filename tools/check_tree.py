#!/usr/bin/env python3
"""Looks at the tree as a reader would: sizes, names, and lines that must not be committed.

  check_tree.py     prints one line a finding, fails if there is one
"""

import pathlib
import re
import sys

from project import ROOT, listed_files

CODE = {".cpp", ".hpp"}
COUNTED = CODE | {".py", ".sh", ".ts", ".js", ".css", ".html", ".cmake"}
LINES, TEST_LINES = 400, 600
RECORDED = "tests/data/"  # what a real Home Assistant said; not ours to word
VAGUE_FILE = re.compile(r"(^|_)(utils?|helpers?|managers?)$")
VAGUE_TYPE = re.compile(r"\b(?:class|struct|concept|using)\s+\w*(?:Util|Helper|Manager)s?\b")
COMMENT = re.compile(r"//.*")
NO_SLEEP = "a real sleep in a test: use the virtual clock or wait for the event itself"
# Pattern, what is wrong with it, and the files that it is looked for in.
RULES = [
    (re.compile(r"(?<![\w.])/(?:root|work)/"), "a path of one machine", lambda p: True),
    (re.compile(r"\bTODO\b|\bFIXME\b"), "work left in the file: do it, or open an issue", lambda p: True),
    (re.compile(r"\.detach\(\)"), "a detached thread: give it an owner that joins it", lambda p: p.suffix in CODE),
    (VAGUE_TYPE, "a name that says nothing: name what the type does", lambda p: p.suffix in CODE),
    (re.compile(r"\bsleep_for\b|\bsleep_until\b|\busleep\("), NO_SLEEP, lambda p: p.suffix in CODE and is_test(p)),
    (
        re.compile(r"\bGTEST_SKIP\b|\bDISABLED_"),
        "a test that does not run: only contract tests may skip",
        lambda p: p.suffix in CODE and "contract" not in str(p.relative_to(ROOT)),
    ),
]
VOLATILE = re.compile(r"\bvolatile\b")
SWALLOWED = re.compile(r"catch\s*\(\s*\.\.\.\s*\)\s*\{\s*\}")


def is_test(path: pathlib.Path) -> bool:
    return path.stem.endswith("_test") or path.relative_to(ROOT).parts[0] == "tests"


def findings_in(path: pathlib.Path, text: str) -> list[tuple[int, str]]:
    lines = text.splitlines()
    found = [
        (number, f"{wrong}: {line.strip()[:80]}")
        for pattern, wrong, applies in RULES
        if applies(path)
        for number, line in enumerate(lines, 1)
        if pattern.search(line)
    ]
    if path.suffix in CODE:
        for number, line in enumerate(lines, 1):
            if VOLATILE.search(COMMENT.sub("", line)):
                found.append((number, "volatile: use std::atomic"))
        for match in SWALLOWED.finditer(text):
            found.append((text.count("\n", 0, match.start()) + 1, "an exception swallowed in silence"))
    limit = TEST_LINES if is_test(path) else LINES
    generated = any("generated" in line.lower() for line in lines[:5])
    if len(lines) > limit and path.suffix in COUNTED and not generated:
        found.append((limit + 1, f"{len(lines)} lines, {limit} at most: split the file"))
    if path.suffix in COUNTED and VAGUE_FILE.search(path.stem):
        found.append((1, "a file name that says nothing: name what is in it"))
    return found


def main() -> int:
    failed = False
    for path in listed_files():
        name = str(path.relative_to(ROOT))
        if name.startswith(RECORDED):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture or a font
        for number, finding in findings_in(path, text):
            print(f"{name}:{number}: {finding}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
