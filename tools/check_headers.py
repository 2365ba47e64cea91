#!/usr/bin/env python3
"""Compiles every public and every src header alone, so that each includes what it uses.

  check_headers.py [BUILD]     BUILD: the configured folder whose flags are used (default: build)
"""

import pathlib
import sys

from project import COMPILER, ROOT, PassedCache, compile_commands, fingerprint, reached, run_all, sources, tool_version


def flags_for(header: pathlib.Path, commands: dict[pathlib.Path, list[str]]) -> list[str]:
    """Those of a neighbour; every target of this project has the same ones otherwise."""
    neighbours = (command for path, command in commands.items() if path.parent == header.parent)
    return next(neighbours, next(iter(commands.values())))[1:]


def main() -> int:
    commands = compile_commands(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build")
    if not commands:
        sys.exit("check_headers.py: the build holds no source files")
    jobs = {}
    for header in sources(ROOT, "include", "src"):
        if header.suffix != ".hpp":
            continue
        command = [COMPILER, *flags_for(header, commands), "-fsyntax-only", "-x", "c++", "-"]
        key = fingerprint(reached(ROOT, header), tool_version(COMPILER), *command)
        jobs[str(header.relative_to(ROOT))] = (key, command, f'#include "{header}"\n')
    return 0 if run_all(PassedCache("headers"), jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
