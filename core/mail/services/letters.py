"""Putting a letter into the outbox, and deciding about one whose fate is unknown."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.attachments.models import Attachment
from core.attachments.services import attach, attach_again
from core.attachments.store import Incoming
from core.auth.access import current_access
from core.auth.audit import record
from core.auth.hosts import hosts
from core.auth.models import User
from core.bus.services import start_job
from core.columns import utcnow
from core.customers.models import Contact
from core.customers.numbers import check_email, email_key
from core.customers.queries import Barred
from core.db import permitted
from core.errors import Refused
from core.i18n import _
from core.mail.models import InMail, Letter
from core.mail.permissions import Perm
from core.mail.settings import FILES, FROM, number, text

SEND_JOB = "core.mail_send"
ANSWER_DAYS = 30
MOST_FILES = 20


@dataclass(frozen=True, kw_only=True)
class Written:
    """What somebody wrote to one address."""

    address: str
    subject: str
    body: str
    name: str = ""
    company_id: int | None = None
    contact_id: int | None = None
    answers: InMail | None = None
    """What it answers: who wrote by himself is answered, whatever bars him."""

    files: Sequence[Incoming] = ()
    """Received files that go along."""

    enclosed: Sequence[Attachment] = ()
    """What hangs on the customer's record and goes along too."""


def new_key() -> str:
    """Make the key of a letter: nobody guesses it."""
    return secrets.token_hex(12)


def write_letter(session: Session, written: Written, *, by: int, bars: Mapping[str, Barred]) -> Letter:
    """Put a letter into the outbox; it leaves within moments after the commit.

    `bars` are those of its address, as `core.customers.queries.barred_values` gives them to the program. Raises
    Refused for what is no address, for nothing written, for whoever must not be written to, and without a sender.
    """
    current_access().demand(str(Perm.LETTER_CREATE))
    try:
        address = check_email(written.address)
    except ValueError:
        words = _("This is no e-mail address.")
        raise Refused(words, fields={"address": words}) from None
    if bars and not _may_answer(written, address):
        words = _("This person or house must not be written to. Nothing was sent.")
        raise Refused(words, fields={"address": words})
    if not text(session, FROM):
        raise Refused(_("No address is set from which e-mails are sent. Ask your administrator."))
    if not written.subject.strip():
        raise Refused(_("Say what it is about."), fields={"subject": _("Say what it is about")})
    if not written.body.strip():
        raise Refused(_("Write something"), fields={"body": _("Write something")})
    if written.contact_id is not None:
        contact = session.get(Contact, written.contact_id)
        if contact is None or contact.company_id != written.company_id:
            raise Refused(_("This contact belongs to another customer."))
    _check_files(session, written)
    letter = Letter(
        company_id=written.company_id,
        contact_id=written.contact_id,
        sender_id=by,
        key=new_key(),
        address=address,
        address_key=email_key(address),
        name=written.name[:100],
        subject=written.subject.strip()[:200],
        body=written.body.strip(),
        in_reply_to=written.answers.message_id or None if written.answers is not None else None,
        reply_to=session.scalar(select(User.email).where(User.id == by)),
    )
    session.add(letter)
    session.flush()
    with permitted():  # whoever may write a letter may put files into it, before anybody else can change it
        attach(session, hosts()["letter"], letter, written.files, by=by)
        attach_again(session, hosts()["letter"], letter, written.enclosed, by=by)
    record(session, "mail", entity="core_letter", entity_id=letter.id, company_id=letter.company_id)
    start_job(session, SEND_JOB)
    return letter


def _check_files(session: Session, written: Written) -> None:
    """Refuse files of another customer, and more than may go along."""
    if any(one.company_id != written.company_id or one.deleted_at is not None for one in written.enclosed):
        raise Refused(_("This attachment belongs to another customer."))
    check_size(session, [*written.files, *written.enclosed])


def check_size(session: Session, files: Sequence[Incoming | Attachment]) -> None:
    """Refuse more files than may go along with one e-mail, or larger ones together."""
    most = number(session, FILES)
    if len(files) > MOST_FILES:
        words = _("At most %(n)s files can be sent at once.", n=MOST_FILES)
        raise Refused(words, fields={"files": words})
    if most and sum(one.size for one in files) > most << 20:
        words = _("The files of one e-mail may hold %(n)s MB together.", n=most)
        raise Refused(words, fields={"files": words})


def _may_answer(written: Written, address: str) -> bool:
    """Tell whether it answers what this very address sent within the last days."""
    mail = written.answers
    if mail is None or not mail.message_id or mail.from_key != email_key(address):
        return False
    return mail.kind in ("mail", "reply") and mail.received_at > utcnow() - dt.timedelta(days=ANSWER_DAYS)


def settle(session: Session, letters: Sequence[Letter], decision: str, *, by: int) -> int:
    """Decide about letters in doubt: `sent` takes them as sent, `again` sends them once more, `leave` ends it.

    Return how many were in doubt. Raises Refused where none was.
    """
    done = 0
    for letter in letters:
        if letter.state != "doubtful":
            continue
        if decision == "sent":
            letter.state, letter.sent_at = "sent", letter.claimed_at
        elif decision == "again":
            letter.state, letter.due_at, letter.tries, letter.reason = "waiting", utcnow(), 0, ""
        else:
            letter.state, letter.reason = "stopped", "doubt"
        letter.settled_by_id = by
        record(
            session,
            "mail",
            entity="core_letter",
            entity_id=letter.id,
            company_id=letter.company_id,
            changes={"state": ["doubtful", letter.state]},
        )
        done += 1
    if not done:
        raise Refused(_("None of these letters is in doubt."))
    session.flush()
    if decision == "again":
        start_job(session, SEND_JOB)
    return done


def retry_at(tries: int) -> dt.datetime | None:
    """Tell when a letter that the server put off is tried again; None when it was tried often enough."""
    pauses = (300, 900, 3600, 4 * 3600, 12 * 3600)
    return utcnow() + dt.timedelta(seconds=pauses[tries - 1]) if tries <= len(pauses) else None
