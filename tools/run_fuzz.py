#!/usr/bin/env python3
"""Runs the fuzzers for some seconds in all; the runner behind `./dev fuzz`.

  run_fuzz.py targets              prints the fuzzers: the stems of tests/fuzz/*_fuzz.cpp
  run_fuzz.py run BUILD SECONDS    runs each for its share of SECONDS

A fuzzer of JSON starts from every frame and body that a real Home Assistant sent in tests/data; each
may have seeds of its own in tests/fuzz/seeds. One that executed nothing has failed. What a run finds worth keeping stays in BUILD/corpus, an input that fails in BUILD/found.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

from project import ROOT
from run_tests import sanitizer_env

LARGEST_SEED = 64 * 1024
READS_JSON = {"frame_fuzz"}


def targets() -> list[str]:
    return sorted(path.stem for path in (ROOT / "tests" / "fuzz").glob("*_fuzz.cpp"))


def plant_seeds(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for recording in sorted((ROOT / "tests" / "data").glob("*/*.jsonl")):
        for line in recording.read_text().splitlines():
            entry = json.loads(line)
            value = entry.get("frame") if entry.get("dir") == "<" else entry.get("answer")
            text = json.dumps(value, separators=(",", ":")).encode()
            if value is not None and len(text) <= LARGEST_SEED:
                (folder / hashlib.sha256(text).hexdigest()[:24]).write_bytes(text)


def run(build: pathlib.Path, name: str, seconds: int, seeds: pathlib.Path) -> bool:
    corpus, found = build / "corpus" / name, build / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    own_seeds = ROOT / "tests" / "fuzz" / "seeds" / name
    folders = [corpus, *([seeds] if name in READS_JSON else []), *([own_seeds] if own_seeds.is_dir() else [])]
    command = [
        build / "test" / name, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
        f"-artifact_prefix={found}/{name}-", "-print_final_stats=1", *folders,
    ]
    done = subprocess.run(
        command, env={**os.environ, **sanitizer_env()}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    problem, counts = verdict(done.returncode, done.stdout)
    if problem:
        print("\n".join(done.stdout.splitlines()[-80:]))
        print(f"FAIL {name}: {problem.format(found=found)}", flush=True)
    else:
        print(f"PASS {name}: {counts} in {seconds} s", flush=True)
    return not problem


def verdict(code: int, output: str) -> tuple[str, str]:
    """What went wrong, if anything, and what was done, from what a fuzzer printed at its end."""
    figures = dict(re.findall(r"^stat::(\w+):\s+(\d+)$", output, re.MULTILINE))
    executed = int(figures.get("number_of_executed_units", 0))
    counts = f"{executed} inputs, {figures.get('new_units_added', 0)} of them new"
    if code != 0:
        return "the input is kept in {found}", counts
    return ("" if executed else "it ran, and executed nothing"), counts


def main() -> int:
    names = targets()
    if sys.argv[1:] == ["targets"]:
        print(*names, sep="\n")
        return 0
    if len(sys.argv) != 4 or sys.argv[1] != "run":
        sys.exit(__doc__)
    build, seconds = pathlib.Path(sys.argv[2]).absolute(), int(sys.argv[3])
    seeds = build / "seeds"
    plant_seeds(seeds)
    share = max(1, seconds // max(1, len(names)))
    return 0 if all([run(build, name, share, seeds) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
