"""Folders, programs and other engines: what is not there, belongs to others, or is in use."""

import os
import signal

from cases import GOOD_APP, case
from home import Home, Said, Wrong


@case
def a_data_folder_that_cannot_be_made_is_named(home: Home) -> None:
    home.write("occupied", "")
    home.settings('data_dir = "occupied/data"\n')
    home.run("run").ends_with(78).says_once(str(home.folder / "occupied/data"), "data_dir")


@case
def a_data_folder_that_is_a_file_is_named(home: Home) -> None:
    home.write("occupied", "")
    home.settings('data_dir = "occupied"\n')
    home.run("run").ends_with(78).says_once(str(home.folder / "occupied"), "data_dir")


@case
def a_read_only_data_folder_is_named(home: Home) -> None:
    # Root may write anywhere but here.
    home.settings('data_dir = "/proc/self/hassette"\n')
    for verb in ("run", "check"):
        home.run(verb).ends_with(78).says_once("/proc/self/hassette", "data_dir")


@case
def a_data_folder_that_is_in_use_is_checked_all_the_same(home: Home) -> None:
    home.settings()
    with home.start_engine() as running:
        running.wait_for("waiting for Home Assistant")
        home.run("check").ends_with(0)
        running.send()
        running.end().ends_with(0)


@case
def a_data_folder_that_everybody_may_write_is_refused(home: Home) -> None:
    home.settings()
    (home.folder / ".hassette").mkdir()
    (home.folder / ".hassette").chmod(0o777)
    home.run("run").ends_with(78).says_once(str(home.folder / ".hassette"), "mode 0777", "chmod o-w", "data_dir")


@case
def a_lock_that_somebody_put_there_is_not_followed(home: Home) -> None:
    home.settings()
    data = home.folder / ".hassette"
    data.mkdir(mode=0o700)
    (data / "lock").symlink_to(home.folder / "victim")
    home.run("run").ends_with(78).says_once(str(data / "lock"), "symbolic link")
    if (home.folder / "victim").exists():
        raise Wrong("the link was followed")
    (data / "lock").unlink()
    os.mkfifo(data / "lock")
    home.run("run").ends_with(78).says_once(str(data / "lock"), "no file of yours")
    (data / "lock").unlink()
    (data / "lock").mkdir()
    home.run("run").ends_with(78).says_once(str(data / "lock"), "cannot be opened", "remove it")


def demo(home: Home, **variables: str) -> Said:
    """`hassette demo` with these variables and what a sanitized build needs, and no others."""
    kept = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    bare = {name: os.environ[name] for name in kept if name in os.environ}
    with home.start("demo", "--port", "0", bare=bare | variables) as running:
        return running.end()


@case
def a_demo_without_a_home_keeps_nothing_where_others_may_be(home: Home) -> None:
    for variables in ({}, {"HOME": ""}, {"HOME": "relative"}, {"XDG_CACHE_HOME": "relative"}):
        demo(home, **variables).ends_with(78).mentions("set HOME, or XDG_CACHE_HOME")


@case
def a_demo_in_a_folder_of_others_is_refused(home: Home) -> None:
    cache = home.folder / "cache"
    kept = cache / "hassette" / "demo"
    kept.mkdir(parents=True)
    kept.chmod(0o770)
    demo(home, XDG_CACHE_HOME=str(cache)).ends_with(78).mentions(str(kept), "it can be written by others (mode 0770)")
    kept.chmod(0o700)
    kept.parent.chmod(0o777)
    demo(home, XDG_CACHE_HOME=str(cache)).ends_with(78).mentions(f"{kept.parent} can be written by everybody")
    kept.parent.chmod(0o755)
    kept.rmdir()
    (home.folder / "elsewhere").mkdir(mode=0o700)
    kept.symlink_to(home.folder / "elsewhere")
    demo(home, XDG_CACHE_HOME=str(cache)).ends_with(78).mentions("it is a symbolic link")
    if os.geteuid() == 0:  # only root can give a folder away
        kept.unlink()
        kept.mkdir(mode=0o700)
        os.chown(kept, 12345, 12345)
        demo(home, XDG_CACHE_HOME=str(cache)).ends_with(78).mentions("it belongs to another user (uid 12345)")


@case
def a_second_engine_on_one_folder_is_refused(home: Home) -> None:
    home.settings()
    with home.start_engine() as first:
        first.wait_for("waiting for Home Assistant")
        home.run("run").ends_with(78).says_once("another hassette runs on", str(home.folder))
        first.send()
        first.end().ends_with(0)


@case
def a_lock_of_an_engine_that_died_is_no_lock(home: Home) -> None:
    home.settings()
    with home.start_engine() as first:
        first.wait_for("waiting for Home Assistant")
        first.send(signal.SIGKILL)
        first.process.wait()
    home.run_until("waiting for Home Assistant")


@case
def a_missing_compiler_names_its_package(home: Home) -> None:
    home.settings()
    for env in ({"HASSETTE_CXX": "/nonexistent/clang++"}, {"PATH": "/nonexistent"}):
        for verb in ("run", "check"):
            home.run(verb, env=env).ends_with(78).says_once("clang-19", "HASSETTE_CXX")


@case
def a_compiler_that_is_none_is_named(home: Home) -> None:
    home.settings()
    home.run("check", env={"HASSETTE_CXX": "/bin/true"}).ends_with(78).says_once("/bin/true", "is not Clang")


@case
def a_cache_that_others_may_write_is_refused(home: Home) -> None:
    home.cache = home.folder / "cache"
    home.cache.mkdir()
    home.cache.chmod(0o777)
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    for verb in ("check", "run"):
        home.run(verb).ends_with(78).says_once(str(home.cache), "chmod -R go-w")
    home.cache.chmod(0o700)
    (home.cache / "apps").mkdir(exist_ok=True)
    (home.cache / "apps").chmod(0o777)
    for verb in ("check", "run"):
        home.run(verb).ends_with(78).says_once(str(home.cache / "apps"), "chmod -R go-w")


@case
def a_cache_that_others_may_replace_is_refused(home: Home) -> None:
    shared = home.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    home.cache = shared / "cache"
    home.settings()
    for verb in ("check", "run"):
        home.run(verb).ends_with(78).says_once(str(home.cache), f"{shared} can be written by everybody", "cache_dir")


@case
def what_is_damaged_in_the_cache_is_compiled_again(home: Home) -> None:
    home.cache = home.folder / "cache"
    home.settings("[hassette.apps.good]\n")
    home.write("apps/good.cpp", GOOD_APP)
    if said := home.run("check").ends_with(0).problems:
        raise Wrong(f"a cache that is new has problems: {said}")
    (plug_in,) = home.cache.glob("apps/*/*.so")
    whole = plug_in.read_bytes()
    middle = len(whole) // 2
    for damaged in (b"", whole[:middle], whole[:middle] + bytes(4096) + whole[middle + 4096:]):
        plug_in.write_bytes(damaged)
        home.run("check").ends_with(0).says_once(f"{plug_in} is damaged: good.cpp is compiled again")
    plug_in.parent.chmod(0o777)
    home.run("check").ends_with(0).says_once(f"{plug_in.parent} can be written by others (mode 0777): good.cpp is")
    if said := home.run("check").ends_with(0).problems:
        raise Wrong(f"it was not mended: {said}")
