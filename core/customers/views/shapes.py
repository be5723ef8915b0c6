"""View objects for templates: records without what the person may not see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import format_date
from sqlalchemy.orm import Session

from core.auth.access import Access, current_access
from core.auth.models import User
from core.auth.output import Shown, Visibility
from core.clock import local_today
from core.custom import field_of, own_fields, value_of
from core.customers.births import age_of, birth_words
from core.customers.lists import CONTACTS
from core.customers.models import Address, Bar, Contact, Email, Need, Phone
from core.customers.queries.barring import Barred, bars_on, of_method
from core.customers.queries.record import whole_address
from core.customers.resources.loads import division_title
from core.i18n import gettext
from core.overlay import overlay
from core.plugin import Field, Resource

Bars = Mapping[str, Barred]
NO_BARS: Bars = {}


@dataclass(frozen=True, slots=True)
class NumberView:
    """A telephone number; `masked` ones are shown whole on request."""

    id: int
    kind: str
    number: str
    href: str
    masked: bool
    note: str
    blocked: str
    warning: str = ""
    """What it must not be used for besides."""

    sms: str = ""
    """Where a short message to it is written; empty for who may not, and where it must not be."""


@dataclass(frozen=True, slots=True)
class MailView:
    """An e-mail address."""

    id: int
    kind: str
    address: str
    note: str
    blocked: str
    href: str


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address with the time for which it counts."""

    id: int
    kind: str
    text: str
    postcode: str
    recipient: str
    span: str
    current: bool
    blocked: str


@dataclass(frozen=True, slots=True)
class NeedView:
    """A need."""

    id: int
    kind: str
    title: str
    text: str
    noted_on: dt.date
    valid_until: dt.date | None
    valid: bool


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact as one person sees him."""

    id: int
    name: str
    position: str
    title: str
    department: str
    gender: str
    salutation: str
    invalid: bool
    do_not_contact: bool
    barred: Mapping[str, str]
    """Why the person must not be reached, in words by channel."""

    alive: bool
    rows: Sequence[tuple[str, str]]
    phones: Sequence[NumberView]
    emails: Sequence[MailView]
    addresses: Sequence[AddressView]
    review_state: str


def title(session: Session, dictionary: str, code: str | None) -> str:
    """Give the words of a code."""
    return overlay().title(session, dictionary, code)


def words(session: Session, field: Field, value: Any) -> str:
    """Write a field's value as people read it; an empty text for nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, Mapping):
        return "、".join(f"{title(session, 'quality', str(code))} {score}" for code, score in value.items())
    if field.kind == "user":
        person = session.get(User, value)
        return person.name if person is not None else ""
    if field.dictionary is not None:
        codes = value if isinstance(value, list | tuple) else [value]
        return "、".join(title(session, field.dictionary, str(code)) for code in codes)
    if field.choices is not None and field.kind != "division":
        titles = {str(code): str(text) for code, text in field.choices(session)}
        return titles.get(str(value), str(value))
    if field.kind == "division":
        return division_title(value)
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, Decimal):
        return f"¥{value:,.2f}"
    if isinstance(value, dt.datetime):
        from core.clock import to_local

        return to_local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return "、".join(str(one) for one in value)
    return str(value)


def rows_of(
    session: Session, record: Shown, resource: Resource, names: Sequence[str], *, empty: bool = False
) -> list[tuple[str, str]]:
    """Give `(title, words)` of the fields that the person sees; those without a value only when `empty`."""
    found = []
    for name in names:
        if name in record:
            field = field_of(resource, name)
            text = words(session, field, record[name])
            if text or empty:
                found.append((str(field.title), text))
    return found


def bar_words(channel: str, why: Barred | None) -> str:
    """Say on which channel somebody must not be reached, and why; an empty text where he may be."""
    if why is None:
        return ""
    words = {
        "call": gettext("Do not call"),
        "sms": gettext("Do not text"),
        "mail": gettext("Do not write"),
        "post": gettext("Do not post"),
    }
    told = (words[channel], why.reason, why.since.isoformat() if why.since else "")
    return " · ".join(str(one) for one in told if one)


def blocked(row: Phone | Email | Address, channel: str, person: Barred | None = None) -> str:
    """Say why a number or address must not be used on a channel: itself, or because of whose it is."""
    if row.invalid:
        return str(gettext("no longer valid"))
    return bar_words(channel, of_method(row, channel) or person)


def number_view(session: Session, phone: Phone, classes: frozenset[str], bars: Bars = NO_BARS) -> NumberView | None:
    """Shape a number: nothing for those who may not see it, masked for those who must ask for it."""
    if "inner" not in classes or (phone.is_private and "private" not in classes):
        return None
    hidden = phone.kind in ("mobile", "private") and "private" not in classes
    number = phone.number
    if hidden and len(phone.digits) >= 7:
        number = f"{phone.digits[:3]}****{phone.digits[-4:]}"
    return NumberView(
        phone.id,
        title(session, "phone_kind", phone.kind),
        number,
        "" if hidden else f"tel:{phone.digits}",
        hidden,
        phone.note or "",
        blocked(phone, "call", bars.get("call")),
        bar_words("sms", of_method(phone, "sms")),
        _sms_address(phone, hidden=hidden, barred="sms" in bars),
    )


