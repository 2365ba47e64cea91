#!/usr/bin/env python3
"""Holds every #include against the layers that the root CMakeLists.txt lists.

  check_layers.py [ROOT]     checks the tree, prints one line a finding, fails if there is one
  check_layers.py --self-test    proves on a planted tree that every rule can fail

The rules, in the words of docs/architecture.md: a layer includes only itself and what it uses,
edges are transitive; a public header names its layer in a line `// layer: NAME` near its top, and
includes only public headers of that layer or below, never a heavy library; nothing includes the
layer `harness`; few translation units include Beast; src/daemon wires and does nothing else.
"""

import pathlib
import re
import sys
import tempfile

from project import ROOT, includes, reached, resolve, sources

LAYER_LINE = re.compile(r"^\s*hassette_layer\(\s*(\w+)\s+USES([^)]*)\)", re.MULTILINE)
NAMED_LAYER = re.compile(r"^//\s*layer:\s*(\w+)\s*$", re.MULTILINE)
HEAVY = re.compile(r"boost/(asio|beast)|spdlog/|simdjson|sqlite3|openssl/|toml\+\+|(regex|iostream)$")
BEAST = re.compile(r"boost/beast")
NAME_WITHIN = 12  # lines of a public header in which its layer must be named
BEAST_UNITS = 6
DAEMON_LINES = 250


def layers_below(cmake: str) -> dict[str, set[str]]:
    """Layer -> all layers that it may include, itself among them."""
    direct = {name: uses.split() for name, uses in LAYER_LINE.findall(cmake)}
    closed: dict[str, set[str]] = {}

    def close(name: str) -> set[str]:
        if name not in closed:
            closed[name] = {name}  # set first, so that a cycle in the list ends
            closed[name] |= {below for use in direct.get(name, ()) for below in close(use)}
        return closed[name]

    for name in direct:
        close(name)
    return closed


