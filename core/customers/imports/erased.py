"""Rows of a file that would bring back a person who asked to be erased."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from core.privacy.queries.suppressed import Person, any_erased, erased_people
from core.transfer.importer import WRITTEN, Row


def refuse_erased(session: Session, rows: Iterable[Row]) -> None:
    """Refuse rows that hold an erased person; whoever has a reason enters him by hand and says it."""
    if not any_erased(session):
        return
    planned = [row for row in rows if row.outcome in WRITTEN and row.values.get("contact", {}).get("name")]
    people = [(row, one["name"]) for row in planned for one in (row.values["contact"], *row.values.get("others", ()))]
    found = erased_people(session, {place: _person(row, name) for place, (row, name) in enumerate(people)})
    for place, (row, _name) in enumerate(people):
        if place in found and row.outcome in WRITTEN:
            row.outcome, row.record_id = "error", None
            row.errors.append({"code": "erased", "column": "contact", "value": found[place].isoformat()})


def _person(row: Row, name: str) -> Person:
    company = row.values.get("company", {})
    return Person(
        name,
        company.get("name") or company.get("company") or "",
        [one["digits"] for one in row.values.get("phones", ()) if one.get("of_contact", True)],
        [one["address"] for one in row.values.get("emails", ()) if one.get("of_contact", True)],
    )
