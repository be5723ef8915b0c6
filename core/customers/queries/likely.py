"""Finds the companies that somebody may be entering once more, while he types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.models import User
from core.auth.output import Visibility
from core.customers.data.divisions import division
from core.customers.duplicates.compare import Frequencies, Likeness, compare, compare_addresses
from core.customers.duplicates.likeness import closeness
from core.customers.duplicates.names import short_code
from core.customers.duplicates.subjects import Given, Subject, road_of, street_of, subject
from core.customers.models import Company
from core.customers.numbers import parse_phone
from core.customers.queries.candidates import COMPARED, by_name, by_place, by_reach
from core.customers.queries.duplicates import given
from core.customers.queries.reach import COMPANY
from core.customers.queries.search import findable
from core.customers.text import normal
from core.db import SystemSession, current_work, work

CERTAIN = 0.9
"""From here on a company is not saved beside the other without a reason."""
SHOWN_FROM = 0.15
ALIKE = 0.8
"""How much the likeness of mere names counts for the order in which candidates are shown."""
SHARED = 0.3
"""The score of another company that shares a number, an e-mail address or the address, which happens."""
PLACED = 6
"""So many are looked at that merely have the address."""
SAME_PLACE = 0.5
"""The score of a company at the address where nothing else was typed yet."""
INNER = frozenset(
    {"same_mobile", "same_phone", "same_email", "same_person", "same_address", "like_address", "same_uscc"}
)
"""Reasons that tell of inner fields."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What has been typed of a company so far."""

    name: str = ""
    division: str = ""
    address: str = ""
    postcode: str = ""
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    uscc: str = ""

    def digits(self) -> list[str]:
        """Give the numbers in their searched form, those without area code with that of the place."""
        unit = division(self.division)
        area = unit.area_code if unit else ""
        found = (parse_phone(number, area or "").digits for number in self.numbers)
        return [digits for digits in found if len(digits) >= 7]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that may be the one typed. `masked` where the person may learn only that it is there and whose it is.

    `name` is in pieces, each with whether it was typed as well; `parts` says of name, address and phone how alike they
    are, from 0 to 100.
    """

    id: int
    code: str
    name: tuple[tuple[str, bool], ...]
    city: str
    owner: str
    score: float
    reasons: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    masked: bool = False

    @property
    def text(self) -> str:
        """The name in one piece."""
        return "".join(piece for piece, _typed in self.name)

    @property
    def certain(self) -> bool:
        """Tell whether this is surely the same company."""
        return self.score >= CERTAIN


def likely_duplicates(session: Session, typed: Typed, *, besides: int | None = None, limit: int = 5) -> list[Candidate]:
    """Give the companies that are probably the one typed, the likeliest first, masked where they must be.

    The whole register is looked at, whatever the person may find: a colleague's customer must not be entered twice.
    """
    if isinstance(session, SystemSession):
        return _masked(None, _ranked(session, typed, besides, limit))
    with work(current_work().database, reason="duplicates") as unit:
        found = _ranked(unit.session, typed, besides, limit)
    return _masked(session, found)


@dataclass(slots=True)
class _Found:
    id: int
    name: str
    code: str
    city: str
    owner: str
    likeness: Likeness
    score: float
    parts: tuple[tuple[str, int], ...]
    typed: str


def _masked(session: Session | None, found: Sequence[_Found]) -> list[Candidate]:
    ids = [one.id for one in found]
    seen = told = set(ids)
    if session is not None and ids:
        seen = set(session.scalars(select(Company.id).where(Company.id.in_(ids), findable(session))))
        inner = Visibility(current_access(), COMPANY).condition("inner")
        told = set(session.scalars(select(Company.id).where(Company.id.in_(ids), inner)))
    return [_candidate(one, one.id in seen, one.id in told) for one in found]


def _candidate(one: _Found, seen: bool, told: bool) -> Candidate:
    if not seen:
        return Candidate(0, "", ((one.name, False),), "", one.owner, one.score, (), (), masked=True)
    reasons = tuple(reason for reason in one.likeness.reasons if told or reason not in INNER)
    parts = tuple(part for part in one.parts if told or part[0] == "name")
    return Candidate(one.id, one.code, marked(one.name, one.typed), one.city, one.owner, one.score, reasons, parts)


def marked(name: str, typed: str) -> tuple[tuple[str, bool], ...]:
    """Cut a name into pieces that stand in the typed one too, and others."""
    ours, theirs = [[normal(one) or one for one in text] for text in (name, typed)]
    pieces: list[tuple[str, bool]] = []
    last = 0
    for start, _other, size in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        if size < 2:
            continue
        if start > last:
            pieces.append((name[last:start], False))
        pieces.append((name[start : start + size], True))
        last = start + size
    return (*pieces, (name[last:], False)) if last < len(name) else tuple(pieces)


def _ranked(session: Session, typed: Typed, besides: int | None, limit: int) -> list[_Found]:
    wanted = subject(
        Given(0, typed.name, (), typed.division, typed.address, typed.postcode, typed.digits(), typed.emails,
              typed.people, typed.uscc)
    )  # fmt: skip
    sure = list(by_reach(session, wanted))
    named = by_name(session, typed.name, wanted) if len(normal(typed.name)) > 1 else []
    placed = by_place(session, wanted, typed.address, PLACED) if typed.address else {}
    ids = [one for one in dict.fromkeys([*sure, *placed, *named]) if one != besides][:COMPARED]
    if not ids:
        return []
    subjects = [subject(one) for one in given(session, ids)]
    often = _spread_among(subjects)
    subjects += [_at(one, *further) for one in subjects if (further := placed.get(one.id)) is not None]
    compared = _each_once((one, *_score(wanted, one, typed, often)) for one in subjects)
    best = sorted(compared, key=lambda row: (-row[1], -len(row[2].reasons), row[0].id))[:limit]
    return _shown(session, wanted, typed, [row for row in best if row[1] >= SHOWN_FROM])


def _at(one: Subject, address: str, division: str) -> Subject:
    """Give a company as it is at a further address of its own."""
    road = road_of(address)
    return one._replace(road=road, street=street_of(road), where=short_code(division) if division else one.where)


def _each_once(compared: Iterable[tuple[Subject, float, Likeness]]) -> list[tuple[Subject, float, Likeness]]:
    """Keep of a company that was compared at several addresses the likest."""
    best: dict[int, tuple[Subject, float, Likeness]] = {}
    for row in compared:
        known = best.get(row[0].id)
        if known is None or row[1] > known[1]:
            best[row[0].id] = row
    return list(best.values())


def _score(wanted: Subject, one: Subject, typed: Typed, often: Frequencies) -> tuple[float, Likeness]:
    shared = set(wanted.numbers) & set(one.numbers) or set(wanted.emails) & set(one.emails)
    if not wanted.names:
        people = set(wanted.people) & set(one.people)
        reasons = tuple(
            code
            for code, is_so in (
                ("same_phone", set(wanted.numbers) & set(one.numbers)),
                ("same_email", set(wanted.emails) & set(one.emails)),
                ("same_person", people),
            )
            if is_so
        )
        score = (0.8 if people else 0.6) if shared else 0.0
        address = compare_addresses(wanted, one)
        if address in ("same_address", "like_address"):
            reasons = (*reasons, address)
            least = SAME_PLACE if address == "same_address" and wanted.where else SHARED
            score = max(score + 0.1 if score else 0.0, least)
        return score, Likeness(score, reasons, False)
    likeness = compare(wanted, one, often)
    least = SHARED if shared or compare_addresses(wanted, one) == "same_address" else 0.0
    if not likeness.conflict and not likeness.elsewhere:
        least = max(least, (_names_alike(wanted, one) - 0.4) * ALIKE)
    return max(likeness.score, least), likeness


def _names_alike(wanted: Subject, one: Subject) -> float:
    """Say how alike the cores of two companies' names are, from 0 to 1."""
    return max(closeness(a.core, b.core) for a in wanted.names for b in one.names)


