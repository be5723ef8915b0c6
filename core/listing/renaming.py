"""Lets conditions that are kept ask for a value by its new name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from sqlalchemy import or_, select
from sqlalchemy.orm import Session


def change_conditions(session: Session, model: Any, fields: Collection[tuple[str, str]], old: str, new: str) -> None:
    """Put a new value for the old one wherever the `query` of a model's row asks for it.

    `fields` are the keys of resources with the names of the fields in which it stands.
    """
    written = (model.query.contains(one, autoescape=True) for one in {old, quote(old)})
    for row in session.scalars(select(model).where(or_(*written))):
        before = parse_qsl(row.query, keep_blank_values=True)
        after = [
            (name, _replaced(value, old, new) if (row.resource, name.partition("__")[0]) in fields else value)
            for name, value in before
        ]
        if after != before:
            row.query = urlencode(after)
    session.flush()


def _replaced(value: str, old: str, new: str) -> str:
    return ",".join(dict.fromkeys(new if one == old else one for one in value.split(",")))
