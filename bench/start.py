"""The part of the benchmarks that drives whole programs: start, memory, idling, compiling, building.

Used by run.py. Every function yields figures as the benchmark programs print them; what is held
against a budget of the design has the budget as its baseline.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILER = "clang++-19"
START_LIMIT = 600  # seconds; twenty apps are compiled when nothing is cached

APP = """// Made by the benchmark: two listeners and a job.
#include <hassette/app.hpp>
using namespace hassette;

class Sample{number} : public App<> {{
  Task<> on_initialize() override {{
    co_await bus.on_state_change("sensor.sample_{number}", &Sample{number}::on_value, {{.name = "value"}});
    co_await bus.on_state_change("light.*", &Sample{number}::on_light,
                                 {{.name = "light", .changed_to = "on"}});
    co_await scheduler.run_every(1h, [this] {{ logger.info("{{}} values", values_); }}, {{.name = "hourly"}});
  }}

  void on_value(D::StateNew<> state) {{
    if (state.has_value()) ++values_;
  }}

  Task<> on_light(EntityId light) {{ co_await api.turn_off(light); }}

  int values_ = 0;
}};
HASSETTE_APP(Sample{number})
"""


def budget(name: str, unit: str, ours: float, limit: float, quick: bool) -> dict:
    figure = {"name": name, "unit": unit, "ours": ours, "baseline": limit, "ratio": ours / limit}
    return figure | {"goal": f"<= {limit:g} {unit}"} | ({} if quick else {"met": ours <= limit})


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def make_folder(folder: pathlib.Path, url: str, apps: int) -> None:
    (folder / "apps").mkdir(parents=True)
    settings = f'[hassette]\nbase_url = "{url}"\n\n[hassette.web]\nport = {free_port()}\n'
    for number in range(apps):
        settings += f"\n[hassette.apps.sample_{number}]\n"
        (folder / "apps" / f"sample_{number}.cpp").write_text(APP.format(number=number))
    (folder / "hassette.toml").write_text(settings)
    (folder / ".env").write_text("HASSETTE__TOKEN=bench\n")
    (folder / ".env").chmod(0o600)


@contextlib.contextmanager
def started(*command: object, **options):
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def killed_after(seconds: float, process: subprocess.Popen):
    """Ends a process that hangs, and with it whoever reads from it."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def engine(build: pathlib.Path, folder: pathlib.Path, apps: int):
    """A running engine and how long it took from its start to its line that says `ready`."""
    begin = time.monotonic()
    ready = None
    with started(build / "bin/hassette", "run", folder, stderr=subprocess.STDOUT) as process:
        said = []
        with killed_after(START_LIMIT, process):
            for line in process.stdout:
                said.append(line)
                if re.search(r"\bready: ", line):
                    ready = time.monotonic() - begin
                    break
        if ready is None or f"{apps} apps run" not in said[-1]:
            raise RuntimeError("the engine did not start well:\n" + "".join(said[-20:]))
        yield process, ready


def processor_time(pid: int) -> float:
    """Seconds of all threads, to the nanosecond where the kernel keeps them."""
    tasks = pathlib.Path(f"/proc/{pid}/task")
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
    except FileNotFoundError:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> dict[str, float]:
    """MB by the names of /proc/PID/smaps_rollup."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(size) / 1024 for name, size in re.findall(r"^(\w+):\s+(\d+) kB", lines, re.M)}


def start_and_idle(build: pathlib.Path, quick: bool):
    apps, entities = (2, 100) if quick else (20, 1000)
    of = f"{entities:,} entities, {apps} apps"
    with (
        tempfile.TemporaryDirectory(prefix="hassette-bench-") as name,
        started(build / "bin/bench_home", "--entities", entities) as home,
    ):
        port = home.stdout.readline().split()[1]
        folder = pathlib.Path(name, "home")
        make_folder(folder, f"http://127.0.0.1:{port}", apps)
        with engine(build, folder, apps) as (_, cold):
            pass
        yield {"name": f"start to ready, {of}, nothing compiled yet", "unit": "s", "ours": cold}
        times = []
        for _ in range(1 if quick else 7):
            with engine(build, folder, apps) as (_, took):
                times.append(took)
        yield budget(f"start to ready, {of}, all compiled", "s", statistics.median(times), 0.2, quick)
        with engine(build, folder, apps) as (process, _):
            time.sleep(1 if quick else 5)  # what follows a start is over
            before, begin = processor_time(process.pid), time.monotonic()
            time.sleep(1 if quick else 60)
            used = (processor_time(process.pid) - before) / (time.monotonic() - begin)
            sizes = memory(process.pid)
            yield budget(f"memory (PSS), {of}", "MB", sizes["Pss"], 20, quick)
            yield {"name": f"memory that is no file (anonymous), {of}", "unit": "MB", "ours": sizes["Pss_Anon"]}
            yield budget(f"idle, {of}", "% of a core", 100 * used, 0.1, quick)


def timed(command: list, **options) -> float:
    begin = time.monotonic()
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=3600, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return time.monotonic() - begin


def compiling(build: pathlib.Path, quick: bool):
    with tempfile.TemporaryDirectory(prefix="hassette-bench-") as name:
        folder = pathlib.Path(name, "home")
        make_folder(folder, "http://127.0.0.1:1", 1)
        source = folder / "apps/sample_0.cpp"
        check = [build / "bin/hassette", "check", folder]
        bare = [COMPILER, "-std=c++23", "-O1", "-g1", "-fPIC", "-shared", "-w", f"-I{ROOT / 'include'}"]
        bare += [source, "-o", folder / "bare.so", "-fuse-ld=lld-19" if shutil.which("lld-19") else "-g1"]
        cold, warm, alone = [], [], []
        for _ in range(1 if quick else 3):
            shutil.rmtree(folder / ".hassette", ignore_errors=True)
            cold.append(timed(check))
        for number in range(1 if quick else 7):
            source.write_text(source.read_text() + f"// change {number}\n")
            alone.append(timed(bare))
            warm.append(timed(check))
        unchanged = [timed(check) for _ in range(1 if quick else 5)]
        compiler = statistics.median(alone)
        for what, times in (("nothing cached", cold), ("the app changed", warm), ("nothing changed", unchanged)):
            ours = statistics.median(times)
            figure = {"name": f"compile and load a small app, {what}", "unit": "s", "ours": ours}
            figure |= {"baseline": compiler, "ratio": ours / compiler}
            if times is warm:
                figure |= {"goal": "< 1 s"} | ({} if quick else {"met": ours < 1.0})
            yield figure


def clean_build():
    """Without ccache, so that it is what a newcomer waits for."""
    with tempfile.TemporaryDirectory(prefix="hassette-build-") as folder:
        environment = os.environ | {"CCACHE_DISABLE": "1"}
        configure = ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={COMPILER}"]
        took = timed([*configure, "-DCMAKE_BUILD_TYPE=Release"], env=environment)
        took += timed(["ninja", "-C", folder], env=environment)
        yield budget("clean release build of the project", "s", took, 600, False)