def _spread_among(subjects: Iterable[Subject]) -> Frequencies:
    """Count in how many cities a core is found among the candidates: without a place, none of many is meant surely."""
    cities: dict[str, set[str]] = {}
    for one in subjects:
        cities.setdefault(one.names[0].core, set()).add(one.where[:4])
    return Frequencies(lambda core: len(cities.get(core, ())) or 1, lambda place, core: 1, lambda person: 1)


def _shown(
    session: Session, wanted: Subject, typed: Typed, best: Sequence[tuple[Subject, float, Likeness]]
) -> list[_Found]:
    ids = [one.id for one, _score, _likeness in best]
    rows = session.execute(
        select(Company.id, Company.name, Company.code, Company.city, func.coalesce(User.name, ""))
        .join(User, User.id == Company.owner_id, isouter=True)
        .where(Company.id.in_(ids))
    ).all()
    by_id = {row[0]: row for row in rows}
    return [
        _Found(one.id, row[1], row[2], row[3] or "", row[4], likeness, score, _parts(wanted, one), typed.name)
        for one, score, likeness in best
        if (row := by_id.get(one.id)) is not None
    ]


def _parts(wanted: Subject, one: Subject) -> tuple[tuple[str, int], ...]:
    """Say how alike name, address and phone are."""
    found: list[tuple[str, int]] = []
    if wanted.names:
        found.append(("name", round(100 * _names_alike(wanted, one))))
    if address := compare_addresses(wanted, one):
        found.append(("address", {"same_address": 100, "like_address": 70}.get(address, 0)))
    if wanted.numbers and one.numbers:
        found.append(("phone", 100 if set(wanted.numbers) & set(one.numbers) else 0))
    return tuple(found)
