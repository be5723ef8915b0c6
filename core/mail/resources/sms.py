"""What staff list of short messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.numbers import masked_phone, parse_phone
from core.customers.permissions import Perm
from core.customers.resources.customer import customer_fields
from core.db import among
from core.i18n import _, n_, p_
from core.mail.models import TextMessage
from core.mail.resources.letters import STATE_TITLES, STATE_TONES, reason_titles
from core.plugin import Field, Resource, SystemView

WHOLE = 7
"""Digits from which on a text is a number: a part of one would tell a masked number piece by piece."""
SMS_STATE_TITLES = {one: STATE_TITLES[one] for one in ("waiting", "sending", "sent", "refused", "doubtful")}

SMS_REASONS = {"barred": _("Must not get short messages"), "twice": _("The same number comes earlier")}
"""What stands for the reasons of letters where these speak of addresses."""


def sms_reason_titles(session: Session) -> dict[str, Any]:
    """Give why short messages were not sent, with what modules say."""
    return {**reason_titles(session), **SMS_REASONS}


def shown_numbers(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Load the numbers of messages, mobile ones masked where this person does not see what is private of the record."""
    rows = session.scalars(select(TextMessage).where(among(session, TextMessage.id, ids)))
    return {one.id: shown_number(one) for one in rows}


def shown_number(message: TextMessage) -> str:
    """Give the number of a message, masked as on the record."""
    access, about = current_access(), message.contact or message.company
    private = str(Perm.CONTACT_PRIVATE)
    whole = access.may(private, about) if about is not None else access.scope(private) == "all"
    return message.number if whole else masked_phone(message.number)


def search_messages(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to short messages whose recipient or words hold a text, or that went to the whole number typed."""
    held = [column.icontains(text, autoescape=True) for column in (TextMessage.name, TextMessage.text)]
    digits = parse_phone(text).digits
    return statement.where(or_(*held, *([TextMessage.digits == digits[:20]] if len(digits) >= WHOLE else [])))


SMS = Resource(
    name="sms",
    plural="sms",
    title=_("Short message"),
    title_plural=_("Short messages"),
    model=TextMessage,
    customer="company_id",
    title_path="text",
    detail="mail.sms_detail",
    new="mail.sms_new",
    listing="mail.sms_list",
    default_sort="-created_at",
    search=search_messages,
    search_hint=_("Number, recipient, words"),
    quick_filters=("state", "sender_id", "created_at"),
    unit=n_(" short message", " short messages"),
    icon="chat",
    order=49,
    views=(
        SystemView(name="mine", title=_("Mine"), query="sender_id=me", order=10),
        SystemView(name="refused", title=STATE_TITLES["refused"], query="state=refused", order=20),
        SystemView(name="doubtful", title=STATE_TITLES["doubtful"], query="state=doubtful", order=30),
    ),
    card=(("state",), ("company_id", "name"), ("created_at",)),
    fields=(
        Field(name="text", title=_("Short message"), kind="long", field_class="brief", default=True, order=1),
        Field(
            name="state", title=p_("letter", "State"), kind="choice", field_class="brief", default=True, order=2,
            choices=lambda session: list(SMS_STATE_TITLES.items()), tones=STATE_TONES,
        ),
        Field(name="company_id", title=_("Customer"), kind="company", field_class="brief", default=True, order=3),
        Field(name="contact_id", title=_("Contact"), kind="contact", field_class="brief", order=4),
        Field(
            name="phone", title=_("Telephone number"), field_class="inner", default=True, order=5,
            load=shown_numbers, filterable=False,
        ),
        Field(name="name", title=_("To whom"), field_class="brief", order=6),
        Field(
            name="sender_id", title=p_("letter", "Written by"), kind="user", field_class="brief", default=True, order=7
        ),
        Field(
            name="created_at", title=p_("letter", "Written"), kind="datetime", field_class="brief", default=True,
            sortable=True, order=8,
        ),
        Field(name="sent_at", title=p_("letter", "Sent at"), kind="datetime", field_class="brief", order=9),
        Field(name="gateway", title=_("Gateway"), field_class="brief", order=10),
        Field(name="answer", title=_("Answer of the gateway"), kind="long", field_class="inner", order=11),
        *customer_fields(TextMessage.company_id),
    ),
)  # fmt: skip
