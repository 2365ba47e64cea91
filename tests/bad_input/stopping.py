"""Apps that do not end when they are asked to: Ctrl-C ends the program all the same, and names them."""

from cases import app, case
from fake_home import FakeHome
from home import Home, Said, Wrong

# Two seconds are promised; the rest is for a machine that does other things beside.
BOUND = 8.0
# The mistake of an app that is tried here: it takes every cancellation for an error, and goes on.
SWALLOWS = "for (;;) { try { co_await sleep(1h); } catch (...) {} }"


def stopped(home: Home, source: str) -> Said:
    """What was said of the app when Ctrl-C came once it ran."""
    home.write("apps/good.cpp", source)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        said = home.stop_after("ready: 1 app runs")
    if said.seconds > BOUND:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")
    return said


def is_left(said: Said, task: str) -> None:
    said.ends_with(130).mentions(f"`{task}` of good still holds the loop, so the stop cannot go on")


@case
def a_story_that_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    is_left(stopped(home, app(member=f"Task<> run() override {{ {SWALLOWS} }}")), "run")


@case
def a_story_that_yields_and_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    loop = "for (;;) { try { co_await yield(); co_await sleep(1h); } catch (...) {} }"
    is_left(stopped(home, app(member=f"Task<> run() override {{ {loop} }}")), "run")


@case
def a_background_task_that_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    is_left(stopped(home, app(
        statement='task_bucket.spawn("guard", guard());', member=f"Task<> guard() {{ {SWALLOWS} }}"
    )), "guard")


@case
def a_shutdown_hook_that_swallows_its_cancellation_is_named_and_left(home: Home) -> None:
    is_left(stopped(home, app(member=f"Task<> on_shutdown() override {{ {SWALLOWS} }}")), "on_shutdown")


@case
def a_destructor_that_blocks_is_named_and_left(home: Home) -> None:
    blocks = "public: ~Good() override { std::this_thread::sleep_for(100s); }"
    said = stopped(home, app(member=blocks, include="thread"))
    is_left(said, "destructor")
    said.mentions("`destructor` holds the loop, for ")  # by the watchdog, before


@case
def a_shutdown_hook_that_waits_for_a_thread_is_left_with_it(home: Home) -> None:
    blocks = "co_await task_bucket.run_in_thread([] { std::this_thread::sleep_for(100s); });"
    said = stopped(home, app(member=f"Task<> on_shutdown() override {{ {blocks} }}", include="thread"))
    said.mentions("its shutdown did not end within 1 s and was cut short", "leaving")


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


@case
def a_file_that_blocks_while_it_is_loaded_is_named(home: Home) -> None:
    slow = "static const bool slow = (std::this_thread::sleep_for(400ms), true);\n"
    source = app(statement='if (slow) logger.info("slow");', include="thread")
    source = source.replace("class Good", slow + "class Good")
    said = stopped(home, source).ends_with(0)
    said.mentions("`loading` holds the loop, for ", "`loading` held the loop for ")