def _sms_address(phone: Phone, *, hidden: bool, barred: bool) -> str:
    mobile = phone.kind in ("mobile", "private") and not phone.invalid
    if hidden or barred or not mobile or of_method(phone, "sms") or not current_access().may("core:sms:create"):
        return ""
    return url_for("mail.sms_new", phone=phone.id)


def mail_view(session: Session, email: Email, classes: frozenset[str], bars: Bars = NO_BARS) -> MailView | None:
    """Shape an e-mail address; nothing for those who may not see it."""
    if "inner" not in classes or (email.is_private and "private" not in classes):
        return None
    kind = title(session, "email_kind", email.kind)
    may = current_access().may("core:letter:create")
    href = url_for("mail.letter_new", email=email.id) if may else f"mailto:{email.address}"
    return MailView(email.id, kind, email.address, email.note or "", blocked(email, "mail", bars.get("mail")), href)


def address_view(
    session: Session, address: Address, classes: frozenset[str], bars: Bars = NO_BARS
) -> AddressView | None:
    """Shape an address; nothing for those who may not see it."""
    if "inner" not in classes or (address.is_private and "private" not in classes):
        return None
    days = [format_date(one, "yyyy-MM-dd") if one else "" for one in (address.valid_from, address.valid_to)]
    return AddressView(
        address.id,
        title(session, "address_kind", address.kind),
        whole_address(address.province, address.city, address.district, address.text),
        address.postcode or "",
        address.recipient or "",
        " – ".join(days) if any(days) else "",
        address.valid_on(local_today()) and address.usable,
        blocked(address, "post", bars.get("post")),
    )


def need_view(session: Session, need: Need) -> NeedView:
    """Shape a need."""
    today = local_today()
    kind = title(session, "need", need.kind)
    return NeedView(need.id, need.kind, kind, need.text or "", need.noted_on, need.valid_until, need.valid_on(today))


CONTACT_ROWS = (
    "code", "position_title", "department", "salutation", "gender", "age", "postcode", "introduction", "change_note",
    "change_noted_on", "change_noted_by_id", "remark",
)  # fmt: skip
PRIVATE_ROWS = (
    "ethnicity", "education", "major", "family", "character", "income",
    "income_note", "habits", "hobbies", "social_relations", "career",
)  # fmt: skip


def contact_view(
    session: Session, contact: Contact, classes: frozenset[str], held: Sequence[Bar], *, private: bool = False
) -> ContactView:
    """Shape a contact for one who sees these classes; what is personal only when it was asked for.

    `held` are the bars in force at his company.
    """
    seen = classes if private else classes - {"private"}
    values = {
        field.name: getattr(contact, field.path or field.name)
        for field in CONTACTS.fields
        if field.field_class in seen and hasattr(contact, field.path or field.name)
    }
    own = [one.field for one in own_fields(CONTACTS.key) if one.field.field_class in seen]
    values |= {field.name: value_of(contact, field) for field in own}
    if values.get("age") is not None or (contact.birth_date is not None and "inner" in seen):
        values["age"] = age_of(contact, local_today())
    row = Shown(contact.id, values, seen)
    bars = bars_on(held, contact)
    phones = [number_view(session, one, _of_phone(one, classes, private), bars) for one in contact.phones]
    return ContactView(
        contact.id,
        contact.name,
        title(session, "position", contact.position) or values.get("position_title") or "",
        values.get("position_title") or "",
        values.get("department") or "",
        values.get("gender") or "",
        title(session, "salutation", values.get("salutation")),
        contact.invalid,
        contact.do_not_contact,
        {channel: bar_words(channel, why) for channel, why in bars.items()},
        contact.is_alive,
        rows_of(session, row, CONTACTS, (*CONTACT_ROWS, *(f.name for f in own if f.field_class != "private"))),
        [phone for phone in phones if phone],
        [mail for one in contact.emails if (mail := mail_view(session, one, seen, bars))],
        [place for one in contact.addresses if (place := address_view(session, one, seen, bars))],
        contact.review_state,
    )


def _of_phone(phone: Phone, classes: frozenset[str], private: bool) -> frozenset[str]:
    """A mobile is whole for those of the class private; a private number waits until what is personal is asked for."""
    return classes if private or not phone.is_private else classes - {"private"}


def private_rows(session: Session, contact: Contact) -> list[tuple[str, str]]:
    """Give what is personal about a contact, for those who asked and may."""
    values = {name: getattr(contact, name) for name in PRIVATE_ROWS}
    born = []
    if contact.birth_date is not None:
        kind = {"lunar": contact.birth_lunar, "leap": contact.birth_leap}
        born = [(str(field_of(CONTACTS, "birth_date").title), birth_words(contact.birth_date, **kind))]
    own = [one.field for one in own_fields(CONTACTS.key) if one.field.field_class == "private"]
    values |= {field.name: value_of(contact, field) for field in own}
    names = (*PRIVATE_ROWS, *(field.name for field in own))
    found = born + rows_of(session, Shown(contact.id, values, frozenset({"private"})), CONTACTS, names)
    for code, score in contact.qualities.items():
        found.append((title(session, "quality", code), f"{score} / 5"))
    return found


def contact_classes(contact: Contact, access: Access) -> frozenset[str]:
    """Tell which classes of a contact a person sees."""
    return Visibility(access, CONTACTS).of_record(contact)
