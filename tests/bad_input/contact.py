"""Home Assistant, or what stands in its place: to wait or to end, and to stop."""

import datetime
import json
import pathlib
import re
import signal
import socket
import time
from collections.abc import Callable

from cases import GOOD_APP, app, case
from fake_home import FakeHome, free_port
from home import Home, Said, Wrong


@case
def a_home_that_is_down_is_waited_for_with_one_message(home: Home) -> None:
    home.url = f"http://127.0.0.1:{free_port()}"
    home.settings()
    with home.start_engine() as running:
        running.wait_for("waiting for Home Assistant")
        time.sleep(2.5)  # further attempts, which must say nothing
        running.send()
        said = running.end().ends_with(0).says_once("waiting for Home Assistant at " + home.url, "refused")
    if said.seconds > 2.0:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")


@case
def a_rejected_token_ends_the_first_contact(home: Home) -> None:
    with FakeHome("bad_token") as fake:
        home.url = fake.url
        home.settings()
        home.run("run").ends_with(78).says_once(fake.url, "rejects the token", "Invalid access token", "HASSETTE__TOKEN")


@case
def what_is_no_home_assistant_ends_the_first_contact(home: Home) -> None:
    for kind in ("web_page", "other_socket"):
        with FakeHome(kind) as fake:
            home.url = fake.url
            home.settings()
            home.run("run").ends_with(78).says_once(fake.address, "base_url")


@case
def what_may_heal_by_itself_is_waited_for_at_the_first_contact(home: Home) -> None:
    # A proxy that has not found its backend yet, or has no certificate yet, or has one where none was expected.
    for kind, scheme, said in (
        ("not_found", "http", "404"),
        ("cut", "https", "ended the TLS handshake"),
        ("cut", "http", "If it speaks TLS on this port, base_url begins with https://"),
    ):
        with FakeHome(kind) as fake:
            home.url = f"{scheme}://{fake.address}"
            home.settings()
            with home.start_engine() as running:
                running.wait_for("waiting for Home Assistant")
                time.sleep(1.5)  # further attempts, which must not end it
                running.send()
                running.end().ends_with(0).says_once("waiting for Home Assistant at " + home.url, said)


@case
def another_web_server_ends_the_first_contact(home: Home) -> None:
    with FakeHome("other_pages") as fake:
        home.url = fake.url
        home.settings()
        home.run("run").ends_with(78).says_once(fake.address, "404", "/api/websocket", "base_url")


@case
def a_home_that_repeats_the_token_gets_it_into_no_log_and_onto_no_page(home: Home) -> None:
    caller = GOOD_APP.replace("Good", "Caller").replace(
        "    co_return;",
        "    try {\n"
        '      co_await api.turn_on("light.hall");\n'
        "    } catch (const Error& error) {\n"
        '      logger.error("refused: {}", error.what());\n'
        "    }\n"
        '    const auto light = states.get("light.hall");\n'
        '    if (light) logger.info("{} is {}", light->friendly_name(), light->text());',
    )
    home.write("apps/caller.cpp", caller)
    with FakeHome("echo") as fake:
        home.url = fake.url
        home.settings('log_level = "debug"\n[hassette.apps.caller]\n', page="\n[hassette.web]\nport = 0\n")
        with home.start_engine() as running:
            running.wait_for(" is it is ")
            running.wait_for("ready: 1 app runs")
            # Each of them is searched for the token, as what the engine has said is.
            pages = [running.page(path) for path in ("", "api/health", "api/snapshot")] + [running.page_live()]
            running.send()
            said = running.end().ends_with(0)
    for board in (json.loads(pages[2]), json.loads(pages[3])["full"]):
        link, events = board["link"], [(event["what"], event.get("new")) for event in board["events"].values()]
        repeated = "it is ***, Bearer ***"
        if not link["ha_version"] == link["home"] == repeated or not {(repeated, None), ("light.hall", repeated)} <= {*events}:
            raise Wrong(f"the page does not show what the home has said: {link}, {events}")
    said.mentions("refused: ", "never asked", "connected to Home Assistant it is ", "does not coalesce")
    with FakeHome("echo_refused") as fake:
        home.url = fake.url
        home.settings('log_level = "debug"\n[hassette.apps.caller]\nenabled = false\n')
        home.run("run").ends_with(78).says_once(fake.url, "rejects the token", "Invalid access token")


