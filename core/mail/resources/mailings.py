"""What staff list of mailings and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.db import among
from core.i18n import _, n_, p_
from core.mail.models import OPEN_STATES, Letter, Mailing, MailTemplate
from core.mail.services.mailings import note_files
from core.plugin import Field, Resource, SystemView

MAILING_STATES = {
    "draft": p_("mailing", "Draft"),
    "ready": p_("mailing", "Ready"),
    "asked": p_("mailing", "Waits for agreement"),
    "approved": p_("mailing", "Agreed to"),
    "running": p_("mailing", "Running"),
    "stopped": p_("mailing", "Stopped"),
    "done": p_("mailing", "Sent out"),
}
MAILING_TONES = {
    "draft": "o", "ready": "o", "asked": "w", "approved": "p", "running": "p", "stopped": "bad", "done": "ok",
}  # fmt: skip
KIND_TITLES = (("information", p_("mailing kind", "Information")), ("advertising", p_("mailing kind", "Advertising")))


def _count(*states: str) -> Any:
    def load(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        rows = select(Letter.mailing_id, func.count()).where(
            Letter.state.in_(states), among(session, Letter.mailing_id, list(ids))
        )
        return {key: count for key, count in session.execute(rows.group_by(Letter.mailing_id)) if key is not None}

    return load


def search_mailings(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to mailings whose name or subject holds a text."""
    held = (column.icontains(text, autoescape=True) for column in (Mailing.name, Mailing.subject))
    return statement.where(or_(*held))


def search_templates(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to templates whose name, subject or text holds a text."""
    columns = (MailTemplate.name, MailTemplate.subject, MailTemplate.body)
    return statement.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))


MAILING = Resource(
    name="mailing",
    plural="mailings",
    title=_("Mailing"),
    title_plural=_("Mailings"),
    model=Mailing,
    owner="owner_id",
    fixed=lambda mailing: mailing.state not in OPEN_STATES,
    after_files=note_files,
    held=lambda: Mailing.state.in_(("draft", "ready", "asked", "approved", "stopped")),
    title_path="name",
    detail="mail.mailing_detail",
    new="mail.mailing_new",
    edit="mail.mailing_edit",
    listing="mail.mailing_list",
    default_sort="-created_at",
    search=search_mailings,
    search_hint=_("Name, subject"),
    quick_filters=("state", "kind", "owner_id"),
    unit=n_(" mailing", " mailings"),
    icon="mail",
    order=46,
    views=(
        SystemView(name="asked", title=MAILING_STATES["asked"], query="state=asked", counted=True, hot=True, order=10),
        SystemView(name="running", title=MAILING_STATES["running"], query="state=running", order=20),
        SystemView(name="mine", title=_("Mine"), query="owner_id=me", order=30),
    ),
    card=(("state",), ("owner_id",), ("created_at",)),
    fields=(
        Field(name="name", title=_("Name of the mailing"), field_class="brief", default=True, order=1),
        Field(
            name="state", title=p_("mailing", "State"), kind="choice", field_class="brief", default=True, order=2,
            choices=lambda session: list(MAILING_STATES.items()), tones=MAILING_TONES,
        ),
        Field(
            name="kind", title=_("Kind"), kind="choice", field_class="brief", default=True, order=3,
            choices=lambda session: list(KIND_TITLES),
        ),
        Field(
            name="purpose", title=_("Purpose"), kind="choice", dictionary="consent_purpose", field_class="brief",
            order=4,
        ),
        Field(name="subject", title=_("Subject"), field_class="brief", order=5),
        Field(
            name="sent", title=p_("letter", "Sent"), kind="number", field_class="brief", default=True, order=6,
            load=_count("sent"), filterable=False,
        ),
        Field(
            name="waiting", title=p_("letter", "Waiting"), kind="number", field_class="brief", default=True, order=7,
            load=_count("waiting", "sending"), filterable=False,
        ),
        Field(
            name="refused", title=p_("letter", "Refused"), kind="number", field_class="brief", order=8,
            load=_count("refused"), filterable=False,
        ),
        Field(
            name="doubtful", title=p_("letter", "In doubt"), kind="number", field_class="brief", default=True, order=9,
            load=_count("doubtful"), filterable=False,
        ),
        Field(
            name="owner_id", title=p_("letter", "Written by"), kind="user", field_class="brief", default=True,
            order=10,
        ),
        Field(
            name="created_at", title=p_("letter", "Written"), kind="datetime", field_class="brief", default=True,
            sortable=True, order=11,
        ),
        Field(name="started_at", title=_("Started"), kind="datetime", field_class="brief", order=12),
        Field(name="ended_at", title=_("Ended"), kind="datetime", field_class="brief", order=13),
    ),
)  # fmt: skip

TEMPLATE = Resource(
    name="mailtemplate",
    plural="mailtemplates",
    title=_("Template of e-mails"),
    title_plural=_("Templates of e-mails"),
    model=MailTemplate,
    title_path="name",
    detail="mail.mailtemplate_detail",
    new="mail.mailtemplate_new",
    edit="mail.mailtemplate_edit",
    listing="mail.mailtemplate_list",
    default_sort="-updated_at",
    search=search_templates,
    search_hint=_("Name, subject, text"),
    quick_filters=("kind",),
    unit=n_(" template", " templates"),
    icon="file",
    order=47,
    card=(("kind",), ("subject",), ("updated_at",)),
    fields=(
        Field(name="name", title=_("Name"), field_class="brief", default=True, order=1),
        Field(
            name="kind", title=_("Kind"), kind="choice", field_class="brief", default=True, order=2,
            choices=lambda session: list(KIND_TITLES),
        ),
        Field(name="subject", title=_("Subject"), field_class="brief", default=True, order=3),
        Field(name="body", title=p_("letter", "Text"), kind="long", field_class="brief", order=4),
        Field(
            name="entered_by_id", title=p_("letter", "Written by"), kind="user", field_class="brief", default=True,
            order=5,
        ),
        Field(
            name="updated_at", title=_("Changed"), kind="datetime", field_class="brief", default=True, sortable=True,
            order=6,
        ),
    ),
)  # fmt: skip
