"""Demo data: a price list, a drawing of a stand and a card on a few customers and their contacts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from core.attachments.models import Attachment
from core.attachments.services import attach
from core.attachments.settings import MB, allowed_endings
from core.attachments.store import store_of
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.models import Company, Contact
from core.plugin import Resource

if TYPE_CHECKING:
    from core.demo.load import Demo

CUSTOMERS = 6
COLOURS = ("#2457d6", "#0f766e", "#b45309", "#7c3aed", "#be123c", "#166534")


def load_demo(session: Session, demo: Demo) -> dict[str, int]:
    """Attach files to the first customers; return the id of one."""
    first = 0
    for number, one in enumerate(demo.companies[:CUSTOMERS]):
        company, contact = session.get_one(Company, one.id), session.get_one(Contact, one.contact_ids[0])
        by = one.owner_id or demo.users["chief"]
        made = _attach(session, COMPANIES, company, "展位示意图.png", _stand(COLOURS[number]), by=by)
        made.note = "标准展位，两面开口"
        _attach(session, COMPANIES, company, "2026年度价目表.csv", _prices(number), by=by)
        _attach(session, CONTACTS, contact, f"{contact.name}名片.jpg", _card(COLOURS[number]), by=by)
        first = first or made.id
    return {"attachments": first}


def _attach(session: Session, resource: Resource, host: object, name: str, content: bytes, *, by: int) -> Attachment:
    source = io.BytesIO(content)
    received = store_of(session).receive(source, name, allowed=allowed_endings(session), most=MB)
    return attach(session, resource, host, [received], by=by)[0]


def _stand(colour: str) -> bytes:
    """Draw the ground plan of a stand."""
    sheet = Image.new("RGB", (960, 640), "white")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((120, 120, 840, 560), outline=colour, width=12)
    for left in (180, 420, 660):
        pen.rectangle((left, 180, left + 120, 300), fill=colour)
    pen.rectangle((300, 420, 660, 500), outline=colour, width=6)
    return _written(sheet, "PNG")


def _card(colour: str) -> bytes:
    """Draw a card without words."""
    sheet = Image.new("RGB", (1050, 600), "#f8fafc")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, 40, 600), fill=colour)
    pen.ellipse((820, 80, 960, 220), fill=colour)
    for line, width in enumerate((420, 300, 560, 520)):
        pen.rectangle((110, 120 + 100 * line, 110 + width, 140 + 100 * line), fill="#94a3b8")
    return _written(sheet, "JPEG")


def _written(sheet: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    sheet.save(out, form)
    return out.getvalue()


def _prices(number: int) -> bytes:
    rows = [
        ("版位", "规格", "单价（元）"),
        ("封二", "210×285 mm", 32_000 + 500 * number),
        ("内页整版", "210×285 mm", 18_000),
    ]
    return "\ufeff".encode() + "\r\n".join(",".join(map(str, row)) for row in rows).encode()
