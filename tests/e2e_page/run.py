#!/usr/bin/env python3
# build: hassette_bin
"""Opens the page of a running `hassette demo` in a real browser and looks at it as a user would.

  run.py BUILD [COMMAND...]

Prints PASS or FAIL for each thing that is looked at. COMMAND is run instead of BUILD/bin/hassette demo;
it has to print a ready line with the page's link, too.
"""

import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

from browser import Browser, BrowserError

READY = re.compile(r"ready: .*?\bpage (http://[^\s,]+)")
READY_WITHIN = 120.0  # with sanitizers, and the example apps have to be compiled
STOP_WITHIN = 10.0
WIDTHS = (390, 768, 1440, 1920)

# Text that has less contrast than 4.5:1 with what is behind it.
LOW_CONTRAST = """
const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => {
  const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const color = parse(getComputedStyle(node).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  return [255, 255, 255];
};
const found = [];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  const node = text.parentElement;
  if (!text.data.trim() || !node.checkVisibility() || node.closest('.unseen, .skip, noscript')) continue;
  const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) found.push(`${text.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return found;
"""


def own_cache(build: str, scratch: str) -> str:
    """Not the developer's own demo: it may run just now, and what it has compiled is his. In `build`, to
    compile once for many runs; or else, where the checkout is another user's, which the demo refuses."""
    places = [os.stat(place) for place in pathlib.Path(build).resolve().parents]
    safe = all(place.st_uid in (0, os.geteuid()) and place.st_mode & 0o1002 != 0o0002 for place in places)
    cache = os.path.join(build if safe else scratch, "e2e-page-cache")
    os.makedirs(cache, exist_ok=True)
    return cache


