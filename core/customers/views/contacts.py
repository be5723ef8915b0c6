"""Pages of contacts: the person, entering, changing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.audit import record
from core.auth.guard import require, signed_in
from core.clock import local_today
from core.customers.forms import ContactForm, ReasonForm
from core.customers.forms.small import ContactCompanyForm, EmployerForm
from core.customers.lists import CONTACTS
from core.customers.models import Company, Contact
from core.customers.permissions import Perm
from core.customers.queries import Candidate, Typed, employers_of, likely_duplicates
from core.customers.queries.barring import bars_in_force
from core.customers.resources import loads
from core.customers.services import (
    change_employer,
    create_company,
    create_contact,
    demand_reason,
    find_company,
    find_contact,
    note_kept,
    remove_contact,
    restore_contact,
    set_primary,
    update_contact,
)
from core.customers.services.duplicates import demand_wish, erased_since, note_reentered
from core.customers.views.barring import wishes
from core.customers.views.base import (
    actions_on,
    ask_template,
    blueprint,
    by,
    company_or_404,
    contact_or_404,
    handed_in,
    note_look,
)
from core.customers.views.conflict import carried, clashes, is_decided, merge, read_snapshot, snapshot
from core.customers.views.duplicates import contact_panel, near_of_contact, reason_given, typed_in
from core.customers.views.shapes import ContactView, contact_view, private_rows
from core.db import session, transaction
from core.errors import Conflict, Duplicate, Forbidden, NotFound, Refused
from core.i18n import _
from core.listing import steps
from core.privacy.queries.report import NUMBER, looks_at
from core.review import record_marks
from core.review.queries.history import last_change
from core.tags import record_tags
from core.web import go_to, new_key, remember, render, repeated, toast

ALL = frozenset({"brief", "inner", "private"})


@blueprint.get("/contacts/<int:id>")
@require(Perm.CONTACT_QUERY)
def contact_detail(id: int) -> Response:
    """Show a contact; what is personal is asked for and put on record."""
    contact, classes = contact_or_404(id)
    return _detail_page(contact, classes, private=False)


@blueprint.post("/contacts/<int:id>/private")
@signed_in
def contact_private(id: int) -> Response:
    """Show a contact with the personal fields, and note who looked."""
    contact, classes = contact_or_404(id)
    if "private" not in classes:
        raise Forbidden(_("You may not see what is personal about this contact."), permission=Perm.CONTACT_PRIVATE)
    with transaction() as writing:
        record(writing, "view", entity="core_contact", entity_id=contact.id, company_id=contact.company_id)
    return _detail_page(find_contact(session(), id), classes, private=True)


def _detail_page(contact: Contact, classes: frozenset[str], *, private: bool) -> Response:
    company = find_company(session(), contact.company_id)
    view: ContactView = contact_view(
        session(), contact, classes, bars_in_force(session(), contact.company_id), private=private
    )
    return render(
        "customers/contact_detail.html",
        contact=view,
        personal=private_rows(session(), contact) if private else [],
        **(wishes(contact) if "inner" in classes else {}),
        whole="inner" in classes,
        may_see_private="private" in classes,
        private=private,
        company={"id": company.id, "name": company.name, "primary_id": company.primary_contact_id},
        needs=loads.needs(session(), [company.id]).get(company.id, {}),
        employers=_employers(contact),
        may=actions_on(contact, "contact") | ({"edit": False} if contact.is_closed else {}),
        step=steps("customers.contact_", contact.id),
        marks_of_review=record_marks(session(), CONTACTS, contact),
        record_tags=record_tags(CONTACTS, contact),
        looks=looks_at(session(), current_access(), "core_contact", contact.id, 5) if "private" in classes else None,
        closed=contact.is_closed,
        title=contact.name,
    )


@blueprint.route("/contacts/new", methods=["GET", "POST"])
@require(Perm.CONTACT_CREATE)
def contact_new() -> Response:
    """Enter a contact; first the customer is chosen where the address does not name one."""
    sent = request.args.get("company", type=int) or request.form.get("company", type=int)
    if sent is None:
        return _choose_company()
    company, _classes = company_or_404(sent)
    current_access().demand(Perm.CONTACT_CREATE)
    form = ContactForm()
    near: list[Candidate] = []
    if request.method == "POST":
        form.show_lines(None, private=True)
        near = near_of_contact(company.id, None)
        if request.form.get("action") == "look":
            form.idempotency_key.data = new_key()
        elif form.validate():
            try:
                return go_to(_create(form, company.id, near))
            except Refused as refused:
                form.refuse(refused)
    else:
        form.idempotency_key.data = new_key()
        form.show_lines(None, private=True)
    return _page(form, None, company, near)


def _choose_company() -> Response:
    form = ContactCompanyForm()
    if request.method == "POST" and form.validate():
        return go_to(url_for("customers.contact_new", company=form.company_id.data))
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=_("New contact"),
        name="",
        verb=_("Next"),
        text=_("First the customer, then the contact."),
        danger=False,
        here_address=url_for("customers.contact_new"),
        back=url_for("customers.contact_list"),
    )


def _create(form: ContactForm, company_id: int, near: Sequence[Candidate]) -> str:
    with transaction() as writing:
        known = repeated(writing)
        if known:
            return known
        demand_reason(near, reason_given())
        company = find_company(writing, company_id)
        erased = demand_wish(writing, company, typed_in(request.form), reason_given())
        contact = create_contact(writing, company, form.values(), by=by())
        note_kept(writing, contact, near, reason_given())
        note_reentered(writing, contact, erased, reason_given())
        again = request.form.get("then") == "next"
        address = (
            url_for("customers.contact_new", company=company_id)
            if again
            else url_for("customers.company_tab", id=company_id, tab="contacts")
        )
        remember(writing, address)
    href = url_for("customers.contact_detail", id=contact.id)
    toast(_("%(name)s saved, waiting for its check", name=contact.name), href=href, link=_("View"))
    return address


@blueprint.route("/contacts/<int:id>/edit", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT)
def contact_edit(id: int) -> Response:
    """Change a contact."""
    contact, classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_EDIT, contact)
    company = find_company(session(), contact.company_id)
    if request.method == "GET" and "private" in classes:
        note_look("core_contact", contact.id, contact.company_id)
    form = _form(contact, classes, sent=request.method == "POST")
    near: list[Candidate] = []
    if request.method == "POST":
        if form.version.data != contact.version or is_decided(request.form):
            answer = _stale(form, contact, classes)
            if answer is not None:
                return answer
        near = near_of_contact(company.id, contact)
        if form.validate():
            try:
                demand_reason(near, reason_given())
                with transaction() as writing:
                    again = find_contact(writing, id)
                    update_contact(writing, again, form.values(), by=by(), version=form.version.data)
                    note_kept(writing, again, near, reason_given())
                    handed = handed_in(writing, CONTACTS, again)
                said = _("%(name)s saved and handed in for review") if handed else _("%(name)s saved")
                toast(said % {"name": again.name})
                return go_to(url_for("customers.contact_detail", id=id))
            except (Conflict, StaleDataError):
                session().expire_all()
                return _stale(form, find_contact(session(), id), classes) or _page(form, contact, company)
            except Refused as refused:
                form.refuse(refused)
    return _page(form, contact, company, near)


def _form(contact: Contact, classes: frozenset[str], *, sent: bool) -> ContactForm:
    """Make the form of a contact for one who sees these classes; sent fields count before the record's."""
    form = ContactForm(contact=contact, sent=sent)
    form.keep_classes(classes, CONTACTS)
    form.show_lines(contact if not sent else None, private="private" in classes)
    if not sent:
        form.original.data = snapshot(form)
    return form


