"""Address cards: saved for one contact or all of a customer, and shown as a code that a phone reads."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence

from flask import current_app, request, send_file
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.clock import local_today
from core.customers.cards import FORMATS, cards_of, code_of
from core.customers.lists import CONTACTS
from core.customers.models import Contact
from core.customers.permissions import Perm
from core.customers.services import find_company
from core.customers.views.base import blueprint, company_or_404, contact_or_404
from core.db import after_read, session, transaction
from core.errors import NotFound
from core.i18n import _
from core.listing.queries import allowed_ids
from core.listing.services import record_export, spend_rows
from core.web import render

UNFIT = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')
CSP = "default-src 'none'; sandbox"
"""A drawing of ours that may do nothing."""


@blueprint.get("/contacts/<int:id>/card.vcf")
@require(Perm.CONTACT_EXPORT)
def contact_card(id: int) -> Response:
    """Save the card of a contact."""
    contact, _classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_EXPORT, contact)
    return _saved([id], contact.name, f"id={id}")


@blueprint.get("/companies/<int:id>/contacts.vcf")
@require(Perm.CONTACT_EXPORT)
def company_cards(id: int) -> Response:
    """Save the cards of all contacts of a customer."""
    company, _classes = company_or_404(id)
    rows = select(Contact.id).where(Contact.company_id == id, Contact.alive(), ~Contact.invalid).order_by(Contact.id)
    ids = list(session().scalars(rows.limit(1000)))
    allowed = allowed_ids(session(), CONTACTS, ids, current_access(), str(Perm.CONTACT_EXPORT))
    if not allowed:
        raise NotFound(_("This customer has no contacts that you may export."))
    return _saved(allowed, company.name, f"company_id={id}")


def _saved(ids: Sequence[int], name: str, query: str) -> Response:
    """Write the cards, count them against the day's limit and put them on record; only then they are sent."""
    form = FORMATS[1] if request.args.get("version") == "4.0" else FORMATS[0]
    if request.method == "HEAD":  # Flask runs this for it too; no card leaves, so none is counted
        return Response(mimetype=form.media_type)
    what = _("%(field)s: %(value)s", field=CONTACTS.title_plural, value=name)
    content = "".join(form.write(session(), ids)).encode()
    with transaction() as writing:
        spend_rows(writing, current_access(), local_today(), len(ids), what=str(what))
        record_export(
            writing, CONTACTS.key, query, [form.name], len(ids), hashlib.sha256(content).hexdigest(), form.name
        )
    after_read(session())
    file = UNFIT.sub(" ", name).strip() + ".vcf"
    return send_file(io.BytesIO(content), mimetype=form.media_type, as_attachment=True, download_name=file, max_age=0)


@blueprint.get("/contacts/<int:id>/code")
@require(Perm.CONTACT_QUERY)
def contact_code(id: int) -> Response:
    """Show the code of a contact large, for a phone or for paper."""
    contact, classes = contact_or_404(id)
    company = find_company(session(), contact.company_id)
    return render(
        "customers/contact_code.html",
        contact={"id": contact.id, "name": contact.name},
        company={"id": company.id, "name": company.name},
        whole="private" in classes,
        may_export=current_access().may(Perm.CONTACT_EXPORT, contact),
    )


@blueprint.get("/contacts/<int:id>/code.svg")
@require(Perm.CONTACT_QUERY)
def contact_code_drawing(id: int) -> Response:
    """Draw the code of a contact: what the person sees, and nothing else."""
    contact_or_404(id)
    card = next(cards_of(session(), [id], current_access(), personal=False), None)
    if card is None:
        raise NotFound(_("There is no such contact."))
    response: Response = current_app.response_class(code_of(card), mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = CSP
    return response
