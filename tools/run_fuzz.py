#!/usr/bin/env python3
"""Runs the fuzzers for some seconds in all; the runner behind `./dev fuzz`.

  run_fuzz.py targets              prints the fuzzers: the stems of tests/fuzz/*_fuzz.cpp
  run_fuzz.py run BUILD SECONDS    runs each for its share of SECONDS

Seeds are every frame and body that a real Home Assistant sent in tests/data, and tests/fuzz/seeds.
What a run finds worth keeping stays in BUILD/corpus, an input that fails in BUILD/found.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

from project import ROOT
from run_tests import sanitizer_env

LARGEST_SEED = 64 * 1024


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
    folders = [corpus, seeds, *([own_seeds] if own_seeds.is_dir() else [])]
    command = [
        build / "test" / name, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
        f"-artifact_prefix={found}/{name}-", "-print_final_stats=1", *folders,
    ]
    done = subprocess.run(
        command, env={**os.environ, **sanitizer_env()}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    runs = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("stat::number_of_executed_units")]
    if done.returncode == 0:
        print(f"PASS {name}: {runs[0] if runs else '?'} inputs in {seconds} s", flush=True)
        return True
    print("\n".join(done.stdout.splitlines()[-80:]))
    print(f"FAIL {name}: the input is kept in {found}", flush=True)
    return False


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
