#!/usr/bin/env python3
"""Runs the tests of the example apps as their author would: with `hassette test`.

  run.py BUILD     prints PASS or FAIL for each test file of examples/tests
"""
# build: hassette_bin

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
PASSED = re.compile(r"^PASS (\S+): [1-9]\d* tests?$", re.MULTILINE)


def main() -> int:
    program = pathlib.Path(sys.argv[1], "bin", "hassette").resolve()
    with tempfile.TemporaryDirectory() as cache:
        command = [str(program), "test", "--folder", str(EXAMPLES), "--set", f"cache_dir={cache}"]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    passed = set(PASSED.findall(done.stdout))
    files = sorted(path.name for path in (EXAMPLES / "tests").glob("*_test.cpp"))
    for name in files:
        print(f"PASS {name}" if name in passed else f"FAIL {name}", flush=True)
    failed = not files or passed != set(files) or done.returncode != 0
    if failed:
        print(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
