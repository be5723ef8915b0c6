"""Tells those whom a comment (批注) is for, as far as they may see what it is on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import access_of
from core.bus.house import bus_of
from core.messages.services import Record, notify
from core.worklogs.models import WorkLog, WorkReport
from core.worklogs.permissions import Perm


def tell_of_remark(
    session: Session, title: Any, text: str, on: WorkLog | WorkReport, *, earlier: Iterable[int], by: int
) -> None:
    """Tell the author, and those who commented before, what was said now; whoever says it knows it.

    Who commented before may have changed places since, or the customer its owner: he is asked for his rights anew.
    """
    is_log = isinstance(on, WorkLog)
    code = str(Perm.WORKLOG_READ if is_log else Perm.REPORT_READ)
    registry = bus_of(session).registry
    enabled = registry.enabled(session)
    people = []
    for key in sorted({on.author_id, *earlier} - {by}):
        access = access_of(session, key, registry.permissions, enabled)
        if access is not None and access.may(code, on):
            people.append(key)
    about = Record(kind="worklog" if is_log else "workreport", id=on.id, company_id=getattr(on, "company_id", None))
    notify(session, people, str(title), text, module="core.worklogs", kind="core.remarked", record=about)
