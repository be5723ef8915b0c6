"""What a process keeps in memory stays within bounds, and what is asked for again and again stays kept."""

from __future__ import annotations

import functools

import pytest
from sqlalchemy import event

from core import state
from core.db import system_transaction, work
from core.state import bump, forget, kept, versions


@pytest.fixture
def asked(app):
    """Ask for values by their keys; give the keys that had to be loaded."""
    database = app.extensions["zhike"].database

    def ask(*keys: object) -> list[object]:
        loaded: list[object] = []

        def load(key: object) -> object:
            loaded.append(key)
            return key

        with work(database, reason="test") as unit:
            for key in keys:
                assert kept(unit.session, "settings", ("test", key), functools.partial(load, key)) == key
        return loaded

    yield ask
    forget(database)


def test_what_is_asked_for_again_and_again_outlasts_what_was_asked_for_once(asked, monkeypatch):
    monkeypatch.setattr(state, "MOST", 10)
    assert asked("often", "once") == ["often", "once"]
    for start in range(0, 100, 5):
        assert asked("often", *range(start, start + 5)) == [*range(start, start + 5)]
    assert asked("often", "once") == ["once"]
    assert len(state._newer) + len(state._older) <= 20


def test_what_is_kept_of_a_database_is_forgotten_with_it(app, asked, monkeypatch):
    monkeypatch.setattr(state, "MOST", 3)
    asked(*range(5))
    forget(app.extensions["zhike"].database)
    assert asked(*range(5)) == [*range(5)]


def test_a_transaction_moves_a_counter_once_however_much_it_changes(app):
    database = app.extensions["zhike"].database
    moved = []

    def note(connection, cursor, statement, *more):
        moved.extend([statement] if statement.startswith("UPDATE core_state_version") else [])

    def version() -> int:
        with work(database, reason="test") as unit:
            return versions(unit.session)["tags"]

    before = version()
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        for turn in (1, 2):
            with system_transaction("test", database=database) as session:
                for _ in range(3):
                    bump(session, "tags")
                    assert versions(session)["tags"] == before + turn
            assert (len(moved), version()) == (turn, before + turn)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
