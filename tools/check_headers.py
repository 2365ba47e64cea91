#!/usr/bin/env python3
"""Compiles public and src headers alone, so that each includes what it uses.

  check_headers.py [BUILD]     BUILD: a built folder, whose flags are used (default: build)

A header that a source of the build includes before all else has been compiled alone by the build,
unless with a precompiled header; it is left out here, if the build is newer than all it includes.
"""

import pathlib
import re
import shlex
import sys

from project import (
    COMPILER, ROOT, PassedCache, build_commands, compile_commands, fingerprint, reached, resolve, run_all, sources,
    tool_version,
)


# Comments, then the first include line: what stands before an include could be what it needs.
BEGINS = re.compile(r'(?:[ \t]*(?://.*)?\n)*[ \t]*#[ \t]*include[ \t]*[<"]([^">]+)[">]')


def is_built_from(root: pathlib.Path, build: pathlib.Path, command: str, header: pathlib.Path) -> bool:
    """Whether the command's object file is no older than the header and all that it includes."""
    words = shlex.split(command)
    made = build / words[words.index("-o") + 1]
    newest = max(path.stat().st_mtime_ns for path in reached(root, header))
    return made.exists() and made.stat().st_mtime_ns >= newest


def seen_alone(root: pathlib.Path, build: pathlib.Path) -> set[pathlib.Path]:
    """The headers that a source of the build begins with, as the build has compiled them."""
    commands = build_commands(build)
    bare = [path for path, command in commands.items() if "-include-pch" not in command]
    begins = {path: BEGINS.match(path.read_text()) for path in bare if path.is_relative_to(root / "src")}
    return {
        header
        for path, found in begins.items()
        if found and (header := resolve(root, path, found[1])) and is_built_from(root, build, commands[path], header)
    }


def flags_for(header: pathlib.Path, commands: dict[pathlib.Path, list[str]]) -> list[str]:
    """Those of a neighbour; every target of this project has the same ones otherwise."""
    neighbours = (command for path, command in commands.items() if path.parent == header.parent)
    return next(neighbours, next(iter(commands.values())))[1:]


def main() -> int:
    build = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"
    commands, seen = compile_commands(build), seen_alone(ROOT, build)
    if not commands:
        sys.exit("check_headers.py: the build holds no source files")
    jobs = {}
    for header in sources(ROOT, "include", "src"):
        if header.suffix != ".hpp" or header in seen:
            continue
        command = [COMPILER, *flags_for(header, commands), "-fsyntax-only", "-x", "c++", "-"]
        key = fingerprint(reached(ROOT, header), tool_version(COMPILER), *command)
        jobs[str(header.relative_to(ROOT))] = (key, command, f'#include "{header}"\n')
    return 0 if run_all(PassedCache("headers"), jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
