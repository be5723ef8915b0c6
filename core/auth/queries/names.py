"""Names of the people who use the program, from memory: every page names some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.state import kept


class Person(NamedTuple):
    """A user's name, who stands above him, and whether his account is open."""

    name: str
    supervisor_id: int | None
    active: bool


def people(session: Session) -> Mapping[int, Person]:
    """Give all users by id."""

    def load() -> dict[int, Person]:
        rows = session.execute(select(User.id, User.name, User.supervisor_id, User.active)).all()
        return {number: Person(name, above, active) for number, name, above, active in rows}

    return kept(session, "rights", "people", load)


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Name users by id."""
    known = people(session)
    return {number: known[number].name for number in ids if number is not None and number in known}
