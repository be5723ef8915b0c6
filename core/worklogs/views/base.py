"""The blueprint of the work log, its lists, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.queries.names import names_of
from core.clock import to_local
from core.errors import NotFound
from core.i18n import _
from core.listing.views import resource_views
from core.overlay import overlay
from core.worklogs.dictionaries import ICONS
from core.worklogs.models import WorkLog, WorkReport
from core.worklogs.permissions import Perm
from core.worklogs.resources import OUTCOME_TONES, WORKLOG, WORKREPORT

blueprint = Blueprint("worklogs", __name__, template_folder="../templates")
resource_views(blueprint, WORKLOG)
resource_views(blueprint, WORKREPORT)


def log_or_404(current: Session, log_id: int, code: str = Perm.WORKLOG_READ) -> WorkLog:
    """Find an entry that the right reaches; another's is as unknown as none. Raises NotFound."""
    log = current.get(WorkLog, log_id) if 0 < log_id < 2**53 else None
    if log is None or not current_access().may(code, log):
        raise NotFound(_("There is no such entry, or it is not yours to see."))
    return log


def report_or_404(current: Session, report_id: int, code: str = Perm.REPORT_READ) -> WorkReport:
    """Find a report; a draft is its author's alone. Raises NotFound."""
    report = current.get(WorkReport, report_id) if 0 < report_id < 2**53 else None
    if report is None or not current_access().may(code, report):
        raise NotFound(_("There is no such report, or it is not yours to see."))
    return report


def me() -> int:
    """Give the id of the person who is signed in."""
    user_id = current_access().user_id
    assert user_id is not None
    return user_id


def log_view(current: Session, log: WorkLog) -> dict[str, Any]:
    """Show an entry as templates want it."""
    title, local = overlay().title, to_local(log.happened_at)
    return {
        "id": log.id,
        "kind": title(current, "worklog_kind", log.kind),
        "icon": ICONS.get(log.kind, "pen"),
        "company": log.company.name if log.company is not None else "",
        "company_id": log.company_id,
        "contact": log.contact.name if log.contact is not None else "",
        "author": names_of(current, [log.author_id]).get(log.author_id, ""),
        "time": local.strftime("%H:%M"),
        "moment": local.strftime("%Y-%m-%d %H:%M"),
        "iso": local.isoformat(timespec="seconds"),
        "minutes": log.minutes,
        "text": log.text,
        "outcome": title(current, "worklog_outcome", log.outcome) if log.outcome else "",
        "outcome_tone": OUTCOME_TONES.get(log.outcome or "", ""),
        "next_step": log.next_step or "",
        "next_on": log.next_on,
        "href": url_for("worklogs.worklog_detail", id=log.id),
    }


def remark_views(current: Session, remarks: Any) -> list[dict[str, Any]]:
    """Show remarks as templates want them."""
    names = names_of(current, [one.by_id for one in remarks])
    return [
        {"by": names.get(one.by_id, ""), "moment": to_local(one.said_at).strftime("%m-%d %H:%M"), "text": one.text}
        for one in remarks
    ]
