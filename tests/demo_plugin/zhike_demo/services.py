"""The rules of visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.bus import publish
from core.clock import local_today
from core.errors import Conflict, Refused
from core.i18n import _
from zhike_demo.models import Visit


def make_visit(session: Session, values: Mapping[str, Any], *, by: int | None = None) -> Visit:
    """Record a visit and tell the others. Raises Refused for a day that has not come yet."""
    _check_day(values["visited_on"])
    visit = Visit(**values)
    session.add(visit)
    session.flush()
    publish(session, "demo.visit_made", {"visit_id": visit.id, "company_id": visit.company_id})
    return visit


def change_visit(
    session: Session, visit: Visit, values: Mapping[str, Any], *, by: int | None = None, version: int | None = None
) -> None:
    """Change some values of a visit. Raises Refused for a day that has not come yet, Conflict for an old version."""
    if version is not None and visit.version != version:
        raise Conflict(_("Somebody saved this visit meanwhile. Nothing was overwritten."))
    _check_day(values.get("visited_on", visit.visited_on))
    for name, value in values.items():
        setattr(visit, name, value)
    session.flush()


def _check_day(day: dt.date) -> None:
    if day > local_today():
        raise Refused(_("A visit cannot lie in the future."), fields={"visited_on": _("Not later than today")})
