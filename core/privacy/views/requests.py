"""Pages of requests about personal data."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.clock import local_today
from core.customers.models import Company, Contact
from core.customers.views.base import ask_template
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.overlay import overlay
from core.privacy.forms import AnswerForm, RequestForm
from core.privacy.models import PrivacyRequest
from core.privacy.permissions import Perm
from core.privacy.services import answer, take_request
from core.privacy.views.base import blueprint, by
from core.web import go_to, new_key, remember, render, repeated, toast


def _found(current: Session, request_id: int) -> PrivacyRequest:
    found = current.get(PrivacyRequest, request_id) if request_id < 2**53 else None
    if found is None:
        raise NotFound(_("There is no such request."))
    return found


@blueprint.get("/requests/<int:id>")
@require(Perm.REQUEST_READ)
def request_detail(id: int) -> Response:
    """Show a request, and lead to what it asks for."""
    current = session()
    one = _found(current, id)
    company = current.get(Company, one.company_id) if one.company_id else None
    contact = current.get(Contact, one.contact_id) if one.contact_id else None
    access = current_access()
    return render(
        "privacy/request.html",
        asked={
            "id": one.id, "subject": one.subject, "kind": overlay().title(current, "privacy_kind", one.kind),
            "code": one.kind, "state": one.state, "state_title": overlay().title(current, "privacy_state", one.state),
            "received": one.received_on, "due": one.due_on, "late": one.state == "open" and one.due_on < local_today(),
            "asked_by": one.asked_by, "text": one.text, "answer": one.answer, "refusal": one.refusal,
            "answered_on": one.answered_on,
            "by": names_of(current, [one.handled_by_id]).get(one.handled_by_id or 0, ""),
        },
        company={"id": company.id, "name": company.name} if company else None,
        contact={"id": contact.id, "name": contact.name} if contact else None,
        may_edit=access.may(Perm.REQUEST_EDIT),
        may_open=contact is not None and (access.may(Perm.COPY, contact) or access.may(Perm.ERASE, contact)),
    )  # fmt: skip


@blueprint.route("/requests/new", methods=["GET", "POST"])
@require(Perm.REQUEST_CREATE)
def request_new() -> Response:
    """Write down what somebody asks for about his data."""
    current = session()
    contact_id = request.values.get("contact", type=int)
    contact = current.get(Contact, contact_id) if contact_id and contact_id < 2**53 else None
    company_id = contact.company_id if contact else request.args.get("company", type=int)
    company = current.get(Company, company_id) if company_id and company_id < 2**53 else None
    form = RequestForm(data={"subject": contact.name if contact else "", "company_id": company and company.id})
    if contact is not None:
        back = url_for("customers.contact_detail", id=contact.id)
    elif company is not None:
        back = url_for("customers.company_detail", id=company.id)
    else:
        back = url_for("privacy.privacy_request_list")
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                known = repeated(writing)
                if known is None:
                    names = ("kind", "subject", "company_id", "received_on", "asked_by", "text")
                    values = {name: form[name].data for name in names}
                    made = take_request(writing, {**values, "contact_id": contact_id if contact else None}, by=by())
                    known = remember(
                        writing,
                        url_for("privacy.request_detail", id=made.id)
                        if current_access().may(Perm.REQUEST_READ)
                        else back,
                    )
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("The request is on the list"))
            return go_to(known)
    elif request.method != "POST":
        form.idempotency_key.data = new_key()
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=_("Request about personal data"),
        name=contact.name if contact else company.name if company else "",
        verb=_("Save"),
        text=_("It is to be answered in time; the list shows until when."),
        danger=False,
        here_address=request.full_path.rstrip("?"),
        back=back,
    )


@blueprint.route("/requests/<int:id>/answer", methods=["GET", "POST"])
@require(Perm.REQUEST_EDIT)
def request_answer(id: int) -> Response:
    """Write down what was answered, or why it was refused."""
    one = _found(session(), id)
    form = AnswerForm(obj=one)
    back = url_for("privacy.request_detail", id=id)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                values = {name: form[name].data for name in ("state", "answer", "refusal")}
                answer(writing, _found(writing, id), values, by=by(), version=form.version.data)
        except Refused as refused:
            form.refuse(refused)
        except StaleDataError:
            form.refuse(Refused(_("Somebody answered this request meanwhile. Nothing was overwritten.")))
        else:
            toast(_("The answer is on record"))
            return go_to(back)
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=_("Answer"),
        name=one.subject,
        verb=_("Save"),
        text="",
        danger=False,
        here_address=request.path,
        back=back,
    )
