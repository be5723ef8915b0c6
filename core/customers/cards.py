"""Address cards of contacts (vCard 3.0 and 4.0): what one person sees of another, for phones and other programs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.auth.access import Access, current_access
from core.auth.output import Visibility
from core.clock import local_today
from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.queries import barred_contacts, barred_methods
from core.customers.resources import COMPANY, CONTACT
from core.customers.surnames import parts_of
from core.i18n import gettext
from core.overlay import overlay
from core.plugin import FileFormat

VERSIONS = ("3.0", "4.0")
CHUNK = 500
WIDTH = 75
"""Bytes of a line; longer ones are folded."""
TYPES = {"mobile": "CELL", "fax": "WORK,FAX", "private": "HOME", "home": "HOME"}
SPECIAL = re.compile(r"([\\,;])")


@dataclass(frozen=True)
class Place:
    """An address in the parts that a card has."""

    type: str
    street: str
    city: str
    province: str
    postcode: str
    country: str


@dataclass
class Card:
    """What a card says of a contact."""

    id: int
    name: str
    company: str
    department: str = ""
    title: str = ""
    phones: list[tuple[str, str]] = field(default_factory=list)
    emails: list[tuple[str, str]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    website: str = ""
    birthday: str = ""
    note: str = ""


def cards_of(session: Session, ids: Sequence[int], access: Access, *, personal: bool = True) -> Iterator[Card]:
    """Give the cards of contacts, in the order of the ids, with what the person sees of each.

    A number or address that must not be used is left out, so that nobody takes it from his phone; mobiles are on the
    cards of those only who see them whole. Without `personal` what is private is left out for everybody: showing it is
    put on record.
    """
    seen, houses = Visibility(access, CONTACT), Visibility(access, COMPANY)
    parts = [selectinload(one) for one in (Contact.phones, Contact.emails, Contact.addresses, Contact.company)]
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = session.scalars(select(Contact).where(Contact.id.in_(some), Contact.alive()).options(*parts))
        known = {one.id: one for one in rows}
        unwanted = barred_contacts(session, "call", list(known))
        barred = _barred(session, list(known.values()))
        for key in some:
            contact = known.get(key)
            if contact is not None:
                classes, of_house = seen.of_record(contact), houses.of_record(contact.company)
                card = _card(session, contact, classes, of_house, barred, personal=personal)
                card.note = str(gettext("Do not contact")) if key in unwanted else ""
                yield card


def _barred(session: Session, contacts: Sequence[Contact]) -> set[tuple[type, int]]:
    """Give the numbers, e-mails and addresses of contacts that must not be used for what they are for."""
    found: set[tuple[type, int]] = set()
    for model, channel, name in ((Phone, "call", "phones"), (Email, "mail", "emails"), (Address, "post", "addresses")):
        keys = [row.id for one in contacts for row in getattr(one, name)]
        found.update((model, key) for key in barred_methods(session, channel, keys))
    return found


def _card(
    session: Session,
    contact: Contact,
    classes: frozenset[str],
    of_house: frozenset[str],
    barred: set[tuple[type, int]],
    *,
    personal: bool,
) -> Card:
    whole = "private" in classes
    private = whole and personal
    card = Card(contact.id, contact.name, contact.company.name)
    card.title = overlay().title(session, "position", contact.position) if contact.position else ""
    if "inner" not in classes:
        return card

    def shown(row: Phone | Email | Address) -> bool:
        seen = private if row.is_private else whole or not row.is_masked
        return seen and not row.invalid and (type(row), row.id) not in barred

    card.title = contact.position_title or card.title
    card.department = contact.department or ""
    card.phones = [(TYPES.get(one.kind, "WORK,VOICE"), one.number) for one in contact.phones if shown(one)]
    card.emails = [("HOME" if one.is_private else "WORK", one.address) for one in contact.emails if shown(one)]
    today = local_today()
    card.places = [
        _place(session, one, one.text, "HOME" if one.is_private else "WORK")
        for one in contact.addresses
        if shown(one) and one.valid_on(today) and one.kind != "former"
    ]
    company: Company = contact.company
    if "inner" in of_house:
        card.website = company.website or ""
        if company.address and not any(place.type == "WORK" for place in card.places):
            card.places.append(_place(session, company, company.address))
    if private and contact.birth_date is not None and not contact.birth_lunar:
        card.birthday = contact.birth_date.isoformat()
    return card


def _place(session: Session, row: Address | Company, street: str, type: str = "WORK") -> Place:
    """Take an address apart: what the street says of its place stands once, the district with the city."""
    for part in dict.fromkeys((row.province, row.city, row.district)):
        street = street.removeprefix(part or "")
    city = "".join(one for one in (row.city, row.district) if one)
    country = overlay().title(session, "country", row.country)
    return Place(type, street.strip(), city, row.province or "", row.postcode or "", country)


# --- writing


def write_card(card: Card, version: str = "3.0") -> str:
    """Write a card as vCard text in UTF-8, its lines ended and folded as the standard wants."""
    family, given = parts_of(card.name)
    lines = [
        "BEGIN:VCARD",
        f"VERSION:{version}",
        f"UID:zhike-contact-{card.id}",
        f"FN:{_escaped(card.name)}",
        f"N:{_escaped(family)};{_escaped(given)};;;",
        f"ORG:{_escaped(card.company)}" + (f";{_escaped(card.department)}" if card.department else ""),
    ]
    if card.title:
        lines.append(f"TITLE:{_escaped(card.title)}")
    lines += [f"TEL;{_types(types, version)}:{_escaped(number)}" for types, number in card.phones]
    lines += [f"EMAIL;{_types(types, version)}:{_escaped(address)}" for types, address in card.emails]
    for one in card.places:
        parts = ("", "", one.street, one.city, one.province, one.postcode, one.country)
        lines.append(f"ADR;{_types(one.type, version)}:{';'.join(map(_escaped, parts))}")
    if card.website:
        lines.append(f"URL:{_escaped(card.website)}")
    if card.birthday:
        lines.append(f"BDAY:{card.birthday.replace('-', '') if version == '4.0' else card.birthday}")
    if card.note:
        lines.append(f"NOTE:{_escaped(card.note)}")
    lines.append("END:VCARD")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _types(types: str, version: str) -> str:
    if version == "4.0":
        return f'TYPE="{types.lower()}"' if "," in types else f"TYPE={types.lower()}"
    return f"TYPE={types}"


def _escaped(text: str) -> str:
    """Write a text so that nothing in it begins a new line or part of the card."""
    text = re.sub(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = "".join(c for c in text if c == "\n" or c >= " ")
    return SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold a line by bytes, never within a character."""
    pieces, piece, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > WIDTH:
            pieces.append(piece)
            piece, size = "", 1
        piece += character
        size += width
    return "\r\n ".join([*pieces, piece])