@case
def garbage_is_said_once_a_kind_and_survived(home: Home) -> None:
    with FakeHome("garbage") as fake:
        home.url = fake.url
        home.settings()
        with home.start_engine() as running:
            running.wait_for("ready: ")
            running.wait_for("never asked")
            running.send()
            said = running.end().ends_with(0)
    kinds = [problem["message"].partition(" (")[0] for problem in said.problems]
    if len(kinds) < 4 or len(set(kinds)) != len(kinds):
        raise Wrong(f"not once a kind:\n{said.text}")


@case
def a_message_that_is_too_large_costs_one_connection(home: Home) -> None:
    with FakeHome("huge") as fake:
        home.url = fake.url
        home.settings(page="\n[hassette.web]\nport = 0\n")
        with home.start_engine() as running:
            running.wait_for("is back after")
            running.wait_for("ready: ")
            counted = json.loads(running.page("api/snapshot"))["counts"]["unknown_frames"]
            running.send()
            said = running.end().ends_with(0)
    told = [problem["message"] for problem in said.problems]
    if len(told) != 2 or "too large (over 64 MiB)" not in told[0] or not re.match("lost Home Assistant.*larger than", told[1]):
        raise Wrong(f"not once as garbage and once as an outage:\n{said.text}")
    if counted != {"a message that is too large": 1}:
        raise Wrong(f"the page counts {counted}")


@case
def a_plain_port_asked_for_tls_ends_the_first_contact(home: Home) -> None:
    with FakeHome("home") as fake:
        home.url = f"https://{fake.address}"
        home.settings()
        home.run("run").ends_with(78).says_once(fake.address, "TLS", "base_url")


@case
def a_page_port_in_use_leaves_the_engine_running(home: Home) -> None:
    with socket.socket() as other, FakeHome("home") as fake:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        home.url = fake.url
        home.settings(page=f"\n[hassette.web]\nport = {port}\n")
        said = home.run_until("ready: ").says_once(str(port), "web.port")
        said.mentions(f"no page: port {port} is in use")


@case
def ctrl_c_ends_an_engine_with_apps(home: Home) -> None:
    home.write("apps/good.cpp", GOOD_APP)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        said = home.run_until("ready: 1 app runs (good), Home Assistant 2025.4.4, 1 entity")
    if said.problems:
        raise Wrong(f"stopping is no problem:\n{said.text}")


