"""Writing, showing and changing entries."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.customers.models import Company
from core.db import session, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _
from core.web import go, go_to, is_fragment, is_own_address, remember, render, repeated, toast
from core.worklogs.forms import LogForm, QuickLogForm, RemarkForm, contacts_to_choose
from core.worklogs.models import WorkLog
from core.worklogs.permissions import Perm
from core.worklogs.services import add_log, change_log, forget_log, remark_on_log
from core.worklogs.views.base import blueprint, log_or_404, log_view, me, remark_views

FIELDS = ("kind", "company_id", "contact_id", "minutes", "text", "outcome", "next_step", "next_on")
CHANGED = _("Somebody changed this record meanwhile. Nothing was overwritten; look at it again.")
QUICK = ("kind", "company_id", "contact_id", "text", "outcome", "next_on")


@blueprint.get("/worklogs/<int:id>")
@require(Perm.WORKLOG_READ)
def worklog_detail(id: int) -> Response:
    """Show an entry with what was remarked on it."""
    return _detail(log_or_404(session(), id), RemarkForm())


def _detail(log: WorkLog, form: RemarkForm, status: int = 200) -> Response:
    return render(
        "worklogs/worklog_detail.html",
        status,
        log=log_view(session(), log),
        remarks=remark_views(session(), log.remarks),
        form=form,
        mine=log.author_id == current_access().user_id,
        may_remark=current_access().may(Perm.WORKLOG_EDIT, log),
    )


@blueprint.route("/worklogs/new", methods=["GET", "POST"])
@require(Perm.WORKLOG_CREATE)
def worklog_new() -> Response:
    """Write an entry."""
    company_id = request.args.get("company", type=int)
    form = LogForm(company_id=_known(company_id)) if request.method != "POST" else LogForm()
    form.contact_id.choices = contacts_to_choose(form.company_id.data)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    values = {name: form.data[name] for name in FIELDS}
                    log = add_log(current, author_id=me(), happened_at=form.moment, **values)
                    address = remember(current, url_for("worklogs.worklog_detail", id=log.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Written into the work log"), href=address, link=_("View"))
            back = url_for("worklogs.worklog_new") if request.form.get("then") == "next" else address
            return go_to(back)
    return _form(form, None)


@blueprint.route("/worklogs/<int:id>/edit", methods=["GET", "POST"])
@require(Perm.WORKLOG_EDIT)
def worklog_edit(id: int) -> Response:
    """Change an entry of one's own."""
    log = log_or_404(session(), id, Perm.WORKLOG_EDIT)
    form = LogForm(obj=log)
    if request.method != "POST":
        form.show_moment(log.happened_at)
    form.contact_id.choices = contacts_to_choose(form.company_id.data)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                log = log_or_404(current, id, Perm.WORKLOG_EDIT)
                if form.version.data != log.version:
                    raise Conflict(CHANGED)
                values = {name: form.data[name] for name in FIELDS}
                change_log(current, log, {**values, "happened_at": form.moment}, by=me())
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go("worklogs.worklog_detail", id=id)
    return _form(form, log)


def _form(form: LogForm, log: WorkLog | None) -> Response:
    status = 422 if form.all_errors else 200
    return render("worklogs/worklog_form.html", status, form=form, log_id=log.id if log is not None else None)


def _known(company_id: int | None) -> int | None:
    """Give the id of a customer that this person finds."""
    if company_id is None or not 0 < company_id < 2**53:
        return None
    company = session().get(Company, company_id)
    if company is None or not company.is_alive:
        raise NotFound(_("There is no such customer."))
    return company.id


@blueprint.post("/worklogs/<int:id>/delete")
@require(Perm.WORKLOG_DELETE)
def worklog_delete(id: int) -> Response:
    """Delete an entry of one's own."""
    try:
        with transaction() as current:
            forget_log(current, log_or_404(current, id, Perm.WORKLOG_DELETE), by=me())
    except NotFound:
        raise
    except Refused as refused:
        form = RemarkForm(None)
        form.form_errors = [refused.message]
        return _detail(log_or_404(session(), id), form, 422)
    toast(_("Entry deleted"))
    return go("worklogs.worklog_list")


@blueprint.post("/worklogs/<int:id>/remarks")
@require(Perm.WORKLOG_EDIT)
def worklog_remark(id: int) -> Response:
    """Remark on an entry."""
    log = log_or_404(session(), id, Perm.WORKLOG_EDIT)
    form = RemarkForm()
    if not form.validate():
        return _detail(log, form, 422)
    with transaction() as current:
        if repeated(current) is None:
            remark_on_log(current, log_or_404(current, id, Perm.WORKLOG_EDIT), form.text.data or "", by=me())
            remember(current, url_for("worklogs.worklog_detail", id=id))
    return go("worklogs.worklog_detail", id=id)


@blueprint.route("/worklogs/quick", methods=["GET", "POST"])
@require(Perm.WORKLOG_CREATE)
def worklog_quick() -> Response:
    """Write an entry in two keys: beside any record (L), above a customer's timeline, on the workbench."""
    company_id = request.args.get("company", type=int)
    form = QuickLogForm(company_id=_known(company_id)) if request.method != "POST" else QuickLogForm()
    form.contact_id.choices = contacts_to_choose(form.company_id.data)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                back = repeated(current)
                if back is None:
                    log = add_log(current, author_id=me(), **{name: form.data[name] for name in QUICK})
                    back = remember(current, _back(request.form.get("back", ""), log))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Written into the work log"))
            return go_to(back)
    template = "worklogs/quick_part.html" if is_fragment() else "worklogs/quick.html"
    return render(template, 422 if form.all_errors else 200, form=form, back=request.values.get("back", ""))


def _back(address: str, log: WorkLog) -> str:
    """Give the page that the entry was written on, else the entry."""
    if is_own_address(address):
        return address
    if log.company_id is not None:
        return url_for("customers.company_detail", id=log.company_id)
    return url_for("worklogs.worklog_detail", id=log.id)
