"""The tags that a file brings for customers and contacts: shared ones, made where there is none of the name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import record_many
from core.customers.text import name_key
from core.db import among
from core.tags.models import Tag, Tagging
from core.tags.services import shared_tag
from core.tags.services.tags import LONGEST
from core.transfer.importer import Options


def tag_key(name: str) -> str:
    """Give the form in which tags are compared."""
    return name_key(name)[:LONGEST]


def held_tags(session: Session, entity: str, ids: Sequence[int]) -> dict[int, set[str]]:
    """Give the keys of the shared tags that records bear."""
    tag: Any = Tag.__table__.c
    tagging: Any = Tagging.__table__.c
    rows = select(tagging.record_id, tag.name_key).where(
        tag.id == tagging.tag_id, tagging.entity == entity, among(session, tagging.record_id, ids), tag.owner_key == 0
    )
    found: dict[int, set[str]] = {}
    for record_id, key in session.connection().execute(rows):
        found.setdefault(record_id, set()).add(key)
    return found


class FileTags:
    """Makes the rows of tags on records of one sort; a trial makes no tag."""

    def __init__(self, session: Session, entity: str, options: Options) -> None:
        self.session = session
        self.entity = entity
        self.options = options
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def row(self, name: str, record_id: int, now: Any) -> dict[str, Any]:
        """Give the row of a tag on a record."""
        key = tag_key(name)
        if key not in self._ids:
            self._ids[key] = shared_tag(self.session, name) if self.options.writing else -1
            self._names[self._ids[key]] = name
        values = {"tag_id": self._ids[key], "entity": self.entity, "record_id": record_id}
        return {**values, "by_id": self.options.user_id, "tagged_at": now}

    def note(self, rows: Sequence[Mapping[str, Any]], table: str, home: Callable[[int], int]) -> None:
        """Let the history tell of new tags, as where they are put on by hand; `home` gives the customer of a record."""
        lines = [
            {
                "entity": table,
                "entity_id": row["record_id"],
                "company_id": home(row["record_id"]),
                "changes": {"tags": [None, self._names[row["tag_id"]]]},
                "note": f"import {self.options.batch_id}",
                "user_id": self.options.user_id,
            }
            for row in rows
        ]
        record_many(self.session, "edit", lines)