class Tree:
    def __init__(self, root: pathlib.Path):
        self.root = root.resolve()
        self.cmake = (self.root / "CMakeLists.txt").read_text()
        self.below = layers_below(self.cmake)
        self.findings: list[str] = []
        self.public: dict[pathlib.Path, str] = {}

    def complain(self, where: pathlib.Path, text: str) -> None:
        self.findings.append(f"{where.relative_to(self.root)}: {text}")

    def check(self) -> list[str]:
        self.check_list()
        self.name_public_headers()
        for path in self.public:
            self.check_public(path)
        for path in sources(self.root, "src"):
            self.check_private(path)
        for path in sources(self.root, "examples"):
            self.check_example(path)
        self.check_cycles()
        self.check_beast()
        self.check_daemon()
        return self.findings

    def check_list(self) -> None:
        seen: set[str] = set()
        for name, uses in LAYER_LINE.findall(self.cmake):
            for use in uses.split():
                if use not in seen:
                    self.findings.append(
                        f"CMakeLists.txt: layer {name} uses {use}, which does not stand above it in the list"
                    )
                if use == "harness":
                    self.findings.append(f"CMakeLists.txt: layer {name} uses harness, which nothing may use")
            seen.add(name)
        for folder in sorted(path for path in (self.root / "src").glob("*") if path.is_dir()):
            if folder.name not in self.below and any(folder.rglob("*.?pp")):
                self.complain(folder, "is no layer: add a hassette_layer line to CMakeLists.txt")

    def name_public_headers(self) -> None:
        for path in sources(self.root, "include"):
            top = "\n".join(path.read_text().splitlines()[:NAME_WITHIN])
            named = NAMED_LAYER.search(top)
            if not named:
                self.complain(path, f"needs a line `// layer: NAME` within its first {NAME_WITHIN} lines")
            elif named[1] not in self.below:
                self.complain(path, f"names the layer {named[1]}, which CMakeLists.txt does not list")
            self.public[path] = named[1] if named else ""

    def check_public(self, path: pathlib.Path) -> None:
        for bracket, name in includes(path):
            if HEAVY.match(name):
                self.complain(path, f"includes <{name}>: public headers stay light, hide it in a .cpp")
            elif bracket == '"':
                self.complain(path, f'includes "{name}": a public header includes <hassette/...> only')
            elif name.startswith("hassette/"):
                self.check_edge(path, self.public[path], name)

    def check_private(self, path: pathlib.Path) -> None:
        layer = path.relative_to(self.root / "src").parts[0]
        for bracket, name in includes(path):
            if name.startswith("hassette/"):
                self.check_edge(path, layer, name)
            elif bracket == '"':
                target = name.split("/")[0]
                if "/" not in name or ".." in name or target not in self.below:
                    self.complain(path, f'includes "{name}": write it as "LAYER/FILE"')
                elif not (self.root / "src" / name).is_file():
                    self.complain(path, f'includes "{name}", which does not exist')
                else:
                    self.check_target(path, layer, target, name)

    def check_example(self, path: pathlib.Path) -> None:
        for bracket, name in includes(path):
            if bracket == '"' and not (path.parent / name).is_file():
                self.complain(path, f'includes "{name}": examples include what authors can, <hassette/...>')

    def check_edge(self, path: pathlib.Path, layer: str, name: str) -> None:
        target = self.root / "include" / name
        if target not in self.public:
            self.complain(path, f"includes <{name}>, which does not exist")
        else:
            self.check_target(path, layer, self.public[target], name)

    def check_target(self, path: pathlib.Path, layer: str, target: str, name: str) -> None:
        if target == "harness" != layer:
            self.complain(path, f"includes {name}: nothing includes the layer harness")
        elif layer in self.below and target in self.below and target not in self.below[layer]:
            self.complain(path, f"includes {name}: layer {layer} does not use {target}")

    def check_cycles(self) -> None:
        done: set[pathlib.Path] = set()

        def walk(path: pathlib.Path, trail: list[pathlib.Path]) -> None:
            if path in trail:
                names = [str(step.relative_to(self.root)) for step in [*trail[trail.index(path) :], path]]
                self.complain(path, "include cycle: " + " -> ".join(names))
            elif path not in done:
                for _, name in includes(path):
                    target = resolve(self.root, path, name)
                    if target:
                        walk(target, [*trail, path])
                done.add(path)

        for path in sources(self.root, "include", "src"):
            walk(path, [])

    def check_beast(self) -> None:
        def includes_beast(path: pathlib.Path) -> bool:
            files = reached(self.root, path)
            forced = path.parent / "pch.hpp"  # CMake forces it into every unit of its folder
            if forced.is_file():
                files = files | reached(self.root, forced)
            return any(BEAST.match(name) for file in files for _, name in includes(file))

        all_units = sources(self.root, "src", "tests", "bench")
        units = [path for path in all_units if path.suffix == ".cpp" and includes_beast(path)]
        if len(units) > BEAST_UNITS:
            names = ", ".join(str(path.relative_to(self.root)) for path in units)
            rule = f"{BEAST_UNITS} at most may, since each compiles for long"
            self.findings.append(f"{len(units)} translation units include Beast ({rule}): {names}")

    def check_daemon(self) -> None:
        for path in sources(self.root, "src/daemon"):
            length = len(path.read_text().splitlines())
            if length > DAEMON_LINES:
                self.complain(path, f"has {length} lines, {DAEMON_LINES} at most: the daemon wires, work belongs below")