class Demo:
    """The program under test, and what it prints."""

    def __init__(self, command: list[str], build: str):
        self.folder = tempfile.TemporaryDirectory(prefix="hassette-demo-")
        self.cache = own_cache(build, self.folder.name)
        self.process = subprocess.Popen(
            command, cwd=self.folder.name, env={**os.environ, "XDG_CACHE_HOME": self.cache},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.output: list[str] = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        for line in self.process.stdout:
            self.output.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def wait_for_link(self) -> str:
        end = time.monotonic() + READY_WITHIN
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError("no ready line with the page's link") from None
            if line is None:
                raise AssertionError("it ended before it was ready")
            if found := READY.search(line):
                return found[1]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.folder.cleanup()
        return code


def check(condition: object, says: str) -> None:
    if not condition:
        raise AssertionError(says)


def leaves_the_developers_demo_alone(browser: Browser, demo: Demo) -> None:
    kept = os.path.join(demo.cache, "hassette", "demo")
    check(os.path.isdir(os.path.join(kept, "cache")), f"what it compiled does not lie in {kept}")


def refused_without_link(browser: Browser, link: str) -> None:
    for path in ("", "api/snapshot", "api/health"):
        try:
            urllib.request.urlopen(link.split("?")[0] + path, timeout=10)
        except urllib.error.HTTPError as error:
            check(error.code == 401, f"/{path} answers {error.code}")
            check("?token=" in error.read().decode(), "the refusal does not say how to get in")
        else:
            raise AssertionError(f"/{path} needs no credential")


def link_opens_the_page(browser: Browser, link: str) -> None:
    browser.visit(link)
    check("token" not in browser.url(), f"the token stays in the address: {browser.url()}")
    check(browser.wait("return document.body.dataset.feed === 'live'"), "the live feed does not begin")


def no_secret_in_what_the_page_received(browser: Browser, link: str) -> None:
    check(browser.wait("return board.link.ha_version && Object.keys(board.events).length > 0"), "the board is empty")
    received = browser.run("return JSON.stringify([board, document.documentElement.outerHTML, document.cookie])")
    address, token = link.split("?token=")
    assets = browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    for url in [address, address + "api/health", address + "api/snapshot", *(url for url in assets if url.startswith(address))]:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            received += str(answer.headers) + answer.read().decode()
    check(token not in received, f"the page receives its token: …{received.partition(token)[0][-200:]}")
    # The home's own token, made for each demo, has the same form.
    found = re.search(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", received)
    check(not found, f"the page receives what looks like a token: {found}")


def home_assistant_stands_first(browser: Browser, link: str) -> None:
    title = browser.wait("return document.querySelector('h1').textContent.startsWith('Connected to Home Assistant')")
    check(title, "the heading is " + browser.run("return document.querySelector('h1').textContent"))
    check(browser.run("return document.getElementById('link').dataset.tone") == "good", "connected, but not green")
    biggest = "const size = (n) => parseFloat(getComputedStyle(n).fontSize); return [...document.querySelectorAll('*')]" \
              ".every((n) => size(n) <= size(document.querySelector('h1')))"
    check(browser.run(biggest), "something is bigger than the link")


def apps_are_listed_with_handlers(browser: Browser, link: str) -> None:
    check(browser.wait("return document.querySelectorAll('.app').length > 0"), "no app")
    check(browser.wait("return document.querySelectorAll('.app tbody tr').length > 0"), "no handler")
    states = browser.run("return [...document.querySelectorAll('.app .badge')].map((n) => n.textContent)")
    known = {"waiting", "compiling", "starting", "running", "failing", "failed", "stopped", "parked"}
    check(set(states) <= known, f"unknown states: {states}")
    check("running" in states, f"none runs: {states}")
    ranks = browser.run("return [...document.querySelectorAll('.app')].map((n) => n.dataset.health)")
    order = ["bad", "warn", "idle", "ok"]
    check(ranks == sorted(ranks, key=order.index), f"the failing ones do not stand first: {ranks}")


def events_flow(browser: Browser, link: str) -> None:
    newest = "return Number(document.querySelector('#event-rows tr')?.dataset.key || 0)"
    browser.wait(newest)
    first = browser.run(newest)
    check(first > 0, "no event")
    check(browser.wait(f"{newest} > {first}", 30), "no new event within 30 s")
    check(browser.run("return document.querySelectorAll('#event-rows tr').length") <= 100, "more than 100 events")
    time_text = browser.run("return document.querySelector('#event-rows time').textContent")
    check(re.search(r"\b\d\d:\d\d:\d\d\b", time_text), f"no clock time with seconds: {time_text}")
    browser.run("document.getElementById('pause').click()")
    held = browser.run(newest)
    browser.wait(f"return board.counts.events > {held}", 30)
    check(browser.run(newest) == held, "the tape moves although it is paused")
    browser.run("document.getElementById('pause').click()")


def follows_the_theme(browser: Browser, link: str) -> None:
    backs = {}
    for theme in ("light", "dark"):
        browser.theme(theme)
        backs[theme] = sum(map(int, re.findall(
            r"\d+", browser.run("return getComputedStyle(document.body).backgroundColor"))[:3]))
        low = browser.run(LOW_CONTRAST)
        check(not low, f"{theme}: too little contrast: {low[:5]}")
    check(backs["light"] > 600 and backs["dark"] < 150, f"the theme does not follow the system: {backs}")


def fits_every_width(browser: Browser, link: str) -> None:
    for width in WIDTHS:
        browser.resize(width, 900)
        over = browser.run("return document.documentElement.scrollWidth - window.innerWidth")
        check(over <= 0, f"{width} px: {over} px stick out")
        cut = browser.run("return [...document.querySelectorAll('td.count')].filter((n) => n.checkVisibility() &&"
                          " n.scrollWidth > n.clientWidth).map((n) => n.textContent)")
        check(not cut, f"{width} px: numbers are cut off: {cut}")
    browser.resize(1440, 1000)


# An app with a task, put onto the page beside those of the program.
MADE_UP = """
const task = {kind: 'listener', name: 'a_long.name_of_a_handler', waits_for: 'sensor.a', runs: 1, failures: 0,
  failing: false, running: 0, last_ms: 0};
board.apps.made_up = {state: 'running', health: 'warn', since: 1, runs: 2, failures: 1, tasks: {1: task}, ...arguments[0]};
showApps();
const card = document.querySelector('.app[data-key=made_up]');
const shown = (node) => Boolean(node) && node.checkVisibility();
const found = {
  last: shown(card.querySelector('.last-error')) ? card.querySelector('.last-error').innerText : '',
  column: shown(card.querySelector('th:last-child')),
  name: card.querySelector('td span').innerHTML,
  took: card.querySelector('td.took').textContent,
  cells: [...card.querySelectorAll('td')].map((cell) => cell.innerText.replace(/\s+/g, ' ').trim()),
  faint: (() => { LOW_CONTRAST })(),
  cut: [...card.querySelectorAll('td.count')].filter((cell) => cell.scrollWidth > cell.clientWidth).length,
};
delete board.apps.made_up;
showApps();
return found;
""".replace("LOW_CONTRAST", LOW_CONTRAST)
ERROR = {"text": "no such lamp\nregistered at x.cpp:3", "task": "once", "at": 1764000000000}


def keeps_the_last_error_of_what_is_over(browser: Browser, link: str) -> None:
    said = browser.run(MADE_UP, {"last_error": ERROR})["last"]
    check("once" in said and "no such lamp" in said and re.search(r"\d\d:\d\d:\d\d", said), f"it says {said!r}")
    check(not browser.run(MADE_UP, {})["last"], "an error where there was none")


def tables_use_their_width(browser: Browser, link: str) -> None:
    calm = browser.run(MADE_UP, {})
    check(not calm["column"], "a column of errors that is empty")
    check(calm["name"] == "a_<wbr>long.<wbr>name_<wbr>of_<wbr>a_<wbr>handler", f"broken anywhere: {calm['name']}")
    check(calm["took"] == "<0.01 ms", f"took {calm['took']}")
    task = {"kind": "job", "name": "once", "runs": 1, "failures": 1, "failing": True, "running": 0, "last_error": ERROR}
    failing = browser.run(MADE_UP, {"last_error": ERROR, "tasks": {1: {**task, "last_ms": 2}}})
    check(failing["column"] and not failing["last"], "not told where it belongs, or twice")


def what_did_not_run_is_told_with_its_reason(browser: Browser, link: str) -> None:
    task = {"kind": "job", "name": "once", "runs": 7, "failures": 2, "failing": False, "running": 1}
    for width in WIDTHS:
        browser.resize(width, 900)
        alone = browser.run(MADE_UP, {"tasks": {1: {**task, "skipped": 3}}})
        check(alone["cells"][4] == "3 said no", f"{width} px: it says {alone['cells'][4]!r}")
        every = {"suppressed": 1, "dropped": 2, "throttled": 3000, "skipped": 4, "missed": 5, "late": 6}
        found = browser.run(MADE_UP, {"tasks": {1: {**task, **every, "error_handler_failures": 8}}})
        _, _, runs, failed, skipped = found["cells"][:5]
        check(runs == "7 1 now, 6 late", f"{width} px: runs are {runs!r}")
        check(failed == "2 on_error too: 8", f"{width} px: failures are {failed!r}")
        check(skipped == "3,012 1 still running, 2 no room, 3,000 throttled, 4 said no, 5 too late",
              f"{width} px: skipped are {skipped!r}")
        check(not found["cut"], f"{width} px: numbers are cut off")
    browser.resize(1440, 1000)


def a_durable_task_is_marked_and_says_what_keeps_it_from_it(browser: Browser, link: str) -> None:
    task = {"kind": "job", "name": "iron", "source": "iron.cpp:7", "runs": 1, "failures": 0, "failing": False,
            "running": 0, "durable": True}
    said = browser.run(MADE_UP, {"tasks": {1: task}})["cells"][0]
    check(said == "iron durable job · iron.cpp:7", f"it says {said!r}")
    why = "/data/jobs.db: the disk is full: make room"
    for theme in ("light", "dark"):
        browser.theme(theme)
        found = browser.run(MADE_UP, {"tasks": {1: {**task, "durable_fault": why}}})
        check(found["cells"][0].endswith(f"not durable at present: {why}"), f"it says {found['cells'][0]!r}")
        check(not found["faint"], f"{theme}: too little contrast: {found['faint']}")


def a_wait_says_for_what_where_and_since_when(browser: Browser, link: str) -> None:
    task = {"kind": "wait", "name": "next light.a", "waits_for": 'light.a → "on"', "source": "hall.cpp:12", "runs": 0,
            "failures": 0, "failing": False, "running": 0, "waiting": 2, "waiting_since": 1764000000000}
    cells = browser.run(MADE_UP, {"tasks": {1: task}})["cells"]
    check(cells[0] == "next light.a wait · hall.cpp:12", f"it says {cells[0]!r}")
    check(re.match(r'light.a → "on" since .*\d\d:\d\d:\d\d', cells[1]), f"it says {cells[1]!r}")
    check(cells[2] == "2 waiting" and not any(cells[3:7]), f"it has not run: {cells!r}")


def a_service_call_is_named(browser: Browser, link: str) -> None:
    text = browser.run("""
      const line = row(EVENT_COLUMNS);
      showEvent(line, {at: 1, what: 'call_service', detail: 'light.turn_on'}, '1');
      return line.cells[1].textContent;""")
    check(text == "call_service light.turn_on", f"it says {text!r}")
    named = "return Object.values(board.events).every((e) => e.what !== 'call_service' || /^[a-z_]+\\.[a-z_]+$/.test(e.detail))"
    check(browser.run(named), "a call on the tape names no service")


def is_a_proper_document(browser: Browser, link: str) -> None:
    check(browser.run("return [...document.querySelectorAll('table')].every((t) => t.caption?.textContent &&"
                      " [...t.tHead.querySelectorAll('th')].every((h) => h.scope === 'col'))"), "a table without headers")
    check(browser.run("return document.querySelectorAll('h1').length === 1 && document.documentElement.lang"
                      " && document.querySelector('main')"), "no outline")
    small = browser.run("return [...document.querySelectorAll('button, summary')].filter((n) => n.checkVisibility() &&"
                        " n.getBoundingClientRect().height < 24).length")
    check(not small, "a target under 24 px")


def no_errors_in_the_console(browser: Browser, link: str) -> None:
    complaints = [text for text in browser.complaints() if "401" not in text]
    check(not complaints, f"the console says: {complaints}")


PARTS = [refused_without_link, link_opens_the_page, no_secret_in_what_the_page_received,
         home_assistant_stands_first, apps_are_listed_with_handlers,
         events_flow, keeps_the_last_error_of_what_is_over, tables_use_their_width,
         what_did_not_run_is_told_with_its_reason,
         a_durable_task_is_marked_and_says_what_keeps_it_from_it,
         a_wait_says_for_what_where_and_since_when, a_service_call_is_named,
         follows_the_theme, fits_every_width, is_a_proper_document, no_errors_in_the_console]


def goes_stale_at_once(browser: Browser, demo: Demo) -> None:
    demo.process.send_signal(signal.SIGSTOP)  # hung, not gone: no socket closes
    stale = "return document.body.dataset.feed === 'stale' && document.getElementById('feed').textContent"
    text = browser.wait(stale, 8)
    demo.process.send_signal(signal.SIGCONT)
    check(text and re.search(r"as of \d\d:\d\d:\d\d|as of .*, \d\d:\d\d:\d\d", text), f"it says {text!r}")
    check(browser.wait("return document.body.dataset.feed === 'live'", 15), "it does not come back by itself")
    code = demo.stop()
    text = browser.wait(stale, 3)
    check(text, "the program has gone and the page does not say so")
    check(code == 0, f"the program ended with exit code {code}")
    check(browser.wait("return failures >= 4", 15), "it does not try again")
    later = browser.run(stale)
    check(later == text, f"failed attempts make old data younger: first {text!r}, then {later!r}")


def a_browser_that_does_not_start_says_why() -> None:
    with tempfile.TemporaryDirectory() as folder:
        broken = os.path.join(folder, "chromium")
        with open(broken, "w") as file:
            file.write("#!/bin/sh\necho 'no usable sandbox, for instance' >&2\nexit 1\n")
        os.chmod(broken, 0o755)
        try:
            Browser(broken).close()
        except BrowserError as error:
            check("no usable sandbox, for instance" in str(error), f"it says only: {error}")
        else:
            raise AssertionError("it started all the same")


def attempt(name: str, part, *arguments: object) -> bool:
    try:
        part(*arguments)
    except AssertionError as error:
        print(f"FAIL {name}: {error}", flush=True)
        return False
    except Exception:
        print(f"FAIL {name}:\n{traceback.format_exc()}", flush=True)
        return False
    print(f"PASS {name}", flush=True)
    return True


def main() -> int:
    build = os.path.abspath(sys.argv[1])
    command = sys.argv[2:] or [os.path.join(build, "bin", "hassette"), "demo", "--port", "0"]
    demo = Demo(command, build)
    fine = False
    try:
        link = demo.wait_for_link()
        with Browser() as browser:
            fine = all([attempt(part.__name__, part, browser, link) for part in PARTS])
            if not sys.argv[2:]:
                alone = leaves_the_developers_demo_alone
                fine = attempt(alone.__name__, alone, browser, demo) and fine
            fine = attempt(goes_stale_at_once.__name__, goes_stale_at_once, browser, demo) and fine
        why = a_browser_that_does_not_start_says_why
        fine = attempt(why.__name__, why) and fine
    except Exception as error:
        print(f"FAIL page: {error}", flush=True)
    finally:
        demo.stop()
    if not fine:
        print("---- what the program printed ----\n", *demo.output[-80:], sep="", flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
