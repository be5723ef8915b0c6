"""Tells those whom a comment (批注) is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from core.messages.services import Record, notify


def tell_of_remark(
    session: Session, title: Any, text: str, about: Record, *, author_id: int, earlier: Iterable[int], by: int
) -> None:
    """Tell the author, and those who commented before, what was said now; whoever says it knows it."""
    people = {author_id, *earlier} - {by}
    notify(session, sorted(people), str(title), text, module="core.worklogs", kind="core.remarked", record=about)
