"""Keeps saved views and personal columns; counts what leaves the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.allowances.queries import EXPORTS, granted
from core.auth.access import Access
from core.auth.audit import record
from core.auth.models import Group, Membership
from core.auth.permissions import Perm
from core.auth.words import AUDIENCES
from core.errors import Beyond, Forbidden, NotFound, Refused
from core.i18n import _
from core.listing.models import ExportDay, ListPreference, ListView
from core.overlay import overlay
from core.state import bump

EXPORT_LIMIT = EXPORTS
MAX_VIEWS = 100


def set_preference(session: Session, access: Access, resource: str, **values: Any) -> None:
    """Keep what a person set for a list; None forgets it."""
    row = session.get(ListPreference, (access.user_id, resource))
    if row is None:
        row = ListPreference(user_id=access.user_id, resource=resource, values={})
        session.add(row)
    merged = {**(row.values or {}), **values}
    row.values = {name: value for name, value in merged.items() if value is not None}
    session.flush()
    bump(session, "lists")


def save_view(
    session: Session,
    access: Access,
    resource: str,
    *,
    name: str,
    query: str,
    columns: Sequence[str] | None = None,
    audience: str = "private",
    group_id: int | None = None,
) -> ListView:
    """Save the state of a list under a name. Raises Refused, Forbidden when it may not be shared so."""
    view = ListView(resource=resource, owner_id=access.user_id)
    own = select(ListView.id).where(ListView.resource == resource, ListView.owner_id == access.user_id)
    if len(session.scalars(own.limit(MAX_VIEWS)).all()) >= MAX_VIEWS:
        raise Refused(_("You have %(n)s views of this list. Delete one first.", n=MAX_VIEWS))
    view.query, view.columns = query, list(columns) if columns is not None else None
    _share(session, access, view, name, audience, group_id)
    session.add(view)
    session.flush()
    bump(session, "lists")
    return view


def change_view(session: Session, access: Access, view: ListView, **values: Any) -> None:
    """Change a view's query and columns, or its name and audience. Raises Forbidden for another's."""
    demand_view(access, view)
    for key in ("query", "columns"):
        if key in values:
            setattr(view, key, values[key])
    if "name" in values:
        _share(session, access, view, values["name"], values["audience"], values.get("group_id"))
    session.flush()
    bump(session, "lists")


def delete_view(session: Session, access: Access, view: ListView) -> None:
    """Delete a view. Raises Forbidden for another's."""
    demand_view(access, view)
    session.delete(view)
    session.flush()
    bump(session, "lists")


def may_change_view(access: Access, view: ListView) -> bool:
    """Tell whether a person may change a view: his own, and shared ones with the right to share."""
    return view.owner_id == access.user_id or (view.audience != "private" and access.may(Perm.VIEW_SHARE))


def demand_view(access: Access, view: ListView) -> None:
    """Raise Forbidden unless the person may change the view; NotFound when he may not even know of it."""
    if may_change_view(access, view):
        return
    if view.audience == "private":
        raise NotFound(_("There is no such view."))
    raise Forbidden(_("Only its owner may change this view."), permission=str(Perm.VIEW_SHARE))


def _share(session: Session, access: Access, view: ListView, name: str, audience: str, group_id: int | None) -> None:
    name = name.strip()
    if not name:
        raise Refused(_("Enter a name for the view"), fields={"name": _("Enter a name for the view")})
    if len(name) > 60:
        raise Refused(_("At most %(n)s characters", n=60), fields={"name": _("At most %(n)s characters", n=60)})
    if audience not in AUDIENCES:
        raise Refused(_("Choose who sees the view"), fields={"audience": _("Choose who sees the view")})
    if audience == "everybody" and not access.may(Perm.VIEW_SHARE):
        raise Forbidden(_("You may not share views with everybody."), permission=str(Perm.VIEW_SHARE))
    if audience == "department" and access.department_id is None:
        raise Refused(_("You belong to no department"), fields={"audience": _("You belong to no department")})
    if audience == "group":
        mine = session.scalar(
            select(Membership.group_id).where(Membership.group_id == group_id, Membership.user_id == access.user_id)
        )
        known = group_id is not None and session.get(Group, group_id) is not None
        if mine is None and not (known and access.may(Perm.VIEW_SHARE)):
            raise Refused(_("Choose one of your groups"), fields={"audience": _("Choose one of your groups")})
    view.name = name
    view.audience = audience
    view.group_id = group_id if audience == "group" else None
    view.department_id = access.department_id if audience == "department" else None


# --- exports ---------------------------------------------------------------------------------------------------------


def export_limit(session: Session, access: Access, day: dt.date) -> int:
    """Give the number of rows that a person may export on a day, with what was agreed to; 0 is without limit."""
    limit = int(overlay().setting(session, EXPORT_LIMIT))
    return limit + granted(session, access.user_id, EXPORT_LIMIT, day) if limit > 0 else 0


def rows_left(session: Session, access: Access, day: dt.date) -> int | None:
    """Tell how many rows a person may still export on a day; None is without limit."""
    limit = export_limit(session, access, day)
    if limit <= 0:
        return None
    spent = session.scalar(select(ExportDay.rows).where(ExportDay.user_id == access.user_id, ExportDay.day == day))
    return max(0, limit - (spent or 0))


def beyond(rows: int, left: int, *, what: str = "") -> Beyond:
    """Say that fewer rows are left of the day's limit; `what` names them for who is asked for more."""
    text = _(
        "%(count)s rows were asked for, and %(left)s are left of today's limit. No file was made.",
        count=f"{rows:,}",
        left=f"{left:,}",
    )
    return Beyond(text, quota=EXPORT_LIMIT, rows=rows - left, what=what)


def spend_rows(session: Session, access: Access, day: dt.date, rows: int, *, what: str = "") -> None:
    """Count exported rows. Raises Beyond where the day's limit would be passed; two at once cannot pass it either."""
    limit = export_limit(session, access, day)
    mine = (ExportDay.user_id == access.user_id, ExportDay.day == day)
    if session.get(ExportDay, (access.user_id, day)) is None:
        session.add(ExportDay(user_id=access.user_id, day=day, rows=0))
        session.flush()
    statement = update(ExportDay).where(*mine).values(rows=ExportDay.rows + rows)
    if limit > 0:
        statement = statement.where(ExportDay.rows + rows <= limit)
    done = session.execute(statement.execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise beyond(rows, rows_left(session, access, day) or 0, what=what)


def record_export(
    session: Session,
    resource: str,
    query: str,
    columns: Sequence[str],
    rows: int,
    sha256: str,
    kind: str,
    *,
    cut: bool = False,
) -> None:
    """Put an export on record: which rows and columns, how many, and the file's hash (promise S8)."""
    changes = {"query": query, "columns": list(columns), "rows": rows, "sha256": sha256, "format": kind, "cut": cut}
    record(session, "export", entity=resource, changes=changes)
