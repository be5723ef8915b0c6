"""An e-mail that came in: shown, filed to a customer, answered, put away."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.attachments.hanging import attachments_of
from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.customers.models import Company, Contact
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.step import steps
from core.mail.forms import FileForm
from core.mail.models import InMail
from core.mail.permissions import Perm
from core.mail.queries.inmails import candidates, letter_answered
from core.mail.resources import INMAIL_KIND_TITLES, INMAIL_STATES, INMAIL_TONES
from core.mail.services.inbound import dismiss, file_to
from core.mail.views.base import blueprint, me
from core.web import go, render, toast


def inmail_or_404(current: Session, mail_id: int, code: str = Perm.INMAIL_READ) -> InMail:
    """Find an e-mail that the right reaches. Raises NotFound."""
    mail = current.get(InMail, mail_id) if 0 < mail_id < 2**53 else None
    if mail is None or not current_access().may(code, mail):
        raise NotFound(_("There is no such e-mail, or it is not yours to see."))
    return mail


@blueprint.get("/inmails/<int:id>")
@require(Perm.INMAIL_READ)
def inmail_detail(id: int) -> Response:
    """Show an e-mail with its files."""
    mail = inmail_or_404(session(), id)
    return _detail(mail, FileForm(None, company_id=mail.company_id, contact_id=mail.contact_id))


def _detail(mail: InMail, form: FileForm, problem: Any = None) -> Response:
    access = current_access()
    names = names_of(session(), [mail.owner_id, mail.filed_by_id])
    letter = letter_answered(session(), mail)
    may_edit = access.may(Perm.INMAIL_EDIT, mail)
    return render(
        "mail/inmail_detail.html",
        422 if problem or form.all_errors else 200,
        mail={
            "id": mail.id,
            "subject": mail.subject or str(_("(without a subject)")),
            "text": mail.text,
            "from_name": mail.from_name,
            "from_address": mail.from_address,
            "to": mail.to_text,
            "kind": INMAIL_KIND_TITLES[mail.kind],
            "state": mail.state,
            "state_title": INMAIL_STATES[mail.state],
            "tone": INMAIL_TONES[mail.state],
            "company": mail.company.name if mail.company is not None else "",
            "company_id": mail.company_id,
            "contact": mail.contact.name if mail.contact is not None else "",
            "sent_at": mail.sent_at,
            "received_at": mail.received_at,
            "owner": names.get(mail.owner_id or 0, ""),
            "filed_by": names.get(mail.filed_by_id or 0, ""),
            "note": mail.note,
        },
        letter=(letter.subject, url_for("mail.letter_detail", id=letter.id)) if letter is not None else None,
        files=attachments_of("inmail", mail.id),
        candidates=[
            (house, person, company_id, contact_id or "")
            for company_id, house, contact_id, person in candidates(session(), mail)
        ]
        if mail.state == "unfiled"
        else [],
        form=form,
        step=steps("mail.inmail_", mail.id),
        problem=problem,
        may_edit=may_edit,
        may_answer=access.may(Perm.LETTER_CREATE) and "@" in mail.from_address and mail.kind != "bounce",
    )


@blueprint.post("/inmails/<int:id>/file")
@require(Perm.INMAIL_EDIT)
def inmail_file(id: int) -> Response:
    """File it to a customer."""
    form = FileForm()
    if form.validate():
        try:
            with transaction() as current:
                mail = inmail_or_404(current, id, Perm.INMAIL_EDIT)
                company = current.get(Company, form.company_id.data)
                if company is None or not company.is_alive:
                    raise NotFound(_("There is no such customer."))
                contact_id = form.contact_id.data
                contact = current.get(Contact, contact_id) if contact_id else None
                file_to(current, mail, company, contact, by=me())
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Filed to %(name)s", name=company.name))
            return go("mail.inmail_detail", id=id)
    return _detail(inmail_or_404(session(), id), form)


@blueprint.post("/inmails/<int:id>/dismiss")
@require(Perm.INMAIL_EDIT)
def inmail_dismiss(id: int) -> Response:
    """Put it away: it belongs to no customer."""
    try:
        with transaction() as current:
            dismiss(current, [inmail_or_404(current, id, Perm.INMAIL_EDIT)], by=me())
    except NotFound:
        raise
    except Refused as refused:
        return _detail(inmail_or_404(session(), id), FileForm(None), refused.message)
    toast(_("Put away"))
    return go("mail.inmail_list", **({"view": "unfiled"} if request.form.get("next") else {}))