def _stale(form: ContactForm, contact: Contact, classes: frozenset[str]) -> Response | None:
    """Merge with what somebody saved meanwhile; answer with the question where both changed the same field."""
    now = _form(contact, classes, sent=False)
    original = read_snapshot(form.original.data)
    asked = clashes(form, now, original, request.form)
    if asked or not original:
        return render(
            "customers/conflict.html",
            409,
            clashes=asked,
            carried=carried(request.form),
            version=contact.version,
            name=contact.name,
            who=last_change(session(), CONTACTS, contact),
            here_address=url_for("customers.contact_edit", id=contact.id),
            back=url_for("customers.contact_detail", id=contact.id),
        )
    merge(form, now, original, request.form)
    form.version.data = contact.version
    return None


def _page(form: ContactForm, contact: Contact | None, company: Company, near: Sequence[Candidate] = ()) -> Response:
    here = (
        url_for("customers.contact_new", company=company.id)
        if contact is None
        else url_for("customers.contact_edit", id=contact.id)
    )
    return render(
        "customers/contact_form.html",
        422 if form.all_errors else 200,
        form=form,
        changed=request.method == "POST",
        panel=contact_panel(
            near,
            company.id,
            contact.id if contact is not None else None,
            erased_since(session(), company, typed_in(request.form))
            if contact is None and request.method == "POST"
            else None,
        ),
        record_id=contact.id if contact is not None else None,
        departments=loads.department_titles(session()),
        title=_("New contact") if contact is None else _("Edit %(name)s", name=contact.name),
        company={"id": company.id, "name": company.name},
        here_address=here,
        back=url_for("customers.company_tab", id=company.id, tab="contacts")
        if contact is None
        else url_for("customers.contact_detail", id=contact.id),
        is_new=contact is None,
    )


