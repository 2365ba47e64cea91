#!/usr/bin/env python3
"""Runs the benchmarks and prints a table: ratio first, the absolute figures beside it.

  run.py BUILD [--quick] [--full] [--only PART]... [--json FILE]

BUILD is a folder configured with -DHASSETTE_BENCH=ON. The two sides of a ratio are measured in turns
in one run; absolute figures belong to the machine and to what else it did.

  --quick   seconds instead of minutes: shows that everything runs, says nothing about speed
  --full    also builds the whole project from nothing
  --only    one of: wire, latency, dispatch, match, timers, harness, reading, start, compile
  --json    writes the figures to a file, too
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

import start

PROGRAMS = ("wire", "latency", "dispatch", "match", "timers", "harness", "reading")
QUICK_LIMIT, LIMIT = 120, 1800  # seconds after which a program hangs


def of_program(build: pathlib.Path, part: str, quick: bool):
    command = [build / "bin" / f"bench_{part}", *(["--quick"] if quick else [])]
    with (
        subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process,
        start.killed_after(QUICK_LIMIT if quick else LIMIT, process),
    ):
        yield from map(json.loads, process.stdout)
    if process.returncode != 0:
        raise RuntimeError(f"bench_{part} ended with {process.returncode}")


def figures_of(build: pathlib.Path, part: str, quick: bool):
    if part in PROGRAMS:
        return of_program(build, part, quick)
    return start.start_and_idle(build, quick) if part == "start" else start.compiling(build, quick)


def machine() -> dict:
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.M)
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "kernel": platform.release(),
    }


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def row(figure: dict) -> str:
    ratio = f"{figure['ratio']:.2f}" if "ratio" in figure else ""
    if "ratio_low" in figure:
        ratio += f" ({figure['ratio_low']:.2f}…{figure['ratio_high']:.2f})"
    goal = figure.get("goal", "")
    if "met" in figure:
        goal += ": met" if figure["met"] else ": **missed**"
    cells = [figure["name"], ratio, number(figure.get("baseline")), number(figure["ours"]), figure["unit"], goal]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", action="append", choices=[*PROGRAMS, "start", "compile"])
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    here = machine()
    print("{processor}, {cores} cores, kernel {kernel}, load before {load}\n".format(**here))
    print("| what | ratio (extremes) | baseline | ours | unit | goal |\n|---|---|---|---|---|---|")
    figures, failed = [], False

    def show(source) -> None:
        for figure in source:
            figures.append(figure)
            print(row(figure), flush=True)

    for part in arguments.only or [*PROGRAMS, "start", "compile"]:
        try:
            show(figures_of(arguments.build.resolve(), part, arguments.quick))
        except (RuntimeError, OSError) as error:
            print(f"{part}: {error}", file=sys.stderr)
            failed = True
    if arguments.full:
        show(start.clean_build())
    if arguments.quick:
        print("\nA quick run: the figures mean nothing.")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": here, "figures": figures}, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
