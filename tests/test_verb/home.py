"""A home with an app and tests, `hassette test` run in it, and what it said."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

PATIENCE = 180.0  # for a sanitized build on a slow machine
AT_ONCE = 2.0
COMPILER = "clang++-19"
DUMP = re.compile(r"terminate called after|Traceback|core dumped|\x1b\[")
SUMMARY = re.compile(r"^\d+ passed, \d+ failed(?:, \d+ (?:skipped|not run))*$", re.MULTILINE)
# Says what it was asked to compile, and does it, unless the home that it runs in says that it cannot.
WRITING_COMPILER = """\
#!/bin/sh
echo "$@" >> '{log}'
case "$*" in *" -o "*) [ -e disk-is-full ] && echo 'error: error writing: No space left on device' && exit 1;; esac
exec {compiler} "$@"
"""
APP = """\
#include <hassette/app.hpp>
using namespace hassette;

struct LampConfig {
  EntityId motion;
  EntityId light;
};

class Lamp : public App<LampConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.motion, &Lamp::on_motion, {.name = "motion", .changed_to = "on"});
  }
  Task<> on_motion() {
    co_await api.turn_on(app_config.light);
  }
};
HASSETTE_APP(Lamp)
"""
TEST_FILE = """\
#include <hassette/testing.hpp>
#include "../apps/lamp.cpp"

struct Hall : ::testing::Test {{
  Hall() {{
    home.set_state("binary_sensor.hall", "off");
    home.set_state("light.hall", "off");
    home.start<Lamp>({{.motion = "binary_sensor.hall", .light = "light.hall"}});
  }}
  AppHarness home;
}};

TEST_F(Hall, is_lit) {{
  home.set_state("binary_sensor.hall", "on");
  {check}
}}
"""
GOOD = "EXPECT_CALLED(home, light.turn_on);"


class Wrong(Exception):
    """A promise that was not kept."""


class Said:
    def __init__(self, code: int, text: str, seconds: float):
        self.code, self.text, self.seconds = code, text, seconds
        if found := DUMP.search(text):
            raise Wrong(f"`{found[0]}` is in the output:\n{text}")

    def ends_with(self, code: int) -> "Said":
        if self.code != code:
            raise Wrong(f"exit code {self.code} instead of {code}:\n{self.text}")
        return self

    def mentions(self, *fragments: str) -> "Said":
        rest = self.text
        for fragment in fragments:  # in this order
            if fragment not in rest:
                raise Wrong(f"the output lacks `{fragment}`, or not at its place:\n{self.text}")
            rest = rest.partition(fragment)[2]
        return self

    def lacks(self, *fragments: str) -> "Said":
        if found := [fragment for fragment in fragments if fragment in self.text]:
            raise Wrong(f"the output has {found}:\n{self.text}")
        return self

    def sums_up(self, passed: int, failed: int, not_run: int = 0) -> "Said":
        """As its last line, and only there."""
        expected = f"{passed} passed, {failed} failed" + (f", {not_run} not run" if not_run else "")
        if not self.text.endswith(f"\n{expected}\n") or len(SUMMARY.findall(self.text)) != 1:
            raise Wrong(f"does not end with `{expected}`:\n{self.text}")
        return self.ends_with(1 if failed else 0)


class Running:
    def __init__(self, command: list[str], folder: pathlib.Path, env: dict[str, str], log: pathlib.Path):
        self.begin, self.log = time.monotonic(), log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def until(self, fragment: str, times: int = 1) -> str:
        """Waits until it has said so that often."""
        while self.text().count(fragment) < times:
            if self.process.poll() is not None or time.monotonic() - self.begin > PATIENCE:
                raise Wrong(f"never said `{fragment}` {times} times:\n{self.text()}")
            time.sleep(0.02)
        return self.text()

    def interrupt(self) -> "Said":
        self.begin = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        said = self.end()
        if said.seconds > AT_ONCE:
            raise Wrong(f"took {said.seconds:.1f} s to end:\n{said.text}")
        return said

    def end(self) -> Said:
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as slow:
            raise Wrong(f"does not end:\n{self.text()}") from slow
        return Said(code, self.text(), time.monotonic() - self.begin)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Home:
    """A folder that `hassette new` made, with an app and tests of the case's own."""

    def __init__(self, program: pathlib.Path, folder: pathlib.Path, shared: pathlib.Path):
        self.program, self.folder, self.shared = program, folder, shared
        subprocess.run([program, "new", folder], check=True, capture_output=True)
        self.log = folder.parent / f"{folder.name}.compiled"
        self.runs = 0

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def lamp(self, check: str = GOOD) -> None:
        """The app Lamp and its test, instead of what a new home has."""
        shutil.rmtree(self.folder / "tests")
        self.write("apps/lamp.cpp", APP)
        self.write("tests/lamp_test.cpp", TEST_FILE.format(check=check))

    def compiler(self) -> pathlib.Path:
        """One for all cases, since its path is part of what is cached; each has a log of its own."""
        return self.shared / "clang++"

    def compiled(self) -> list[str]:
        """The sources of this home that were given to the compiler, in order."""
        lines = (self.shared / "compiled").read_text().splitlines()
        sources = (re.search(r" -c (\S+)", line) for line in lines)
        mine = (match[1] for match in sources if match and match[1].startswith(f"{self.folder}/"))
        return [pathlib.Path(source).name for source in mine]

    def start(self, *arguments: str, env: dict[str, str] | None = None) -> Running:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HASSETTE_", "GTEST_"))}
        kept |= {"HASSETTE_CXX": str(self.compiler())} | (env or {})
        self.runs += 1
        command = [str(self.program), "test", "--set", f"cache_dir={self.shared / 'cache'}", *arguments]
        return Running(command, self.folder, kept, self.folder.parent / f"{self.folder.name}-{self.runs}.log")

    def test(self, *arguments: str, env: dict[str, str] | None = None) -> Said:
        with self.start(*arguments, env=env) as running:
            return running.end()


def make_compiler(shared: pathlib.Path) -> None:
    program = shared / "clang++"
    program.write_text(WRITING_COMPILER.format(log=shared / "compiled", compiler=COMPILER))
    program.chmod(0o755)
    (shared / "compiled").touch()
