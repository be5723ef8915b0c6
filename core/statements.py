"""Lock L3: no statement on a scoped table may pass a user's session unseen."""

from __future__ import annotations

import functools
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection

from core.columns import Base, Scoped
from core.errors import GuardBreach
from core.reading import PREPARED
from core.work import demand_decision

GUARD = "zhike_guard"
PERMIT = f"zhike_permit_{secrets.token_hex(8)}"
"""With this option lock L2 marks a statement that it has narrowed; nobody else knows its name."""
LONG = 8000
_permit: ContextVar[frozenset[str] | None] = ContextVar("zhike_permit", default=None)

GUARDED_TABLES: set[str] = set()
"""Tables that a user's session only writes through its objects: those of accounts and rights (core.auth.locks)."""
MARK = f"-{secrets.randbits(62)}"
"""Stands in every row scope that lock L2 adds, so that a statement shows in its text where it was narrowed."""
FLUSH = frozenset({"what the flush itself writes"})
"""Permitted while a flush runs: its own statements pass, those of listeners are judged like all others."""
_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)
_READING = re.compile(r"[\s(]*(?:SELECT|WITH|VALUES|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)\b", re.I)
_WRITING = re.compile(r"\b(?:INSERT|DELETE|MERGE)\b|(?<!FOR )(?<!KEY )\bUPDATE\b|;\s*\S", re.I)
_RUNNING = re.compile(r"\b(?:(?:query|table|cursor|schema|database)_to_xml\w*|dblink\w*|ts_stat|crosstab\w*)\b", re.I)
"""Functions that run a text as SQL: what they read does not show in the statement."""
_MARKED = re.compile(r'"?\b(\w+)"?\.id != ' + MARK)


@functools.cache
def _scoped_names() -> re.Pattern[str] | None:
    names = [m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Scoped)]  # type: ignore[attr-defined]
    return _any_of(frozenset(names))


@functools.cache
def _any_of(names: frozenset[str]) -> re.Pattern[str] | None:
    words = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf'\b({words})\b(?!"?\s*\.)(?:"?\s+AS\s+"?(\w+))?', re.I) if words else None


@functools.cache
def _links() -> frozenset[Any]:
    """The tables between two models, which a flush writes without a model of their own."""
    return frozenset(r.secondary for m in Base.registry.mappers for r in m.relationships if r.secondary is not None)


def _is_of_flush(context: Any) -> bool:
    """Tell whether a statement is a flush's own, and not one of a listener that works meanwhile."""
    if context is None or "compiled_cache" in context.execution_options:
        return context is not None
    writes = context.isinsert or context.isupdate or context.isdelete
    return bool(writes and context.compiled.statement.table in _links())


@functools.lru_cache(maxsize=4096)
def _writes(statement: str) -> bool:
    """Tell whether a text of SQL may write: whatever does not plainly read, in its first word and in all others."""
    bare = _COMMENTS.sub(" ", statement)
    return _READING.match(bare) is None or _WRITING.search(bare) is not None


@functools.lru_cache(maxsize=4096)
def _runs_text(statement: str) -> bool:
    """Tell whether a text of SQL calls a function that runs another text."""
    return _RUNNING.search(statement) is not None


@functools.lru_cache(maxsize=4096)
def _verdict(statement: str) -> tuple[str | None, bool]:
    """Judge a text of SQL that did not come through the locks: why it may not pass, and whether it writes."""
    pattern = _scoped_names()
    if pattern is not None and pattern.search(statement):
        return "a statement on a table with row scope did not come through the ORM", False
    if _runs_text(statement):
        return "a statement runs a text as SQL", False
    writes = _writes(statement)
    guarded = _any_of(frozenset(GUARDED_TABLES))
    if writes and guarded is not None and guarded.search(statement):
        return "accounts, rights and the trail are only changed through their objects", True
    return None, writes


@functools.lru_cache(maxsize=4096)
def _is_narrowed(statement: str, tables: frozenset[str]) -> bool:
    """Tell whether every place where a text of SQL reads one of the tables is narrowed to the person's rows."""
    pattern = _any_of(tables)
    if pattern is None:
        return True
    read: Counter[str] = Counter()
    for name, alias in pattern.findall(statement):
        read[(alias or name).lower()] += 1
    marked = Counter(alias.lower() for alias in _MARKED.findall(statement))
    return all(marked[alias] >= times for alias, times in read.items())


def judge_statement(conn: Connection, cursor: Any, statement: str, params: Any, context: Any, many: bool) -> None:
    narrowed = _permit.get()
    if narrowed is FLUSH and not _is_of_flush(context):
        narrowed = None
    # long ones are not worth keeping in memory, but for those that every page asks
    short = len(statement) < LONG or (context is not None and context.execution_options.get(PREPARED, False))
    if narrowed is None and context is not None:
        narrowed = context.execution_options.get(PERMIT)
        if narrowed is not None and (_writes if short else _writes.__wrapped__)(statement):
            raise GuardBreach("a select held a statement that writes")
        if narrowed and (_runs_text if short else _runs_text.__wrapped__)(statement):
            raise GuardBreach("a select held a text that is run as SQL")
    if narrowed is not None:
        if narrowed and not (_is_narrowed if short else _is_narrowed.__wrapped__)(statement, narrowed):
            raise GuardBreach("a table with row scope was read past its model")
        return
    if not conn.get_execution_options().get(GUARD):
        return
    why, writes = _verdict(statement)
    if why is not None:
        raise GuardBreach(why)
    if writes:
        demand_decision()


@contextmanager
def permitted(tables: frozenset[str] = frozenset()) -> Iterator[None]:
    """Let statements pass that a lock has judged; those that read `tables` must show the mark. For `core.auth` only."""
    token = _permit.set(tables)
    try:
        yield
    finally:
        _permit.reset(token)


def is_permitted() -> bool:
    """Tell whether a lock has judged what is being done; a flush is judged only for what it writes itself."""
    return _permit.get() not in (None, FLUSH)
