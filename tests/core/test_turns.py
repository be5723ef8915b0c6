"""Requests of one process are answered in turn; a slow one holds nobody up."""

from __future__ import annotations

import threading

import pytest

from core.turns import Turns

PATIENCE = 20.0


class Application:
    """A WSGI application whose requests stay in hand until they are let go."""

    def __init__(self) -> None:
        self.entered: dict[str, threading.Event] = {name: threading.Event() for name in "abcd"}
        self.go: dict[str, threading.Event] = {name: threading.Event() for name in "abcd"}
        self.order: list[str] = []

    def __call__(self, environ, start_response):
        name = environ["name"]
        self.order.append(name)
        self.entered[name].set()
        assert self.go[name].wait(PATIENCE)
        if environ.get("fails"):
            raise RuntimeError(name)
        return [name.encode()]


def asked(turns, application, name, **environ):
    """Ask in a thread of its own; give the thread once the request waits for its turn or has it."""
    thread = threading.Thread(target=lambda: turns({"name": name, **environ}, None), daemon=True)
    before = len(turns._waiting)
    thread.start()
    while not application.entered[name].is_set() and len(turns._waiting) == before:
        threading.Event().wait(0.001)
    return thread


def test_one_begins_when_the_one_before_it_is_answered_in_the_order_in_which_they_came():
    application = Application()
    turns = Turns(application, slow=PATIENCE)
    threads = [asked(turns, application, name) for name in "abcd"]
    assert application.order == ["a"]
    for name in "abcd":
        assert application.entered[name].wait(PATIENCE)
        assert application.order[-1] == name
        application.go[name].set()
    for thread in threads:
        thread.join(PATIENCE)
    assert application.order == ["a", "b", "c", "d"]


def test_others_begin_beside_a_slow_one():
    application = Application()
    turns = Turns(application, slow=0.05)
    slow = asked(turns, application, "a")
    quick = asked(turns, application, "b")
    assert application.entered["b"].wait(PATIENCE)  # `a` is still in hand
    application.go["b"].set()
    quick.join(PATIENCE)
    application.go["a"].set()
    slow.join(PATIENCE)
    application.go["c"].set()
    last = asked(turns, application, "c")
    last.join(PATIENCE)
    assert not last.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_one_that_fails_gives_its_turn_back():
    application = Application()
    turns = Turns(application, slow=PATIENCE)
    failing = asked(turns, application, "a", fails=True)
    after = asked(turns, application, "b")
    application.go["a"].set()
    failing.join(PATIENCE)
    assert application.entered["b"].wait(PATIENCE)
    application.go["b"].set()
    after.join(PATIENCE)
    assert not after.is_alive()
