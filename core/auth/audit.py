"""Writes the audit trail: every change of every record, and the events of security, sealed line by line."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Table, event, insert, inspect
from sqlalchemy.orm import Session

from core.auth.models import Audit, DivisionEntry, IdempotencyKey, SettingValue, SignInAttempt, StateVersion, WebSession
from core.columns import utcnow
from core.custom import changes_apart
from core.db import Base, Work, current_work, has_work, permitted

T = TypeVar("T")

SILENT: set[type[Any]] = {
    Audit, WebSession, SignInAttempt, IdempotencyKey, StateVersion, SettingValue, DivisionEntry
}  # fmt: skip
"""Models whose rows are no business of the trail, or put there in better words.

Areas add queues, search documents and the like with `silent()`."""

HIDDEN = frozenset({"password_hash", "token_hash", "secret", "mac"})
SKIPPED = frozenset({"updated_at", "version"})
BLANK: tuple[Any, ...] = (None, "", {}, [])
_key = b""


def silent(model: type[T]) -> type[T]:
    """Leave a model's rows out of the audit trail: what is derived, or a trail itself."""
    SILENT.add(model)
    return model


def set_seal_key(secret: str) -> None:
    """Set the key that seals lines; once, at start."""
    global _key
    _key = hashlib.sha256(b"audit:" + secret.encode()).digest()


def plain(value: Any) -> Any:
    """Turn a column's value into what JSON can hold."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return str(value)


def seal(line: Mapping[str, Any]) -> str:
    """Give the seal of a line: changing any part of it past the application shows."""
    moment = line["happened_at"].astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    parts = [
        moment,
        *(line.get(n) for n in ("user_id", "kind", "entity", "entity_id", "company_id", "note", "address")),
    ]
    text = json.dumps([*parts, plain(line.get("changes") or {})], ensure_ascii=False, sort_keys=True)
    return hmac.new(_key, text.encode(), hashlib.sha256).hexdigest()


def resealed(line: Mapping[str, Any], changed: Mapping[str, Any]) -> str:
    """Seal a line anew whose quotations of a person were erased (core.privacy): the one thing that changes a line."""
    return seal({**line, **changed})


def keyed_digest(purpose: str, text: str) -> str:
    """Give the mark of a text under the deployment's key: it is known again, and tells nothing to who has no key."""
    return hmac.new(_key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def sealed(line: Audit) -> bool:
    """Tell whether a line is as it was written."""
    names = ("happened_at", "user_id", "kind", "entity", "entity_id", "company_id", "note", "address", "changes")
    return hmac.compare_digest(line.mac, seal({n: getattr(line, n) for n in names}))


def record(
    session: Session,
    kind: str,
    *,
    entity: str = "",
    entity_id: int | None = None,
    company_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    note: str = "",
    user_id: int | None = None,
) -> None:
    """Add a line within the present transaction."""
    _write(session, [_line(kind, entity, entity_id, company_id, changes or {}, note, user_id)])


def record_many(session: Session, kind: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add many lines at once; each gives entity, entity_id, company_id and changes, and may give note and user_id."""
    _write(session, [_line(kind, **line) for line in lines])


def _line(
    kind: str,
    entity: str,
    entity_id: int | None,
    company_id: int | None,
    changes: Mapping[str, Any],
    note: str = "",
    user_id: int | None = None,
) -> dict[str, Any]:
    unit: Work | None = current_work() if has_work() else None
    line: dict[str, Any] = {
        "happened_at": utcnow(),
        "user_id": user_id if user_id is not None else _who(unit),
        "kind": kind,
        "entity": entity,
        "entity_id": entity_id,
        "company_id": company_id,
        "changes": plain(changes_apart(changes)),
        "note": note or ((unit.info.get("note") or unit.reason or "") if unit else ""),
        "address": unit.info.get("address", "") if unit else "",
        "request_id": unit.info.get("request_id", "") if unit else "",
    }
    line["mac"] = seal(line)
    return line


def _who(unit: Work | None) -> int | None:
    """Give the person of a unit of work, also while the program works for him in one of its own."""
    if unit is None:
        return None
    return getattr(unit.actor, "user_id", None) or unit.info.get("by")


def record_gone(session: Session, table: Table, row: Mapping[str, Any]) -> None:
    """Put on record that a row is gone which was removed past its model, as a flush would tell of it."""
    if any(model.__table__ is table for model in SILENT):
        return
    told = {c.name: _pair(c, row[c.name], None) for c in table.columns if _is_told(c) and row[c.name] not in BLANK}
    company_id = row["id"] if table.name == "core_company" else row.get("company_id")
    record(session, "delete", entity=table.name, entity_id=row["id"], company_id=company_id, changes=told)


def _write(session: Session, lines: list[dict[str, Any]]) -> None:
    if lines:
        with permitted():
            session.connection().execute(insert(Audit), lines)


@event.listens_for(Session, "after_flush")
def _trail(session: Session, context: Any) -> None:
    """Write a line for each record that this flush makes, changes or removes."""
    lines = []
    for kind, records in (("create", session.new), ("edit", session.dirty), ("delete", session.deleted)):
        for item in records:
            if type(item) in SILENT or not isinstance(item, Base):
                continue
            changes = _changes(item, kind)
            if kind == "edit" and not changes:
                continue
            key = inspect(item).mapper.primary_key_from_instance(item)
            entity_id = key[0] if len(key) == 1 and isinstance(key[0], int) else None
            lines.append(_line(kind, item.__tablename__, entity_id, _company_of(item), changes))
    _write(session, lines)


def _company_of(item: Any) -> int | None:
    if item.__tablename__ == "core_company":
        return item.id  # type: ignore[no-any-return]
    return getattr(item, "company_id", None)


def _changes(item: Any, kind: str) -> dict[str, Any]:
    """Give `{field: [before, after]}` of the columns that differ."""
    found = {}
    state = inspect(item)
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if not _is_told(attribute.columns[0]):
            continue
        if kind == "edit":
            history = state.attrs[name].history
            if not history.has_changes():
                continue
            before = history.deleted[0] if history.deleted else None
            after = history.added[0] if history.added else None
            if before == after:
                continue
        else:
            value = state.dict.get(name)
            if value in BLANK:
                continue
            before, after = (None, value) if kind == "create" else (value, None)
        found[name] = _pair(attribute.columns[0], before, after)
    return found


def _is_told(column: Any) -> bool:
    return column.name not in SKIPPED and not column.info.get("derived")


def _pair(column: Any, before: Any, after: Any) -> list[Any]:
    hidden = column.name in HIDDEN or column.info.get("trail") == "hidden"
    return ["•", "•"] if hidden else [plain(before), plain(after)]
