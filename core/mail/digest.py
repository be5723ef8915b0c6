"""The daily e-mail of what waits for a person: put into the outbox once a day, written when it leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.auth.access import Access, access_of
from core.auth.models import User
from core.auth.queries.names import names_of
from core.bus.house import bus_of
from core.bus.services import start_job
from core.calendar.queries import is_working_day
from core.clock import local_now, to_local
from core.customers.numbers import email_key
from core.customers.permissions import Perm
from core.i18n import _, gettext, ngettext, pgettext, speaking
from core.mail.compose import Draft
from core.mail.models import DIGEST, Letter, MailDigest
from core.mail.services.letters import SEND_JOB, new_key
from core.mail.settings import FROM, SITE, text
from core.messages.models import Message, MessageCopy
from core.plugin import Job
from core.tasks.models import Task
from core.tasks.services import end_of

SHOWN = 30
CHUNK = 1000


def make_digests(session: Session) -> str:
    """Put today's e-mail into the outbox of everybody whose hour has come; whoever has it is passed over.

    The day is noted in the transaction that writes the letter, so nobody gets two, and whoever was missed in the
    night gets his with the next run of the day.
    """
    now = local_now()
    if not text(session, FROM):
        return gettext("Nothing is sent: it is switched off, or no sender is set")
    made = 0
    working = is_working_day(session, now.date())
    rows = (
        select(MailDigest)
        .where(MailDigest.hour <= now.hour, or_(MailDigest.sent_on.is_(None), MailDigest.sent_on < now.date()))
        .order_by(MailDigest.user_id)
        .limit(CHUNK)
        .with_for_update(skip_locked=True)
    )
    if not working:
        rows = rows.where(MailDigest.working_days.is_(False))
    for wish in session.scalars(rows).all():
        wish.sent_on = now.date()
        person = session.get(User, wish.user_id)
        if person is None or not person.active or not person.email or _waits(session, person.id):
            continue
        with speaking(person.locale or "zh_CN"):
            written = words_of(session, person.id, now)
            if not written:
                continue
            subject = gettext("What waits for you, %(day)s", day=now.date().isoformat())
        session.add(
            Letter(
                sender_id=person.id,
                key=new_key(),
                address=person.email,
                address_key=email_key(person.email),
                name=person.name,
                subject=subject,
                values={DIGEST: str(person.id)},
            )
        )
        made += 1
    session.flush()
    if made:
        start_job(session, SEND_JOB)
    return str(ngettext("%(num)d daily e-mail", "%(num)d daily e-mails", made))


def _waits(session: Session, user_id: int) -> bool:
    """Tell whether one of before is still in the outbox, because nothing leaves: it says all that the next would."""
    rows = select(Letter).where(Letter.state == "waiting", Letter.mailing_id.is_(None), Letter.sender_id == user_id)
    return any(one.values.get(DIGEST) for one in session.scalars(rows))


def draft_of_digest(session: Session, letter: Letter) -> Draft:
    """Write the daily e-mail as things are when it leaves; what is read by then is not in it."""
    person = session.get_one(User, letter.sender_id)
    with speaking(person.locale or "zh_CN"):
        body = words_of(session, person.id, local_now()) or gettext("Nothing waits for you any more.")
        if site := text(session, SITE).rstrip("/"):
            body += "\n\n-- \n" + gettext("Change or end this daily e-mail: %(url)s", url=f"{site}/account/digest")
    return Draft(key=letter.key, address=letter.address, name=letter.name, subject=letter.subject, body=body)


def words_of(session: Session, user_id: int, now: dt.datetime) -> str:
    """Say what waits for a person: his unread messages and the tasks that are due; nothing where nothing does."""
    site = text(session, SITE).rstrip("/")
    parts = [*_tasks(session, user_id, now, site), *_messages(session, user_id, site)]
    return "\n\n".join(parts)


def _tasks(session: Session, user_id: int, now: dt.datetime, site: str) -> list[str]:
    due = select(Task).where(Task.assignee_id == user_id, Task.open, Task.due_at <= end_of(now.date()))
    found = session.scalars(due.order_by(Task.due_at, Task.id).limit(SHOWN + 1)).all()
    if not found:
        return []
    lines, access = [], _access(session, user_id)
    for one in found[:SHOWN]:
        day = to_local(one.due_at)
        when = gettext("today") if day.date() == now.date() else f"{day:%m-%d}"
        about = ""
        if access is not None and one.company is not None and access.may(str(Perm.COMPANY_QUERY), one.company):
            about = f" · {one.company.name}"
        lines.append(f"- {when} · {one.title}{about}")
    head = gettext("Tasks due today or before:")
    return ["\n".join([head, *lines, *_more(len(found), f"{site}/tasks?view=today" if site else "")])]


def _access(session: Session, user_id: int) -> Access | None:
    """Give the rights of a person: the job reads past all row scopes, and names no customer that he does not find."""
    registry = bus_of(session).registry
    return access_of(session, user_id, registry.permissions, registry.enabled(session))


def _messages(session: Session, user_id: int, site: str) -> list[str]:
    unread = (
        select(Message.title, MessageCopy.sender_id, MessageCopy.sent_at, MessageCopy.priority)
        .join(Message, Message.id == MessageCopy.message_id)
        .where(
            MessageCopy.user_id == user_id,
            MessageCopy.read_at.is_(None),
            MessageCopy.folder.in_(("inbox", "system")),
        )
        .order_by(MessageCopy.sent_at.desc(), MessageCopy.id.desc())
        .limit(SHOWN + 1)
    )
    found: list[Any] = list(session.execute(unread))
    if not found:
        return []
    names = names_of(session, [row.sender_id for row in found])
    lines = []
    for row in found[:SHOWN]:
        who = names.get(row.sender_id or 0) or gettext("System")
        urgent = f"[{pgettext('priority', 'Urgent')}] " if row.priority == "high" else ""
        lines.append(f"- {to_local(row.sent_at):%m-%d %H:%M} · {who} · {urgent}{row.title}")
    head = gettext("Messages that you have not read:")
    return ["\n".join([head, *lines, *_more(len(found), f"{site}/messages" if site else "")])]


def _more(found: int, address: str) -> list[str]:
    more = [gettext("… and more")] if found > SHOWN else []
    return [*more, address] if address else more


JOBS = [
    Job(
        name="core.mail_digest",
        title=_("Put the daily e-mails of what waits for people into the outbox"),
        run=make_digests,
        schedule="3,33 * * * *",
        order=215,
    )
]
