"""Reads and lays down what a file says for the fields that administrators added, of customers and of contacts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.custom import changes_apart, own_fields, taken, to_store, typed
from core.transfer.importer import Row
from core.transfer.mapping import Target
from core.transfer.unknown import Unknown
from core.transfer.values import folded, read_bool, read_date, read_decimal, read_money, split_words

READERS: Mapping[str, Callable[[str], Any]] = {
    "number": read_decimal,
    "money": read_money,
    "date": read_date,
    "bool": read_bool,
}


def read_own(row: Row, target: Target, text: str, words: Mapping[str, Mapping[str, str]], unknown: Unknown) -> Any:
    """Read a cell into what is stored; None, with the fault in the row's errors, where it is not of the kind."""
    kind = target.kind
    known = words.get(target.dictionary or "", {})
    if kind in ("choice", "choices"):
        parts = [text] if kind == "choice" else split_words(text, known)
        codes = [known.get(folded(part).lower()) for part in parts]
        for part, code in zip(parts, codes, strict=True):
            if code is None:
                unknown.meet(row, target.name, target.dictionary, part)
        found = [code for code in dict.fromkeys(codes) if code is not None]
        return (found[0] if kind == "choice" else found) if found else None
    try:
        return to_store(kind, READERS[kind](text) if kind in READERS else text)
    except (ValueError, OverflowError):
        row.errors.append({"code": kind, "column": target.name, "value": text})
        return None


def laid(before: Mapping[str, Any] | None, given: Mapping[str, Any], existing: str) -> dict[str, Any]:
    """Lay what a file gives over what a record holds; with `fill` only where it holds nothing."""
    held = before or {}
    return {**given, **held} if existing == "fill" else {**held, **given}


def changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Name the columns that an update changes, with the added fields by their own names."""
    changes = {name: [before.get(name), value] for name, value in after.items()}
    return set(changes_apart(changes))


def refuse_taken(
    session: Session, rows: Sequence[Row], key: str, model: type[Any], part: str, written: Collection[str]
) -> None:
    """Refuse rows whose value of a field that may occur once another record has, or a row above them.

    `part` names where in a row's values the record stands, `written` the outcomes that write one.
    """
    for own in own_fields(key):
        if not own.only_once:
            continue
        name = own.field.name
        given = [(row, row.values.get(part, {}).get("custom", {}).get(name)) for row in rows]
        given = [(row, value) for row, value in given if value is not None and row.outcome in written]
        there: dict[Any, int | None] = dict(taken(session, model, own.field, {value for _row, value in given}))
        for row, value in given:
            if value in there and (there[value] is None or there[value] != row.record_id):
                row.outcome, row.record_id = "error", None
                row.errors.append({"code": "taken", "column": name, "value": str(typed(own.field, value))})
            else:
                there[value] = row.record_id
