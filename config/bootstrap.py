"""Make the environment .venv that manage.py runs in, with the standard library alone.

`enter` returns where the running interpreter has what requirements.txt names. Otherwise it builds .venv
beside manage.py and starts the same command again there, in the same process, so that signals still
reach it. A lock lets two first starts take turns; a stamp, written last, says that .venv is complete:
where it is missing or tells of other requirements, another interpreter or another path, .venv is made anew.
"""

import contextlib
import fcntl
import os
import sys
from pathlib import Path

from config.installer import (
    clean_environment,
    fail,
    fail_without_pip,
    install,
    interpreter,
    run,
    say,
    site_packages,
)
from config.pins import missing

ROOT = Path(os.path.realpath(__file__)).parent.parent
VENV = ROOT / ".venv"
MINIMUM = (3, 11)


def enter(command, arguments):
    """Return inside an environment that serves `command`; build it and start again there if need be."""
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:3]))
        fail(
            f"需要 Python 3.11 或更新版本；{sys.executable} 是 {found}。",
            f"Python 3.11 or newer is needed; {sys.executable} is {found}.",
        )
    forbidden = command == "test" and "--no-install" in arguments
    files = [ROOT / "requirements.txt"]
    if command == "test" and not forbidden:
        files.append(ROOT / "requirements-dev.txt")
    # By prefix, not by executable: a link to .venv/bin/python from elsewhere runs outside of it.
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    if inside and ours():
        if stamp_covers(files, base=None):
            return
    elif next(missing(files, sys.path), None) is None:
        return
    base = base_interpreter()
    if not (stamp_covers(files, base) or made_by_hand(files)):
        if forbidden:
            package = next(missing(files, site_packages(VENV)), "…")
            fail(
                f"缺少软件包（如 {package}），而 --no-install 不允许安装。",
                f"Packages are missing ({package} for one) and --no-install forbids to install them.",
            )
        try:
            build(files, base)
        except KeyboardInterrupt:
            say("已停止；下次启动会重新准备。", "Stopped; the next start begins again.")
            sys.exit(130)
        except OSError as error:
            fail(f"无法准备运行环境 .venv：{error}。", f"The environment .venv cannot be made: {error}.")
    os.execve(interpreter(VENV), [str(interpreter(VENV)), *sys.orig_argv[1:]], clean_environment())


def build(files, base):
    """Make .venv complete for `files`; one process at a time, and a killed one leaves no stamp."""
    with locked() as lock:
        if stamp_covers(files, base):
            return
        keep = read_stamp() if stamp_covers([], base) else None
        if keep is None:
            say(
                "首次启动：正在准备运行环境 .venv，一般不到一分钟……",
                "First start: preparing the environment .venv, usually less than a minute ...",
            )
            create(base, lock)
        else:
            say("正在更新运行环境 .venv……", "Bringing the environment .venv up to date ...")
            stamp().unlink()
        install(files, VENV, base, lock)
        hashes = {file.name: digest(file) for file in files}
        if keep and keep["files"].get(files[0].name) == digest(files[0]):
            hashes = {**keep["files"], **hashes}
        write_stamp(hashes, base)


@contextlib.contextmanager
def locked():
    """Hold the lock of this folder; yield its descriptor, which installing children must inherit.

    A killed first start leaves its pip behind, still writing: that pip then still holds the lock.
    """
    try:
        handle = os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        fail(
            f"无法写入 {ROOT}：{error.strerror}。请用该文件夹的所有者启动，或先准备好 .venv。",
            f"Cannot write to {ROOT}: {error.strerror}. Start as the owner of that folder.",
        )
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(
                "另一个进程正在准备运行环境，请稍候……",
                "Another process is preparing the environment; waiting for it ...",
            )
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def create(base, lock):
    """Make an empty .venv, with pip where the interpreter brings it; a foreign .venv is moved aside."""
    import shutil

    if ours():
        shutil.rmtree(VENV)
    elif VENV.exists() or VENV.is_symlink():
        names = (ROOT / f".venv.old-{number}" for number in range(1, 1000))
        aside = next(name for name in names if not name.exists())
        VENV.rename(aside)
        say(f"原有的 .venv 已改名为 {aside.name}。", f"The .venv found here is now {aside.name}.")
    VENV.mkdir()
    mark().write_text("Made by manage.py, which may delete this folder and make it anew.\n")
    for option in ([], ["--without-pip"]):
        done = run([base, "-m", "venv", *option, VENV], lock)
        if done.returncode == 0:
            return
    fail_without_pip(done.stdout)


def stamp_covers(files, base):
    """Tell whether .venv is complete for `files`; `base` is the interpreter asked for, None inside .venv."""
    found = read_stamp()
    return bool(
        found
        and usable()
        and found["python"] == python_tag()
        and found["path"] == str(VENV)
        and base in (None, found["base"])
        and all(found["files"].get(file.name) == digest(file) for file in files)
    )


def made_by_hand(files):
    """Tell whether .venv was made by somebody else and has all that is needed: then it is used as it is."""
    foreign = usable() and not ours()
    return foreign and next(missing(files, site_packages(VENV)), None) is None


def read_stamp():
    """Return the stamp's content, or None where there is none that can be read."""
    import json

    try:
        found = json.loads(stamp().read_text(encoding="utf-8"))
        return found if {"python", "path", "base", "files"} <= set(found) else None
    except (OSError, ValueError, TypeError):
        return None


def write_stamp(hashes, base):
    """Say that .venv is complete: the last act of a build."""
    import json

    content = {"python": python_tag(), "base": base, "path": str(VENV), "files": hashes}
    part = stamp().with_suffix(".part")
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.replace(stamp())


def stamp():
    return VENV / "manage.stamp"


def mark():
    return VENV / "manage.made"


def ours():
    """Tell whether manage.py made .venv, so that it may delete it."""
    return os.path.exists(mark())


def usable():
    """Tell whether this user can run .venv's interpreter, which may be gone or in another's home."""
    return os.access(interpreter(VENV), os.X_OK)


def digest(file):
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


def python_tag():
    """Name what compiled packages depend on: interpreter, version and processor."""
    return f"{sys.implementation.cache_tag}-{os.uname().machine}"


def base_interpreter():
    """Return the interpreter to build with: never one of another environment, which may be deleted."""
    found = getattr(sys, "_base_executable", None) or sys.executable
    return os.path.realpath(found)