@blueprint.post("/contacts/<int:id>/primary")
@require(Perm.COMPANY_EDIT)
def contact_primary(id: int) -> Response:
    """Make a contact the one whom the house asks first."""
    contact, _classes = contact_or_404(id)
    current_access().demand(Perm.COMPANY_EDIT, find_company(session(), contact.company_id))
    with transaction() as writing:
        again = find_contact(writing, id)
        set_primary(writing, find_company(writing, again.company_id), again)
    toast(_("%(name)s is the primary contact now", name=contact.name))
    return go_to(url_for("customers.company_tab", id=contact.company_id, tab="contacts"))


def _employers(contact: Contact) -> list[dict[str, Any]]:
    """Give where else a person is or was: since he left the place before, until he left this one."""
    others = employers_of(session(), contact)
    left = {one.id: one.invalid_on for one in (contact, *others)}
    return [
        {"id": one.id, "company": one.company.name, "since": left.get(one.former_id or 0), "until": one.invalid_on}
        for one in others
    ]


@blueprint.route("/contacts/<int:id>/employer", methods=["GET", "POST"])
@require(Perm.CONTACT_EDIT)
def contact_employer(id: int) -> Response:
    """Say that a contact went to another customer."""
    contact, classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_EDIT, contact)
    current_access().demand(Perm.CONTACT_CREATE)
    form = EmployerForm(data={"on": local_today(), "own_numbers": True, "version": contact.version})
    if "private" not in classes:
        del form.own_numbers
    if request.method == "POST":
        if form.validate():
            try:
                return go_to(_employ(form, id, private="private" in classes))
            except Duplicate as there:
                form.refuse(Refused(there.message, fields={"company_name": _there(there)}))
            except Refused as refused:
                form.refuse(refused)
            except StaleDataError:
                form.refuse(Refused(_("Somebody changed this contact meanwhile. Nothing was overwritten.")))
    else:
        form.idempotency_key.data = new_key()
    return render(
        ask_template(),
        422 if form.all_errors else 200,
        form=form,
        title=_("Changed employer"),
        of_contact=True,
        name=f"{contact.name} · {contact.company.name}",
        verb=_("Save"),
        text=_("The contact is entered at the new customer; here the person is marked as no longer valid."),
        danger=False,
        here_address=request.path,
        back=url_for("customers.contact_detail", id=id),
    )


