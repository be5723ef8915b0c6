"""Pages on which it is said that somebody must not be reached, and what he agreed to."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.customers.forms.barring import BarForm, ConsentForm, LiftForm, MethodForm
from core.customers.models import EVERY, Address, Bar, Company, Contact, Email, Phone
from core.customers.permissions import Perm
from core.customers.queries.barring import bars_of, consents_of, current_consents
from core.customers.services import bar, bar_method, find_company, find_contact, lift, state_consent
from core.customers.services.barring import CHANNELS_OF
from core.customers.views.base import ask_template, blueprint, by, company_or_404, contact_or_404
from core.customers.views.shapes import mail_view, number_view, title
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _, gettext
from core.web import go_to, new_key, remember, render, repeated, toast

KINDS: dict[str, Any] = {"phones": Phone, "emails": Email, "addresses": Address}


def _page_of(company_id: int, contact_id: int | None) -> str:
    if contact_id is None:
        return url_for("customers.company_tab", id=company_id, tab="profile")
    return url_for("customers.contact_detail", id=contact_id)


def _ask(form: Any, title: Any, name: str, verb: Any, back: str, text: Any = "", *, danger: bool = False) -> Response:
    if request.method != "POST" and not form.idempotency_key.data:
        form.idempotency_key.data = new_key()
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=title,
        name=name,
        verb=verb,
        text=text,
        danger=danger,
        here_address=request.full_path.rstrip("?"),
        back=back,
        **({"of_contact": True} if request.path.startswith("/contacts/") else {}),
    )


@blueprint.route("/contacts/<int:id>/bar", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT)
def contact_bar(id: int) -> Response:
    """Say that a person must not be reached."""
    contact, _classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_EDIT, contact)
    return _bar(contact.company_id, contact.id, contact.name)


@blueprint.route("/companies/<int:id>/bar", methods=["GET", "POST"])
@require(Perm.COMPANY_EDIT)
def company_bar(id: int) -> Response:
    """Say that nobody at a company must be reached."""
    company, _classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_EDIT, company)
    return _bar(company.id, None, company.name)


def _bar(company_id: int, contact_id: int | None, name: str) -> Response:
    form, back = BarForm(), _page_of(company_id, contact_id)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                known = repeated(writing)
                if known is None:
                    company = find_company(writing, company_id)
                    contact = find_contact(writing, contact_id) if contact_id is not None else None
                    bar(writing, company, contact, form.channel.data, form.reason.data or "", by=by())
                    remember(writing, back)
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("%(name)s is no longer reached this way", name=name))
            return go_to(back)
    text = _("It holds at once, also for what is being prepared: calls, labels, mailings.")
    return _ask(form, _("Do not contact"), name, _("Save"), back, text)


@blueprint.route("/bars/<int:id>/lift", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT, Perm.COMPANY_EDIT)
def bar_lift(id: int) -> Response:
    """Take back that somebody must not be reached."""
    held = _held(session(), id)
    form, back = LiftForm(), _page_of(held.company_id, held.contact_id)
    name = _name(held.company_id, held.contact_id)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                lift(writing, _held(writing, id), form.reason.data or "", by=by())
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("%(name)s may be reached this way again", name=name))
            return go_to(back)
    text = _("Only when the person asked for it. What was said before stays on record.")
    return _ask(form, _("May be reached again"), name, _("Take back"), back, text)


def _held(current: Session, bar_id: int) -> Bar:
    """Find a bar of a record that the person may change. Raises NotFound."""
    found = current.get(Bar, bar_id) if bar_id < 2**53 else None
    if found is None or not _may(found.company_id, found.contact_id):
        raise NotFound(_("There is no such entry."))
    return found


def _may(company_id: int, contact_id: int | None) -> bool:
    record: Any = session().get(Company, company_id) if contact_id is None else session().get(Contact, contact_id)
    code = Perm.COMPANY_EDIT if contact_id is None else Perm.CONTACT_EDIT
    return record is not None and current_access().may(code, record)


def _name(company_id: int, contact_id: int | None) -> str:
    if contact_id is not None:
        return find_contact(session(), contact_id).name
    return find_company(session(), company_id).name


@blueprint.route("/<any(phones, emails, addresses):kind>/<int:id>/bar", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT, Perm.COMPANY_EDIT)
def method_bar(kind: str, id: int) -> Response:
    """Say for what a number or an address must not be used."""
    row, shown = _method(session(), kind, id)
    offered = CHANNELS_OF[type(row)]
    now = [one for one in offered if (row.do_not_sms if one == "sms" else row.do_not_use)]
    form = MethodForm(offered, data={"channels": now, "reason": row.do_not_use_reason})
    back = _page_of(row.company_id, row.contact_id)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                found, _shown = _method(writing, kind, id)
                bar_method(writing, found, form.channels.data or (), form.reason.data or "", by=by())
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go_to(back)
    text = _("What is not ticked may be used again.")
    return _ask(form, _("Do not use"), shown, _("Save"), back, text)


def _method(current: Session, kind: str, row_id: int) -> tuple[Any, str]:
    """Find a number or address that the person sees and may change, and what he sees of it. Raises NotFound."""
    row = current.get(KINDS[kind], row_id) if row_id < 2**53 else None
    gone = NotFound(_("There is no such number."))
    if row is None or not _may(row.company_id, row.contact_id):
        raise gone
    _record, classes = company_or_404(row.company_id) if row.contact_id is None else contact_or_404(row.contact_id)
    if "inner" not in classes or (row.is_private and "private" not in classes):
        raise gone
    if isinstance(row, Phone):
        view = number_view(current, row, classes)
        return row, view.number if view else ""
    if isinstance(row, Email):
        mail = mail_view(current, row, classes)
        return row, mail.address if mail else ""
    return row, row.text


# --- consents


@blueprint.get("/contacts/<int:id>/consents")
@require(Perm.CONTACT_READ, Perm.CONTACT_READ_REVIEWED)
def contact_consents(id: int) -> Response:
    """Show what a person agreed to and asked not to get, with all that was stated before."""
    contact, classes = contact_or_404(id)
    if "inner" not in classes:
        raise NotFound(_("There is no such contact."))
    return render(
        "customers/consents.html",
        contact={"id": contact.id, "name": contact.name, "company_id": contact.company_id},
        company=find_company(session(), contact.company_id).name,
        may_edit=current_access().may(Perm.CONTACT_EDIT, contact),
        **wishes(contact),
    )


def wishes(contact: Contact) -> dict[str, Any]:
    """Shape what a person asked for: the bars, the statements, and which of them count."""
    bars = bars_of(session(), contact.company_id, contact.id)
    said = consents_of(session(), contact.id)
    people = [key for one in bars for key in (one.set_by_id, one.lifted_by_id)] + [one.taken_by_id for one in said]
    users = names_of(session(), people)
    now = {one.id for one in current_consents(said)}
    shown = [
        {
            "given": one.given,
            "current": one.id in now,
            "channel": title(session(), "contact_channel", one.channel),
            "purpose": title(session(), "consent_purpose", one.purpose),
            "way": title(session(), "consent_way", one.way),
            "on": one.stated_on,
            "by": users.get(one.taken_by_id or 0, ""),
            "wording": one.wording,
            "evidence": one.evidence,
            "again": url_for(
                "customers.consent_new", id=contact.id, channel=one.channel, purpose=one.purpose,
                given="no" if one.given else "yes",
            ),
        }
        for one in said
    ]  # fmt: skip
    return {"bars": [bar_line(one, users) for one in bars], "statements": shown}


def bar_rows(page: Any) -> list[dict[str, Any]]:
    """Shape the bars of a company as a whole."""
    bars = bars_of(session(), page.id)
    return [bar_line(one, names_of(session(), [one.set_by_id, one.lifted_by_id])) for one in bars]


def bar_line(one: Bar, users: Any) -> dict[str, Any]:
    """Shape a bar for the page."""
    channel = gettext("every channel") if one.channel == EVERY else title(session(), "contact_channel", one.channel)
    return {
        "id": one.id,
        "channel": channel,
        "reason": one.reason,
        "on": one.set_on,
        "by": users.get(one.set_by_id or 0, ""),
        "lifted": one.lifted_at,
        "lifted_by": users.get(one.lifted_by_id or 0, ""),
        "lift_reason": one.lift_reason or "",
    }


@blueprint.route("/contacts/<int:id>/consents/new", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT)
def consent_new(id: int) -> Response:
    """Write down what a person agreed to, or takes back."""
    contact, _classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_EDIT, contact)
    asked = {name: request.args[name] for name in ("channel", "purpose", "given") if name in request.args}
    form, back = ConsentForm(data=asked), url_for("customers.contact_detail", id=id)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                known = repeated(writing)
                if known is None:
                    state_consent(writing, find_contact(writing, id), form.values(), by=by())
                    remember(writing, back)
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Written down: it holds from now on"))
            return go_to(back)
    text = _("Nothing that was stated before is overwritten: taking back is a new line.")
    return _ask(form, _("Consent"), contact.name, _("Save"), back, text)
