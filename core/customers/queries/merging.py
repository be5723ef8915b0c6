"""What a merge would do, before anybody does it; and the pairs that are probably one company."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.customers.models import Company, Contact, Distinct, DuplicatePair, Merge, Phone
from core.customers.models.contact import contact_code
from core.customers.models.policy import loose_references, references_to
from core.customers.queries.record import whole_address

PAGE = 50


@dataclass(frozen=True, slots=True)
class Moving:
    """Rows of one table that a merge concerns: how many of the others, and whether they move, join or stay."""

    table: str
    policy: str
    count: int


def rows_concerned(
    session: Session, sources: Sequence[int], table: str = "core_company", noun: str = "company"
) -> list[Moving]:
    """Count what hangs on companies, or on contacts, by table and policy. Reads all rows, whoever may see them.

    A row that hangs on them twice, as a file does on its record and on the customer, counts once; what was merged into
    them before is not counted.
    """
    ids = list(sources)
    hanging: dict[tuple[Any, str], list[Any]] = {}
    for column in references_to(table):
        if column.name != "merged_into_id":
            hanging.setdefault((column.table, column.info["merge"]), []).append(column.in_(ids))
    for column, named in loose_references():
        key = (column.table, column.info.get("merge", "move"))
        hanging.setdefault(key, []).append(and_(named == noun, column.in_(ids)))
    found = []
    for (rows, policy), ways in hanging.items():
        count = session.connection().scalar(select(func.count()).select_from(rows).where(or_(*ways))) or 0
        if count:
            found.append(Moving(rows.name, policy, count))
    return found


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Two contacts of one name, one of the survivor and one of another company; `sure` where a number agrees."""

    old: int
    new: int
    name: str
    sure: bool

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Give id and number of both, the one that goes first: one name may stand for several pairs."""
        return [(number, contact_code(number)) for number in (self.old, self.new)]


def same_people(session: Session, target: int, sources: Sequence[int]) -> list[SamePerson]:
    """Find contacts of the companies that bear one name; the first of a name is the one that stays."""
    ids = [target, *sources]
    rows = session.execute(
        select(Contact.id, Contact.company_id, Contact.name, Contact.name_key)
        .where(Contact.company_id.in_(ids), Contact.alive())
        .order_by(Contact.id)
    ).all()
    numbers: dict[int, set[str]] = {}
    for contact_id, digits in session.execute(
        select(Phone.contact_id, Phone.digits).where(Phone.company_id.in_(ids), Phone.contact_id.is_not(None))
    ):
        numbers.setdefault(contact_id or 0, set()).add(digits)
    first: dict[str, int] = {}
    for row in sorted(rows, key=lambda one: (one.company_id != target, one.id)):
        first.setdefault(row.name_key, row.id)
    found = []
    for row in rows:
        same = first[row.name_key]
        if same != row.id:
            mine, theirs = numbers.get(row.id, set()), numbers.get(same, set())
            found.append(SamePerson(row.id, same, row.name, not (mine and theirs) or bool(mine & theirs)))
    return found


@dataclass(frozen=True, slots=True)
class Side:
    """One company of a pair."""

    id: int
    name: str
    code: str
    city: str | None
    address: str | None
    """A field of the class inner."""
    owner_id: int | None
    updated_at: Any

    @property
    def place(self) -> str:
        """The city and the address, each said once."""
        return whole_address(None, self.city, None, self.address or "")


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two companies that are probably one."""

    id: int
    score: float
    reasons: Sequence[str]
    one: Side
    other: Side


def found_pairs(
    session: Session, *, before: tuple[float, int] | None = None, least: float = 0.0, reason: str = "", q: str = ""
) -> list[FoundPair]:
    """List pairs of which the person finds both, the likeliest first; `before` is score and id of the last one seen."""
    one, other = aliased(Company), aliased(Company)
    columns: list[Any] = [
        column
        for side in (one, other)
        for column in (side.id, side.name, side.code, side.city, side.address, side.owner_id, side.updated_at)
    ]
    statement = (
        select(DuplicatePair.id, DuplicatePair.score, DuplicatePair.reasons, *columns)
        .join(one, one.id == DuplicatePair.company_id)
        .join(other, other.id == DuplicatePair.other_id)
        .where(one.deleted_at.is_(None), other.deleted_at.is_(None), DuplicatePair.score >= least)
        .order_by(DuplicatePair.score.desc(), DuplicatePair.id.desc())
    )
    if q:
        statement = statement.where(
            or_(one.name.icontains(q, autoescape=True), other.name.icontains(q, autoescape=True))
        )
    if before is not None:
        score, last = before
        statement = statement.where(
            or_(DuplicatePair.score < score, and_(DuplicatePair.score == score, DuplicatePair.id < last))
        )
    if reason:  # the pairs are walked through from the likeliest on, until a page is full
        statement = statement.where(cast(DuplicatePair.reasons, Text).contains(f'"{reason}"', autoescape=True))
    rows: Iterable[Any] = session.execute(statement.limit(PAGE + 1))
    return [FoundPair(row[0], row[1], row[2], Side(*row[3:10]), Side(*row[10:17])) for row in rows]


def count_pairs(session: Session) -> int:
    """Count the pairs of which the person finds both."""
    one, other = aliased(Company), aliased(Company)
    rows = (
        select(func.count(DuplicatePair.id))
        .join(one, one.id == DuplicatePair.company_id)
        .join(other, other.id == DuplicatePair.other_id)
        .where(one.deleted_at.is_(None), other.deleted_at.is_(None))
    )
    return session.scalar(rows) or 0


def merges(session: Session) -> Sequence[tuple[Merge, str]]:
    """List what was merged lately, the newest first, with the name of the survivor."""
    rows = (
        select(Merge, func.coalesce(Contact.name, Company.name))
        .join(Company, Company.id == Merge.company_id)
        .join(Contact, Contact.id == Merge.contact_id, isouter=True)
        .where(or_(Merge.contact_id.is_(None), Contact.id.is_not(None)))
        .order_by(Merge.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(rows.limit(200))]


def distincts(session: Session) -> Sequence[tuple[Distinct, str, str]]:
    """List the pairs that somebody said are not one, the newest first, with both names."""
    one, other = aliased(Company), aliased(Company)
    rows = (
        select(Distinct, one.name, other.name)
        .join(one, one.id == Distinct.company_id)
        .join(other, other.id == Distinct.other_id)
        .order_by(Distinct.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in session.execute(rows.limit(200))]
