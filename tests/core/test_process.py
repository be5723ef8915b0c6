"""A process that has ended is known as gone; one that lives, or that nothing is known of, is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import process
from core.process import is_gone, this_process

pytestmark = pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="this system tells nothing of processes")


def other(code="from core.process import this_process as me; print(me(), flush=True); input()"):
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_killed_process_is_gone_before_and_after_it_is_reaped():
    child = other()
    name = child.stdout.readline().strip()
    assert name != this_process()
    assert not is_gone(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table
    assert is_gone(name)
    child.communicate()
    assert is_gone(name)


def test_another_process_that_bears_the_number_later_is_not_taken_for_it():
    place, number, start = this_process().split("-")
    assert not is_gone(f"{place}-{number}-{start}")
    assert is_gone(f"{place}-{number}-{int(start) - 1}")


def test_of_another_machine_and_of_no_name_nothing_is_known():
    _place, number, start = this_process().split("-")
    assert not is_gone(f"0123456789ab-{number}-{int(start) - 1}")
    assert not is_gone("")
    assert not is_gone("dead")


def test_a_process_that_is_hidden_from_this_one_is_not_gone(monkeypatch, tmp_path):
    child = other()
    name = child.stdout.readline().strip()
    is_gone(name)
    monkeypatch.setattr(process, "_PROC", tmp_path)  # as /proc with hidepid shows the processes of other users
    monkeypatch.setattr("os.kill", refuse)
    assert not is_gone(name)
    monkeypatch.undo()
    child.kill()
    child.communicate()
    assert is_gone(name)


def refuse(number, signal):
    raise PermissionError(number)


def test_a_forked_process_has_a_name_of_its_own():
    before = this_process()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, this_process().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 200).decode() not in ("", before)
