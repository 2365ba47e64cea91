#!/usr/bin/env python3
"""Runs clang-tidy over the sources of src/ with the checks of .clang-tidy.

  check_tidy.py [BUILD]     BUILD: the configured folder whose flags are used (default: build)

Tests are left out: they use what was moved from and drop results on purpose.
"""

import json
import pathlib
import sys

from project import ROOT, PassedCache, compile_commands, fingerprint, reached, run_all, sources, tool_version

TIDY = "clang-tidy-19"
DATABASE = ROOT / "build" / "check-cache" / "compile_commands.json"


def main() -> int:
    commands = compile_commands(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build")
    checked = [path for path in sources(ROOT, "src") if path in commands and not path.stem.endswith("_test")]
    if not checked:
        print("FAIL tidy: the build is that of another folder, and names no source of this one")
        return 1
    cache = PassedCache("tidy")
    # A database of its own: the build's names precompiled headers, which would have to be built first.
    entries = [
        {"directory": str(ROOT), "file": str(path), "arguments": [*commands[path], "-c", str(path)]} for path in checked
    ]
    DATABASE.write_text(json.dumps(entries))
    settings = (tool_version(TIDY), (ROOT / ".clang-tidy").read_text())
    jobs = {}
    for path in checked:
        command = [TIDY, "--quiet", "-p", str(DATABASE.parent), str(path)]
        key = fingerprint(reached(ROOT, path), *settings, *commands[path])
        jobs[str(path.relative_to(ROOT))] = (key, command, None)
    return 0 if run_all(cache, jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
