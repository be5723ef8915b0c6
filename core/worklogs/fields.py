"""When a customer is to be contacted next, as lists of customers show it and change it in its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core.auth.access import current_access
from core.clock import local_today
from core.db import SystemSession, among
from core.errors import Refused
from core.forms import read_date
from core.i18n import _, gettext
from core.plugin import CellEdit, Field
from core.worklogs.models import WorkLog
from core.worklogs.permissions import Perm


def next_contact_field(*, order: int) -> Field:
    """Give the field: the day that the newest entry of the work log names."""
    return Field(
        name="next_contact_on", title=_("Next contact"), kind="date", field_class="brief", load=next_days,
        filterable=False, order=order,
    )  # fmt: skip


def next_days(session: Session, ids: Sequence[int]) -> Mapping[int, dt.date]:
    """Tell of customers when they are to be contacted next, as far as the person reads their log."""
    if not isinstance(session, SystemSession) and not current_access().may(Perm.WORKLOG_QUERY):
        return {}
    newer = aliased(WorkLog)
    newest = (
        select(newer.id)
        .where(newer.company_id == WorkLog.company_id, newer.origin.is_(None))
        .order_by(newer.happened_at.desc(), newer.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = select(WorkLog.company_id, WorkLog.next_on).where(
        among(session, WorkLog.company_id, list(ids)), WorkLog.next_on.is_not(None), WorkLog.id == newest
    )
    return {company: day for company, day in session.execute(rows) if company is not None and day is not None}


def next_contact_cell() -> CellEdit:
    """Give the cell: one's own newest entry is changed, else a note says when."""

    def read(session: Session, record: Any) -> str:
        day = next_days(session, [record.id]).get(record.id)
        return day.isoformat() if day is not None else ""

    return CellEdit(field="next_contact_on", read=read, write=plan_next)


def plan_next(session: Session, company: Any, typed: str, *, by: int | None) -> None:
    """Say when a customer is to be contacted next, or that he is not. Raises Refused for what is no day ahead."""
    from core.worklogs.queries.logs import logs_of_company
    from core.worklogs.services import add_log, change_log

    access = current_access()
    access.demand(str(Perm.WORKLOG_CREATE))
    try:
        day = read_date(typed) if typed.strip() else None
    except ValueError:
        raise Refused(_("This is no value for %(field)s.", field=gettext("Next contact"))) from None
    if day is not None and day < local_today():
        raise Refused(_("The next contact cannot lie in the past."))
    last = next(iter(logs_of_company(session, company.id, 1)), None)
    if (last.next_on if last is not None else None) == day or by is None:
        return
    if last is not None and last.author_id == by and access.may(Perm.WORKLOG_EDIT, last):
        change_log(session, last, {"next_on": day}, by=by)
        return
    text = gettext("Next contact: %(day)s", day=day.isoformat()) if day is not None else gettext("No next contact")
    add_log(session, author_id=by, kind="note", company_id=company.id, text=text, next_on=day)