def _there(duplicate: Duplicate) -> str:
    """Say which customers are there already, and where the one is chosen, or the reason given."""
    found = [f"{one['name']} {one.get('code', '')}".strip() for one in duplicate.more["candidates"]]
    said = _("Choose it under New employer: %(names)s.")
    if current_access().may(Perm.COMPANY_DUPLICATE):
        said = _("Choose it under New employer: %(names)s. If it is another, say so under What changed.")
    return str(said % {"names": "、".join(found)})


def _employ(form: EmployerForm, id: int, *, private: bool) -> str:
    near: list[Candidate] = []
    if not form.company_id.data:
        current_access().demand(Perm.COMPANY_CREATE)
        near = likely_duplicates(session(), Typed(name=form.company_name.data or ""))
    with transaction() as writing:
        known = repeated(writing)
        if known:
            return known
        contact = find_contact(writing, id)
        if form.company_id.data:
            company = find_company(writing, form.company_id.data)
        else:
            demand_reason(near, form.note.data or "")
            company = create_company(writing, {"name": form.company_name.data}, by=by(), owner_id=by())
            note_kept(writing, company, near, form.note.data or "")
        values = {name: field.data for name, field in form._fields.items()}
        made = change_employer(writing, contact, company, values, by=by(), version=form.version.data, private=private)
        address = url_for("customers.contact_detail", id=made.id)
        remember(writing, address)
    toast(_("%(name)s is at %(company)s now", name=made.name, company=company.name))
    return address


@blueprint.route("/contacts/<int:id>/delete", methods=["GET", "POST"])
@require(Perm.CONTACT_DELETE)
def contact_delete(id: int) -> Response:
    """Put a contact into the bin."""
    contact, _classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_DELETE, contact)
    back = url_for("customers.contact_detail", id=id)
    form = ReasonForm()
    if request.method == "POST" and form.validate():
        with transaction() as writing:
            remove_contact(writing, find_contact(writing, id), by=by())
        toast(_("%(name)s is in the bin", name=contact.name))
        return go_to(url_for("customers.company_tab", id=contact.company_id, tab="contacts"))
    return render(
        ask_template(),
        form=form,
        title=_("Delete"),
        of_contact=True,
        name=contact.name,
        verb=_("Delete"),
        text=_("The contact goes to the bin and is no longer found. It can be taken out again."),
        danger=True,
        here_address=request.path,
        back=back,
    )


@blueprint.post("/contacts/<int:id>/restore")
@require(Perm.CONTACT_DELETE)
def contact_restore(id: int) -> Response:
    """Take a contact out of the bin."""
    contact, _classes = contact_or_404(id)
    current_access().demand(Perm.CONTACT_DELETE, contact)
    with transaction() as writing:
        restore_contact(writing, find_contact(writing, id))
    toast(_("%(name)s is back", name=contact.name))
    return go_to(url_for("customers.contact_detail", id=id))


@blueprint.post("/companies/<int:id>/phones/<int:phone_id>/show")
@signed_in
def phone_show(id: int, phone_id: int) -> Response:
    """Show one masked number, and note who looked."""
    from core.customers.models import Phone

    _company, classes = company_or_404(id)
    phone = session().get(Phone, phone_id) if phone_id < 2**53 else None
    if phone is None or phone.company_id != id:
        raise NotFound(_("There is no such number."))
    if phone.contact_id is not None:  # judged as the person's pages judge it, whose review is his own
        _contact, classes = contact_or_404(phone.contact_id)
    if "inner" not in classes or (phone.is_private and "private" not in classes):
        raise NotFound(_("There is no such number."))
    number = phone.number
    with transaction() as writing:
        of = ("core_contact", phone.contact_id) if phone.contact_id is not None else ("core_company", id)
        record(writing, "view", entity=of[0], entity_id=of[1], company_id=id, note=NUMBER)
    values: dict[str, Any] = {"number": number, "back": url_for("customers.company_detail", id=id)}
    return render("customers/phone.html", **values)
