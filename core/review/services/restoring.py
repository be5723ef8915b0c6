"""Brings back one old value, or a whole version, as a change like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.audit import plain
from core.custom import stored_of
from core.db import current_work
from core.errors import Refused
from core.i18n import _
from core.review.rules import Rule
from core.review.services.deciding import check_version
from core.review.services.values import stored_value

RESTORED = "restore"


def differing(rule: Rule, record: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give `{column: (as it is, as it was)}` of the columns that a restore would change, as the trail writes them."""
    found = {}
    for name, value in values.items():
        present = plain(stored_of(record, name))
        if rule.restorable(name) and (present or None) != (value or None):
            found[name] = (present, value)
    return found


def restore(
    session: Session,
    rule: Rule,
    record: Any,
    access: Access,
    values: Mapping[str, Any],
    *,
    line: int,
    version: int | None,
) -> list[str]:
    """Write old values through the resource's own service; `line` is the line of the trail that they come from.

    Raises Forbidden, Conflict, and Refused when nothing differs.
    """
    access.demand(rule.resource.code("edit"), record)
    check_version(record, version)
    wanted = differing(rule, record, values)
    if not wanted or rule.resource.change is None:
        raise Refused(_("These are the values of today: there is nothing to restore."))
    read = {name: stored_value(type(record), name, value) for name, (_now, value) in wanted.items()}
    with noted(f"{RESTORED} {line}"):
        rule.resource.change(session, record, read, by=access.user_id)
        session.flush()
    return list(wanted)


@contextmanager
def noted(text: str) -> Iterator[None]:
    """Write a note on every line that the audit trail gets meanwhile."""
    info = current_work().info
    info["note"] = text
    try:
        yield
    finally:
        info.pop("note", None)
