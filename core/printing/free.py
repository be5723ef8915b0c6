"""Lists whose columns are chosen: any fields of the resource that the person sees, those of his own list at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access
from core.errors import Refused
from core.i18n import _
from core.listing.cells import as_text
from core.listing.lists import Look, listed
from core.listing.queries import Reader
from core.plugin import Field, Resource

MOST_COLUMNS = 14
"""More do not fit on the width of a sheet."""


def fields_to_print(session: Session, access: Access, resource: Resource) -> list[Field]:
    """List the fields that a person may print, in the order of the list."""
    reader = Reader(session, resource, access, [])
    return [one for one in listed(resource) if reader.binding.knows(one) and reader.readable(one)]


def columns_to_print(
    session: Session, access: Access, resource: Resource, seen: Look, names: Sequence[str] | None
) -> list[Field]:
    """Give the fields that were chosen; without a choice those that the person's list shows. Raises Refused."""
    known = fields_to_print(session, access, resource)
    wanted = [one.name for one in seen.columns][:MOST_COLUMNS] if names is None else names
    found = [one for one in known if one.name in wanted]
    if not found:
        raise Refused(_("Choose the fields that the list shall have."))
    if len(found) > MOST_COLUMNS:
        raise Refused(_("At most %(n)s fields fit on a sheet.", n=MOST_COLUMNS))
    if names is None:
        found.sort(key=lambda one: wanted.index(one.name))
    return found


def lines_to_print(
    session: Session, access: Access, resource: Resource, fields: Sequence[Field], ids: Sequence[int]
) -> list[Mapping[str, Any]]:
    """Give the rows in words; what a person may not see of a row stays empty."""
    writers = [(field.name, as_text(field, session)) for field in fields]
    made: list[Mapping[str, Any]] = []
    for row in Reader(session, resource, access, [field.name for field in fields]).found(ids):
        values = ((row.get(name), write) for name, write in writers)
        made.append({"id": row.id, "lines": ["" if value is None else str(write(value)) for value, write in values]})
    return made
