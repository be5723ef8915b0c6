"""Entering and changing companies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.customers.forms import CompanyForm, CreditForm, OwnerForm, ReasonForm, StandingForm
from core.customers.lists import COMPANIES
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.queries import Candidate
from core.customers.services import (
    change_owner,
    change_standing,
    create_company,
    demand_reason,
    find_company,
    note_kept,
    rate_credit,
    remove_company,
    restore_company,
    update_company,
)
from core.customers.views.base import ask_template, blueprint, by, company_or_404, handed_in, note_look
from core.customers.views.conflict import carried, clashes, is_decided, merge, read_snapshot, snapshot
from core.customers.views.duplicates import near_of_form, panel, reason_given
from core.db import session, transaction
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _
from core.review.queries.history import last_change
from core.web import go_to, new_key, remember, render, repeated, toast

ALL = frozenset({"brief", "inner", "private"})


@blueprint.route("/companies/new", methods=["GET", "POST"])
@require(Perm.COMPANY_CREATE)
def company_new() -> Response:
    """Enter a company."""
    form = CompanyForm(owner_id=by())
    near: list[Candidate] = []
    if request.method == "POST":
        form.show_lines(None, private=True)
        near = near_of_form(None)
        if request.form.get("action") == "look":
            form.idempotency_key.data = new_key()
        elif form.validate():
            try:
                return go_to(_create(form, near))
            except Refused as refused:
                form.refuse(refused)
            except IntegrityError:
                form.refuse(Refused(_("A colleague has just saved the same code. Nothing was saved; search first.")))
    else:
        form.idempotency_key.data = new_key()
        form.show_lines(None, private=True)
        if number := request.args.get("phone", "")[:60].strip():  # of somebody who calls and whom nobody knows
            phones = form.part("phones")
            phones.entries[-1].form.number.data = number
            phones.ready()
    return _page(form, None, near)


def _create(form: CompanyForm, near: Sequence[Candidate]) -> str:
    with transaction() as writing:
        known = repeated(writing)
        if known:
            return known
        demand_reason(near, reason_given())
        company = create_company(
            writing,
            form.values(),
            by=by(),
            owner_id=_owner(form),
            standing=form.standing.data or "prospect",
        )
        note_kept(writing, company, near, reason_given())
        address = _next(request.form.get("then", ""), company)
        remember(writing, address)
    toast(_("%(name)s saved, waiting for its check", name=company.name), href=_detail(company), link=_("View"))
    return address


def _owner(form: CompanyForm) -> int | None:
    """Give the owner that was chosen; who may not assign can only take the customer himself or leave it to the pool."""
    owner: int | None = form.owner_id.data
    if owner is not None and owner != by() and not current_access().may(Perm.COMPANY_ASSIGN):
        raise Refused(_("Only a supervisor may give a customer to somebody else."))
    return owner


def _next(then: str, company: Company) -> str:
    if then == "next":
        return url_for("customers.company_new")
    if then == "contact":
        return url_for("customers.contact_new", company=company.id)
    return _detail(company)


def _detail(company: Company) -> str:
    return url_for("customers.company_detail", id=company.id)


@blueprint.route("/companies/<int:id>/edit", methods=["GET", "POST"])
@require(Perm.COMPANY_EDIT)
def company_edit(id: int) -> Response:
    """Change a company."""
    company, classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_EDIT, company)
    form = _form(company, classes, sent=request.method == "POST")
    near: list[Candidate] = []
    if request.method == "POST":
        if form.version.data != company.version or is_decided(request.form):
            answer = _stale(form, company, classes)
            if answer is not None:
                return answer
        near = near_of_form(company)
        if form.validate():
            try:
                demand_reason(near, reason_given())
                with transaction() as writing:
                    again = find_company(writing, id)
                    update_company(writing, again, form.values(), by=by(), version=form.version.data)
                    note_kept(writing, again, near, reason_given())
                    handed = handed_in(writing, COMPANIES, again)
                said = _("%(name)s saved and handed in for review") if handed else _("%(name)s saved")
                toast(said % {"name": again.name}, href=_detail(again), link=_("View"))
                return go_to(_next(request.form.get("then", ""), again))
            except (Conflict, StaleDataError):
                session().expire_all()
                return _stale(form, find_company(session(), id), classes) or _page(form, company)
            except Refused as refused:
                form.refuse(refused)
            except IntegrityError:
                form.refuse(Refused(_("A colleague has just saved the same code. Nothing was saved; search first.")))
    return _page(form, company, near)


def _form(company: Company, classes: frozenset[str], *, sent: bool) -> CompanyForm:
    """Make the form of a company for one who sees these classes; sent fields count before the record's."""
    form = CompanyForm(company=company, sent=sent)
    form.keep_classes(classes, COMPANIES)
    form.show_lines(company if not sent else None, private="private" in classes)
    if not sent:
        form.original.data = snapshot(form)
    return form


