"""What staff list of e-mails that came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.resources.customer import customer_fields
from core.db import among
from core.i18n import _, n_, ngettext, p_
from core.mail.models import InMail
from core.mail.permissions import Perm
from core.mail.services.inbound import dismiss
from core.plugin import BatchAction, Field, Resource, SystemView

INMAIL_KIND_TITLES = {
    "mail": p_("inmail", "Letter"),
    "reply": p_("inmail", "Answer"),
    "auto": p_("inmail", "Automatic answer"),
    "bounce": p_("inmail", "Returned"),
}
INMAIL_STATES = {
    "unfiled": p_("inmail", "Not filed"),
    "filed": p_("inmail", "Filed"),
    "dismissed": p_("inmail", "Put away"),
}
INMAIL_TONES = {"unfiled": "w", "filed": "ok", "dismissed": ""}


def search_inmails(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to e-mails whose sender, subject or text holds a text."""
    columns = (InMail.from_name, InMail.from_address, InMail.subject, InMail.text)
    return statement.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))


def _dismiss(session: Session, ids: Sequence[int], form: Mapping[str, str]) -> str:
    user_id = current_access().user_id
    assert user_id is not None
    mails = session.scalars(select(InMail).where(among(session, InMail.id, list(ids)))).all()
    done = dismiss(session, mails, by=user_id)
    return str(ngettext("%(num)d e-mail put away", "%(num)d e-mails put away", done))


INMAIL = Resource(
    name="inmail",
    plural="inmails",
    title=_("Incoming e-mail"),
    title_plural=_("Incoming e-mails"),
    model=InMail,
    customer="company_id",
    title_path="subject",
    detail="mail.inmail_detail",
    listing="mail.inmail_list",
    default_sort="-received_at",
    search=search_inmails,
    search_hint=_("Sender, subject, text"),
    quick_filters=("state", "kind", "received_at"),
    unit=n_(" e-mail", " e-mails"),
    icon="mail",
    order=48,
    views=(
        SystemView(
            name="unfiled", title=INMAIL_STATES["unfiled"], query="state=unfiled", counted=True, hot=True, order=10
        ),
        SystemView(name="answers", title=_("Answers"), query="kind=reply", order=20),
        SystemView(name="returned", title=INMAIL_KIND_TITLES["bounce"], query="kind=bounce", order=30),
    ),
    actions=(
        BatchAction(
            name="dismiss", title=_("Put away"), permission=Perm.INMAIL_EDIT, run=_dismiss, icon="archive", order=10
        ),
    ),
    card=(("state",), ("from_name", "company_id"), ("received_at",)),
    fields=(
        Field(name="subject", title=_("Subject"), field_class="brief", default=True, order=1),
        Field(name="from_name", title=p_("inmail", "From"), field_class="brief", default=True, order=2),
        Field(name="from_address", title=_("E-mail address"), kind="email", field_class="inner", default=True, order=3),
        Field(
            name="kind", title=_("Kind"), kind="choice", field_class="brief", default=True, order=4,
            choices=lambda session: list(INMAIL_KIND_TITLES.items()),
            tones={"bounce": "bad", "reply": "p", "auto": "o", "mail": "v"},
        ),
        Field(
            name="state", title=p_("inmail", "State"), kind="choice", field_class="brief", default=True, order=5,
            choices=lambda session: list(INMAIL_STATES.items()), tones=INMAIL_TONES,
        ),
        Field(name="company_id", title=_("Customer"), kind="company", field_class="brief", default=True, order=6),
        Field(name="contact_id", title=_("Contact"), kind="contact", field_class="brief", order=7),
        Field(
            name="received_at", title=p_("inmail", "Received"), kind="datetime", field_class="brief", default=True,
            sortable=True, order=8,
        ),
        Field(name="sent_at", title=p_("inmail", "Written"), kind="datetime", field_class="brief", order=9),
        Field(name="owner_id", title=_("Answers a letter of"), kind="user", field_class="brief", order=10),
        Field(name="text", title=p_("letter", "Text"), kind="long", field_class="inner", order=11),
        *customer_fields(InMail.company_id),
    ),
)  # fmt: skip
