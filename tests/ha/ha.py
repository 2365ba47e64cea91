#!/usr/bin/env python3
"""Install, start and stop a real Home Assistant for tests. Standard library only.

  ha.py install VENV [--version V]          make VENV with the newest version below that a Python here can run:
                                            2025.4.4 (CPython 3.13), 2024.3.3 (CPython 3.11);
                                            prints the version. Several at once wait for each other.
  ha.py version VENV                        print the version that VENV holds
  ha.py run VENV DIR [--port N] [--keep]    fresh config in DIR, start, wait until it runs; prints one line
                                            of JSON {"url", "token", "user_token", "pid", "version"}, then
                                            stays: SIGTERM stops it, SIGHUP restarts it with the
                                            same config, SIGUSR1 kills it hard and starts it again
                                            after --gap seconds. Port 0, the default, takes a free one.
                                            With --with-parent it also stops when its parent ends.
  ha.py token [--user]                      print the owner's token that every such instance accepts,
                                            or that of a second user without administrator rights

The tokens belong to seeded users; they open nothing but these test instances.
"""

import argparse
import base64
import ctypes
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
OWNER = {
    "id": "0a000000000000000000000000000001", "name": "Owner", "group": "system-admin",
    "refresh_id": "c0ffee00000000000000000000000001", "jwt_key": "5a" * 64, "secret": "7e" * 63,
}
USER = {
    "id": "0a000000000000000000000000000002", "name": "User", "group": "system-users",
    "refresh_id": "c0ffee00000000000000000000000002", "jwt_key": "6b" * 64, "secret": "8f" * 63,
}
PORTS = range(18000, 28000)  # below the range from which the kernel gives ports to clients
PYTHONS = {"2025.4.4": "3.13", "2024.3.3": "3.11"}  # Home Assistant's version -> the interpreter that it needs


