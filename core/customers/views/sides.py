"""Records of one kind side by side, to choose among their values; what a merge would do to all that hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.auth.access import current_access
from core.auth.output import Visibility, shown
from core.custom import fields_of, stored_of
from core.customers.lists import CONTACTS
from core.customers.models import Address, Email, Phone
from core.customers.queries import merging as queries
from core.customers.queries.record import whole_address
from core.customers.services.joining import is_text, says
from core.customers.services.wish import EVERY
from core.customers.views import shapes
from core.db import session
from core.i18n import _, gettext, p_
from core.plugin import Field, Resource
from core.privacy.words import TABLES
from core.web import zhike

PARTS: Mapping[str, Any] = {
    "core_phone": _("Phone numbers"),
    "core_email": _("E-mail addresses"),
    "core_address": _("Addresses"),
    "core_company": _("Branches"),
    "core_company_alias": _("Other names"),
    "core_company_industry": _("Industries"),
    "core_company_category": _("Products"),
    "core_company_brand": _("Brands"),
    "core_company_relation": _("Relations to other customers"),
    "core_need": _("Needs"),
    "core_credit_rating": _("Credit ratings"),
    "core_standing_change": _("Changes of rating"),
    "core_owner_change": _("Changes of owner"),
    "core_external_reference": _("Ids in other systems"),
    "core_contact_bar": _("Bars"),
    "core_consent": _("Agreements"),
    "core_tagging": _("Tags"),
    "core_segment_member": _("Places on fixed lists"),
    "core_star": _("Bookmarks"),
    "core_message": _("Messages"),
    "core_task": p_("merge", "Tasks"),
}
SILENT = frozenset({"core_duplicate_pair", "core_distinct", "core_merge", "core_contact_pair", "core_contact_distinct"})
"""What only serves the search for duplicates; nobody wants it counted."""


@dataclass(frozen=True)
class Line:
    """One field side by side: the words of each record, whose is proposed, whether they differ, and all may be kept."""

    name: str
    title: str
    words: Sequence[str]
    proposed: int
    differs: bool
    every: bool = False


def sees(resource: Resource, name: str, records: Sequence[Any]) -> bool:
    """Tell whether the person sees a field of all these records, and so may choose its value."""
    field = _field(resource, name)
    wanted = "inner" if field is None else field.field_class
    visibility = Visibility(current_access(), resource)
    return all(wanted in visibility.of_record(one) for one in records)


def _field(resource: Resource, name: str) -> Field | None:
    return next((one for one in fields_of(resource) if name in (one.name, one.path)), None)


def lines_of(resource: Resource, records: Sequence[Any], groups: Sequence[tuple[str, ...]]) -> list[Line]:
    """Give the fields in which records say anything, those that differ first; without what the person may not see."""
    lines = []
    access = current_access()
    seen = [shown(one, resource, access) for one in records]
    for names in groups:
        name = names[0]
        if not sees(resource, name, records):
            continue
        if name == "country":
            title = gettext("Address")
            words = [whole_address(c.province, c.city, c.district, c.address or "") for c in records]
        else:
            field = _field(resource, name)
            if field is None:
                continue
            title = str(field.title)
            words = [
                shapes.words(session(), field, row[field.name] if field.name in row else stored_of(one, name))
                for one, row in zip(records, seen, strict=True)
            ]
        if any(words) and any(says(stored_of(one, name)) for one in records):
            proposed = records[next(place for place, text in enumerate(words) if text)].id
            differs = len({w for w in words if w}) > 1
            every = differs and is_text(resource.model, names)
            lines.append(Line(name, title, words, EVERY if every and name == "remark" else proposed, differs, every))
    return [*sorted(lines, key=lambda line: not line.differs), *_reaches(resource, records)]


def _reaches(resource: Resource, records: Sequence[Any]) -> list[Line]:
    """Give the numbers and addresses of each, as their pages show them: all of them go over, nobody chooses."""
    visibility = Visibility(current_access(), resource)
    found = []
    kinds = (("phones", "core_phone", _phone), ("emails", "core_email", _mail), ("addresses", "core_address", _address))
    for name, table, shape in kinds:
        words = []
        for one in records:
            rows = [row for row in getattr(one, name) if resource is CONTACTS or row.contact_id is None]
            words.append("；".join(text for row in rows if (text := shape(row, visibility.of_record(one)))))
        if any(words):
            found.append(Line("", str(PARTS[table]), words, 0, False))
    return found


def _phone(row: Phone, classes: frozenset[str]) -> str:
    view = shapes.number_view(session(), row, classes)
    return f"{view.kind} {view.number}" if view is not None else ""


def _mail(row: Email, classes: frozenset[str]) -> str:
    view = shapes.mail_view(session(), row, classes)
    return view.address if view is not None else ""


def _address(row: Address, classes: frozenset[str]) -> str:
    view = shapes.address_view(session(), row, classes)
    return f"{view.kind} {view.text}" if view is not None else ""


def moving_words(found: Sequence[queries.Moving], resource: Resource) -> list[tuple[str, int, str]]:
    """Say what a merge would do to the rows that hang on the others: whose, how many, what becomes of them."""
    own = {"core_company": gettext("Places on records of customers")} if resource is CONTACTS else {}
    registry = zhike().registry
    titles = {one.model.__tablename__: str(one.title_plural) for one in registry.resources(everywhere=True)}
    fates = {
        "move": gettext("go over"),
        "combine": gettext("go over, what is there already once only"),
        "keep": gettext("stay as they were written"),
    }
    sums: dict[tuple[str, str], int] = {}
    for one in found:
        if one.table in SILENT:
            continue
        title = own.get(one.table) or str(PARTS.get(one.table) or titles.get(one.table) or TABLES.get(one.table, ""))
        title = title or _module(one.table)
        key = (title, fates[one.policy])
        sums[key] = sums.get(key, 0) + one.count
    return [(title, count, fate) for (title, fate), count in sums.items()]


def _module(table: str) -> str:
    owner = table.split("_", 1)[0]
    if owner == "core":
        return gettext("Further records")
    info = zhike().registry.plugins.get(owner)
    return gettext("Further records of %(module)s", module=str(info.title) if info else owner)
