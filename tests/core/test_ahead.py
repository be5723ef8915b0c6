"""The next piece is made while the present one is written: in order, in the same context, with its errors."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from core.ahead import ahead

who: ContextVar[str] = ContextVar("who", default="nobody")


def test_items_come_in_order_each_made_before_it_is_asked_for():
    made = [threading.Event() for _ in range(3)]

    def pieces():
        for number, event in enumerate(made):
            event.set()
            yield number, who.get(), threading.current_thread() is threading.main_thread()

    who.set("zhou")
    given = []
    for number, name, here in ahead(pieces()):
        given.append(number)
        assert (name, here) == ("zhou", False)
        if number + 1 < len(made):
            assert made[number + 1].wait(10)  # nobody asked for it yet
    assert given == [0, 1, 2]


def test_what_goes_wrong_is_told_where_the_items_are_used():
    def pieces():
        yield 1
        raise OSError("the database is away")

    given = []
    with pytest.raises(OSError, match="the database is away"):
        given.extend(ahead(pieces()))
    assert given == [1]


def test_who_stops_early_leaves_no_thread_behind():
    items = ahead(iter(range(100)))
    assert next(items) == 0
    items.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("ahead")]
