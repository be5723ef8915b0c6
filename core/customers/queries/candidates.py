"""Gathers the companies that somebody may mean by what he typed, from the indexes, in few statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true, union_all
from sqlalchemy.orm import Session

from core.customers.data.divisions import divisions_by_code
from core.customers.duplicates.blocks import city_of
from core.customers.duplicates.likeness import closeness, part_likeness
from core.customers.duplicates.names import Parts, take_apart
from core.customers.duplicates.subjects import Subject, place_key
from core.customers.models import Address, Alias, Company, Email, Phone, SearchDoc
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.pinyin import syllables
from core.customers.places import place_words
from core.customers.queries.matching import Match, Way
from core.customers.text import name_key, normal, query_grams, sort_key

COMPARED = 18
GATHERED = 150
LOOKED_AT = 50
DOUBLED = re.compile(r"(.)\1")


def by_reach(session: Session, wanted: Subject) -> Iterator[int]:
    """Find by credit code, number and e-mail address."""
    if wanted.uscc:
        yield from session.scalars(select(Company.id).where(Company.uscc == wanted.uscc, Company.alive()))
    if wanted.numbers:
        rows = select(Phone.company_id).where(Phone.digits.in_(wanted.numbers), Phone.kind.not_in(PRIVATE_KINDS))
        yield from session.scalars(rows.join(Company, Company.id == Phone.company_id).where(Company.alive()).limit(10))
    mails = [one for one in wanted.emails if "@" in one]
    if mails:
        found = select(Email.company_id).where(Email.address_key.in_(mails), Email.kind.not_in(PRIVATE_KINDS))
        yield from session.scalars(found.join(Company, Company.id == Email.company_id).where(Company.alive()).limit(10))


def by_place(session: Session, wanted: Subject, address: str, limit: int) -> dict[int, tuple[str, str] | None]:
    """Find by the address alone: of one street and house, in the same city where both say theirs.

    With a company that is known there by a further address stands what that says: its text and where it is.
    """
    key = place_key(address)
    if key is None:
        return {}
    city = city_of(wanted.where)

    def there(model: Any) -> tuple[ColumnElement[bool], ...]:
        near = or_(model.division_code.startswith(city), model.division_code.is_(None)) if city else true()
        return model.place_key == key, near, Company.alive()

    own = select(Company.id).where(*there(Company)).limit(limit)
    found: dict[int, tuple[str, str] | None] = dict.fromkeys(session.scalars(own))
    other = select(Address.company_id, Address.text, Address.division_code).where(*there(Address))
    rows = other.join(Company, Company.id == Address.company_id).order_by(Address.id.desc()).limit(limit)
    for company_id, text, division in session.execute(rows):
        found.setdefault(company_id, (text, division or ""))
    return found


def by_name(session: Session, typed: str, wanted: Subject) -> list[int]:
    """Find by the name: as it is, by its sound, by parts of its brand; those of nearest names."""
    found: dict[int, str] = {}
    key = name_key(typed)
    same = or_(Company.name_key == key, Company.sort_key == sort_key(typed))
    named = select(Company.id, Company.name).where(same, Company.alive()).limit(20).subquery()
    other = select(Company.id, Alias.name).join(Alias, Alias.company_id == Company.id)
    called = other.where(Alias.name_key == key, Company.alive()).limit(10).subquery()
    for id_, name in session.execute(union_all(select(named), select(called))):
        found[id_] = name
    place = _place_tokens(wanted)
    steps = dict.fromkeys(found, 0)
    for number, step in enumerate(zip(*(_ways(parts, place) for parts in wanted.names), strict=True)):
        ways = tuple(dict.fromkeys(Way(_of_companies(tokens)) for part in step for tokens in part))
        if ways and not _is_there(wanted, found.values()):
            rows: Any = select(SearchDoc.record_id, SearchDoc.title)
            for id_, name in session.execute(Match("", (ways,), rare=True).candidates(rows, session).limit(GATHERED)):
                found.setdefault(id_, name)
                steps.setdefault(id_, number)
    cores = [parts.core for parts in wanted.names]
    rough = {id_: max(part_likeness(core, normal(name)) for core in cores) for id_, name in found.items()}
    best = sorted(found, key=lambda id_: (-rough[id_], steps[id_], id_))[:LOOKED_AT]
    return sorted(best, key=lambda id_: (_distance(wanted, found[id_]) + 0.2 * steps[id_], id_))[:COMPARED]


def _of_companies(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Keep to companies: only they have places; without one, the token of the resource says so.

    A condition on the column would have PostgreSQL gather all companies from its index first.
    """
    return tokens if any(token[0] == "#" for token in tokens) else (*tokens, "@company")


def _is_there(wanted: Subject, names: Iterable[str]) -> bool:
    """Tell whether the typed name in its place is among some, so that nothing likelier is to be found."""
    placed = [parts for parts in wanted.names if parts.places]
    for name in names:
        for parts in placed:
            if parts.core in name and _core_and_places(take_apart(name, wanted.where)) == _core_and_places(parts):
                return True
    return False


def _core_and_places(parts: Parts) -> tuple[str, tuple[str, ...]]:
    return parts.core, parts.places


def _distance(wanted: Subject, name: str) -> float:
    """Tell how far a name is from the typed ones, by its core and roughly."""
    other = take_apart(name, wanted.where)
    return min(
        1
        - closeness(parts.core, other.core)
        - (0.3 if parts.brand and other.core.startswith(parts.brand) else 0)
        - (0.4 if set(parts.places) & set(other.places) else 0)
        for parts in wanted.names
    )


def _place_tokens(wanted: Subject) -> tuple[str, ...]:
    """Give the token for where the company is: the short name of its city."""
    named = (code for parts in wanted.names for code in parts.places)
    city = city_of(wanted.where) or next((city for code in named if (city := city_of(code))), "")
    unit = divisions_by_code().get(city.ljust(6, "0"))
    return tuple(f"#{word}" for word in place_words(unit.city or unit.province)[-1:]) if unit else ()


def _ways(parts: Parts, place: tuple[str, ...]) -> Iterator[list[tuple[str, ...]]]:
    """List the sets of tokens by which a name like this one may be found, in three steps, the likeliest first."""
    brand = DOUBLED.sub(r"\1", parts.brand or parts.core)
    trade = tuple(query_grams(parts.trade)[:1])
    narrow = (*trade, *place)
    whole = tuple(query_grams(brand[:4])) if len(brand) > 1 else ()
    sound = tuple("=" + a + b for a, b in pairwise(syllables(brand[:4])))
    chiefs = [chief for chief in (whole, sound) if chief]
    yield [(*chief, *place) for chief in chiefs] + ([(*whole, *trade)] if whole and trade else [])
    yield (chiefs if narrow else []) or ([tuple(query_grams(parts.core))] if not chiefs else [])
    some: list[tuple[str, ...]] = []
    if len(brand) > 3 and narrow:
        some += [(*query_grams(brand[:2]), *narrow[-1:]), (*query_grams(brand[-2:]), *narrow[-1:])]
    if narrow or len(brand) > 3:
        for left_out in range(min(len(brand), 4)):
            kept = tuple(dict.fromkeys(brand[:left_out] + brand[left_out + 1 : 4]))
            some.append((*kept, *narrow))
    yield some
