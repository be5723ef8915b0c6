"""Writing a letter, showing it, deciding about it when it is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.attachments.hanging import attachments_of
from core.attachments.models import Attachment
from core.attachments.queries import of_company
from core.attachments.settings import size_words
from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import Visibility
from core.auth.queries.names import names_of
from core.clock import local_today
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.models import Company, Contact, Email
from core.customers.queries import barred_companies, barred_contacts, barred_values
from core.db import session, system_session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.step import steps
from core.mail.compose import Draft
from core.mail.forms import LetterForm
from core.mail.forms.letters import WORDS
from core.mail.models import InMail, Letter, Mailing, MailTemplate
from core.mail.permissions import Perm
from core.mail.placeholders import fill
from core.mail.queries import outbox_state
from core.mail.queries.audience import values_of
from core.mail.resources import STATE_TITLES, STATE_TONES, reason_titles
from core.mail.services import Written, settle, write_letter
from core.mail.settings import FILES, number
from core.mail.text import draft_for
from core.mail.views.base import (
    blueprint,
    files_of_form,
    letter_or_404,
    lost_files,
    me,
    named_template,
    template_choices,
)
from core.web import go, go_to, remember, render, repeated, toast

DECISIONS = ("sent", "again", "leave")
ENCLOSED = 30
"""So many attachments of the customer are offered, the newest first."""


@blueprint.route("/letters/new", methods=["GET", "POST"])
@require(Perm.LETTER_CREATE)
def letter_new() -> Response:
    """Write to one address, begun on the record of a customer or contact, or freely."""
    form = LetterForm(**_begun()) if request.method != "POST" else LetterForm()
    template = named_template()
    if template is not None:
        _take(form, template)
    company_id = form.company_id.data
    offered = of_company(session(), company_id, ENCLOSED) if company_id and 0 < company_id < 2**53 else []
    form.enclosed.choices = [(one.id, f"{one.shown_name} · {size_words(one.size)}") for one in offered]
    if request.method == "POST" and template is None and form.validate():
        try:
            address = _send(form)
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("The e-mail is in the outbox"), href=address, link=_("View"))
            return go_to(address)
    return render(
        "mail/letter_form.html",
        422 if form.all_errors else 200,
        form=form,
        company=_company(company_id).name if company_id else "",
        back=url_for("customers.company_detail", id=company_id) if company_id else url_for("mail.letter_list"),
        outbox=outbox_state(session()),
        templates=template_choices(),
        taken=request.method == "POST" and template is not None,
        most=number(session(), FILES),
        lost=lost_files(),
    )


def _take(form: LetterForm, template: MailTemplate) -> None:
    """Put a template's text into a letter, its placeholders as far as they are known; all else that was typed stays.

    An answer keeps its subject, by which mail programs put it to what it answers, and the quoted text.
    """
    company = _company(form.company_id.data) if form.company_id.data else None
    contact_id = form.contact_id.data
    contact = session().get(Contact, contact_id) if contact_id and 0 < contact_id < 2**53 else None
    name = (form.name.data or "").strip()
    values = values_of(session(), company, contact) if company is not None else {"name": name, "salutation": name}
    values["today"] = local_today().isoformat()
    body = fill(template.body, values)
    if form.answers.data:
        quoted = [line for line in (form.body.data or "").splitlines() if line.startswith(">")]
        form.body.data = "\n".join([body.rstrip(), "", *quoted])[:WORDS]
    else:
        form.subject.data, form.body.data = fill(template.subject, values)[:200], body


def _send(form: LetterForm) -> str:
    """Put the letter with its files into the outbox; give its address. Raises Refused, NotFound."""
    bars = _bars(form)
    with files_of_form() as received, transaction() as current:
        address = repeated(current)
        if address is None:
            names = ("address", "subject", "body", "name", "company_id", "contact_id")
            given = {name: form.data[name] or _none_of(name) for name in names}
            enclosed = [_attachment(current, key) for key in dict.fromkeys(form.enclosed.data or ())]
            answers = _answered(current, form.answers.data)
            written = Written(**given, answers=answers, files=received, enclosed=enclosed)
            _own(written)
            letter = write_letter(current, written, by=me(), bars=bars)
            address = remember(current, url_for("mail.letter_detail", id=letter.id))
    return address


def _attachment(current: Session, key: int) -> Attachment:
    """Give an attachment that the person reads. Raises NotFound."""
    found = current.get(Attachment, key) if 0 < key < 2**53 else None
    if found is None:
        raise NotFound(_("There is no such attachment."))
    return found


def _answered(current: Session, mail_id: int | None) -> InMail | None:
    """Give the e-mail that is answered. Raises NotFound for one that the person does not read."""
    if not mail_id:
        return None
    mail = current.get(InMail, mail_id) if 0 < mail_id < 2**53 else None
    if mail is None or not current_access().may(Perm.INMAIL_READ, mail):
        raise NotFound(_("There is no such e-mail, or it is not yours to see."))
    return mail


def _answer_to(mail: InMail) -> dict[str, Any]:
    """Begin an answer: to whom, the subject with Re:, the text quoted."""
    subject = mail.subject if mail.subject.lower().startswith(("re:", "回复")) else f"Re: {mail.subject}"
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines()[:200])
    return {
        "address": mail.from_address,
        "name": mail.from_name,
        "subject": subject[:200],
        "body": f"\n\n{quoted}"[:WORDS],
        "company_id": mail.company_id,
        "contact_id": mail.contact_id,
        "answers": mail.id,
    }


def _none_of(name: str) -> Any:
    return None if name.endswith("_id") else ""


def _begun() -> dict[str, Any]:
    """Give what the record says on which the letter was begun. Raises NotFound."""
    asked = request.args.get("email", type=int)
    answered = _answered(session(), request.args.get("answers", type=int))
    if answered is not None:
        return _answer_to(answered)
    if asked is not None:
        row = session().get(Email, asked) if 0 < asked < 2**53 else None
        if row is None or not _is_shown(row):
            raise NotFound(_("There is no such address, or it is not yours to see."))
        contact = row.contact
        return {
            "address": row.address,
            "name": contact.name if contact is not None else row.company.name,
            "company_id": row.company_id,
            "contact_id": row.contact_id,
        }
    company_id = request.args.get("company", type=int)
    return _of_house(_company(company_id)) if company_id is not None else {}


def _is_shown(row: Email) -> bool:
    """Tell whether the person is shown an address on the page of whoever it belongs to."""
    resource, owner = (COMPANIES, row.company) if row.contact is None else (CONTACTS, row.contact)
    classes = Visibility(current_access(), resource).of_record(owner)
    return "inner" in classes and ("private" in classes or not row.is_private)


def _of_house(company: Company) -> dict[str, Any]:
    """Begin with the first address of a customer that may be used: the house's own, else a contact's."""
    rows = select(Email).where(Email.company_id == company.id, Email.invalid.is_(False), Email.do_not_use.is_(False))
    rows = rows.order_by(Email.contact_id.is_not(None), Email.position, Email.id).limit(20)
    found = next((one for one in session().scalars(rows) if not one.is_private and _is_shown(one)), None)
    begun: dict[str, Any] = {"company_id": company.id}
    if found is not None:
        contact = found.contact
        begun |= {"address": found.address, "contact_id": found.contact_id}
        begun["name"] = contact.name if contact is not None else company.name
    return begun


def _company(company_id: int) -> Company:
    company = session().get(Company, company_id) if 0 < company_id < 2**53 else None
    if company is None or not company.is_alive:
        raise NotFound(_("There is no such customer."))
    return company


def _own(written: Written) -> None:
    """Let nobody hang a letter on a record that he does not find. Raises NotFound."""
    if written.company_id is not None:
        _company(written.company_id)
    if written.contact_id is not None and session().get(Contact, written.contact_id) is None:
        raise NotFound(_("There is no such contact."))


def _bars(form: LetterForm) -> dict[str, Any]:
    """Ask past all row scopes whether the address, the person or the house must not be written to."""
    with system_session("mail: who must not be written to") as everything:
        found: dict[str, Any] = dict(barred_values(everything, "mail", [form.address.data or ""]))
        for asked, record_id in ((barred_companies, form.company_id.data), (barred_contacts, form.contact_id.data)):
            if record_id and 0 < record_id < 2**53:
                found |= {str(key): why for key, why in asked(everything, "mail", [record_id]).items()}
    return found


@blueprint.get("/letters/<int:id>")
@require(Perm.LETTER_READ)
def letter_detail(id: int) -> Response:
    """Show a letter with what became of it."""
    return _detail(letter_or_404(session(), id))


def _detail(letter: Letter, problem: Any = None) -> Response:
    names = names_of(session(), [letter.sender_id, letter.settled_by_id])
    return render(
        "mail/letter_detail.html",
        422 if problem else 200,
        letter=letter_view(letter, names),
        files=_files(letter),
        step=steps("mail.letter_", letter.id),
        problem=problem,
        may_decide=letter.state == "doubtful" and current_access().may(Perm.LETTER_EDIT, letter),
    )


def _files(letter: Letter) -> Sequence[Any]:
    """Give the files that go along: its own, or those of its mailing."""
    of = ("letter", letter.id) if letter.mailing_id is None else ("mailing", letter.mailing_id)
    found: dict[str, Any] = attachments_of(*of) or {"items": []}
    items: Sequence[Any] = found["items"]
    return items


def _draft_of(mailing: Mailing | None, letter: Letter) -> Draft | None:
    """Give what a letter of a mailing says; whoever reads the letter reads that, also where the mailing is not his."""
    if letter.mailing_id is None or letter.state == "left_out":
        return None
    if mailing is not None:
        return draft_for(session(), mailing, letter)
    with system_session("mail: what a letter of a mailing says") as whole:
        return draft_for(whole, whole.get_one(Mailing, letter.mailing_id), letter)


def letter_view(letter: Letter, names: dict[int, str]) -> dict[str, Any]:
    """Show a letter as templates want it."""
    mailing = session().get(Mailing, letter.mailing_id) if letter.mailing_id is not None else None
    draft = _draft_of(mailing, letter)
    return {
        "id": letter.id,
        "subject": draft.subject if draft is not None else letter.subject,
        "body": draft.body if draft is not None else letter.body,
        "mailing": mailing.name if mailing is not None else "",
        "mailing_href": url_for("mail.mailing_detail", id=mailing.id) if mailing is not None else "",
        "unsubscribed_at": letter.unsubscribed_at,
        "replied_at": letter.replied_at,
        "bounced_at": letter.bounced_at,
        "address": letter.address,
        "name": letter.name,
        "company": letter.company.name if letter.company is not None else "",
        "company_id": letter.company_id,
        "contact": letter.contact.name if letter.contact is not None else "",
        "contact_id": letter.contact_id,
        "state": letter.state,
        "state_title": STATE_TITLES[letter.state],
        "tone": STATE_TONES[letter.state],
        "reason": reason_titles(session()).get(letter.reason, letter.reason),
        "answer": letter.answer,
        "tries": letter.tries,
        "created_at": letter.created_at,
        "sent_at": letter.sent_at,
        "due_at": letter.due_at if letter.state == "waiting" else None,
        "sender": names.get(letter.sender_id or 0, ""),
        "settled_by": names.get(letter.settled_by_id or 0, ""),
        "reply_to": letter.reply_to or "",
    }


@blueprint.post("/letters/<int:id>/settle")
@require(Perm.LETTER_EDIT)
def letter_settle(id: int) -> Response:
    """Decide about a letter in doubt."""
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        raise NotFound(_("There is no such action, or it is not for you."))
    try:
        with transaction() as current:
            settle(current, [letter_or_404(current, id, Perm.LETTER_EDIT)], decision, by=me())
    except NotFound:
        raise
    except Refused as refused:
        return _detail(letter_or_404(session(), id), refused.message)
    toast(_("Decided"))
    return go("mail.letter_detail", id=id)