def compilers_in(folder: pathlib.Path) -> list[str]:
    """Processes whose command line names this folder, other than the engine itself."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(folder) in command and "clang" in command:
            found.append(command)
    return found


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@case
def compilers_die_with_the_engine(home: Home) -> None:
    home.cache = home.folder / "cache"  # empty: the precompiled header takes a while
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    for number, code in ((signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)):
        with home.start_engine() as running:
            if not wait_until(lambda: bool(compilers_in(home.cache)), 30):
                raise Wrong(f"no compiler was started:\n{running.text()}")
            running.send(number)
            said = running.end().ends_with(code)
        if said.seconds > 2.0:
            raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")
        if not wait_until(lambda: not compilers_in(home.cache), 2):
            raise Wrong(f"still there after {number.name}: {compilers_in(home.cache)}")


@case
def an_interrupted_check_fails_and_says_so(home: Home) -> None:
    home.cache = home.folder / "cache"  # empty: the precompiled header takes a while
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    with home.start("check", str(home.folder), "--json") as running:
        if not wait_until(lambda: bool(compilers_in(home.cache)), 30):
            raise Wrong(f"no compiler was started:\n{running.text()}")
        running.send(signal.SIGINT)
        running.end().ends_with(1).mentions("interrupted: not everything was looked at")


@case
def a_thread_that_blocks_does_not_hold_up_the_end(home: Home) -> None:
    block = "co_await task_bucket.run_in_thread([] { std::this_thread::sleep_for(100s); });"
    home.write("apps/good.cpp", app(member=f"Task<> run() override {{ {block} }}", include="thread"))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings('log_level = "debug"\n[hassette.apps.good]\n')
        said = home.stop_after("ready: 1 app runs").ends_with(0).stops_in_time()
    said.mentions("`run` does not end although it was cancelled", "`run` of good blocks; leaving without it")
    said.never_says("holds the loop")  # which has ended by then


@case
def a_handler_that_never_returns_does_not_hold_up_the_end(home: Home) -> None:
    home.write("apps/good.cpp", app(statement="for (;;) std::this_thread::yield();", include="thread"))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings('log_level = "debug"\n[hassette.apps.good]\n')
        with home.start_engine() as running:
            running.wait_for("`on_initialize` holds the loop, for 1")
            running.send(signal.SIGINT)
            said = running.end().ends_with(130).stops_in_time()
    said.mentions("`on_initialize` of good still holds the loop; leaving without the apps' shutdown hooks")


@case
def an_app_whose_start_never_ends_keeps_no_other_from_starting(home: Home) -> None:
    home.write("apps/slow.cpp", app(name="Slow", statement="co_await sleep(1h);").replace("good as ever", "slow"))
    home.write("apps/good.cpp", GOOD_APP)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.slow]\n[hassette.apps.good]\n")
        with home.start_engine() as running:
            running.wait_for("good as ever")  # before the slow one is given up
            running.send()
            said = running.end().ends_with(0)
    said.says_once("has been starting for 1 s; the other apps do not wait for it", app="slow")
    if said.text.index('"slow"') > said.text.index("good as ever"):
        raise Wrong(f"not in the order of the file:\n{said.text}")


@case
def an_app_that_gives_up_its_start_keeps_no_other_from_starting(home: Home) -> None:
    quits = app(name="Quits", statement="co_await sleep(10ms); throw Cancelled{};")
    farewell = 'Task<> after_initialize() override { logger.info("good to the end"); co_return; }'
    home.write("apps/quits.cpp", quits.replace("good as ever", "quits"))
    home.write("apps/good.cpp", app(statement="co_await sleep(2s);", member=farewell))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n[hassette.apps.quits]\n")
        said = home.stop_after("ready: 1 of 2 apps run (good; failed: quits)").ends_with(0)
    said.says_once("did not start", "`on_initialize` gave up with `Cancelled`", app="quits").mentions("good to the end")
    if said.seconds > 2.0:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")


@case
def ctrl_c_ends_an_engine_whose_apps_still_start(home: Home) -> None:
    for name in ("a", "b", "c"):
        slow = app(name="Slow" + name.upper(), statement="co_await sleep(1h);")
        home.write(f"apps/{name}.cpp", slow.replace("good as ever", f"slow {name}"))
    bad = 'co_await sleep(1500ms); throw std::runtime_error("no such lamp");'
    home.write("apps/bad.cpp", app(name="Bad", statement=bad, include="stdexcept"))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.a]\n[hassette.apps.bad]\n[hassette.apps.b]\n[hassette.apps.c]\n")
        with home.start_engine() as running:
            running.wait_for("no such lamp")
            running.wait_for("slow c")
            running.send()
            said = running.end().ends_with(0)
    if failed := [line for line in said.problems if line["level"] == "error" and line["app"] != "bad"]:
        raise Wrong(f"who was stopped has not failed: {failed}")
    if said.seconds > 2.0:
        raise Wrong(f"took {said.seconds:.1f} s to stop:\n{said.text}")


@case
def a_secret_of_an_apps_settings_is_on_no_line(home: Home) -> None:
    home.write(
        "apps/keyed.cpp",
        "#include <hassette/app.hpp>\nusing namespace hassette;\n"
        "struct KeyedConfig {\n  Secret key;\n};\n"
        "class Keyed : public App<KeyedConfig> {\n  Task<> on_initialize() override {\n"
        '    logger.info("the key is {}", app_config.key.reveal());\n'
        '    throw Error("mail", "wrong key " + app_config.key.reveal());\n    co_return;\n  }\n'
        "};\nHASSETTE_APP(Keyed)\n",
    )
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings('[hassette.apps.keyed.config]\nkey = "correct-horse-battery"\n')
        said = home.stop_after("ready: 0 of 1 apps run")
    said.mentions("the key is ***", "wrong key ***").never_says("correct-horse")


@case
def a_home_that_leaves_while_an_app_starts_fails_no_app(home: Home) -> None:
    home.write("apps/good.cpp", app(statement='co_await api.turn_on("light.hall");'))
    with FakeHome("leaves") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        said = home.stop_after("ready: 1 app runs (good)")
    said.says_once("starts anew when Home Assistant is back: `on_initialize` failed: ", app="good")


def moment(line: dict) -> float:
    return datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


@case
def an_app_at_whose_start_the_home_leaves_each_time_is_begun_anew_with_pauses(home: Home) -> None:
    home.write("apps/good.cpp", app(statement='co_await api.turn_on("light.hall");'))
    home.write(
        "apps/watch.cpp",
        app(
            name="Watch",
            statement='co_await bus.on_app_state_changed("good", [this](D::EventData data) {'
            ' logger.info("good is {}", data["status"].as_string()); }, {.name = "good"});',
        ),
    )
    with FakeHome("leaves", departures=3) as fake:
        home.url = fake.url
        home.settings("[hassette.apps.watch]\n[hassette.apps.good]\n")
        said = home.stop_after("ready: 2 apps run (watch, good)")
        left = 3 - fake.departures
    said.mentions("starts anew when Home Assistant is back: `on_initialize` failed: ").never_says("good is failed")
    if left != 3 or said.text.count("good is running") != 1:
        raise Wrong(f"the home left {left} times:\n{said.text}")
    lines = [json.loads(line) for line in said.text.splitlines()]
    stopped = [moment(line) for line in lines if line["message"] == "good is stopped"]
    runs = next(moment(line) for line in lines if line["message"] == "good is running")
    pauses = [later - earlier for earlier, later in zip(stopped, [*stopped[1:], runs])]
    if len(pauses) != 3 or pauses[1] < 1.0 or pauses[2] < 2.0:
        raise Wrong(f"pauses of {pauses} s:\n{said.text}")


@case
def a_crash_names_the_app_that_was_running(home: Home) -> None:
    home.write("apps/good.cpp", app(statement="std::raise(SIGSEGV);", include="csignal"))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        with home.start_engine() as running:
            said = Said.of_a_crash(running, signal.SIGSEGV)
    if "while the loop was running `on_initialize` of good" not in said:
        raise Wrong(f"the crash names nobody:\n{said}")


@case
def a_closed_terminal_stops_the_engine_with_its_hooks(home: Home) -> None:
    farewell = 'Task<> on_shutdown() override { logger.info("good bye"); co_return; }'
    home.write("apps/good.cpp", app(member=farewell))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n")
        with home.start_engine() as running:
            running.wait_for("ready: 1 app runs")
            running.send(signal.SIGHUP)
            running.end().ends_with(0).mentions("good bye")


@case
def a_second_ctrl_c_ends_at_once(home: Home) -> None:
    home.write("apps/slow.cpp", app(
        name="Slow",
        member="Task<> on_shutdown() override { co_await sleep(1h); }\n"
        "  std::chrono::nanoseconds shutdown_limit() const override { return 1h; }",
    ))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.slow]\n")
        with home.start_engine() as running:
            running.wait_for("ready: ")
            running.send()
            running.wait_for("stopping")
            # Signals within 50 ms are one wish: press until it counts as a second.
            if not wait_until(lambda: running.press() is not None, 10):
                raise Wrong(f"a second Ctrl-C does not end it:\n{running.text()}")
            running.end().ends_with(130)
