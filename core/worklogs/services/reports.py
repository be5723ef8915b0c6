"""Writing, handing in and remarking on reports."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from core.auth.queries.names import names_of
from core.bus import publish
from core.clock import local_today
from core.columns import utcnow
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _, gettext
from core.worklogs.models import ReportRemark, WorkReport
from core.worklogs.queries.reports import KINDS, period, report_of
from core.worklogs.services.telling import tell_of_remark


def save_report(
    session: Session, kind: str, day: dt.date, text: str, plan: str, *, by: int, version: int | None
) -> WorkReport:
    """Keep one's report on the period that a day lies in, as a draft or as it was handed in.

    Raises Refused for a period to come or an empty text, Conflict where it was changed meanwhile.
    """
    if kind not in KINDS:
        raise Refused(_("There is no such kind of report."))
    starts_on, ends_on = period(kind, day)
    if starts_on > local_today():
        raise Refused(_("This period has not begun yet."))
    text = (text or "").strip()
    if not text:
        raise Refused(_("Write what was done"), fields={"text": _("Write what was done")})
    report = report_of(session, by, kind, day)
    if report is None:
        report = WorkReport(author_id=by, kind=kind, starts_on=starts_on, ends_on=ends_on)
        session.add(report)
    elif version != report.version:
        raise Conflict(_("This report was saved elsewhere meanwhile. Nothing was overwritten; look at it again."))
    report.text, report.plan = text, (plan or "").strip()
    session.flush()
    return report


def submit_report(session: Session, report: WorkReport, *, by: int) -> None:
    """Hand a report in: from now on the supervisor sees it; a changed one is to be read again."""
    if report.author_id != by:
        raise Forbidden(_("A report is handed in by its author only."))
    report.submitted_at = utcnow()
    report.read_at = report.read_by_id = None
    session.flush()
    payload = {"report_id": report.id, "author_id": by, "kind": report.kind, "starts_on": report.starts_on}
    publish(session, "core.report_submitted", payload)


def read_report(session: Session, report: WorkReport, *, by: int) -> None:
    """Mark a report as read by somebody above its author."""
    if report.author_id != by and report.submitted_at is not None and report.read_at is None:
        report.read_at, report.read_by_id = utcnow(), by
        session.flush()


def remark_on_report(session: Session, report: WorkReport, text: str, *, by: int) -> ReportRemark:
    """Remark on a report (批注), which also reads it; tell its author and who remarked before. Raises Refused."""
    said = (text or "").strip()
    if not said:
        raise Refused(_("Write something"), fields={"text": _("Write something")})
    if report.submitted_at is None:
        raise Refused(_("This report was not handed in yet."))
    earlier = [one.by_id for one in report.remarks]
    remark = ReportRemark(report=report, by_id=by, text=said)
    session.add(remark)
    read_report(session, report, by=by)
    session.flush()
    publish(session, "core.report_remarked", {"report_id": report.id, "author_id": report.author_id, "by_id": by})
    name = names_of(session, [by]).get(by, "")
    title = gettext("%(name)s commented on the work report of %(day)s", name=name, day=f"{report.starts_on:%m-%d}")
    tell_of_remark(session, title, said, report, earlier=earlier, by=by)
    return remark
