"""What staff list of mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.resources.customer import customer_fields
from core.db import among
from core.i18n import _, n_, ngettext, p_
from core.mail.models import Letter
from core.mail.permissions import Perm
from core.mail.queries import mailing_choices, stop_titles
from core.mail.services import settle
from core.plugin import BatchAction, Field, Resource, SystemView

STATE_TITLES = {
    "waiting": p_("letter", "Waiting"),
    "sending": p_("letter", "Being sent"),
    "sent": p_("letter", "Sent"),
    "refused": p_("letter", "Refused"),
    "doubtful": p_("letter", "In doubt"),
    "stopped": p_("letter", "Not sent"),
    "left_out": p_("letter", "Left out"),
}
STATE_TONES = {
    "waiting": "o",
    "sending": "p",
    "sent": "ok",
    "refused": "bad",
    "doubtful": "w",
    "stopped": "",
    "left_out": "",
}
REASON_TITLES = {
    "refused": _("The server refused it"),
    "gave_up": _("The server put it off too often"),
    "interrupted": _("Sending was interrupted; it may have arrived"),
    "lost": _("The server did not answer; it may have arrived"),
    "barred": _("Must not be written to"),
    "doubt": _("Left as it is"),
    "bounced": _("It came back"),
    "withdrawn": _("Took the consent back"),
    "no_consent": _("Did not agree to advertising"),
    "no_address": _("No e-mail address"),
    "no_number": _("No mobile number"),
    "dead": _("The address takes no e-mails"),
    "gone": _("No longer there"),
    "recent": _("Contacted lately"),
    "twice": _("The same address comes earlier"),
    "no_reader": _("Whoever it is for does not get it any more"),
}


def reason_titles(session: Session) -> dict[str, Any]:
    """Give why letters did not arrive or were left out, with what modules say."""
    return {**REASON_TITLES, **stop_titles(session)}


def search_letters(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to letters whose address, recipient or subject holds a text."""
    held = (column.icontains(text, autoescape=True) for column in (Letter.address, Letter.name, Letter.subject))
    return statement.where(or_(*held))


def _of_mailing(session: Session, op: str, values: Sequence[str]) -> Any:
    """Make the condition that a letter belongs to one of some mailings, or to none."""
    if op == "empty":
        return Letter.mailing_id.is_(None) if "1" in values else Letter.mailing_id.is_not(None)
    if op not in ("eq", "in", "ne"):
        return None
    ids = [int(one) for one in values if one.isascii() and one.isdecimal() and len(one) < 16]
    found = Letter.mailing_id.in_(ids)
    return or_(~found, Letter.mailing_id.is_(None)) if op == "ne" else found


def _mailing_of(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    rows = select(Letter.id, Letter.mailing_id).where(among(session, Letter.id, list(ids)))
    return {key: str(mailing_id) for key, mailing_id in session.execute(rows) if mailing_id is not None}


def _decide(decision: str) -> Callable[[Session, Sequence[int], Mapping[str, str]], str]:
    def run(session: Session, ids: Sequence[int], form: Mapping[str, str]) -> str:
        user_id = current_access().user_id
        assert user_id is not None
        letters = session.scalars(select(Letter).where(among(session, Letter.id, list(ids))).order_by(Letter.id)).all()
        done = settle(session, letters, decision, by=user_id)
        return str(ngettext("%(num)d letter decided", "%(num)d letters decided", done))

    return run


LETTER = Resource(
    name="letter",
    plural="letters",
    title=_("E-mail"),
    title_plural=_("E-mails"),
    model=Letter,
    customer="company_id",
    title_path="subject",
    detail="mail.letter_detail",
    new="mail.letter_new",
    listing="mail.letter_list",
    default_sort="-created_at",
    search=search_letters,
    search_hint=_("Address, recipient, subject"),
    quick_filters=("state", "mailing_id", "sender_id", "created_at"),
    unit=n_(" e-mail", " e-mails"),
    icon="mail",
    order=45,
    views=(
        SystemView(name="doubtful", title=STATE_TITLES["doubtful"], query="state=doubtful", counted=True, hot=True),
        SystemView(name="waiting", title=STATE_TITLES["waiting"], query="state=waiting", order=110),
        SystemView(name="mine", title=_("Mine"), query="sender_id=me", order=120),
        SystemView(name="refused", title=STATE_TITLES["refused"], query="state=refused", order=130),
    ),
    actions=(
        BatchAction(
            name="sent", title=_("It arrived: take as sent"), permission=Perm.LETTER_EDIT, run=_decide("sent"),
            confirm=True, order=10,
        ),
        BatchAction(
            name="again", title=_("Send once more"), permission=Perm.LETTER_EDIT, run=_decide("again"), icon="refresh",
            confirm=True, order=20,
        ),
        BatchAction(
            name="leave", title=_("Leave it unsent"), permission=Perm.LETTER_EDIT, run=_decide("leave"), icon="x",
            confirm=True, order=30,
        ),
    ),
    card=(("state",), ("company_id", "address"), ("created_at",)),
    fields=(
        Field(
            name="created_at", title=p_("letter", "Written"), kind="datetime", field_class="brief", default=True,
            sortable=True,
        ),
        Field(
            name="state", title=p_("letter", "State"), kind="choice", field_class="brief", default=True,
            choices=lambda session: list(STATE_TITLES.items()), tones=STATE_TONES,
        ),
        Field(name="company_id", title=_("Customer"), kind="company", field_class="brief", default=True),
        Field(name="contact_id", title=_("Contact"), kind="contact", field_class="brief"),
        Field(name="address", title=_("Address"), kind="email", field_class="inner", default=True),
        Field(name="name", title=p_("letter", "Recipient"), field_class="brief"),
        Field(
            name="mailing_id", title=_("Mailing"), kind="choice", field_class="brief",
            choices=mailing_choices, load=_mailing_of, where=_of_mailing,
        ),
        Field(name="subject", title=_("Subject"), field_class="brief", default=True),
        Field(name="sender_id", title=p_("letter", "Written by"), kind="user", field_class="brief", default=True),
        Field(name="sent_at", title=p_("letter", "Sent at"), kind="datetime", field_class="brief", default=True),
        Field(
            name="reason", title=_("Reason"), kind="choice", field_class="brief",
            choices=lambda session: list(reason_titles(session).items()),
        ),
        Field(name="answer", title=_("Answer of the server"), kind="long", field_class="inner"),
        Field(name="replied_at", title=_("Answered at"), kind="datetime", field_class="brief"),
        Field(name="bounced_at", title=_("Came back at"), kind="datetime", field_class="brief"),
        Field(name="unsubscribed_at", title=_("Said no to e-mails"), kind="datetime", field_class="brief"),
        Field(name="tries", title=_("Tries"), kind="number", field_class="brief"),
        Field(name="due_at", title=_("Next try"), kind="datetime", field_class="brief"),
        *customer_fields(Letter.company_id),
    ),
)  # fmt: skip
