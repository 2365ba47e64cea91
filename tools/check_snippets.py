#!/usr/bin/env python3
"""Checks every fenced block of README.md, CONTRIBUTING.md and docs/, so that what is shown works.

  check_snippets.py     prints one line a finding, fails if there is one

  ```cpp      compiles against include/. Without an #include it gets <hassette/app.hpp> and
              `using namespace hassette;`; with `// in a handler` as its first line it is the body
              of a handler of an app, and with `// in a test` that of a test of motion_lights, whose
              `home` has a hall. "../apps/…" are the example apps.
  ```toml     parses.             ```json     parses.
  ```sh, ```console     every `./dev VERB` and `hassette VERB` in it exists. Where a line of the block
              starts with `$ `, the lines that do not are output.
  ```text     is not checked.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

from project import COMPILER, ROOT, PassedCache, fingerprint, language_flags, reached, run_all, sources, tool_version

FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[^\s`]*)[^\n`]*\n(?P<body>.*?)^(?P=indent)```[ \t]*$", re.M | re.S)
PROGRAM = ROOT / "build" / "bin" / "hassette"
# Beside those that `hassette` compiles apps with: a snippet may show a value without using it.
MORE_FLAGS = ["-Werror", "-Wno-unused"]
HEADER = "#include <hassette/app.hpp>\nusing namespace hassette;\n"
HANDLER = """{header}struct SnippetConfig {{ bool enabled = true; }};
class Snippet : public App<SnippetConfig> {{
  Task<> handler() {{
#line {line} "{file}"
{body}
    co_return;
  }}
}};
"""
TEST = """#include <hassette/testing.hpp>
#include <cstdio>
#include <random>
#include "../apps/motion_lights.cpp"
TEST(Snippet, test) {{
  AppHarness home;
  home.set_state("binary_sensor.hall", "off");
  home.set_state("light.hall", "off");
  home.start<MotionLights>({{.motion = "binary_sensor.hall", .light = "light.hall"}});
#line {line} "{file}"
{body}
}}
"""
KNOWN = {"cpp", "toml", "json", "sh", "console", "text"}
# A command stands at the start of a line, behind a prompt, or behind && ; | — a word inside a path or
# a sentence is none.
COMMAND = r"(?:^|&&|;|\|)\s*(?:sudo\s+)?(?:[A-Z_]+=\S*\s+)*"
DEV_VERB = re.compile(COMMAND + r"\./dev[ \t]+([a-z][\w-]*)", re.M)
HASSETTE_VERB = re.compile(COMMAND + r"(?:\S*/)?hassette[ \t]+([a-z][\w-]*)", re.M)
HELP_LINE = re.compile(r"^\s{2,}([a-z][\w-]*)(?: \[\w+\])?\s{2,}\S", re.M)


class Block:
    def __init__(self, path: pathlib.Path, match: re.Match, text: str):
        self.kind = match["kind"]
        indent = len(match["indent"])
        self.body = "\n".join(line[indent:] for line in match["body"].splitlines())
        self.file = str(path.relative_to(ROOT))
        self.line = text.count("\n", 0, match.start("body")) + 1
        self.where = f"{self.file}:{self.line}"


def all_blocks() -> list[Block]:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = []
    for page in filter(pathlib.Path.is_file, pages):
        text = page.read_text()
        found += [Block(page, match, text) for match in FENCE.finditer(text)]
    return found


def as_program(block: Block) -> str:
    if block.body.lstrip().startswith("// in a handler"):
        return HANDLER.format(header=HEADER, line=block.line, file=block.file, body=block.body)
    if block.body.lstrip().startswith("// in a test"):
        return TEST.format(line=block.line, file=block.file, body=block.body)
    header = "" if "#include" in block.body else HEADER
    return f'{header}#line {block.line} "{block.file}"\n{block.body}\n'


def compiles(blocks: list[Block]) -> bool:
    if not blocks:
        return True
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing: run `./dev build` first")
    flags = [*language_flags(PROGRAM), *MORE_FLAGS, f"-I{ROOT / 'include'}", f"-iquote{ROOT / 'examples' / 'tests'}", "-x", "c++"]
    headers = set().union(*(reached(ROOT, path) for path in sources(ROOT, "include", "examples/apps")))
    keys = [fingerprint(headers, tool_version(COMPILER), *flags, as_program(block)) for block in blocks]
    cache = PassedCache("snippets")
    if all(map(cache.holds, keys)):
        return True
    with tempfile.TemporaryDirectory() as folder:
        # One precompiled header for all blocks. If it does not compile, each block says why.
        compiled = pathlib.Path(folder, "app.pch")
        command = [COMPILER, *flags[:-1], "c++-header", "-o", str(compiled), str(ROOT / "include/hassette/app.hpp")]
        if subprocess.run(command, capture_output=True).returncode == 0:
            flags = ["-include-pch", str(compiled), *flags]
        jobs = {
            block.where: (key, [COMPILER, *flags, "-fsyntax-only", "-"], as_program(block))
            for key, block in zip(keys, blocks)
        }
        return run_all(cache, jobs)


def parse_problem(block: Block) -> str:
    try:
        tomllib.loads(block.body) if block.kind == "toml" else json.loads(block.body)
    except ValueError as error:
        return f"is not valid {block.kind}: {error}"
    return ""


def commands_of(block: Block) -> str:
    lines = block.body.splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return "\n".join(lines)


def unknown_verbs(block: Block, dev: set[str], hassette: set[str]) -> list[str]:
    text = commands_of(block)
    missing = [f"./dev {verb}" for verb in DEV_VERB.findall(text) if verb not in dev]
    missing += [f"hassette {verb}" for verb in HASSETTE_VERB.findall(text) if verb not in hassette]
    return [f"`{command}` does not exist" for command in missing]


def verbs_of(*command: str) -> set[str]:
    try:
        program = [ROOT / command[0], *command[1:]]
        done = subprocess.run(program, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        sys.exit(f"{command[0]} is missing: run `./dev build` first")
    return set(HELP_LINE.findall(done.stdout))


def main() -> int:
    blocks = all_blocks()
    strange = [block for block in blocks if block.kind not in KNOWN]
    problems = [(block, f"a block of kind `{block.kind}`: use one of {', '.join(sorted(KNOWN))}") for block in strange]
    problems += [(block, parse_problem(block)) for block in blocks if block.kind in ("toml", "json")]
    shown = [block for block in blocks if block.kind in ("sh", "console")]
    if shown:
        dev, hassette = verbs_of("dev"), verbs_of("build/bin/hassette", "--help")
        problems += [(block, problem) for block in shown for problem in unknown_verbs(block, dev, hassette)]
    problems = [(block, problem) for block, problem in problems if problem]
    for block, problem in problems:
        print(f"{block.where}: {problem}")
    compiled = compiles([block for block in blocks if block.kind == "cpp"])
    return 0 if compiled and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
