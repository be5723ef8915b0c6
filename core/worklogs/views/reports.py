"""Reports: drafted from the log, handed in, read and remarked on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.clock import local_today, to_local
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _, gettext
from core.overlay import overlay
from core.web import go, go_to, remember, render, repeated, toast
from core.worklogs.forms import RemarkForm, ReportForm
from core.worklogs.models import WorkLog, WorkReport
from core.worklogs.permissions import Perm
from core.worklogs.queries.logs import figures_between, logs_between
from core.worklogs.queries.reports import KINDS, draft, period, report_of
from core.worklogs.services import read_report, remark_on_report, save_report, submit_report
from core.worklogs.views.base import blueprint, log_view, me, remark_views, report_or_404


def chosen_day(text: str) -> dt.date:
    """Read the day of an address; today where it names none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return local_today()
    return day if dt.date(2000, 1, 1) <= day <= local_today() + dt.timedelta(days=366) else local_today()


def log_line(log: WorkLog) -> str:
    """Put an entry into one line of a draft."""
    title = overlay().title
    parts = [f"[{title(session(), 'worklog_kind', log.kind)}]"]
    if log.contact is not None:
        parts.append(log.contact.name)
    if log.outcome:
        parts.append(title(session(), "worklog_outcome", log.outcome))
    parts.append(log.text)
    return " ".join(str(part) for part in parts if part)


@blueprint.route("/worklogs/report/<kind>", methods=["GET", "POST"])
@require(Perm.REPORT_CREATE)
def workreport_write(kind: str) -> Response:
    """Write one's report on a day, a week or a month; it drafts itself from the log until it is saved."""
    if kind not in KINDS:
        raise NotFound(_("There is no such kind of report."))
    day = chosen_day(request.args.get("on", ""))
    known = report_of(session(), me(), kind, day)
    form = ReportForm(obj=known)
    if known is None and request.method != "POST":
        form.text.data, form.plan.data = draft(session(), me(), kind, day, log_line, gettext("Without a customer"))
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                report = save_report(
                    current, kind, day, form.text.data, form.plan.data or "", by=me(), version=form.version.data
                )
                if request.form.get("then") == "submit":
                    submit_report(current, report, by=me())
                number = report.id
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Handed in") if request.form.get("then") == "submit" else _("Draft saved"))
            return go("worklogs.workreport_detail", id=number)
    since, until = period(kind, day)
    return render(
        "worklogs/report_form.html",
        422 if form.all_errors else 200,
        form=form,
        kind=kind,
        kinds=_kinds(kind, day),
        since=since,
        until=until,
        drafted=known is None,
        submitted=known is not None and known.submitted_at is not None,
        steps={
            "prev": url_for("worklogs.workreport_write", kind=kind, on=since - dt.timedelta(days=1)),
            "next": url_for("worklogs.workreport_write", kind=kind, on=until + dt.timedelta(days=1))
            if until < local_today()
            else None,
        },
        figures=_figures(me(), since, until),
    )


def _kinds(kind: str, day: dt.date) -> list[dict[str, Any]]:
    return [
        {
            "label": overlay().title(session(), "workreport_kind", one),
            "href": url_for("worklogs.workreport_write", kind=one, on=day),
            "current": one == kind,
        }
        for one in KINDS
    ]


def _figures(author_id: int, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Count the entries of a period, each figure with the list that it counts."""
    found = figures_between(session(), author_id, since, until)

    def entries(kind: str | None = None) -> str:
        span = f"{since},{until}"
        return url_for("worklogs.worklog_list", author_id=author_id, kind=kind, happened_at__between=span)

    facts: list[dict[str, Any]] = [
        {"label": _("Log entries"), "value": found.total, "href": entries()},
        {"label": _("Customers"), "value": found.customers},
    ]
    facts += [
        {
            "label": overlay().title(session(), "worklog_kind", kind),
            "value": count,
            "href": entries(kind),
        }
        for kind, count in sorted(found.kinds.items(), key=lambda pair: -pair[1])[:4]
    ]
    return facts


@blueprint.get("/workreports/<int:id>")
@require(Perm.REPORT_READ)
def workreport_detail(id: int) -> Response:
    """Show a report with the entries it stands on."""
    return _detail(report_or_404(session(), id), RemarkForm())


def _detail(report: WorkReport, form: RemarkForm, status: int = 200) -> Response:
    names = names_of(session(), [report.author_id, report.read_by_id])
    logs = logs_between(session(), report.author_id, report.starts_on, report.ends_on)
    mine = report.author_id == me()
    return render(
        "worklogs/report_detail.html",
        status,
        report={
            "id": report.id,
            "kind": overlay().title(session(), "workreport_kind", report.kind),
            "since": report.starts_on,
            "until": report.ends_on,
            "author": names.get(report.author_id, ""),
            "text": report.text,
            "plan": report.plan,
            "submitted": to_local(report.submitted_at).strftime("%Y-%m-%d %H:%M") if report.submitted_at else "",
            "read": to_local(report.read_at).strftime("%Y-%m-%d %H:%M") if report.read_at else "",
            "reader": names.get(report.read_by_id or 0, ""),
        },
        edit=url_for("worklogs.workreport_write", kind=report.kind, on=report.starts_on) if mine else None,
        mine=mine,
        logs=[log_view(session(), log) for log in logs],
        figures=_figures(report.author_id, report.starts_on, report.ends_on),
        remarks=remark_views(session(), report.remarks),
        form=form,
        may_remark=current_access().may(Perm.REPORT_EDIT, report),
    )


@blueprint.post("/workreports/<int:id>/submit")
@require(Perm.REPORT_CREATE)
def workreport_submit(id: int) -> Response:
    """Hand a saved draft in."""
    with transaction() as current:
        submit_report(current, report_or_404(current, id), by=me())
    toast(_("Handed in"))
    return go("worklogs.workreport_detail", id=id)


@blueprint.post("/workreports/<int:id>/read")
@require(Perm.REPORT_EDIT)
def workreport_read(id: int) -> Response:
    """Mark a report of somebody else's as read."""
    with transaction() as current:
        read_report(current, report_or_404(current, id, Perm.REPORT_EDIT), by=me())
    return go("worklogs.workreport_detail", id=id)


@blueprint.post("/workreports/<int:id>/remarks")
@require(Perm.REPORT_EDIT)
def workreport_remark(id: int) -> Response:
    """Remark on a report."""
    report = report_or_404(session(), id, Perm.REPORT_EDIT)
    form = RemarkForm()
    if form.validate():
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    found = report_or_404(current, id, Perm.REPORT_EDIT)
                    remark_on_report(current, found, form.text.data or "", by=me())
                    address = remember(current, url_for("worklogs.workreport_detail", id=id))
        except Refused as refused:
            form.refuse(refused)
        else:
            return go_to(address)
    return _detail(report, form, 422)
