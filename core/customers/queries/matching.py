"""Conditions that find records by what somebody typed: parts of names, initials, pinyin; for both dialects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.columns import token_number
from core.customers.models import SearchDoc
from core.customers.pinyin import segmentations
from core.customers.text import normal, query_grams, terms
from core.db import current_work

Rows = Select[*tuple[Any, ...]]
FTS = table("core_search_fts", column("rowid"), column("tokens"))
MAX_TERMS = 6
MOST_WAYS = 48
"""Into so many alternatives a condition is multiplied out for PostgreSQL."""
LEGAL_PAIRS = frozenset({"有限", "限公", "公司", "限责", "责任", "任公", "份有", "股份", "集团"})
"""Pairs that stand in most names: beside others they tell nothing, and going through them takes longest."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a term may match: the tokens that a record must have, and what is looked at again."""

    tokens: tuple[str, ...]
    column: Any = None
    pattern: str = ""

    def look(self, sqlite: bool) -> ColumnElement[bool]:
        """Give the condition without the index."""
        if self.column is not None:
            looked: ColumnElement[bool] = self.column.like(self.pattern)
            return looked
        first = self.tokens[0]
        if first[0] == "#":
            return type_coerce(SearchDoc.tokens, Text).like(f"% {first} %") if sqlite else _has(self.tokens)
        if first[0] == "^":
            return or_(SearchDoc.initials.like(f"{first[1:]}%"), SearchDoc.initials.like(f"% {first[1:]}%"))
        return SearchDoc.text.like(f"%{first}%")


def ways(term: str) -> list[Way]:
    """List the ways in which a normalised term may match: within a name; letters also as initials or pinyin."""
    pairs = query_grams(term)
    telling = [pair for pair in pairs if pair not in LEGAL_PAIRS] if len(term) > 2 else pairs
    named = Way(tuple(telling or pairs), SearchDoc.text if len(term) > 2 else None, f"%{term}%")
    if not (term.isascii() and term.isalpha()):
        return [named]
    found = [Way((f"^{term}",))] if len(term) == 1 else [Way(tuple(query_grams(term)), SearchDoc.text, f"%{term}%")]
    if len(term) > 1:
        initials = tuple(dict.fromkeys(f"~{term[i : i + 2]}" for i in range(len(term) - 1)))
        found.append(Way(initials, SearchDoc.initials, f"%{term}%"))
        for syllables, _rest in segmentations(term):
            if len(syllables) > 1:
                neighbours = tuple(dict.fromkeys("=" + a + b for a, b in pairwise(syllables)))
                found.append(Way(neighbours, SearchDoc.pinyin, f"%{term}%"))
    return found


def beginning(term: str) -> list[Way]:
    """List the ways in which letters may be the beginning of a name: of its initials, of its first syllables."""
    found = [Way((f"^{term}",))]
    if len(term) > 4:
        found = [Way((f"^{term[:4]}",), SearchDoc.initials, f"%{term}%")]
    firsts = {"^=" + syllables[0] + syllables[1] for syllables, _rest in segmentations(term) if len(syllables) > 1}
    return [*found, *(Way((first,), SearchDoc.pinyin, f"%{term}%") for first in sorted(firsts))]


@dataclass(frozen=True, slots=True)
class Match:
    """The condition of a search: every term in one of its ways, among the records of one resource, or all."""

    resource: str
    groups: tuple[tuple[Way, ...], ...]
    rare: bool = False
    """Whether the tokens are written into the statement, for PostgreSQL to plan by how rare they are.

    With parameters it soon makes one plan for all, which for many ways at once is to read the whole table.
    """

    @property
    def full_text(self) -> str:
        """The condition in the language of FTS5."""

        def quoted(tokens: Sequence[str]) -> str:
            return "(" + " AND ".join(f'"{token}"' for token in tokens) + ")"

        groups = ["(" + " OR ".join(quoted(way.tokens) for way in group) + ")" for group in self.groups]
        return " AND ".join([f'"@{self.resource}"', *groups] if self.resource else groups)

    def candidates(self, statement: Rows, session: Session) -> Rows:
        """Narrow a select of search documents to those that have all the tokens, by the index of this dialect.

        Nothing is gathered beforehand, so that a limit ends the work early.
        """
        if session.get_bind().dialect.name == "sqlite":
            matches = literal_column("core_search_fts").op("MATCH")(self.full_text)
            return statement.join(FTS, FTS.c.rowid == SearchDoc.id).where(matches)
        has = _has_written if self.rare else _has
        sets = multiplied([way.tokens for way in group] for group in self.groups)
        parts: list[ColumnElement[bool]] = [or_(*(has(tokens) for tokens in each)) for each in sets]
        if self.resource:
            # joined to nothing, or PostgreSQL reads the whole index of the resource beside that of the tokens
            parts += [SearchDoc.resource.concat("") == self.resource, _has([f"@{self.resource}"])]
        return statement.where(*parts)

    def apply(self, statement: Rows, session: Session) -> Rows:
        """Narrow a select of search documents to the matches; texts are looked at where the tokens assure nothing."""
        sqlite = session.get_bind().dialect.name == "sqlite"
        looked = [group for group in self.groups if any(way.column is not None for way in group)]
        again = [or_(*(way.look(sqlite) for way in group)) for group in looked]
        return self.candidates(statement, session).where(*again)

    def frequent(self, session: Session, limit: int) -> bool:
        """Tell whether there are surely `limit` matches or more; without looking, PostgreSQL knows of single tokens."""
        if session.get_bind().dialect.name != "postgresql":
            return False
        return all(any(_share(session, way.tokens) >= limit for way in group) for group in self.groups)

    def count(self, session: Session, limit: int) -> int:
        """Count the documents that match, up to a limit."""
        sqlite = session.get_bind().dialect.name == "sqlite"
        if sqlite and not any(way.column is not None for group in self.groups for way in group):
            rows: Rows = select(FTS.c.rowid).where(literal_column("core_search_fts").op("MATCH")(self.full_text))
        else:
            rows = self.apply(select(SearchDoc.id), session)
        return session.scalar(select(func.count()).select_from(rows.limit(limit).subquery())) or 0

    def by_text(self, session: Session) -> ColumnElement[bool]:
        """Give the same condition without the index: for terms so frequent that a list is rather walked through."""
        sqlite = session.get_bind().dialect.name == "sqlite"
        return and_(*(or_(*(way.look(sqlite) for way in group)) for group in self.groups))