def write_cards(session: Session, ids: Sequence[int], version: str) -> Iterator[str]:
    """Write the cards of contacts as the signed-in person sees them."""
    for card in cards_of(session, ids, current_access()):
        yield write_card(card, version)


FORMATS = (
    FileFormat(
        name="vcf",
        title="vCard 3.0",
        media_type="text/vcard",
        write=lambda session, ids: write_cards(session, ids, "3.0"),
    ),
    FileFormat(
        name="vcf4",
        title="vCard 4.0",
        ending="vcf",
        media_type="text/vcard",
        write=lambda session, ids: write_cards(session, ids, "4.0"),
    ),
)
"""How contacts are exported besides tables."""


# --- the code that a camera reads

MOST_BYTES = 1200
"""A code with more is hard to read from a screen."""


def code_of(card: Card) -> str:
    """Draw a card as a QR code, as a whole SVG document: of what is most needed, until it can be read well."""
    import segno

    small = Card(card.id, card.name, card.company, card.department, card.title, card.phones[:4], card.emails[:2])
    small.places = [one for one in card.places if one.type == "WORK"][:1]
    text = write_card(small)
    for left_out in (small.places, small.emails, small.phones):
        if len(text.encode()) <= MOST_BYTES:
            break
        left_out.clear()
        text = write_card(small)
    drawing = io.BytesIO()
    made = segno.make(text, error="m", micro=False, encoding="utf-8", boost_error=False)
    made.save(drawing, kind="svg", border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return drawing.getvalue().decode()
