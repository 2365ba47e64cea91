"""A home folder with something wrong in it, the program run on it, and what it said."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import time
import urllib.request

TOKEN = "token-that-nobody-may-ever-read-0123456789"
PATIENCE = 120.0  # for a sanitized build on a slow machine, which compiles apps on the way
DUMP = re.compile(r"terminate called|Traceback|Sanitizer|runtime error:|Assertion|core dumped|\bwhat\(\):|\x1b\[")
SLIPS = re.compile(r"\?\. |/\./")  # a sentence that ends twice, a path with a detour
PROMISED = 2.0  # seconds for a stop; what is beyond is for a machine that does other things beside
SLACK = 0.4
STOP_TOOK = re.compile(r"the stop took (\d+\.\d\d) s")
SETTINGS = """\
[hassette]
base_url = "{url}"
cache_dir = "{cache}"
"""
WITHOUT_PAGE = "\n[hassette.web]\nenabled = false\n"


class Wrong(Exception):
    """A promise that was not kept."""


def holds_no_token(text: str) -> str:
    if TOKEN in text:
        raise Wrong(f"the token is in the output:\n{text}")
    return text


@dataclasses.dataclass
class Said:
    """What one run of the program did; `problems` are its warnings and errors."""

    code: int
    text: str
    seconds: float = 0.0
    lines: list[dict] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        for line in self.text.splitlines():
            if line.startswith("{"):
                self.lines.append(json.loads(line))
        holds_no_token(self.text)
        if found := DUMP.search(self.text):
            raise Wrong(f"`{found[0]}` is in the output:\n{self.text}")
        if found := SLIPS.search(self.text):
            raise Wrong(f"`{found[0]}` is in the output:\n{self.text}")

    @staticmethod
    def of_a_crash(running: "Running", number: signal.Signals) -> str:
        """What it said until that signal ended it; a sanitizer may exit in its place, and says so itself."""
        code = running.process.wait(PATIENCE)
        text = holds_no_token(running.text())
        if "Sanitizer" in text:
            return text + "while the loop was running `on_initialize` of good"
        if code != -number:
            raise Wrong(f"exit code {code} instead of {-number}:\n{text}")
        return text

    @property
    def problems(self) -> list[dict]:
        return [line for line in self.lines if line.get("level") in ("warning", "error")]

    def ends_with(self, code: int) -> "Said":
        if self.code != code:
            raise Wrong(f"exit code {self.code} instead of {code}:\n{self.text}")
        return self

    def says_once(self, *fragments: str, app: str | None = None) -> "Said":
        """One warning or error (of that app, or at all) and no other; it holds the fragments in order."""
        problems = [line for line in self.problems if app is None or line["app"] == app]
        if len(problems) != 1:
            raise Wrong(f"{len(problems)} messages instead of one:\n{self.text}")
        text = problems[0]["message"]
        for fragment in fragments:  # in this order
            if fragment not in text:
                raise Wrong(f"the message lacks `{fragment}`, or not at its place:\n{problems[0]['message']}")
            text = text.partition(fragment)[2]
        return self

    def mentions(self, *fragments: str) -> "Said":
        missing = [fragment for fragment in fragments if fragment not in self.text]
        if missing:
            raise Wrong(f"the output lacks {missing}:\n{self.text}")
        return self

    def stops_in_time(self) -> "Said":
        """By the program's own account, from the signal on, which it gives at debug level."""
        took = STOP_TOOK.findall(self.text)
        if len(took) != 1 or float(took[0]) > PROMISED + SLACK:
            raise Wrong(f"does not stop within two seconds:\n{self.text}")
        return self

    def never_says(self, *fragments: str) -> "Said":
        if said := [fragment for fragment in fragments if fragment in self.text]:
            raise Wrong(f"the output has {said}:\n{self.text}")
        return self

    def sums_up(self, line: str) -> "Said":
        """In its last line."""
        if not self.lines or self.lines[-1]["message"] != line:
            raise Wrong(f"does not end with `{line}`:\n{self.text}")
        return self


