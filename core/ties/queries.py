"""The group that companies make up, what is summed over it, and the partners of one company."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, or_, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.bus.house import bus_of
from core.customers.models import Company, CompanyRelation
from core.customers.queries.record import has_branches
from core.db import among, current_work, prepared, system_session
from core.plugin import CustomerFigure
from core.presence import is_known_absent
from core.registry import PluginFailed

MOST = 500
"""Companies of a group that its page shows; a condition takes them all."""
DEEPEST = 30


@dataclass(frozen=True)
class Member:
    """A company of a group as one person finds it; `parent_id` is the nearest company above it that he finds."""

    company: Company
    parent_id: int | None
    depth: int


@dataclass(frozen=True)
class Group:
    """A group of companies, from the top down. `hidden` counts those that the person does not find.

    `more` tells that there are more companies than are shown.
    """

    members: Sequence[Member]
    hidden: int = 0
    more: bool = False

    @property
    def ids(self) -> list[int]:
        """The numbers of the companies that the person finds."""
        return [one.company.id for one in self.members]


def group_of(session: Session, company_id: int) -> Group:
    """Give the whole group that a company belongs to, with the rows that the person of the session finds.

    Which companies there are is read as the program: a company in between that somebody does not find must not cut off
    what lies below it. Nothing of those is shown but their number.
    """
    tree = _tree(company_id, MOST)
    rows = session.scalars(select(Company).where(among(session, Company.id, list(tree)), Company.alive()))
    found = {one.id: one for one in rows}
    below: defaultdict[int | None, list[Company]] = defaultdict(list)
    for one in found.values():
        below[_above(one.id, tree, found)].append(one)
    members: list[Member] = []

    def place(parent_id: int | None, depth: int) -> None:
        for one in sorted(below[parent_id], key=lambda company: (company.sort_key, company.id)):
            members.append(Member(one, parent_id, depth))
            place(one.id, depth + 1)

    place(None, 0)
    return Group(members, hidden=len(tree) - len(found), more=len(tree) >= MOST)


def _tree(company_id: int, most: int | None = None) -> dict[int, int | None]:
    with system_session("companies of a group") as program:
        return _below(program, _top(program, company_id), most)


def group_ids(company_id: int) -> list[int]:
    """Give the numbers of all companies of a group, for a condition: the reader's own rows are still all he finds."""
    return list(_tree(company_id))


def branch_ids(company_id: int) -> list[int]:
    """Give the numbers of a company and of all below it, likewise."""
    with system_session("companies of a group") as program:
        return list(_below(program, company_id))


def _top(program: Session, company_id: int) -> int:
    """Climb to the company that belongs to none; a circle ends where it began."""
    seen, top = {company_id}, company_id
    while len(seen) < DEEPEST:
        above = program.scalar(
            select(Company.parent_id).where(Company.id == top, Company.parent_id.is_not(None)).limit(1)
        )
        if above is None or above in seen or not _is_alive(program, above):
            break
        seen.add(above)
        top = above
    return top


def _is_alive(program: Session, company_id: int) -> bool:
    return program.scalar(select(Company.id).where(Company.id == company_id, Company.alive())) is not None


def _below(program: Session, top: int, most: int | None = None) -> dict[int, int | None]:
    """List the companies of a group with the one that each belongs to, level by level, up to `most`."""
    tree: dict[int, int | None] = {top: None}
    level = [top]
    for _ in range(DEEPEST):
        rows = select(Company.id, Company.parent_id).where(among(program, Company.parent_id, level), Company.alive())
        level = []
        for number, parent in program.execute(rows.order_by(Company.id).limit(most)):
            if number not in tree and (most is None or len(tree) < most):
                tree[number] = parent
                level.append(number)
        if not level:
            break
    return tree


def _above(number: int, tree: Mapping[int, int | None], found: Mapping[int, Any]) -> int | None:
    """Give the nearest company above one that is found."""
    above = tree[number]
    while above is not None and above not in found:
        above = tree[above]
    return above


def has_group(session: Session, company: Company) -> bool:
    """Tell whether a company belongs to another or another to it, as far as the person finds it."""
    return company.parent_id is not None or has_branches(session, company.id)


# --- sums


@dataclass(frozen=True)
class Sum:
    """One figure over a group. `values` holds None where the person may not see it of a company; `masked` counts those.

    `ids` are the companies that count, for the list behind the total.
    """

    figure: CustomerFigure
    values: Mapping[int, Decimal | int | None]
    total: Decimal | int
    masked: int
    ids: Sequence[int]


def sums_of(session: Session, access: Access, group: Group) -> list[Sum]:
    """Sum what core and the enabled plugins count of a customer over a group, within the rights of a person.

    A figure whose right he does not hold at all is left out; one that fails is left out too, and logged.
    """
    registry = bus_of(session).registry
    found = []
    for figure in registry.declared("register_customer_figures"):
        if not figure.summed or (figure.permission is not None and not access.may(figure.permission)):
            continue
        seen = [
            one.company.id
            for one in group.members
            if figure.permission is None or access.may(figure.permission, one.company)
        ]
        owner = registry.owner_of("register_customer_figures", figure)
        try:
            with registry.contained(owner, f"figure {figure.name}"):
                rows = session.execute(select(Company.id, figure.value()).where(among(session, Company.id, seen))).all()
        except PluginFailed:
            continue
        known = {number: value or 0 for number, value in rows}
        values = {number: known.get(number) for number in group.ids}
        found.append(Sum(figure, values, sum(known.values()), len(group.ids) - len(seen), seen))
    return found


def last_contact(group: Group) -> tuple[dt.date, Company] | None:
    """Give the last contact with any company of a group, and which it was."""
    met = [(one.company.last_contact_on, one.company) for one in group.members if one.company.last_contact_on]
    return max(met, key=lambda pair: (pair[0], pair[1].id)) if met else None


# --- partners


@dataclass(frozen=True)
class Tie:
    """How another company stands to this one: it is its `kind`; where `theirs`, this one is the other's."""

    id: int
    kind: str
    other_id: int
    other: str
    city: str
    note: str
    theirs: bool


def _ties() -> Any:
    near, far, company = CompanyRelation.company_id, CompanyRelation.other_id, bindparam("company", type_=BigInteger)
    theirs = far == company
    return prepared(
        select(
            CompanyRelation.id, CompanyRelation.kind, Company.id, Company.name, Company.city, CompanyRelation.note,
            theirs,
        )
        .select_from(CompanyRelation)
        .join(Company, Company.id == case((theirs, near), else_=far))
        .where(or_(near == company, theirs), Company.alive())
        .order_by(theirs, CompanyRelation.id)
        .limit(200)
    )  # fmt: skip


_TIES = _ties()


def ties_of(session: Session, company_id: int) -> list[Tie]:
    """List the partners of a company that the person finds, those said from its side first; read once a page."""
    memory: dict[int, list[Tie]] = current_work().memory.setdefault("ties", {})
    if is_known_absent(CompanyRelation, Company.__tablename__, company_id):
        return []
    if company_id not in memory:
        memory[company_id] = [
            Tie(number, kind, other_id, other, city or "", note or "", bool(from_them))
            for number, kind, other_id, other, city, note, from_them in session.execute(_TIES, {"company": company_id})
        ]
    return memory[company_id]
