"""Who saw, exported, printed and mailed what: figures that equal the lines of the audit trail (PIPL 54)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.models import Audit
from core.auth.permissions import Perm as AuthPerm
from core.auth.queries.names import names_of
from core.clock import start_of
from core.i18n import gettext

KINDS = ("view", "copy", "export", "print", "mail", "erase")
NUMBER = "number"
"""The note of a line that tells of a masked number that was shown."""

COUNTED = ("export", "print", "mail")
"""Lines that say of how many rows they are."""


@dataclass
class Person:
    """What one person did in the period: lines by kind, rows by kind."""

    user_id: int | None
    name: str
    lines: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def _period(since: dt.date, until: dt.date) -> tuple[ColumnElement[bool], ...]:
    return (Audit.happened_at >= start_of(since), Audit.happened_at < start_of(until + dt.timedelta(days=1)))


def report(session: Session, since: dt.date, until: dt.date) -> list[Person]:
    """Add up the lines of a period by person, the last day included; who did most first."""
    found: dict[int | None, Person] = {}
    counts = (
        select(Audit.user_id, Audit.kind, func.count())
        .where(*_period(since, until), Audit.kind.in_(KINDS))
        .group_by(Audit.user_id, Audit.kind)
    )
    for user_id, kind, number in session.execute(counts):
        found.setdefault(user_id, Person(user_id, "")).lines[kind] = number
    rows = select(Audit.user_id, Audit.kind, Audit.changes).where(*_period(since, until), Audit.kind.in_(COUNTED))
    for user_id, kind, changes in session.execute(rows):
        person = found[user_id]
        person.rows[kind] = person.rows.get(kind, 0) + _rows(changes)
    names = names_of(session, found)
    for person in found.values():
        person.name = names.get(person.user_id or 0, "")
    return sorted(found.values(), key=lambda one: (-sum(one.lines.values()), one.user_id or 0))


def _rows(changes: Any) -> int:
    told = (changes or {}).get("rows", 0)
    told = told[-1] if isinstance(told, list) and told else told
    return int(told) if isinstance(told, int | float) else 0


@dataclass(frozen=True)
class Look:
    """Somebody opened what is personal of a record."""

    at: dt.datetime
    who: str
    what: str


def looks_at(session: Session, access: Access, entity: str, record_id: int, limit: int = 10) -> Sequence[Look] | None:
    """List who looked at a record lately, as far as the person may read the trail; None where he may not at all."""
    scope = access.scope(str(AuthPerm.AUDIT_READ))
    if scope in ("none", "own"):
        return None
    rows = select(Audit).where(Audit.entity == entity, Audit.entity_id == record_id, Audit.kind.in_(("view", "copy")))
    if scope != "all":
        rows = rows.where(Audit.user_id.in_(sorted(access.people.get(scope, ()))))
    lines = session.scalars(rows.order_by(Audit.id.desc()).limit(limit)).all()
    names = names_of(session, [line.user_id for line in lines])
    return [Look(line.happened_at, names.get(line.user_id or 0, ""), str(_what(line))) for line in lines]


def _what(line: Audit) -> Any:
    if line.kind == "copy":
        return gettext("copy of the data")
    return gettext("a telephone number") if line.note == NUMBER else gettext("personal data")
