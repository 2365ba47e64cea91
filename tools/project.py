"""What the checks of this folder share: the file list, the include graph, and a cache of what passed.

Standard library only, Python 3.11. A check that passed for a file is remembered in build/check-cache
under a hash of the file, of everything of this project that it includes, and of the check's own
settings, so a repeated `./dev check` costs only what changed.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILER = "clang++-19"
COUNT_OF_WARNINGS = re.compile(r"^\d+ (warnings?|errors?)( and \d+ errors?)? generated\.\n", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.MULTILINE)


def listed_files(root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """Every file that is tracked or could be committed, in a stable order; in an archive, which holds
    no checkout, every file that is not made here."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
        names = set(listing.split("\0")) - {""}
    except (FileNotFoundError, subprocess.CalledProcessError):
        names = set()
        for folder, folders, files in os.walk(root):
            here = pathlib.Path(folder).relative_to(root)
            folders[:] = [name for name in folders if not is_made(here / name)]
            names |= {str(here / name) for name in files if not name.endswith(".pyc") and name != ".env"}
    return sorted(root / name for name in names if (root / name).is_file())


def is_made(folder: pathlib.Path) -> bool:
    """As .gitignore has it."""
    top = len(folder.parts) == 1
    return (top and (folder.name.startswith("build") or folder.name in (".cache", ".git"))) or folder.name in (
        "__pycache__", "node_modules",
    )


def language_flags(program: pathlib.Path) -> list[str]:
    """Language and warnings as this `hassette` compiles apps, from what it tells editors."""
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder, "home")
        subprocess.run([program, "new", home], check=True, capture_output=True)
        lines = (home / ".clangd").read_text().splitlines()
    flags = [line.strip().removeprefix("- ").strip('"') for line in lines if line.strip().startswith("- ")]
    return [flag for flag in flags if not flag.startswith("-I")]


def sources(root: pathlib.Path, *folders: str) -> list[pathlib.Path]:
    found = (path for folder in folders for path in (root / folder).rglob("*.?pp"))
    return sorted(path for path in found if path.suffix in (".cpp", ".hpp"))


@functools.cache
def includes(path: pathlib.Path) -> tuple[tuple[str, str], ...]:
    """The include lines of a file as (opening bracket, name)."""
    return tuple(INCLUDE.findall(path.read_text()))


def resolve(root: pathlib.Path, path: pathlib.Path, name: str) -> pathlib.Path | None:
    """The file of this project that an include line of `path` names, if it is one."""
    for base in (root / "include", root / "src", path.parent):
        if (base / name).is_file():
            return (base / name).resolve()
    return None


def reached(root: pathlib.Path, path: pathlib.Path) -> set[pathlib.Path]:
    """`path` and every file of this project that it includes, directly or not."""
    seen, todo = {path}, [path]
    while todo:
        current = todo.pop()
        for _, name in includes(current):
            target = resolve(root, current, name)
            if target and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


@functools.cache
def digest(path: pathlib.Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def fingerprint(paths: set[pathlib.Path], *settings: str) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path).encode() + digest(path))
    for setting in settings:
        total.update(b"\0" + setting.encode())
    return total.hexdigest()


@functools.cache
def tool_version(tool: str) -> str:
    return subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout


class PassedCache:
    """Remembers what passed, as one empty file a fingerprint."""

    def __init__(self, kind: str):
        self.folder = ROOT / "build" / "check-cache" / kind
        self.folder.mkdir(parents=True, exist_ok=True)

    def holds(self, key: str) -> bool:
        return (self.folder / key).exists()

    def keep(self, key: str) -> None:
        (self.folder / key).touch()


def run_all(cache: PassedCache, jobs: dict[str, tuple[str, list[str], str | None]]) -> bool:
    """Runs the commands of `jobs` (name -> fingerprint, command, standard input) that have not passed
    yet, as many at once as there are processors; prints what the failing ones say."""

    def attempt(job: tuple[str, tuple[str, list[str], str | None]]) -> bool:
        name, (key, command, text) = job
        done = subprocess.run(command, input=text or "", capture_output=True, text=True, cwd=ROOT)
        if done.returncode == 0:
            cache.keep(key)
        else:
            said = COUNT_OF_WARNINGS.sub("", done.stdout + done.stderr)
            print(f"{name}:\n{said}".rstrip(), flush=True)
        return done.returncode == 0

    todo = [job for job in jobs.items() if not cache.holds(job[1][0])]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return all(list(pool.map(attempt, todo)))


def build_commands(build: pathlib.Path) -> dict[pathlib.Path, str]:
    """Source file -> the command that the build compiles it with."""
    database = build / "compile_commands.json"
    if not database.exists():
        sys.exit(f"{database} is missing: run `./dev build` first")
    return {pathlib.Path(entry["file"]): entry["command"] for entry in json.loads(database.read_text())}


def compile_commands(build: pathlib.Path) -> dict[pathlib.Path, list[str]]:
    """Source file -> its compile command without launcher, precompiled header, output and source."""
    return {path: plain_command(command) for path, command in build_commands(build).items()}


def plain_command(command: str) -> list[str]:
    words = shlex.split(command)
    # The launcher (ccache, run through `cmake -E env`) stands before the compiler.
    first = next(i for i, word in enumerate(words) if re.search(r"clang\+\+(-\d+)?$", word))
    kept, rest = [words[first]], iter(words[first + 1 :])
    for word in rest:
        if word in ("-o", "-c", "-MF", "-MT", "-MQ"):
            next(rest)
        elif word == "-Xclang":
            value = next(rest)
            if value in ("-include-pch", "-include"):
                next(rest), next(rest)
            elif value != "-fno-pch-timestamp":
                kept += ["-Xclang", value]
        elif word not in ("-MD", "-MMD", "-Winvalid-pch", "-fpch-instantiate-templates"):
            kept.append(word)
    return kept