def _stale(form: CompanyForm, company: Company, classes: frozenset[str]) -> Response | None:
    """Merge with what somebody saved meanwhile; answer with the question where both changed the same field."""
    now = _form(company, classes, sent=False)
    original = read_snapshot(form.original.data)
    asked = clashes(form, now, original, request.form)
    if asked or not original:
        return render(
            "customers/conflict.html",
            409,
            clashes=asked,
            carried=carried(request.form),
            version=company.version,
            name=company.name,
            who=last_change(session(), COMPANIES, company),
            here_address=url_for("customers.company_edit", id=company.id),
            back=_detail(company),
        )
    merge(form, now, original, request.form)
    form.version.data = company.version
    return None


def _page(form: CompanyForm, company: Company | None, near: Sequence[Candidate] = ()) -> Response:
    problems = form.all_errors
    return render(
        "customers/company_form.html",
        422 if problems else 200,
        form=form,
        changed=request.method == "POST",
        panel=panel(near, company.id if company is not None else None),
        record_id=company.id if company is not None else None,
        title=_("New customer") if company is None else _("Edit %(name)s", name=company.name),
        name=company.name if company is not None else None,
        here_address=url_for("customers.company_new")
        if company is None
        else url_for("customers.company_edit", id=company.id),
        back=url_for("customers.company_list") if company is None else _detail(company),
    )


# --- short questions -------------------------------------------------------------------------------------------------


@blueprint.route("/companies/<int:id>/standing", methods=["GET", "POST"])
@require(Perm.COMPANY_EDIT)
def company_standing(id: int) -> Response:
    """Give a company another standing."""
    company, _classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_EDIT, company)
    form = StandingForm(data={"standing": company.standing})

    def do(writing: Any, again: Company) -> None:
        change_standing(writing, again, form.standing.data, by=by(), reason=form.reason.data or "")

    return ask(form, company, do, title=_("Rate"), verb=_("Save"))


@blueprint.route("/companies/<int:id>/owner", methods=["GET", "POST"])
@require(Perm.COMPANY_ASSIGN)
def company_owner(id: int) -> Response:
    """Give a company to another owner."""
    company, _classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_ASSIGN, company)
    form = OwnerForm(data={"owner_id": company.owner_id})

    def do(writing: Any, again: Company) -> None:
        change_owner(writing, again, form.owner_id.data, by=by(), reason=form.reason.data or "")

    return ask(form, company, do, title=_("Hand over"), verb=_("Hand over"))


@blueprint.route("/companies/<int:id>/credit", methods=["GET", "POST"])
@require(Perm.COMPANY_EDIT)
def company_credit(id: int) -> Response:
    """Rate a company's credit."""
    company, classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_EDIT, company)
    if "private" not in classes:
        raise Forbidden(_("You may not see this customer's credit."), permission=Perm.COMPANY_PRIVATE)
    form = CreditForm(data={"rating": company.credit_rating, "limit": company.credit_limit})
    note_look("core_company", company.id, company.id)

    def do(writing: Any, again: Company) -> None:
        rate_credit(
            writing, again, rating=form.rating.data, limit=form.limit.data, reason=form.reason.data or "", by=by(),
            valid_until=form.valid_until.data,
        )  # fmt: skip

    return ask(form, company, do, title=_("Rate credit"), verb=_("Save"))


@blueprint.route("/companies/<int:id>/delete", methods=["GET", "POST"])
@require(Perm.COMPANY_DELETE)
def company_delete(id: int) -> Response:
    """Put a company into the bin."""
    company, _classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_DELETE, company)
    text = _("The customer goes to the bin and is no longer found. It can be taken out again.")

    def do(writing: Any, again: Company) -> None:
        remove_company(writing, again, by=by())

    return ask(
        ReasonForm(), company, do, title=_("Delete"), verb=_("Delete"), text=text,
        to=url_for("customers.company_list"), danger=True,
    )  # fmt: skip


@blueprint.post("/companies/<int:id>/restore")
@require(Perm.COMPANY_DELETE)
def company_restore(id: int) -> Response:
    """Take a company out of the bin."""
    company, _classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_DELETE, company)
    with transaction() as writing:
        restore_company(writing, find_company(writing, id))
    toast(_("%(name)s is back", name=company.name))
    return go_to(_detail(company))


def ask(
    form: Any,
    company: Company,
    do: Any,
    *,
    title: Any,
    verb: Any,
    text: Any = "",
    said: Any = "",
    to: str = "",
    danger: bool = False,
) -> Response:
    """Show a short form, or do what it asks for."""
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                do(writing, find_company(writing, company.id))
            toast(said or _("%(name)s saved", name=company.name))
            return go_to(to or _detail(company))
        except Refused as refused:
            form.refuse(refused)
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=title,
        name=company.name,
        verb=verb,
        text=text,
        danger=danger,
        here_address=request.path,
        back=_detail(company),
    )
