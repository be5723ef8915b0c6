"""Writing a short message, and showing it with what became of it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.customers.models import Company, Contact, Phone
from core.customers.queries import barred_companies, barred_contacts, barred_values
from core.db import session, system_session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.step import steps
from core.mail.forms import SmsForm
from core.mail.models import TextMessage
from core.mail.permissions import Perm
from core.mail.queries.numbers import mobile_of
from core.mail.resources import STATE_TITLES, STATE_TONES
from core.mail.resources.sms import shown_number, sms_reason_titles
from core.mail.services.sms import write_sms
from core.mail.views.base import blueprint, me
from core.web import go_to, remember, render, repeated, toast

FIELDS = ("number", "name", "text", "company_id", "contact_id")


@blueprint.route("/sms/new", methods=["GET", "POST"])
@require(Perm.SMS_CREATE)
def sms_new() -> Response:
    """Write to one number, begun on the record of a customer or contact, or freely."""
    form = SmsForm(**_begun()) if request.method != "POST" else SmsForm()
    if request.method == "POST" and form.validate():
        try:
            bars = _bars(form)
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    _own(form)
                    values = {name: form.data[name] for name in FIELDS}
                    made = write_sms(current, values, by=me(), bars=bars)
                    address = remember(current, url_for("mail.sms_detail", id=made.id))
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("The short message is in the outbox"), href=address, link=_("View"))
            return go_to(address)
    return render("mail/sms_form.html", 422 if form.all_errors else 200, form=form)


def _begun() -> dict[str, Any]:
    """Give what the number says at which the message was begun; a masked one is typed by who knows it.

    Begun at a customer it goes to the mobile of whom the house asks first, else to one of the house.
    """
    number = request.args.get("phone", type=int)
    company_id = request.args.get("company", type=int)
    if number is None and company_id is not None:
        return _begun_at(company_id)
    if number is None:
        return {}
    row = session().get(Phone, number) if 0 < number < 2**53 else None
    if row is None:
        raise NotFound(_("There is no such number, or it is not yours to see."))
    return _to(row)


def _begun_at(company_id: int) -> dict[str, Any]:
    company = session().get(Company, company_id) if 0 < company_id < 2**53 else None
    if company is not None and company.merged_into_id is not None:
        company = session().get(Company, company.merged_into_id)
    if company is None:
        raise NotFound(_("There is no such customer."))
    first = mobile_of(session(), company)
    return _to(first) if first is not None else {"name": company.name, "company_id": company.id}


def _to(row: Phone) -> dict[str, Any]:
    owner = row.contact or row.company
    shown = not row.is_masked or current_access().may("core:contact:private", owner)
    return {
        "number": row.number if shown else "",
        "name": owner.name,
        "company_id": row.company_id,
        "contact_id": row.contact_id,
    }


def _own(form: SmsForm) -> None:
    """Let nobody hang a message on a record that he does not find. Raises NotFound."""
    for model, number in ((Company, form.company_id.data), (Contact, form.contact_id.data)):
        if number and (not 0 < number < 2**53 or session().get(model, number) is None):
            raise NotFound(_("There is no such customer."))


def _bars(form: SmsForm) -> dict[Any, Any]:
    """Ask past all row scopes whether the number, the person or the house must not get short messages."""
    with system_session("sms: who must not be written to") as everything:
        found: dict[Any, Any] = dict(barred_values(everything, "sms", [form.number.data or ""]))
        company_id, contact_id = form.company_id.data, form.contact_id.data
        if company_id and 0 < company_id < 2**53:
            found |= barred_companies(everything, "sms", [company_id])
        if contact_id and 0 < contact_id < 2**53:
            found |= barred_contacts(everything, "sms", [contact_id])
    return found


@blueprint.get("/sms/<int:id>")
@require(Perm.SMS_READ)
def sms_detail(id: int) -> Response:
    """Show a short message."""
    message = session().get(TextMessage, id) if 0 < id < 2**53 else None
    if message is None or not current_access().may(Perm.SMS_READ, message):
        raise NotFound(_("There is no such short message, or it is not yours to see."))
    return render(
        "mail/sms_detail.html",
        message={
            "text": message.text,
            "number": shown_number(message),
            "name": message.name,
            "company": message.company.name if message.company is not None else "",
            "company_id": message.company_id,
            "contact": message.contact.name if message.contact is not None else "",
            "state": STATE_TITLES[message.state],
            "tone": STATE_TONES[message.state],
            "answer": message.answer,
            "reason": sms_reason_titles(session()).get(message.reason, message.reason),
            "gateway": message.gateway,
            "sender": names_of(session(), [message.sender_id]).get(message.sender_id or 0, ""),
            "created_at": message.created_at,
            "sent_at": message.sent_at,
        },
        step=steps("mail.sms_", id),
    )