def multiplied(groups: Iterable[Sequence[tuple[str, ...]]]) -> list[list[tuple[str, ...]]]:
    """Turn "one of these and one of those" into "one of these pairs", as far as there are not too many.

    PostgreSQL asks its index for the alternatives of one group, and reads the rows of all that has them: of frequent
    words tens of thousands. All tokens of a match together are rare, and the index passes over the frequent ones.
    """
    whole: list[tuple[str, ...]] = [()]
    apart: list[list[tuple[str, ...]]] = []
    for group in sorted(groups, key=len):
        if len(whole) * len(group) <= MOST_WAYS:
            whole = [tuple(dict.fromkeys((*one, *tokens))) for one in whole for tokens in group]
        else:
            apart.append(list(group))
    return [whole, *apart]


def _share(session: Session, tokens: Sequence[str]) -> float:
    """Estimate how many documents hold the one token; 0 where there are several, which nobody counted together."""
    return token_shares(session).get(token_number(tokens[0]), 0) if len(tokens) == 1 else 0


def token_shares(session: Session) -> dict[int, float]:
    """Give the numbers of documents that hold the frequent tokens, as PostgreSQL last counted them; for ten minutes."""
    slot = current_work().database.serial
    known = _shares.get(slot)
    now = time.monotonic()
    if known is None or known[0] < now:
        found: dict[int, float] = {}
        for tokens, shares, rows in session.execute(_STATISTICS):
            found = {token: share * rows for token, share in zip(tokens, shares, strict=False)}
        known = _shares[slot] = (now + 600 if found else now + 20, found)
    return known[1]


_shares: dict[int, tuple[float, dict[int, float]]] = {}
_STATISTICS = text(
    "SELECT most_common_elems::text::int[], most_common_elem_freqs, reltuples FROM pg_stats"
    " JOIN pg_class ON oid = 'core_search_doc'::regclass"
    " WHERE schemaname = current_schema() AND tablename = 'core_search_doc' AND attname = 'tokens'"
    " AND most_common_elems IS NOT NULL"
)


def _has(tokens: Sequence[str]) -> ColumnElement[bool]:
    return SearchDoc.tokens.op("@>")(list(tokens))


def _has_written(tokens: Sequence[str]) -> ColumnElement[bool]:
    numbers = ",".join(str(token_number(token)) for token in tokens)
    written = bindparam(None, f"{{{numbers}}}", Text, unique=True, literal_execute=True)
    has: ColumnElement[bool] = type_coerce(SearchDoc.tokens, ARRAY(Integer)).op("@>")(cast(written, ARRAY(Integer)))
    return has


def match(resource: str, text: str) -> Match | None:
    """Read what was typed into a condition; None where it holds nothing to look for.

    Of several terms one may name the place where a company is.
    """
    found = terms(text)[:MAX_TERMS]
    groups = [ways(term) for term in found]
    if len(found) > 1 and resource == "company":
        groups = [[*group, Way((f"#{term}",))] for term, group in zip(found, groups, strict=True)]
    return Match(resource, tuple(tuple(group) for group in groups)) if found else None


def match_beginning(resource: str, text: str) -> Match | None:
    """Read letters into the condition that a name begins with them, as initials or pinyin; None where it is no such."""
    key = normal(text)
    if not key.isascii() or not key.isalpha():
        return None
    return Match(resource, (tuple(beginning(key)),))
