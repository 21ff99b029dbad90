"""Run child processes that never outlive their parent: each in a session of its own, stopped in order.

A terminal's Ctrl-C reaches the parent alone, which then decides the order. On Linux a child also gets
SIGTERM when its parent is killed (PR_SET_PDEATHSIG, prctl(2)).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

PR_SET_PDEATHSIG = 1
TICK = 0.1  # seconds between two looks at the children


class Child(NamedTuple):
    """A running child and the name by which people are told of it."""

    name: str
    process: subprocess.Popen


class ChildEnded(Exception):
    """A child ended although nobody asked it to."""

    def __init__(self, child):
        self.child = child
        super().__init__(f"{child.name}: {child.process.returncode}")


def start(name, command, **options):
    """Start `command` as a child in a session of its own; `options` are Popen's."""
    bind = bind_to_parent(os.getpid()) if sys.platform == "linux" else None
    options = {"stdin": subprocess.DEVNULL, **options}
    return Child(name, subprocess.Popen(command, start_new_session=True, preexec_fn=bind, **options))


def bind_to_parent(parent):
    """Return what a new child runs before its program, so that it dies with `parent`."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bind():
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # The parent died before it could be watched.
            os._exit(1)

    return bind


@contextlib.contextmanager
def stop_signals():
    """Collect SIGINT, SIGTERM and SIGHUP in a list instead of dying by them; yield the list.

    SIGHUP stays ignored where it is already (nohup).
    """
    received = []
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, lambda n, frame: received.append(n)) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def watch(children, received, until=lambda: False):
    """Wait till a stop signal has come (return False) or `until()` holds (return True).

    Raises ChildEnded when a child is gone before that.
    """
    while not received:
        for child in children:
            if child.process.poll() is not None:
                raise ChildEnded(child)
        if until():
            return True
        time.sleep(TICK)
    return False


def stop(children, grace=10):
    """Stop the children one after the other, each with all that it started.

    A child gets SIGTERM and `grace` seconds to end; whatever is left of its session's group is killed.
    """
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
