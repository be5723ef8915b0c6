"""Two processes share kept-alive connections: the busier one lets one go."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

from core.server import Evenly


class Asked:
    """A request that can be told to end its connection, as gunicorn's."""

    def __init__(self) -> None:
        self.ends = False

    def force_close(self) -> None:
        self.ends = True


def worker(evenly: Evenly, age: int) -> SimpleNamespace:
    made = SimpleNamespace(age=age)
    evenly.take_slot(None, made)
    return made


def begun(evenly: Evenly, at: SimpleNamespace) -> bool:
    request = Asked()
    evenly.begin(at, request)
    return request.ends


def test_a_process_busier_than_another_by_two_lets_the_connection_go():
    evenly = Evenly(2)
    one, other = worker(evenly, 1), worker(evenly, 2)
    assert [begun(evenly, one) for _number in range(3)] == [False, True, True]
    assert [begun(evenly, other) for _number in range(4)] == [False, False, False, False]
    for _number in range(3):
        evenly.end(one, None, None, None)
    assert begun(evenly, one) is False


def test_a_process_alone_keeps_every_connection():
    evenly = Evenly(1)
    only = worker(evenly, 1)
    assert not any(begun(evenly, only) for _number in range(16))


def test_a_process_that_takes_the_place_of_a_dead_one_counts_from_nothing():
    evenly = Evenly(2)
    one, other = worker(evenly, 1), worker(evenly, 2)
    for _number in range(5):
        begun(evenly, one)
    evenly.free_slot(None, one)
    new = worker(evenly, 3)
    assert new.slot == one.slot
    assert begun(evenly, new) is False
    assert begun(evenly, other) is False


def test_processes_see_each_others_counts():
    evenly = Evenly(2)
    one, other = worker(evenly, 1), worker(evenly, 2)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        answer = [begun(evenly, other) for _number in range(2)]
        os.write(write, json.dumps(answer).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(os.read(read, 100)) == [False, True]
    assert evenly.in_hand[other.slot] == 2
    assert [begun(evenly, one) for _number in range(3)] == [False, False, False]
