"""Finds the contacts that somebody may be entering once more, while he types."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.models import User
from core.auth.output import Visibility
from core.customers.models import Company, Contact, Email, Phone
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import email_key
from core.customers.queries.likely import Candidate, Typed, marked
from core.customers.queries.reach import CONTACT
from core.customers.text import name_key, person_sort_key
from core.db import SystemSession, current_work, work

SURELY, HERE, SOUNDS, SHARES = 0.99, 0.95, 0.8, 0.45
GATHERED = 20


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    name: str
    company: str
    owner: str
    score: float
    reasons: tuple[str, ...]


def likely_contacts(
    session: Session, typed: Typed, company_id: int, *, besides: int | None = None, limit: int = 5
) -> list[Candidate]:
    """Give the contacts that are probably the person typed: of this company by name, of all by number and e-mail."""
    if isinstance(session, SystemSession):
        return [
            _candidate(row, typed, seen=True, told=True) for row in _ranked(session, typed, company_id, besides, limit)
        ]
    with work(current_work().database, reason="duplicates") as unit:
        rows = _ranked(unit.session, typed, company_id, besides, limit)
    ids = [row.id for row in rows]
    if not ids:
        return []
    seen = set(session.scalars(select(Contact.id).where(Contact.id.in_(ids))))
    inner = Visibility(current_access(), CONTACT).condition("inner")
    told = set(session.scalars(select(Contact.id).where(Contact.id.in_(ids), inner)))
    return [_candidate(row, typed, seen=row.id in seen, told=row.id in told) for row in rows]


def _candidate(row: _Row, typed: Typed, *, seen: bool, told: bool) -> Candidate:
    if not seen:
        return Candidate(0, "", ((row.name, False),), "", row.owner, row.score, (), (), masked=True)
    reasons = row.reasons if told else tuple(one for one in row.reasons if one in ("same_name", "homophone"))
    return Candidate(row.id, row.company, marked(row.name, typed.name), "", row.owner, row.score, reasons, ())


def _ranked(session: Session, typed: Typed, company_id: int, besides: int | None, limit: int) -> list[_Row]:
    by_number = _sharing(session, typed, Phone)
    by_mail = _sharing(session, typed, Email)
    key, sound = name_key(typed.name), person_sort_key(typed.name)
    ids = by_number | by_mail
    named = (Contact.company_id == company_id) & or_(Contact.name_key == key, Contact.sort_key == sound)
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.name_key, Contact.sort_key, Contact.company_id, Company.name,
               func.coalesce(User.name, ""))
        .join(Company, Company.id == Contact.company_id)
        .join(User, User.id == Company.owner_id, isouter=True)
        .where(or_(Contact.id.in_(ids), named) if typed.name else Contact.id.in_(ids), Contact.alive())
        .limit(GATHERED)
    )  # fmt: skip
    found = []
    for id_, name, its_key, its_sound, its_company, company, owner in rows:
        shares = id_ in ids
        if its_key == key:
            score = SURELY if shares else HERE
        elif its_sound == sound and typed.name:
            score = SOUNDS
        else:
            score = SHARES
        reasons = ["same_name"] if its_key == key else ["homophone"] if its_sound == sound and typed.name else []
        reasons += [code for code, among in (("same_phone", by_number), ("same_email", by_mail)) if id_ in among]
        if id_ != besides and (shares or its_company == company_id):
            found.append(_Row(id_, name, company, owner, score, tuple(reasons)))
    return sorted(found, key=lambda row: (-row.score, row.id))[:limit]


def _sharing(session: Session, typed: Typed, model: type[Phone] | type[Email]) -> set[int]:
    """Give the contacts that have one of the numbers or e-mail addresses; private ones are not told of."""
    wanted = typed.digits() if model is Phone else [email_key(one) for one in typed.emails if "@" in one]
    if not wanted:
        return set()
    column = Phone.digits if model is Phone else Email.address_key
    rows = select(model.contact_id).where(
        column.in_(wanted), model.contact_id.is_not(None), model.kind.not_in(PRIVATE_KINDS)
    )
    return {id_ for id_ in session.scalars(rows.limit(GATHERED)) if id_ is not None}
