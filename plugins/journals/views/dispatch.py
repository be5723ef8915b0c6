"""Pages of dispatch runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import url_for

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import shown
from core.db import session, system_session, system_transaction
from core.errors import Refused
from core.i18n import _
from core.listing import steps
from core.web import go, render, toast
from plugins.journals.models import DispatchLine, DispatchRun, Issue
from plugins.journals.permissions import Perm
from plugins.journals.queries.issues import held_of, runs_of, stage_of
from plugins.journals.resources import DISPATCH
from plugins.journals.services.dispatch import broken_at, make_dispatch_run
from plugins.journals.views.base import blueprint, found, word


@blueprint.get("/runs")
@require(Perm.DISPATCH_QUERY)
def run_list() -> Any:
    """Show the latest dispatch runs."""
    return render("journals/run_list.html", runs=runs_of(session()))


def issue_page(issue_id: int, refused: Any = None) -> Any:
    """Show an issue with its runs; `refused` says why there is no new one."""
    current = session()
    issue = found(current, Issue, issue_id, Perm.ISSUE_READ)
    stage = stage_of(current, [issue_id])[issue_id]
    return render(
        "journals/issue_detail.html",
        422 if refused else 200,
        refused=refused,
        issue=issue,
        step=steps("journals.issue_", issue_id),
        publication=issue.publication,
        stage=stage,
        stage_title=word(current, "stage", stage),
        runs=runs_of(current, issue_id),
    )


@blueprint.post("/issues/<int:issue_id>/dispatch")
@require(Perm.DISPATCH_CREATE)
def issue_dispatch(issue_id: int) -> Any:
    """Make a dispatch run of an issue: of everybody at first, later of those not yet served."""
    found(session(), Issue, issue_id, Perm.ISSUE_READ)
    try:
        with system_transaction("dispatch run") as current:  # every customer's copies, whoever owns him
            run = make_dispatch_run(current, issue_id, by=current_access().user_id)
            run_id, lines, held = run.id, run.line_count, len(run.held)
    except Refused as refused:
        return issue_page(issue_id, refused.message)
    toast(_("%(lines)s labels ready, %(held)s recipients held", lines=lines, held=held))
    return go("journals.run_detail", run_id=run_id)


@blueprint.get("/runs/<int:run_id>")
@require(Perm.DISPATCH_READ)
def run_detail(run_id: int) -> Any:
    """Show a run: totals, who was held and why, whether it is whole."""
    current = session()
    run = found(current, DispatchRun, run_id, Perm.DISPATCH_READ)
    with system_session("seal of a run") as whole:  # the chain runs over all lines, also those of others' customers
        broken = broken_at(whole, run)
    query = urlencode({"run_id": run_id, "sort": "place"})
    return render(
        "journals/run_detail.html",
        run=run,
        issue=run.issue,
        publication=run.issue.publication,
        natures=[(word(current, "nature", code), n) for code, n in run.totals["nature"].items()],
        provinces=[(name or _("Unknown"), n) for name, n in run.totals["province"].items()],
        held=[{**row, "why": word(current, "held", row["reason"])} for row in held_of(current, run_id)],
        broken=broken,
        lines=url_for("journals.dispatch_list") + f"?{query}",
        labels=url_for("printing.wizard") + "?" + urlencode({"resource": DISPATCH.key, "query": query}),
    )


@blueprint.get("/dispatches/<int:dispatch_id>")
@require(Perm.DISPATCH_READ, Perm.DISPATCH_PRINT)
def dispatch_detail(dispatch_id: int) -> Any:
    """Show one line of a run, as it was printed; to those too who may print it."""
    right = Perm.DISPATCH_PRINT if current_access().may(Perm.DISPATCH_PRINT) else Perm.DISPATCH_READ
    line = found(session(), DispatchLine, dispatch_id, right)
    return render(
        "journals/dispatch_detail.html",
        line=shown(line, DISPATCH, current_access()),
        step=steps("journals.dispatch_", dispatch_id),
        run_id=line.run_id,
        nature=word(session(), "nature", line.nature),
        edition=word(session(), "edition", line.edition),
        issue=line.issue.label,
    )