def token(user: dict = OWNER) -> str:
    def part(value: dict) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(
        {"iss": user["refresh_id"], "iat": 1735689600, "exp": 2051049600}
    )
    mac = hmac.new(user["jwt_key"].encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def find_python(minor: str) -> str | None:
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    found = [shutil.which(f"python{minor}"), *sorted(map(str, pyenv.glob(f"versions/{minor}*/bin/python{minor}")))]
    for candidate in filter(None, found):
        if subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
            return candidate
    return None


def choose(version: str | None) -> tuple[str, str]:
    for candidate, minor in PYTHONS.items():
        python = find_python(minor) if version in (None, candidate) else None
        if python:
            return candidate, python
    sys.exit(f"ha.py: needs CPython {' or '.join(PYTHONS.values())} with venv (on Debian: python3-venv)")


def install(venv: pathlib.Path, version: str | None) -> str:
    candidate, python = choose(version)
    requirements = (HERE / f"requirements-{candidate}.txt").read_text()
    stamp = venv / "installed.txt"
    venv.parent.mkdir(parents=True, exist_ok=True)
    with open(venv.parent / f".{venv.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == requirements):
            make(venv, python, candidate)
            stamp.write_text(requirements)
    return candidate


def make(venv: pathlib.Path, python: str, version: str) -> None:
    subprocess.run([python, "-m", "venv", "--clear", venv], check=True)
    pip = [venv / "bin" / "pip", "install", "-q", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", HERE / f"requirements-{version}.txt"]).returncode != 0:
        sys.exit(f"ha.py: Home Assistant {version} could not be installed; pip's own words stand above")


def installed_version(venv: pathlib.Path) -> str:
    stamp = venv / "installed.txt"
    for line in stamp.read_text().splitlines() if stamp.exists() else ():
        if line.startswith("homeassistant=="):
            return line.removeprefix("homeassistant==").strip()
    sys.exit(f"ha.py: {venv} holds no Home Assistant: run `ha.py install {venv}` first")


def free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    sys.exit(f"ha.py: no free port from {PORTS.start} to {PORTS.stop}")


def seed(config: pathlib.Path, port: int) -> None:
    shutil.rmtree(config, ignore_errors=True)
    storage = config / ".storage"
    storage.mkdir(parents=True)
    yaml = (HERE / "configuration.yaml").read_text().replace("@PORT@", str(port))
    (config / "configuration.yaml").write_text(yaml)
    names = {"system-admin": "Administrators", "system-users": "Users", "system-read-only": "Read Only"}
    auth = {
        "users": [user_entry(OWNER), user_entry(USER)],
        "groups": [{"id": key, "name": name} for key, name in names.items()],
        "credentials": [],
        "refresh_tokens": [token_entry(OWNER), token_entry(USER)],
    }
    write(storage / "auth", 1, "auth", auth)
    done = {"done": ["user", "core_config", "analytics", "integration"]}
    write(storage / "onboarding", 4, "onboarding", done)


def user_entry(user: dict) -> dict:
    return {
        "id": user["id"], "group_ids": [user["group"]], "is_owner": user is OWNER, "is_active": True,
        "name": user["name"], "system_generated": False, "local_only": False,
    }


def token_entry(user: dict) -> dict:
    return {
        "id": user["refresh_id"], "user_id": user["id"], "client_id": None, "client_name": "tests",
        "client_icon": None, "token_type": "long_lived_access_token",
        "created_at": "2025-01-01T00:00:00+00:00", "access_token_expiration": 315360000.0,
        "token": user["secret"], "jwt_key": user["jwt_key"], "last_used_at": None, "last_used_ip": None,
        "expire_at": None, "credential_id": None, "version": None,
    }


def write(path: pathlib.Path, version: int, key: str, data: dict) -> None:
    path.write_text(json.dumps({"version": version, "minor_version": 1, "key": key, "data": data}))


def state_of(url: str) -> str:
    request = urllib.request.Request(url + "/api/core/state", headers={"Authorization": "Bearer " + token()})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return json.load(answer)["state"]
    except (urllib.error.URLError, OSError, ValueError, KeyError):
        return ""


def environment() -> dict:
    # Sanitizer settings and a library path of the calling test would reach Home Assistant's Python.
    dropped = {"LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONHOME"}
    return {**{name: value for name, value in os.environ.items() if name not in dropped}, "TZ": "UTC"}


def die_with_parent() -> None:
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def start(venv: pathlib.Path, config: pathlib.Path, url: str, limit: float, stopped) -> subprocess.Popen:
    with open(config / "hass.out", "ab") as log:
        process = subprocess.Popen(
            [venv / "bin" / "hass", "-c", config, "--skip-pip", "--log-no-color"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment(), preexec_fn=die_with_parent,
        )
    deadline = time.monotonic() + limit
    while state_of(url) != "RUNNING":
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            sys.stderr.write((config / "hass.out").read_text()[-4000:])
            sys.exit(f"ha.py: Home Assistant {installed_version(venv)} did not start")
        if stopped():
            process.kill()
            sys.exit(0)
        time.sleep(0.2)
    return process


def run(args: argparse.Namespace) -> None:
    venv, config = args.venv.absolute(), args.dir.absolute()
    version = installed_version(venv)
    fresh = not (args.keep and (config / ".storage" / "auth").exists())
    port = args.port or (free_port() if fresh else kept_port(config))
    url = f"http://127.0.0.1:{port}"
    if fresh:
        seed(config, port)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, lambda n, _: asked.append(n))
    parent = os.getppid()

    def stopped() -> bool:
        orphaned = args.with_parent and os.getppid() != parent
        return orphaned or signal.SIGTERM in asked or signal.SIGINT in asked

    process = start(venv, config, url, args.limit, stopped)
    facts = {"url": url, "token": token(), "user_token": token(USER), "pid": process.pid, "version": version}
    print(json.dumps(facts), flush=True)
    while not stopped():
        time.sleep(0.05)
        number = asked.pop(0) if asked and not stopped() else None
        if number == signal.SIGUSR1:
            process.kill()
            process.wait()
            time.sleep(args.gap)
        elif number == signal.SIGHUP:
            stop(process)
        if process.poll() is not None:  # asked for above, or HA's own restart (exit code 100)
            process = start(venv, config, url, args.limit, stopped)
    stop(process)


def kept_port(config: pathlib.Path) -> int:
    for line in (config / "configuration.yaml").read_text().splitlines():
        if line.strip().startswith("server_port:"):
            return int(line.split(":")[1])
    sys.exit(f"ha.py: {config}/configuration.yaml names no server_port")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    installer = verbs.add_parser("install")
    installer.add_argument("venv", type=pathlib.Path)
    installer.add_argument("--version", choices=list(PYTHONS))
    versioner = verbs.add_parser("version")
    versioner.add_argument("venv", type=pathlib.Path)
    verbs.add_parser("token").add_argument("--user", action="store_true")
    runner = verbs.add_parser("run")
    runner.add_argument("venv", type=pathlib.Path)
    runner.add_argument("dir", type=pathlib.Path)
    runner.add_argument("--port", type=int, default=0)
    runner.add_argument("--keep", action="store_true", help="start on what DIR holds already")
    runner.add_argument("--with-parent", action="store_true", help="stop when the parent process ends")
    runner.add_argument("--gap", type=float, default=2.0)
    runner.add_argument("--limit", type=float, default=180.0)
    args = parser.parse_args()
    if args.verb == "install":
        print(install(args.venv.absolute(), args.version))
    elif args.verb == "version":
        print(installed_version(args.venv.absolute()))
    elif args.verb == "token":
        print(token(USER if args.user else OWNER))
    else:
        run(args)


if __name__ == "__main__":
    main()
