"""Imports that changed one record after each other: which versions of it are theirs, and taking an earlier one back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import among
from core.transfer.models import ImportBatch, ImportRow

LIVE = ("updated", "kept")


class Later:
    """The rows of other imports that changed some records, each with the versions that it, or its undoing, left."""

    def __init__(self, session: Session, ids: Collection[int], batch_id: int) -> None:
        self.rows: defaultdict[int, list[ImportRow]] = defaultdict(list)
        if not ids:
            return
        resource = select(ImportBatch.resource).where(ImportBatch.id == batch_id).scalar_subquery()
        found = select(ImportRow).join(ImportBatch, ImportBatch.id == ImportRow.batch_id).where(
            ImportBatch.resource == resource, ImportBatch.id != batch_id,
            ImportRow.outcome.in_((*LIVE, "undone")), among(session, ImportRow.record_id, sorted(ids)),
        )  # fmt: skip
        for row in session.scalars(found):
            self.rows[row.record_id or 0].append(row)

    def since(self, record_id: int, low: int, high: int, own: Iterable[Any] = ()) -> list[ImportRow] | None:
        """Give the rows that still hold of those which made all versions above `low`; None where a person made one.

        `own` are the rows of the import that is taken back; of them none holds.
        """
        rows = self.rows[record_id]
        left = set(range(low + 1, high + 1)).difference(*map(versions_of, [*rows, *own]))
        if left:
            return None
        live = [row for row in rows if row.outcome in LIVE and (row.detail or {}).get("version", 0) > low]
        return sorted(live, key=lambda row: int((row.detail or {})["version"]))


def versions_of(row: Any) -> set[int]:
    """Give the versions of the record that a row's writing and its undoing left."""
    detail = row.detail or {}
    return {one for one in (detail.get("version"), detail.get("undone"), *detail.get("seen", ())) if one is not None}


def mark_undone(row: Any, version: int) -> None:
    """Note on a row which version its undoing left."""
    row.detail = {**(row.detail or {}), "undone": version}


def hand_back(row: Any, version: int) -> None:
    """Let a row of the same import that is still to be taken back find the version which a later one left."""
    detail = row.detail or {}
    row.detail = {**detail, "version": version, "seen": sorted(versions_of(row))}


def handed_over(before: Mapping[str, Any], later: Iterable[ImportRow]) -> dict[str, Any]:
    """Hand old values to the first later row that changed the same fields; give those that no later one changed."""
    left = dict(before)
    for row in later:
        detail = row.detail or {}
        held = detail.get("before", {})
        if taken := {name: left.pop(name) for name in list(left) if name in held}:
            row.detail = {**detail, "before": {**held, **taken}}
    return left


def parts_touched(added: Mapping[str, list[int]], changed: Iterable[Any], later: Iterable[ImportRow]) -> bool:
    """Tell whether a later row changed a part that this one added or changed: then it is left as it is."""
    mine = {(name, id_) for name, ids in added.items() for id_ in ids} | {(name, id_) for name, id_, _old in changed}
    return any((name, id_) in mine for row in later for name, id_, _old in (row.detail or {}).get("changed", ()))
