"""What is said in one go, and what the page and the demo say of their own troubles."""

import json
import pathlib
import socket

from cases import CONFIGURED_APP, GOOD_APP, app, case
from fake_home import FakeHome
from home import Home, Running, Wrong


@case
def all_that_is_wrong_is_said_at_once(home: Home) -> None:
    home.url = "homeassistant.local"
    home.write(".env", "HASSETTE__TOKEN=\n", mode=0o600)
    home.settings(
        "[hassette.apps.good]\n[hassette.apps.lamp]\n[hassette.apps.lamp.config]\nmotoin = \"binary_sensor.hall\"\n"
        "[hassette.apps.broken]\ntitel = \"Broken\"\n"
    )
    home.write("apps/good.cpp", GOOD_APP)
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    home.write("apps/broken.cpp", GOOD_APP.replace("Good", "Broken").replace("logger.info", "loger.info"))
    said = home.run("check").ends_with(1).mentions(
        "base_url: has no scheme", "token: is missing", "apps.lamp.config.motion: is missing",
        "apps.lamp.config.motoin: unknown key; did you mean `motion`?", "apps.broken.titel: unknown key",
        "apps/broken.cpp:5:5: error: use of undeclared identifier 'loger'", "compiling 3 apps",
    )
    if len(said.problems) != 4:
        raise Wrong(f"not two settings and two apps, one message each:\n{said.text}")
    if "OK: " in said.text:
        raise Wrong(f"content all the same:\n{said.text}")


@case
def of_many_apps_the_ready_line_names_the_first_and_counts_the_rest(home: Home) -> None:
    home.write("apps/lamp.cpp", CONFIGURED_APP)
    names = [f"lamp_{number}" for number in range(12)]
    for name in names:
        home.toml += f'[[hassette.apps.lamp.config]]\ninstance_name = "{name}"\nmotion = "binary_sensor.a"\nlight = "light.a"\n'
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings(home.toml)
        said = home.run_until("ready: ")
    said.mentions(f"ready: 12 apps run ({', '.join(names[:10])}, and 2 more), Home Assistant ")


def on_the_page(running: Running) -> dict:
    """What the page has of the app `good`."""
    return json.loads(running.page("api/snapshot"))["apps"]["good"]


@case
def a_durable_job_that_cannot_be_kept_is_shown_so_on_the_page(home: Home) -> None:
    job = 'co_await scheduler.run_daily("07:00", [] {}, {.name = "wake", .durable = true});'
    story = 'Task<> run() override { co_await bus.next("binary_sensor.door", {.changed_to = "on"}); }'
    home.write("apps/good.cpp", app(statement=job, member=story))
    file = home.folder / ".hassette" / "jobs.db"
    file.mkdir(parents=True)
    file.parent.chmod(0o700)
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n", page="\n[hassette.web]\nport = 0\n")
        with home.start_engine() as running:
            running.wait_for("ready: 1 app runs")
            shown = on_the_page(running)
            running.send()
            running.end().ends_with(0)
    tasks = {task["name"]: task for task in shown["tasks"].values()}
    if str(file) not in tasks["wake"].get("durable_fault", "") or shown["health"] != "warn":
        raise Wrong(f"the page has {shown}")
    wait = tasks["next binary_sensor.door"]
    if wait["kind"] != "wait" or wait["waits_for"] != 'binary_sensor.door → "on"' or wait["source"] != "good.cpp:9":
        raise Wrong(f"the page has {wait}")


@case
def an_app_whose_story_fails_is_shown_so_on_the_page(home: Home) -> None:
    story = 'Task<> run() override { co_await sleep(1ms); throw Error("lamp", "no such lamp"); }'
    home.write("apps/good.cpp", app(member=story))
    with FakeHome("home") as fake:
        home.url = fake.url
        home.settings("[hassette.apps.good]\n", page="\n[hassette.web]\nport = 0\n")
        with home.start_engine() as running:
            running.wait_for("ready: 1 app runs")
            running.wait_for("`run` has failed and is not started again; handlers and jobs go on: no such lamp")
            shown = on_the_page(running)
            running.send()
            running.end().ends_with(0)
    if shown["health"] != "bad" or shown["last_error"]["task"] != "run" or "no such lamp" not in shown["last_error"]["text"]:
        raise Wrong(f"the page has {shown}")


def mode(folder: pathlib.Path) -> int:
    return folder.stat().st_mode & 0o777


@case
def the_data_folder_is_private_whoever_makes_it(home: Home) -> None:
    data = home.folder / ".hassette"
    home.cache = data / "cache"
    home.settings()
    home.run("check").ends_with(0)
    if mode(data) != 0o700:
        raise Wrong(f"check makes it with mode {mode(data):o}")
    data.chmod(0o755)  # as older versions made it
    home.run_until("waiting for Home Assistant")
    if mode(data) != 0o700:
        raise Wrong(f"run leaves it with mode {mode(data):o}")


@case
def a_demo_whose_port_is_in_use_names_its_own_option(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        cache = {"XDG_CACHE_HOME": str(home.folder)}
        with home.start("demo", "--json", "--port", port, env=cache) as running:
            running.wait_for("there is no web page")
            running.send()
            said = running.end()
    said.says_once(port, "--port")
    if "web.port" in said.text:
        raise Wrong(f"the demo has no such setting:\n{said.text}")
