"""Filing what came in: to the letter that it answers, else to the customer whose address it came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.attachments.names import clean_name
from core.attachments.services import attach
from core.attachments.settings import SIZE, allowed_endings, bytes_of
from core.attachments.store import Incoming, store_of
from core.auth.hosts import hosts
from core.columns import utcnow
from core.customers.models import Company, Contact, Email
from core.customers.numbers import email_key
from core.errors import Refused
from core.i18n import _, gettext
from core.mail.models import InMail, Letter
from core.mail.parse import File, Parsed, Returned, parse
from core.mail.services.dead import names_dead_address, note_dead
from core.mail.services.mailings import refuse_more
from core.mail.text import key_of
from core.messages.services import Record, notify

MOST_FILES = 50
_KEY = re.compile(r"<([0-9a-f]{24})@")
_NO_MORE = re.compile(r"^\s*unsubscribe(?:\s|%20)+([0-9a-z.-]{20,120})", re.I)


def take_in(session: Session, raw: bytes) -> InMail | None:
    """File one e-mail, in a session of the program; None for one that was taken before. It never fails on its content.

    A returned letter marks its address; an answer is told to whoever wrote the letter and who looks after the customer.
    """
    mark = hashlib.sha256(raw).hexdigest()
    if session.scalar(select(InMail.id).where(InMail.mark == mark)) is not None:
        return None
    read = parse(raw)
    letter = _letter_of(session, [one.original_id for one in read.returned] + read.answers)
    mail = InMail(
        mark=mark,
        message_id=read.message_id[:250],
        kind="bounce" if read.returned else "auto" if read.is_auto else "reply" if letter is not None else "mail",
        from_name=read.from_name[:100],
        from_address=read.from_address[:200],
        from_key=email_key(read.from_address),
        to_text=", ".join(address for _name, address in read.to)[:2000],
        subject=read.subject[:300],
        text=read.text,
        sent_at=read.date,
        received_at=utcnow(),
    )
    sure = letter is not None
    if letter is None and read.returned:
        letter = _letter_to(session, read.returned)
    _file(session, mail, letter)
    session.add(mail)
    session.flush()
    _keep_files(session, mail, read.files)
    for one in read.returned:
        _note_returned(session, one, letter, sure=sure)
    if letter is not None and mail.kind == "reply":
        letter.replied_at = letter.replied_at or utcnow()
    _tell(session, mail, letter)
    _no_more(session, read)
    session.flush()
    return mail


def _letter_of(session: Session, ids: Sequence[str]) -> Letter | None:
    """Find the letter that is answered or came back, by its Message-ID."""
    keys = [found.group(1) for one in ids if (found := _KEY.match(one))]
    if not keys:
        return None
    rows = {one.key: one for one in session.scalars(select(Letter).where(Letter.key.in_(keys)))}
    return next((rows[key] for key in keys if key in rows), None)


def _letter_to(session: Session, returned: Sequence[Returned]) -> Letter | None:
    """Find the newest letter to an address that came back without saying which letter it was."""
    keys = [email_key(one.address) for one in returned if one.address]
    rows = select(Letter).where(Letter.address_key.in_(keys), Letter.sent_at.is_not(None))
    return session.scalars(rows.order_by(Letter.sent_at.desc()).limit(1)).first()


def _file(session: Session, mail: InMail, letter: Letter | None) -> None:
    """Find out whose it is. An address that stands with several customers is nobody's until a person says so."""
    if letter is not None:
        mail.letter_id, mail.owner_id = letter.id, letter.sender_id
        mail.company_id, mail.contact_id = letter.company_id, letter.contact_id
    if mail.company_id is None and mail.from_key and mail.kind != "bounce":
        rows = session.scalars(select(Email).where(Email.address_key == mail.from_key)).all()
        houses = {one.company_id for one in rows}
        if len(houses) == 1:
            people = {one.contact_id for one in rows if one.contact_id is not None}
            mail.company_id = houses.pop()
            mail.contact_id = people.pop() if len(people) == 1 else None
    mail.state = "filed" if mail.company_id is not None or mail.kind == "bounce" else "unfiled"


