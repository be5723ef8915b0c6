"""What is held of a person: its page, the copy, holding and erasing."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.audit import record
from core.auth.guard import require
from core.clock import local_now
from core.customers.models import Contact
from core.customers.views.base import ask_template
from core.db import after_read, session, system_session, system_transaction
from core.errors import NotFound, Refused
from core.i18n import _, gettext
from core.privacy.forms import EraseForm, HoldForm
from core.privacy.models import Erasure
from core.privacy.permissions import Perm
from core.privacy.queries.report import looks_at
from core.privacy.queries.subject import subject_of
from core.privacy.services import copy_of, erase, hold, preview, release
from core.privacy.services.files import wipe
from core.privacy.views.base import blueprint, by, company_for, contact_for, modules_of, title_of
from core.web import go_to, render, toast, zhike


@blueprint.get("/contacts/<int:id>")
@require(Perm.COPY, Perm.ERASE)
def contact_data(id: int) -> Response:
    """Show where data of a person are held, and what can be done with them."""
    access = current_access()
    contact = contact_for(Perm.COPY if access.may(Perm.COPY) else Perm.ERASE, id)
    with system_session("privacy") as reading:
        subject = subject_of(reading, "contact", id)
        counts = preview(reading, subject)
        past = [
            {"state": one.state, "at": one.done_at, "ended": one.ended_at, "reason": one.reason, "id": one.id}
            for one in reading.scalars(
                select(Erasure)
                .where(Erasure.kind == "contact", Erasure.record_id.in_(subject.contacts))
                .order_by(Erasure.id.desc())
            )
        ]
    return render(
        "privacy/contact.html",
        contact={
            "id": contact.id, "name": contact.name, "erased": contact.erased_at, "held": contact.held_at,
            "company_id": contact.company_id,
        },
        modules=modules_of(counts),
        elsewhere=len(subject.contacts) - 1,
        past=past,
        looks=looks_at(session(), access, "core_contact", contact.id),
        may_copy=access.may(Perm.COPY, contact),
        may_erase=access.may(Perm.ERASE, contact) and contact.erased_at is None,
    )  # fmt: skip


@blueprint.post("/contacts/<int:id>/copy")
@require(Perm.COPY)
def contact_copy(id: int) -> Response:
    """Give a person's data, to read or as JSON, and put it on record."""
    contact = contact_for(Perm.COPY, id)
    if "private" not in current_access().visible_classes(contact, "contact"):
        raise NotFound(_("There is no such contact."))
    as_file = request.form.get("format") == "json"
    after_read(session())
    with system_transaction("privacy") as writing:
        found = copy_of(writing, subject_of(writing, "contact", id))
        rows = sum(len(one) for one in found["tables"].values())
        record(
            writing, "copy", entity="core_contact", entity_id=id, company_id=contact.company_id,
            changes={"rows": [None, rows]}, user_id=by(),
        )  # fmt: skip
    found["made_at"] = local_now().isoformat(timespec="seconds")
    if as_file:
        answer = current_app.make_response(json.dumps(found, ensure_ascii=False, indent=1))
        answer.mimetype = "application/json"
        answer.headers["Content-Disposition"] = f"attachment; filename=contact-{id}.json"
        answer.headers["Cache-Control"] = "no-store"
        return answer
    registry = zhike().registry
    return render(
        "privacy/copy.html",
        contact={"id": id, "name": found["person"]},
        made_at=found["made_at"],
        tables=[
            {"title": title_of(registry, name), "rows": [_told(row) for row in rows]}
            for name, rows in found["tables"].items()
        ],
    )


def _told(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Write a row as names and values; what is empty is left out."""
    found = []
    for name, value in row.items():
        if value in (None, "", [], {}, False):
            continue
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
        found.append((name, text))
    return found


@blueprint.route("/contacts/<int:id>/erase", methods=["GET", "POST"])
@require(Perm.ERASE)
def contact_erase(id: int) -> Response:
    """Show what would be blanked, and erase a person."""
    contact = contact_for(Perm.ERASE, id)
    return _erase("contact", id, contact.name, url_for("privacy.contact_data", id=id))


@blueprint.route("/companies/<int:id>/erase", methods=["GET", "POST"])
@require(Perm.COMPANY_ERASE)
def company_erase(id: int) -> Response:
    """Show what would be blanked, and erase all people of a company."""
    company = company_for(Perm.COMPANY_ERASE, id)
    return _erase("company", id, company.name, url_for("customers.company_detail", id=id))


def _erase(kind: str, record_id: int, name: str, back: str) -> Response:
    form = EraseForm(name)
    if request.method == "POST" and form.validate():
        after_read(session())
        try:
            with system_transaction("privacy") as writing:
                registry = zhike().registry
                subject = subject_of(writing, kind, record_id)
                _demand_open(writing.get(Contact, record_id) if kind == "contact" else None)
                erase(
                    writing,
                    subject,
                    by=by(),
                    reason=form.reason.data or "",
                    contact_hooks=registry.takers("before_contact_erase", writing),
                    company_hooks=registry.takers("before_customer_erase", writing),
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            after_read(session())
            wipe(zhike().database)
            toast(_("The personal data were erased"))
            return go_to(url_for("privacy.privacy_request_list") if kind == "contact" else back)
    with system_session("privacy") as reading:
        counts = preview(reading, subject_of(reading, kind, record_id))
    return render(
        "privacy/erase.html",
        422 if form.all_errors else 200,
        form=form,
        name=name,
        kind=kind,
        modules=modules_of(counts),
        here_address=request.path,
        back=back,
    )


def _demand_open(contact: Contact | None) -> None:
    if contact is not None and contact.erased_at is not None:
        raise Refused(_("The data of this person were erased already."))


@blueprint.route("/contacts/<int:id>/hold", methods=["GET", "POST"])
@require(Perm.ERASE)
def contact_hold(id: int) -> Response:
    """Hide a person from everybody, and keep what is held of him."""
    contact = contact_for(Perm.ERASE, id)
    back = url_for("privacy.contact_data", id=id)
    form = HoldForm()
    if request.method == "POST" and form.validate():
        after_read(session())
        try:
            with system_transaction("privacy") as writing:
                found = writing.get_one(Contact, id)
                if found.is_closed:
                    raise Refused(_("The data of this person were erased already, or are held."))
                hold(writing, subject_of(writing, "contact", id), by=by(), reason=form.reason.data or "")
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("The person is held: nobody finds the data until they are released"))
            return go_to(back)
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=_("Hold the data"),
        name=contact.name,
        verb=_("Hold"),
        text=_("For a dispute, or where the law forbids to erase: the data are kept, and hidden from everybody."),
        danger=False,
        here_address=request.path,
        back=back,
    )


@blueprint.post("/contacts/<int:id>/release")
@require(Perm.ERASE)
def contact_release(id: int) -> Response:
    """Let a held person be as before."""
    contact_for(Perm.ERASE, id)
    after_read(session())
    with system_transaction("privacy") as writing:
        held = writing.scalars(
            select(Erasure).where(Erasure.kind == "contact", Erasure.state == "held").order_by(Erasure.id.desc())
        )
        line = next((one for one in held if id in one.contacts), None)
        if line is None:
            raise NotFound(_("This person is not held."))
        release(writing, line, by=by())
    toast(gettext("The person is as before"))
    return go_to(url_for("privacy.contact_data", id=id))
