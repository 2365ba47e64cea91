"""Apps that do not end when they are asked to: Ctrl-C ends the program all the same, and names them."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

from cases import app, case
from fake_home import FakeHome
from home import Home, Running, Said, Wrong

# What is measured here is how long the program is there; how long its stop takes, it says itself.
BOUND = 8.0
# The mistake of an app that is tried here: it takes every cancellation for an error, and goes on.
SWALLOWS = "for (;;) { try { co_await sleep(1h); } catch (...) {} }"
BLOCKS = "std::this_thread::sleep_for(100s);"


def prepared(home: Home, source: str) -> Home:
    home.write("apps/good.cpp", source)
    home.settings('log_level = "debug"\n[hassette.apps.good]\n')
    return home


def stopped(home: Home, source: str) -> Said:
    """What was said of the app when Ctrl-C came once it ran."""
    with FakeHome("home") as fake:
        home.url = fake.url
        said = prepared(home, source).stop_after("ready: 1 app runs")
    if said.seconds > BOUND:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")
    return said


def is_left(said: Said, task: str) -> None:
    said.ends_with(130).mentions(f"`{task}` of good still holds the loop, so the stop cannot go on")


def press_until_it_ends(running: Running) -> Said:
    """Signals within 50 ms are one wish: press until it counts as a second."""
    while running.press() is None:
        if time.monotonic() - running.begin > BOUND:
            raise Wrong(f"a second Ctrl-C does not end it:\n{running.text()}")
        time.sleep(0.02)
    return running.end()


@case
def a_story_that_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    is_left(stopped(home, app(member=f"Task<> run() override {{ {SWALLOWS} }}")).stops_in_time(), "run")


@case
def a_story_that_yields_and_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    loop = "for (;;) { try { co_await yield(); co_await sleep(1h); } catch (...) {} }"
    is_left(stopped(home, app(member=f"Task<> run() override {{ {loop} }}")).stops_in_time(), "run")


@case
def a_background_task_that_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    is_left(stopped(home, app(
        statement='task_bucket.spawn("guard", guard());', member=f"Task<> guard() {{ {SWALLOWS} }}"
    )).stops_in_time(), "guard")


@case
def a_shutdown_hook_that_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    said = stopped(home, app(member=f"Task<> on_shutdown() override {{ {SWALLOWS} }}"))
    is_left(said.stops_in_time(), "on_shutdown")


@case
def a_destructor_that_blocks_is_named_and_left(home: Home) -> None:
    said = stopped(home, app(member=f"public: ~Good() override {{ {BLOCKS} }}", include="thread"))
    is_left(said.stops_in_time(), "destructor")
    said.mentions("`destructor` holds the loop, for ", "to on_shutdown, which may await")  # by the watchdog, before


@case
def a_shutdown_hook_that_waits_for_a_thread_is_left_with_it(home: Home) -> None:
    blocks = f"co_await task_bucket.run_in_thread([] {{ {BLOCKS} }});"
    said = stopped(home, app(member=f"Task<> on_shutdown() override {{ {blocks} }}", include="thread"))
    said.ends_with(0).stops_in_time()
    said.mentions("its shutdown did not end within 1 s and was cut short", "of good blocks; leaving without it")
    said.never_says("holds the loop")


@case
def a_shutdown_hook_may_take_as_long_as_it_declares(home: Home) -> None:
    farewell = (
        'Task<> on_shutdown() override { co_await sleep(3s); logger.info("good bye"); }\n'
        "  std::chrono::nanoseconds shutdown_limit() const override { return 30s; }"
    )
    said = stopped(home, app(member=farewell)).ends_with(0).mentions("good bye")
    if said.seconds < 3.0 or "cut short" in said.text:
        raise Wrong(f"cut short after {said.seconds:.1f} s:\n{said.text}")


@case
def a_shutdown_hook_that_does_not_end_gets_no_longer_than_it_declares(home: Home) -> None:
    member = (
        f"Task<> on_shutdown() override {{ {SWALLOWS} }}\n"
        "  std::chrono::nanoseconds shutdown_limit() const override { return 3s; }"
    )
    said = stopped(home, app(member=member))
    is_left(said, "on_shutdown")
    if said.seconds < 3.0:
        raise Wrong(f"cut short after {said.seconds:.1f} s:\n{said.text}")


@case
def each_hold_of_the_loop_is_named_while_it_lasts(home: Home) -> None:
    block = "std::this_thread::sleep_for(300ms);"
    source = app(statement=f"{block} co_await sleep(10ms); {block} co_await sleep(10ms);", include="thread")
    stopped(home, source).ends_with(0).mentions(
        "`on_initialize` holds the loop, for ", "ms now (hold 2 in a row): nothing else can run"
    )


def with_global(code: str, include: str = "thread") -> str:
    """An app whose file makes something global of it."""
    return app(include=include).replace("class Good", f"{code}\nclass Good", 1)


@case
def a_file_that_blocks_while_it_is_loaded_is_named(home: Home) -> None:
    slow = "[[maybe_unused]] static const bool slow = (std::this_thread::sleep_for(400ms), true);"
    said = stopped(home, with_global(slow)).ends_with(0).stops_in_time()
    said.mentions("`loading` holds the loop, for ", "`loading` held the loop for ", "make it in on_initialize")
    said.never_says("Await instead of blocking")


NEVER_MADE = "[[maybe_unused]] static const bool made = [] { for (;;) std::this_thread::sleep_for(1ms); return true; }();"


@case
def a_global_object_that_is_never_made_is_named_and_left(home: Home) -> None:
    prepared(home, with_global(NEVER_MADE))
    for verb, code in (("check", 1), ("run", 130)):
        with home.start(verb, str(home.folder), "--json") as running:
            running.wait_for("`loading` holds the loop, for ")
            running.send()
            said = running.end().ends_with(code).stops_in_time()
        said.mentions("`loading` of good still holds the loop; leaving without it").never_says("shutdown hooks")


@case
def a_second_ctrl_c_ends_a_check_at_once(home: Home) -> None:
    prepared(home, with_global(NEVER_MADE))
    with home.start("check", str(home.folder), "--json") as running:
        running.wait_for("`loading` holds the loop, for ")
        running.send()
        press_until_it_ends(running).ends_with(130).never_says("leaving")


def never_ends(say: str = "") -> str:
    say = f'(void)!::write(1, "{say}\\n", {len(say) + 1}); ' if say else ""
    code = f"struct Guard {{ ~Guard() {{ {say}{BLOCKS} }} }};\nstatic const Guard guard;"
    return with_global(f"{code}", include="unistd.h>\n#include <thread")


LEFT = "the global objects of the apps do not end: the destructor of one of them blocks; leaving without it"


@case
def a_global_object_that_does_not_end_is_left_in_time(home: Home) -> None:
    stopped(home, never_ends()).ends_with(130).stops_in_time().says_once(LEFT)


@case
def a_global_object_that_does_not_end_fails_a_check(home: Home) -> None:
    said = prepared(home, never_ends()).run("check").ends_with(1).says_once(LEFT)
    said.mentions("OK: 1 app compiled, the configuration is valid")


@case
def a_thread_of_a_global_object_that_does_not_end_is_left_in_time(home: Home) -> None:
    code = f"static const std::jthread worker([] {{ {BLOCKS} }});"
    stopped(home, with_global(code)).ends_with(130).stops_in_time().says_once(LEFT)


@case
def a_second_ctrl_c_ends_at_once_while_global_objects_end(home: Home) -> None:
    with FakeHome("home") as fake:
        home.url = fake.url
        with prepared(home, never_ends(say="global object ends")).start_engine() as running:
            running.wait_for("ready: 1 app runs")
            running.send()
            running.wait_for("global object ends")
            press_until_it_ends(running).ends_with(130).never_says("leaving")


HOLDS_THE_LOG = """\
#include <unistd.h>
#include <memory>
#include <thread>
#include <hassette/app.hpp>
using namespace hassette;
namespace hassette::async { class Clock; }
namespace hassette::log {
struct LogRecord;
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(const LogRecord&) {}
  virtual void follow(const std::shared_ptr<const async::Clock>&) {}
};
void add_sink(std::shared_ptr<Sink>);
}
class Holder : public log::Sink {
  void follow(const std::shared_ptr<const async::Clock>&) override {
    (void)!::write(1, "the log is held\\n", 16);
    std::this_thread::sleep_for(100s);
  }
};
class Good : public App<> {
  Task<> on_initialize() override { log::add_sink(std::make_shared<Holder>()); co_return; }
};
HASSETTE_APP(Good)
"""


@case
def who_holds_the_log_is_left_without_a_word(home: Home) -> None:
    with FakeHome("home") as fake:
        home.url = fake.url
        with prepared(home, HOLDS_THE_LOG).start_engine() as running:
            running.wait_for("the log is held")
            running.send()
            said = running.end().ends_with(130).mentions("who holds it up holds the log, too")
    if said.seconds > BOUND:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")


SLOW_DISK = """\
#include <stdlib.h>
#include <unistd.h>
static int when_the_disk_answers(void) {
  const char* busy = getenv("DISK_IS_BUSY");
  while (busy && access(busy, F_OK) == 0) usleep(10000);
  return 0;
}
int fsync(int file) { (void)file; return when_the_disk_answers(); }
int fdatasync(int file) { (void)file; return when_the_disk_answers(); }
"""
# Ends, and has its end to be written, once the disk is busy.
DURABLE = """\
co_await scheduler.run_in(10ms, [this]() -> Task<> {
      logger.info("begun");
      while (!std::filesystem::exists(std::getenv("DISK_IS_BUSY"))) co_await sleep(10ms);
      logger.info("over");
    }, {.name = "wake", .durable = true});"""


def with_slow_disk(folder: pathlib.Path) -> tuple[dict[str, str], pathlib.Path]:
    """An environment in which a sync lasts as long as the file is there, and that file."""
    source, library, busy = folder / "slow_disk.c", folder / "slow_disk.so", folder / "busy"
    source.write_text(SLOW_DISK)
    compiler = shutil.which("clang-19") or shutil.which("clang++-19")
    subprocess.run([compiler, "-xc", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    # A sanitizer wants to be the first library otherwise.
    options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": str(library), "DISK_IS_BUSY": str(busy), "ASAN_OPTIONS": options}, busy


@case
def durable_jobs_that_the_disk_does_not_take_in_time_are_told_and_no_orderly_end(home: Home) -> None:
    env, busy = with_slow_disk(home.folder)
    with FakeHome("home") as fake:
        home.url = fake.url
        prepared(home, app(statement=DURABLE, include="filesystem"))
        with home.start_engine(env=env) as running:
            running.wait_for("begun")
            busy.touch()
            running.wait_for("over")
            running.send()
            said = running.end().ends_with(130).stops_in_time()
    said.mentions("jobs.db takes too long to be written: see to its disk").never_says("a thread that blocks")


@case
def durable_jobs_that_the_disk_takes_late_are_waited_for(home: Home) -> None:
    env, busy = with_slow_disk(home.folder)
    # A thread that blocks must not keep them from the disk, either.
    blocks = f"co_await task_bucket.run_in_thread([] {{ {BLOCKS} }});"
    with FakeHome("home") as fake:
        home.url = fake.url
        prepared(home, app(
            statement=DURABLE, include="filesystem>\n#include <thread", member=f"Task<> run() override {{ {blocks} }}"
        ))
        with home.start_engine(env=env) as running:
            running.wait_for("begun")
            busy.touch()
            running.wait_for("over")
            running.send()
            running.wait_for("it is left behind")
            time.sleep(0.3)  # the disk still is
            busy.unlink()
            running.end().ends_with(0).stops_in_time().mentions("blocks; leaving without it")
    with contextlib.closing(sqlite3.connect(home.folder / ".hassette" / "jobs.db")) as jobs:
        interrupted = jobs.execute("SELECT * FROM occurrence").fetchall()
    if interrupted:
        raise Wrong(f"the next start takes it for interrupted: {interrupted}")