class Running:
    """The program while it runs; what it has said so far can be waited for."""

    def __init__(self, command: list[str], env: dict[str, str], log: pathlib.Path):
        self.begin = time.monotonic()
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, fragment: str) -> None:
        while fragment not in self.text():
            if self.process.poll() is not None or time.monotonic() - self.begin > PATIENCE:
                self.process.kill()
                raise Wrong(f"never said `{fragment}`:\n{self.text()}")
            time.sleep(0.02)

    def page(self, path: str) -> str:
        """What the page that the ready line names serves under this path."""
        address, token = self.page_link()
        request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return holds_no_token(answer.read().decode())

    def page_live(self) -> str:
        """The first message of the page's WebSocket: the whole board."""
        address, token = self.page_link()
        host = address.split("/")[2]
        with socket.create_connection(tuple(host.split(":")), timeout=10) as link, link.makefile("rb") as stream:
            link.sendall(
                f"GET /api/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            status = stream.readline()
            if b" 101 " not in status:
                raise Wrong(f"the page's WebSocket answers {status!r}")
            while stream.readline().strip():
                pass
            _, length = stream.read(2)
            if length >= 126:
                (length,) = struct.unpack("!H" if length == 126 else "!Q", stream.read(2 if length == 126 else 8))
            return holds_no_token(stream.read(length).decode())

    def page_link(self) -> tuple[str, str]:
        found = re.search(r"page (http://\S+/)\?token=([^\s\"]+)", self.text())
        if not found:
            raise Wrong(f"no page:\n{self.text()}")
        return found[1], found[2]

    def send(self, number: signal.Signals = signal.SIGINT) -> None:
        self.begin = time.monotonic()
        self.process.send_signal(number)

    def press(self) -> int | None:
        """Ctrl-C, without a new clock; what the program has ended with, if it has."""
        self.process.send_signal(signal.SIGINT)
        return self.process.poll()

    def end(self) -> Said:
        try:
            code = self.process.wait(max(1.0, PATIENCE - (time.monotonic() - self.begin)))
        except subprocess.TimeoutExpired as slow:
            self.process.kill()
            self.process.wait()
            raise Wrong(f"did not end:\n{self.text()}") from slow
        return Said(code, self.text(), time.monotonic() - self.begin)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Home:
    """A home folder of one case."""

    def __init__(self, program: pathlib.Path, folder: pathlib.Path, cache: pathlib.Path):
        self.program, self.folder, self.cache = program, folder, cache
        self.url = "http://127.0.0.1:9"
        self.toml = ""  # the tables of the case's own apps
        (folder / "apps").mkdir(parents=True)
        self.write(".env", f"HASSETTE__TOKEN={TOKEN}\n", mode=0o600)

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)

    def settings(self, more: str = "", page: str = WITHOUT_PAGE) -> None:
        """hassette.toml: what every home has, and then `more`, from line 5 on or behind the page's."""
        self.write("hassette.toml", SETTINGS.format(url=self.url, cache=self.cache) + more + page)

    def start(
        self, *arguments: str, env: dict[str, str] | None = None, bare: dict[str, str] | None = None
    ) -> Running:
        """With `env` beside what is set here, or with `bare` and nothing else."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("HASSETTE_", "HA_TOKEN"))}
        if bare is not None:
            clean = bare
        log = self.folder.parent / f"{self.folder.name}-{time.monotonic_ns()}.log"
        return Running([str(self.program), *arguments], clean | (env or {}), log)

    def run(self, verb: str, *arguments: str, env: dict[str, str] | None = None) -> Said:
        with self.start(verb, str(self.folder), "--json", *arguments, env=env) as running:
            return running.end()

    def start_engine(self, *arguments: str, env: dict[str, str] | None = None) -> Running:
        return self.start("run", str(self.folder), "--json", *arguments, env=env)

    def stop_after(self, fragment: str) -> Said:
        """Runs the engine until it has said so, then stops it with Ctrl-C; how it ends is the caller's to judge."""
        with self.start_engine() as running:
            running.wait_for(fragment)
            running.send()
            return running.end()

    def run_until(self, fragment: str) -> Said:
        """The same where it must end in order and in time."""
        said = self.stop_after(fragment)
        if said.seconds > 2.0:
            raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")
        return said.ends_with(0)
