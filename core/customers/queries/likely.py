"""Finds the companies that somebody may be entering once more, while he types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.models import User
from core.auth.output import Visibility
from core.customers.data.divisions import division, divisions_by_code
from core.customers.duplicates.compare import Frequencies, Likeness, compare, compare_addresses
from core.customers.duplicates.names import Parts, take_apart
from core.customers.duplicates.subjects import Given, Subject, subject
from core.customers.models import Alias, Company, Email, Phone, SearchDoc
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import email_key, parse_phone
from core.customers.pinyin import syllables
from core.customers.places import place_words
from core.customers.queries.duplicates import given
from core.customers.queries.matching import Match, Way
from core.customers.queries.reach import COMPANY
from core.customers.queries.search import findable
from core.customers.text import name_key, normal, query_grams, sort_key
from core.db import SystemSession, current_work, work

CERTAIN = 0.9
"""From here on a company is not saved beside the other without a reason."""
SHOWN_FROM = 0.15
ALIKE = 0.8
"""How much the likeness of mere names counts for the order in which candidates are shown."""
COMPARED = 20
GATHERED = 150
SHARED = 0.3
"""The score of another company that shares a number or an e-mail address, which happens."""
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
    sure = list(_by_reach(session, typed, wanted))
    named = _by_name(session, typed, wanted) if len(normal(typed.name)) > 1 else []
    ids = [one for one in dict.fromkeys([*sure, *named]) if one != besides][:COMPARED]
    if not ids:
        return []
    subjects = [subject(one) for one in given(session, ids)]
    often = _spread_among(subjects)
    compared = [(one, *_score(wanted, one, typed, often)) for one in subjects]
    best = sorted(compared, key=lambda row: (-row[1], -len(row[2].reasons), row[0].id))[:limit]
    return _shown(session, wanted, typed, [row for row in best if row[1] >= SHOWN_FROM])


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
        return score, Likeness(score, reasons, False)
    likeness = compare(wanted, one, often)
    least = SHARED if shared else 0.0
    if not likeness.conflict and not likeness.elsewhere:
        least = max(least, (_names_alike(wanted, one) - 0.4) * ALIKE)
    return max(likeness.score, least), likeness


def _names_alike(wanted: Subject, one: Subject) -> float:
    """Say how alike the cores of two companies' names are, from 0 to 1."""
    return max(OSA.normalized_similarity(a.core, b.core) for a in wanted.names for b in one.names)


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


# --- candidates ------------------------------------------------------------------------------------------------------


def _by_reach(session: Session, typed: Typed, wanted: Subject) -> Iterator[int]:
    """Find by credit code, number and e-mail address."""
    if typed.uscc:
        yield from session.scalars(select(Company.id).where(Company.uscc == typed.uscc, Company.alive()))
    if wanted.numbers:
        rows = select(Phone.company_id).where(Phone.digits.in_(wanted.numbers), Phone.kind.not_in(PRIVATE_KINDS))
        yield from session.scalars(rows.join(Company, Company.id == Phone.company_id).where(Company.alive()).limit(10))
    mails = [email_key(one) for one in typed.emails if "@" in one]
    if mails:
        found = select(Email.company_id).where(Email.address_key.in_(mails), Email.kind.not_in(PRIVATE_KINDS))
        yield from session.scalars(found.join(Company, Company.id == Email.company_id).where(Company.alive()).limit(10))


def _by_name(session: Session, typed: Typed, wanted: Subject) -> list[int]:
    """Find by the name: as it is, by its sound, by parts of its brand; those of nearest names."""
    found: dict[int, str] = {}
    key = name_key(typed.name)
    same = or_(Company.name_key == key, Company.sort_key == sort_key(typed.name))
    for id_, name in session.execute(select(Company.id, Company.name).where(same, Company.alive()).limit(20)):
        found[id_] = name
    other = select(Company.id, Alias.name).join(Alias, Alias.company_id == Company.id)
    for id_, name in session.execute(other.where(Alias.name_key == key, Company.alive()).limit(10)):
        found[id_] = name
    place = _place_tokens(typed, wanted)
    for step in zip(*(_ways(parts, place) for parts in wanted.names), strict=True):
        ways = tuple(dict.fromkeys(Way(tokens) for part in step for tokens in part))
        if ways and not any(_is_it(wanted, name) for name in found.values()):
            rows: Any = select(SearchDoc.record_id, SearchDoc.title).where(SearchDoc.resource == "company")
            gathered = Match("", (ways,)).candidates(rows, session).limit(GATHERED)
            found |= {id_: found.get(id_, name) for id_, name in session.execute(gathered)}
    return sorted(found, key=lambda id_: (_distance(wanted, found[id_]), id_))[:COMPARED]


def _is_it(wanted: Subject, name: str) -> bool:
    """Tell whether a name is the typed one in the same place, so that nothing likelier is to be found."""
    other = take_apart(name, wanted.where)
    return any(parts.core == other.core and parts.places == other.places for parts in wanted.names if parts.places)


def _distance(wanted: Subject, name: str) -> float:
    """Tell how far a name is from the typed ones, by its core and roughly."""
    other = take_apart(name, wanted.where)
    return min(
        OSA.normalized_distance(parts.core, other.core)
        - (0.3 if parts.brand and other.core.startswith(parts.brand) else 0)
        - (0.2 if parts.places and set(parts.places) & set(other.places) else 0)
        for parts in wanted.names
    )


def _place_tokens(typed: Typed, wanted: Subject) -> tuple[str, ...]:
    """Give the tokens for where the company is: the city by its long and short name."""
    code = wanted.where
    unit = divisions_by_code().get((code[:4] if len(code) > 4 else code).ljust(6, "0"))
    if unit is None or not code:
        return ()
    name = unit.city or unit.province
    return tuple(f"#{word}" for word in place_words(name)[-1:])


def _ways(parts: Parts, place: tuple[str, ...]) -> Iterator[list[tuple[str, ...]]]:
    """List the sets of tokens by which a name like this one may be found, in three steps, the likeliest first."""
    brand = parts.brand or parts.core
    trade = tuple(query_grams(parts.trade)[:1])
    narrow = (*trade, *place)
    whole = tuple(query_grams(brand[:4])) if len(brand) > 1 else ()
    sound = tuple("=" + a + b for a, b in pairwise(syllables(brand[:4])))
    chiefs = [chief for chief in (whole, sound) if chief]
    yield [(*chief, *place) for chief in chiefs] + ([(*whole, *trade)] if whole and trade else [])
    yield (chiefs if narrow else []) or ([tuple(query_grams(parts.core))] if not chiefs else [])
    some: list[tuple[str, ...]] = []
    if len(brand) > 3:
        some += [(*query_grams(brand[:2]), *place), (*query_grams(brand[-2:]), *place)]
    for rest in {narrow, ()} if len(brand) > 3 else {narrow}:
        for left_out in range(min(len(brand), 4)):
            kept = tuple(dict.fromkeys(brand[:left_out] + brand[left_out + 1 : 4]))
            if len(kept) + len(rest) > 1:
                some.append((*kept, *rest))
    yield some
