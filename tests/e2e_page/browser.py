"""A headless Chromium, driven through chromedriver's HTTP interface with nothing but the standard library."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

STARTED = re.compile(r"successfully on port (\d+)")


class BrowserError(Exception):
    pass


class Browser:
    """One window; use it in a `with` statement."""

    def __init__(self, chromium: str | None = None) -> None:
        driver, chromium = shutil.which("chromedriver"), chromium or shutil.which("chromium")
        if not driver or not chromium:
            raise BrowserError("chromium and chromium-driver are not installed (see tools/packages.txt)")
        self.folder = tempfile.TemporaryDirectory(prefix="hassette-page-", ignore_cleanup_errors=True)
        self.log = pathlib.Path(self.folder.name) / "browser.log"  # what Chromium itself writes, too
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [driver, "--port=0", "--enable-chrome-logs"], stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, "HOME": self.folder.name},
            )
        try:
            self.base = f"http://127.0.0.1:{self.wait_for_port()}"
            self.session = ""
            self.session = f"/session/{self.start(chromium)}"
        except BaseException:
            self.close()
            raise

    def wait_for_port(self) -> int:
        for line in self.process.stdout:
            if found := STARTED.search(line):
                return int(found[1])
        raise BrowserError("chromedriver did not start")

    def start(self, chromium: str) -> str:
        try:
            return self.open(chromium)
        except BrowserError as error:
            said = self.log.read_text(errors="replace").splitlines()[-8:]
            raise BrowserError("\n".join([str(error), "the browser's last words:", *said])) from None

    def open(self, chromium: str) -> str:
        # It opens nothing but our own page; and its sandbox works neither for root nor where a system lets
        # nobody make namespaces.
        arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,1000",
                     "--no-sandbox", f"--user-data-dir={pathlib.Path(self.folder.name) / 'profile'}"]
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": chromium, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        return self.call("/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        try:
            if getattr(self, "session", ""):
                self.call("", method="DELETE")
        except (OSError, BrowserError):
            pass  # it has gone already
        finally:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()
            self.folder.cleanup()

    def call(self, path: str, body: dict | None = None, method: str = "POST"):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + self.session_path() + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(json.load(error)["value"]["message"].splitlines()[0]) from None

    def session_path(self) -> str:
        return getattr(self, "session", "")

    def visit(self, url: str) -> None:
        self.call("/url", {"url": url})

    def url(self) -> str:
        return self.call("/url", method="GET")

    def run(self, script: str, *arguments: object):
        return self.call("/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, seconds: float = 10.0):
        """The script's first true result, or its last one when the time is over."""
        end = time.monotonic() + seconds
        while not (result := self.run(script)) and time.monotonic() < end:
            time.sleep(0.05)
        return result

    def devtools(self, command: str, **parameters: object):
        return self.call("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def theme(self, name: str) -> None:
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def resize(self, width: int, height: int) -> None:
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=width < 500)

    def complaints(self) -> list[str]:
        """What the page and the browser wrote to the console as errors or warnings, since the last call."""
        entries = self.call("/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]
