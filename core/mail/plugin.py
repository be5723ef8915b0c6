"""Mail: letters to customers from the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import _, p_
from core.mail import digest, fetching, models, sms
from core.mail.models import InMail, Letter, TextMessage
from core.mail.panels import timeline
from core.mail.permissions import PERMISSIONS, Perm
from core.mail.queries import asked_count, doubtful_count, unfiled_count
from core.mail.resources import (
    INMAIL,
    INMAIL_STATES,
    LETTER,
    MAILING,
    MAILING_STATES,
    SMS,
    STATE_TITLES,
    TEMPLATE,
)
from core.mail.sending import JOBS
from core.mail.settings import SETTINGS
from core.mail.views import blueprint
from core.plugin import Counted, Job, MenuItem, Permission, PluginInfo, Resource, Setting, TimelineSource, hookimpl

if TYPE_CHECKING:
    from core.customers.models import Company

info = PluginInfo(name="core.mail", title=p_("module", "E-mail"), summary=_("Letters, mailings and what comes back"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [LETTER, INMAIL, MAILING, TEMPLATE, SMS]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [*SETTINGS, *sms.SMS_SETTINGS]


@hookimpl
def register_jobs() -> Iterable[Job]:
    return [*JOBS, *digest.JOBS, *fetching.JOBS, *sms.SMS_JOBS]


def _asked(session: Session) -> int | None:
    access = current_access()
    return (asked_count(session, access.user_id or 0) or None) if access.may(Perm.MAILING_REVIEW) else None


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=p_("menu", "E-mails"), endpoint="mail.letter_list", permission=Perm.LETTER_QUERY, menu="customers",
            section=p_("menu", "Mail"), icon="mail", count=lambda session: doubtful_count(session) or None, hot=True,
            counted=Counted(title=STATE_TITLES["doubtful"], args={"view": "doubtful"}),
            order=300,
        ),
        MenuItem(
            title=_("Incoming e-mails"), endpoint="mail.inmail_list", permission=Perm.INMAIL_QUERY, menu="customers",
            section=p_("menu", "Mail"), icon="archive", count=lambda session: unfiled_count(session) or None, hot=True,
            counted=Counted(title=INMAIL_STATES["unfiled"], args={"view": "unfiled"}),
            order=305,
        ),
        MenuItem(
            title=_("Mailings"), endpoint="mail.mailing_list", permission=Perm.MAILING_QUERY, menu="customers",
            section=p_("menu", "Mail"), icon="users", count=_asked, hot=True, order=310,
            counted=Counted(title=MAILING_STATES["asked"], args={"state": "asked", "owner_id__ne": "me"}),
        ),
        MenuItem(
            title=_("Templates of e-mails"), endpoint="mail.mailtemplate_list", permission=Perm.TEMPLATE_QUERY,
            menu="customers", section=p_("menu", "Mail"), icon="file", order=320,
        ),
        MenuItem(
            title=_("Short messages"), endpoint="mail.sms_list", permission=Perm.SMS_QUERY, menu="customers",
            section=p_("menu", "Mail"), icon="chat", order=330,
        ),
    ]  # fmt: skip


@hookimpl
def register_customer_panels() -> Iterable[TimelineSource]:
    of = (Letter.company_id, InMail.company_id)
    return [TimelineSource(name="core.mail", load=timeline, permission=Perm.LETTER_QUERY, kind="talk", of=of)]


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Blank what was written to the customer; that something was sent is kept."""
    for letter in session.scalars(select(Letter).where(Letter.company_id == customer.id)):
        letter.subject, letter.body, letter.name, letter.answer, letter.values = "—", "", "", "", {}
        letter.address = letter.address_key = "—"
        if letter.state == "waiting":
            letter.state, letter.reason = "stopped", "barred"
    for mail in session.scalars(select(InMail).where(InMail.company_id == customer.id)):
        mail.subject, mail.text, mail.to_text, mail.note = "—", "", "", ""
        mail.from_name = mail.from_address = mail.from_key = mail.message_id = ""
    for message in session.scalars(select(TextMessage).where(TextMessage.company_id == customer.id)):
        message.text, message.number, message.digits, message.name, message.answer = "—", "—", "", "", ""
        if message.state == "waiting":
            message.state = "refused"
