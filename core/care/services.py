"""Changing festivals and greetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.care.models import OCCASIONS, Festival, Greeting
from core.care.words import check
from core.errors import NotFound, Refused
from core.i18n import _


def save_festival(
    session: Session, festival: Festival | None, *, name: str, lunar: bool, month: int, day: int, active: bool
) -> Festival:
    """Enter or change a festival."""
    longest = 30 if lunar else (dt.date(2024, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    if not 1 <= day <= longest:
        raise Refused(_("This month has no such day."), fields={"day": _("This month has no such day")})
    name = name.strip()
    other = session.scalar(select(Festival.id).where(Festival.name == name))
    if other is not None and (festival is None or other != festival.id):
        raise Refused(_("There is a festival of this name."), fields={"name": _("There is a festival of this name")})
    found = festival or Festival()
    found.name, found.lunar, found.month, found.day, found.active = name, lunar, month, day, active
    session.add(found)
    session.flush()
    return found


def save_greetings(session: Session, texts: Mapping[str, str]) -> None:
    """Change the words of the occasions."""
    rows = {one.occasion: one for one in session.scalars(select(Greeting))}
    for occasion, text in texts.items():
        if occasion not in OCCASIONS:
            raise NotFound(_("There is no such occasion."))
        check(text)
        row = rows.get(occasion) or Greeting(occasion=occasion)
        row.text = text.strip()
        session.add(row)
    session.flush()