def _keep_files(session: Session, mail: InMail, files: Sequence[File]) -> None:
    """Hang the files on the e-mail as attachments; those that must not be kept are named."""
    if not files:
        return
    allowed, most = allowed_endings(session), bytes_of(session, SIZE)
    kept: list[Incoming] = []
    dropped: list[str] = []
    for one in files[:MOST_FILES]:
        name = clean_name(one.name)
        try:
            kept.append(store_of(session).receive(BytesIO(one.content), name, allowed=allowed, most=most))
        except Refused as refused:
            dropped.append(gettext("%(name)s: %(why)s", name=name, why=str(refused.message)))
    if kept:
        try:
            attach(session, hosts()["inmail"], mail, kept, by=None)
        except Refused as refused:
            for incoming in kept:
                incoming.drop()
                dropped.append(gettext("%(name)s: %(why)s", name=incoming.name, why=str(refused.message)))
    if dropped:
        mail.note = "\n".join(dropped)


def _note_returned(session: Session, returned: Returned, letter: Letter | None, *, sure: bool) -> None:
    """Mark the letter, and its address where that is dead for good.

    Only a report that names our Message-ID (`sure`) marks the address: whoever makes one up knows none.
    """
    if letter is None or not returned.final:
        return
    if returned.address and email_key(returned.address) != letter.address_key:
        return
    letter.bounced_at, letter.reason, letter.answer = utcnow(), "bounced", returned.reason
    if sure and names_dead_address(returned.reason):
        note_dead(session, letter)


def _tell(session: Session, mail: InMail, letter: Letter | None = None, *, but: int | None = None) -> None:
    """Tell whoever wrote the letter, and whoever looks after the customer, that he wrote; `but` knows it already."""
    if mail.kind not in ("mail", "reply"):
        return
    company = session.get(Company, mail.company_id) if mail.company_id is not None else None
    people = {letter.sender_id if letter is not None else None, company.owner_id if company is not None else None}
    who = mail.from_name or mail.from_address
    if letter is not None:
        kind, subject = "core.mail_answered", mail.subject or letter.subject
        title = gettext("%(who)s answered: %(subject)s", who=who, subject=subject)
    else:
        kind = "core.mail_came"
        title = gettext("E-mail from %(name)s: %(subject)s", name=who, subject=mail.subject)
    about = Record(kind="inmail", id=mail.id, company_id=mail.company_id)
    notify(
        session, [one for one in people if one not in (None, but)], title, module="core.mail", kind=kind, record=about
    )


def _no_more(session: Session, read: Parsed) -> None:
    """Do what a mail program asks by e-mail, in place of the page."""
    asked = _NO_MORE.match(read.subject)
    key = key_of(asked.group(1)) if asked is not None else None
    if key is not None:
        letter = session.scalars(select(Letter).where(Letter.key == key)).first()
        if letter is not None:
            refuse_more(session, letter)


# --- what people do


def file_to(session: Session, mail: InMail, company: Company, contact: Contact | None, *, by: int) -> None:
    """File an e-mail to a customer by hand. Raises Refused for another customer's contact."""
    if contact is not None and contact.company_id != company.id:
        words = _("This contact belongs to another customer.")
        raise Refused(words, fields={"contact_id": words})
    mail.company_id, mail.contact_id = company.id, contact.id if contact is not None else None
    mail.state, mail.filed_by_id = "filed", by
    session.flush()
    _tell(session, mail, but=by)


def dismiss(session: Session, mails: Sequence[InMail], *, by: int) -> int:
    """Put e-mails away that belong to no customer; give how many."""
    done = 0
    for mail in mails:
        if mail.state == "unfiled":
            mail.state, mail.filed_by_id = "dismissed", by
            done += 1
    if not done:
        raise Refused(_("None of these e-mails waits to be filed."))
    session.flush()
    return done