GOOD_TREE = {
    "CMakeLists.txt": "hassette_layer(base USES)\nhassette_layer(async USES base)\nhassette_layer(log USES async)\n"
    "hassette_layer(harness USES log)\nhassette_layer(daemon USES log)\n",
    "include/hassette/id.hpp": "// layer: base\n#include <string>\n",
    "include/hassette/task.hpp": "// layer: async\n#include <hassette/id.hpp>\n",
    "include/hassette/harness.hpp": "// layer: harness\n#include <hassette/task.hpp>\n",
    "src/base/text.hpp": "#include <hassette/id.hpp>\n",
    "src/async/loop.cpp": '#include "base/text.hpp"\n#include <hassette/task.hpp>\n#include <boost/asio.hpp>\n',
    "src/log/sink.hpp": '#include "base/text.hpp"\n',
    "src/harness/run.cpp": '#include "log/sink.hpp"\n#include <hassette/harness.hpp>\n',
    "src/daemon/main.cpp": '#include "log/sink.hpp"\n',
    "examples/hall.cpp": "#include <hassette/task.hpp>\n",
}
# What is planted, file -> text, and the words that the finding must hold.
BAD_TREES = [
    ({"src/base/up.cpp": '#include "log/sink.hpp"\n'}, "layer base does not use log"),
    ({"src/base/up_test.cpp": "#include <hassette/task.hpp>\n"}, "layer base does not use async"),
    ({"include/hassette/new.hpp": "// layer: base\n#include <hassette/task.hpp>\n"}, "layer base does not use async"),
    ({"include/hassette/new.hpp": "#pragma once\n"}, "needs a line `// layer: NAME`"),
    ({"include/hassette/new.hpp": "\n" * NAME_WITHIN + "// layer: base\n"}, "needs a line `// layer: NAME`"),
    ({"include/hassette/new.hpp": "// layer: cellar\n"}, "does not list"),
    ({"include/hassette/new.hpp": '// layer: log\n#include "log/sink.hpp"\n'}, "<hassette/...> only"),
    ({"include/hassette/new.hpp": "// layer: log\n#  include <boost/asio/ip/tcp.hpp>\n"}, "stay light"),
    ({"include/hassette/new.hpp": "// layer: log\n#include <regex>\n"}, "stay light"),
    ({"include/hassette/new.hpp": "// layer: log\n#include <hassette/none.hpp>\n"}, "does not exist"),
    ({"src/log/a.cpp": '#include "log/none.hpp"\n'}, "does not exist"),
    ({"src/log/a.cpp": '#include "sink.hpp"\n'}, 'write it as "LAYER/FILE"'),
    ({"src/log/a.cpp": '#include "../base/text.hpp"\n'}, 'write it as "LAYER/FILE"'),
    ({"src/cellar/a.cpp": "\n"}, "is no layer"),
    ({"src/daemon/a.cpp": "#include <hassette/harness.hpp>\n"}, "nothing includes the layer harness"),
    ({"src/daemon/main.cpp": "\n" * (DAEMON_LINES + 1)}, "the daemon wires"),
    ({"src/log/a.hpp": '#include "log/b.hpp"\n', "src/log/b.hpp": '#include "log/a.hpp"\n'}, "include cycle"),
    ({"examples/hall.cpp": '#include "log/sink.hpp"\n'}, "examples include what authors can"),
    ({"CMakeLists.txt": GOOD_TREE["CMakeLists.txt"].replace("base USES", "base USES log")}, "does not stand above"),
    ({"CMakeLists.txt": GOOD_TREE["CMakeLists.txt"] + "hassette_layer(x USES harness)\n"}, "nothing may use"),
    ({f"src/log/b{i}.cpp": "#include <boost/beast/http.hpp>\n" for i in range(BEAST_UNITS + 1)}, "units include Beast"),
    ({"src/log/http.hpp": "#include <boost/beast.hpp>\n"}
     | {f"src/log/b{i}.cpp": '#include "log/http.hpp"\n' for i in range(BEAST_UNITS + 1)}, "units include Beast"),
    ({"src/log/pch.hpp": "#include <boost/beast.hpp>\n"}
     | {f"src/log/b{i}.cpp": "\n" for i in range(BEAST_UNITS + 1)}, "units include Beast"),
]


def findings_of(files: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        includes.cache_clear()
        return Tree(pathlib.Path(folder)).check()


def self_test() -> bool:
    wrong = [f"a good tree is refused: {finding}" for finding in findings_of(GOOD_TREE)]
    for planted, words in BAD_TREES:
        findings = findings_of(GOOD_TREE | planted)
        if len(findings) != 1 or words not in findings[0]:
            wrong.append(f"planted {sorted(planted)} for `{words}`, found {findings}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return not wrong


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        return 0 if self_test() else 1
    findings = Tree(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT).check()
    print(*findings, sep="\n", end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
