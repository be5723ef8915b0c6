"""Pairs that are probably one customer or one person, and pairs of which somebody said that they are not (R-10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.columns import utcnow
from core.customers.models import ContactDistinct, ContactPair, Distinct, DuplicatePair
from core.errors import Refused
from core.i18n import _

Found = tuple[int, int, float, Sequence[str]]
"""Two records that were found to be alike: how much, and why."""


def say_distinct(session: Session, one: int, other: int, *, by: int | None, reason: str = "") -> None:
    """Remember that two companies are not one."""
    if one == other:
        raise Refused(_("These are one and the same customer."))
    _say_apart(session, Distinct, DuplicatePair, (one, other), {"reason": reason[:200], "said_by_id": by})


def say_two_people(session: Session, one: int, other: int, *, by: int | None) -> None:
    """Remember that two contacts are two people."""
    if one == other:
        raise Refused(_("These are one and the same contact."))
    _say_apart(session, ContactDistinct, ContactPair, (one, other), {"said_by_id": by})


def _say_apart(session: Session, apart: Any, pair: Any, both: tuple[int, int], values: dict[str, Any]) -> None:
    low, high = sorted(both)
    key = _key(apart)
    known = select(apart.id).where(getattr(apart, key).in_(both), apart.other_id.in_(both))  # a merge turns them round
    if session.scalar(known) is None:
        session.add(apart(**{key: low, "other_id": high}, **values))
    for one in session.scalars(select(pair).where(getattr(pair, key) == low, pair.other_id == high)):
        session.delete(one)


def distinct_pairs(session: Session) -> set[tuple[int, int]]:
    """Give the pairs of companies that are known not to be one, the smaller id first."""
    return _apart(session, Distinct)


def _apart(session: Session, model: Any) -> set[tuple[int, int]]:
    columns = model.__table__.c
    rows = session.connection().execute(select(columns[_key(model)], columns.other_id))
    return {(min(a, b), max(a, b)) for a, b in rows}


def add_pairs(session: Session, pairs: Iterable[Found]) -> None:
    """Keep further pairs beside those that are there; one of each must be a company that was just made."""
    _write(session, DuplicatePair, pairs)


def keep_pairs(session: Session, pairs: Iterable[Found]) -> int:
    """Keep the pairs of companies that a search found, but those that are known to be none; give how many."""
    return _keep(session, DuplicatePair, Distinct, pairs)


def keep_contact_pairs(session: Session, pairs: Iterable[Found]) -> int:
    """Keep the pairs of contacts that a search found, but those that are known to be two people; give how many."""
    return _keep(session, ContactPair, ContactDistinct, pairs)


def _keep(session: Session, pair: Any, apart: Any, pairs: Iterable[Found]) -> int:
    known = _apart(session, apart)
    session.connection().execute(delete(pair.__table__))
    return _write(session, pair, (one for one in pairs if (min(one[:2]), max(one[:2])) not in known))


def _write(session: Session, model: Any, pairs: Iterable[Found]) -> int:
    now, key = utcnow(), _key(model)
    rows = [
        {key: min(one, other), "other_id": max(one, other), "score": score, "reasons": list(why), "found_at": now}
        for one, other, score, why in pairs
    ]
    for start in range(0, len(rows), 1000):
        session.connection().execute(model.__table__.insert(), rows[start : start + 1000])
    return len(rows)


def _key(model: Any) -> str:
    """Name the column of the first of a pair."""
    return "company_id" if hasattr(model, "company_id") else "contact_id"
