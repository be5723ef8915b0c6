"""What the register prints: lists of customers and contacts, and address labels of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.output import Shown
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.models import Company
from core.customers.queries import addresses_in_force, barred_companies, barred_contacts, whole_address
from core.i18n import _, gettext
from core.listing.cells import as_text
from core.listing.queries import Reader
from core.plugin import PrintTemplate, Resource

COMPANY_COLUMNS = ("name", "standing", "province", "city", "contact", "phone", "owner_id", "last_contact_on")
CONTACT_COLUMNS = ("name", "company_id", "position", "phone", "email")
LABEL_FIELDS = ("name", "province", "city", "district", "address", "postcode", "contact")


def _rows(session: Session, resource: Resource, ids: Sequence[int], names: Sequence[str]) -> list[Shown]:
    return Reader(session, resource, current_access(), names).found(ids)


def _table(resource: Resource, names: Sequence[str]) -> Any:
    """Make the context of a list with these columns; what a person may not see of a row stays empty."""
    fields = [next(field for field in resource.fields if field.name == name) for name in names]

    def context(session: Session, ids: Sequence[int]) -> list[Mapping[str, Any]]:
        writers = [(field.name, as_text(field, session)) for field in fields]
        made: list[Mapping[str, Any]] = []
        for row in _rows(session, resource, ids, names):
            values = ((row.get(name), write) for name, write in writers)
            made.append(
                {"id": row.id, "lines": ["" if value is None else str(write(value)) for value, write in values]}
            )
        return made

    return context


def label_context(session: Session, ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """Give the labels of customers as the post reads them: postcode, address, house, person.

    Who takes no post is not named; the label then is the house's, and says so beside it.
    """
    made: list[Mapping[str, Any]] = []
    dated = addresses_in_force(session, ids)
    barred = barred_companies(session, "post", ids)
    known = (Company.id.in_(ids), Company.primary_contact_id.is_not(None))
    people = select(Company.id, Company.primary_contact_id).where(*known)
    heads = {one.id: one.primary_contact_id or 0 for one in session.execute(people)}
    shy = barred_contacts(session, "post", list(heads.values()))
    for row in _rows(session, COMPANIES, ids, LABEL_FIELDS):
        value = {name: str(row.get(name) or "") for name in LABEL_FIELDS}
        if value["address"] and (other := dated.get(row.id)):  # who sees the one sees the other
            value |= dict.fromkeys(("province", "city", "district"), "")
            value |= {"address": other.text, "postcode": other.postcode}
        problem = "" if value["address"] else gettext("There is no address.")
        if row.id in barred:
            problem = gettext("Do not post: %(reason)s", reason=barred[row.id].reason)
        if not problem and not value["postcode"]:
            problem = gettext("There is no postcode.")
        note = ""
        if not problem and value["contact"] and (bar := shy.get(heads.get(row.id, 0))) is not None:
            note = gettext("Without %(name)s, who takes no post: %(reason)s", name=value["contact"], reason=bar.reason)
            value["contact"] = ""
        address = whole_address(value["province"], value["city"], value["district"], value["address"])
        lines = [
            {"text": value["postcode"], "part": "postcode", "bold": True, "spaced": True},
            {"text": address, "part": "address"},
            {"text": value["name"], "part": "organisation", "bold": True},
            {"text": f"{value['contact']} 收" if value["contact"] else "", "part": "recipient"},
        ]
        told = {"name": value["name"], "problem": problem, "note": note}
        made.append({"id": row.id, "postcode": value["postcode"], "lines": lines, **told})
    return made


def _heads(resource: Resource, names: Sequence[str]) -> list[Any]:
    titles = {field.name: field.title for field in resource.fields}
    return [titles[name] for name in names]


PRINTS = [
    PrintTemplate(
        name="core.company_list",
        title=_("List of customers"),
        resource=COMPANIES.key,
        kind="list",
        context=_table(COMPANIES, COMPANY_COLUMNS),
        columns=_heads(COMPANIES, COMPANY_COLUMNS),
        order=10,
    ),
    PrintTemplate(
        name="core.company_choice",
        title=_("List of customers, fields of your choice"),
        resource=COMPANIES.key,
        kind="list",
        order=15,
    ),
    PrintTemplate(
        name="core.company_label",
        title=_("Address labels of customers"),
        resource=COMPANIES.key,
        context=label_context,
        parts=(
            ("postcode", _("Postcode")),
            ("address", _("Address")),
            ("organisation", _("Customer")),
            ("recipient", _("Addressee")),
        ),
        order=20,
    ),
    PrintTemplate(
        name="core.contact_list",
        title=_("List of contacts"),
        resource=CONTACTS.key,
        kind="list",
        context=_table(CONTACTS, CONTACT_COLUMNS),
        columns=_heads(CONTACTS, CONTACT_COLUMNS),
        order=10,
    ),
    PrintTemplate(
        name="core.contact_choice",
        title=_("List of contacts, fields of your choice"),
        resource=CONTACTS.key,
        kind="list",
        order=15,
    ),
]
