"""The blueprint of the register, its lists, and what its pages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.audit import record
from core.auth.output import Visibility
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.models import Company, Contact
from core.customers.services import find_company, find_contact
from core.db import session, system_transaction
from core.errors import Conflict, NotFound
from core.i18n import _
from core.listing.views import resource_views
from core.plugin import Resource, Text
from core.presence import Hung
from core.review.rules import rules
from core.review.services import submit
from core.web import go_to, is_fragment

blueprint = Blueprint("customers", __name__, template_folder="../templates")
resource_views(blueprint, COMPANIES)
resource_views(blueprint, CONTACTS)


def handed_in(writing: Session, resource: Resource, record: Company | Contact) -> bool:
    """Hand a returned record in for review again where its form was sent so; tell whether it was. Raises Refused."""
    asked = request.form.get("then") == "submit" and record.review_state == "returned"
    if asked:
        submit(writing, rules(writing).rule(resource.key), record, current_access())
    return asked


def company_or_404(company_id: int, hung: Sequence[Hung] = ()) -> tuple[Company, frozenset[str]]:
    """Give a company with the field classes that the person sees of it; one in the bin only to those who may delete.

    A page of one that was merged leads to the one that stayed. Of the rows `hung` on it is noted which there are.
    """
    company = find_company(session(), company_id, hung)
    access = current_access()
    if company.merged_into_id is not None:
        _follow(
            company_id,
            company.merged_into_id,
            _("This customer was merged into another one. Nothing was saved. Going back shows what was entered."),
        )
    if not company.is_alive and not access.may("core:company:delete", company):
        raise NotFound(_("There is no such customer."))
    return company, Visibility(access, COMPANIES).of_record(company)


def contact_or_404(contact_id: int) -> tuple[Contact, frozenset[str]]:
    """Give a contact with the field classes that the person sees of it; one in the bin only to those who may delete."""
    contact = find_contact(session(), contact_id)
    access = current_access()
    if contact.merged_into_id is not None:
        _follow(
            contact_id,
            contact.merged_into_id,
            _("This contact was merged into another one. Nothing was saved. Going back shows what was entered."),
        )
    if not contact.is_alive and not access.may("core:contact:delete", contact):
        raise NotFound(_("There is no such contact."))
    return contact, Visibility(access, CONTACTS).of_record(contact)


def _follow(old: int, new: int, refusal: Text) -> None:
    """Lead from a page of a record that was merged to the same page of the one that stayed. Raises Conflict."""
    if request.method not in ("GET", "HEAD"):
        raise Conflict(refusal)
    known, args = request.view_args or {}, request.args.copy()
    moved = {key: new for key in ("id", "company_id") if known.get(key) == old}
    if not moved:
        args["company"] = str(new)
    address = url_for(request.endpoint or "", **{**known, **moved})  # what was typed behind it is no option of url_for
    query = urlencode(list(args.items(multi=True)))
    abort(go_to(f"{address}?{query}" if query else address))


def note_look(entity: str, record_id: int, company_id: int) -> None:
    """Put on record that what is private of a record was opened, in a transaction of the program's own."""
    with system_transaction("view") as writing:
        record(writing, "view", entity=entity, entity_id=record_id, company_id=company_id)


def ask_template() -> str:
    """Name the template of a short form: a page, or the drawer beside the page that is open."""
    return "customers/ask_part.html" if is_fragment() else "customers/ask.html"


def by() -> int | None:
    """Give the id of the person who is signed in."""
    return current_access().user_id


def actions_on(record: Any, noun: str) -> dict[str, bool]:
    """Tell which actions the person may take on a record."""
    access = current_access()
    names = ("edit", "delete", "assign", "private", "create", "review", "print", "copy", "erase")
    may = {name: access.may(f"core:{noun}:{name}", record) for name in names}
    return {**may, "request": access.may("core:privacy_request:create")}
