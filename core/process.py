"""What the system tells of a process: a name by which others see whether it still lives, and how large it is."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """Name this process by its machine, number and start; an empty text where the system does not tell them."""
    return _name(os.getpid())


def is_gone(name: str) -> bool:
    """Tell whether a process is certainly no more; False for one of another machine or container, and for no name."""
    place, _, rest = name.partition("-")
    if not place or place != _place():
        return False
    number, _, start = rest.partition("-")
    found = _start(number)
    return found != start and (found != "" or not _is_hidden(number))


@functools.lru_cache(maxsize=1)
def _name(number: int) -> str:
    """Name this process; `number` keeps a forked one from bearing its parent's name."""
    place, start = _place(), _start(str(number))
    return f"{place}-{number}-{start}" if place and start else ""


@functools.cache
def _place() -> str:
    """Name this start of this machine and the space of its process numbers; a container has its own."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        space = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {space}".encode()).hexdigest()[:12]


def _start(number: str) -> str:
    """Give when a process began, in ticks since the machine did; empty where it has ended, reaped or not."""
    try:
        state, *rest = (_PROC / number / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else rest[18]


def _is_hidden(number: str) -> bool:
    """Tell whether a process of which nothing can be read runs all the same, as another user's under `hidepid`."""
    try:
        os.kill(int(number), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):
        pass
    return False


def own_memory() -> int:
    """Give the bytes that this process has in memory beside files; 0 where the system does not tell."""
    try:
        lines = (_PROC / "self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:")), 0)
