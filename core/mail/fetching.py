"""Fetches e-mails from a mailbox by IMAP; what was taken is marked as read there, never deleted."""

from __future__ import annotations

import contextlib
import re
import ssl
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import structlog

from core.bus.jobs import Turn
from core.columns import utcnow
from core.db import Database, insert_into
from core.i18n import _, gettext
from core.mail.models import MailChannel
from core.mail.services.inbound import take_in
from core.mail.transport import LOCAL, TIMEOUT
from core.plugin import Job

if TYPE_CHECKING:
    import imaplib

log = structlog.get_logger(__name__)

FETCH_JOB = "core.mail_fetch"
MOST = 500
"""E-mails of one run; the rest comes with the next one."""
LARGEST = 40 * 1024 * 1024
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")

_boxes: weakref.WeakKeyDictionary[Database, str | None] = weakref.WeakKeyDictionary()


class BoxError(Exception):
    """The mailbox cannot be read: the address is wrong, the server is away, or it refuses."""


def use_mailbox(database: Database, url: str | None) -> None:
    """Set the mailbox of an application, `imaps://user:password@host/folder`; once, at start."""
    _boxes[database] = url


def mailbox_of(database: Database) -> str | None:
    """Give the address of the mailbox, None where none is set."""
    return _boxes.get(database)


@contextmanager
def opened(url: str) -> Iterator[imaplib.IMAP4]:
    """Open a mailbox. Raises BoxError."""
    import imaplib

    parts = urlsplit(url)
    if parts.scheme not in ("imap", "imaps") or not parts.hostname:
        raise BoxError("ZHIKE_IMAP_URL must be imaps://user:password@host/INBOX")
    box: imaplib.IMAP4 | None = None
    try:
        if parts.scheme == "imaps":
            context = ssl.create_default_context()
            box = imaplib.IMAP4_SSL(parts.hostname, parts.port or 993, ssl_context=context, timeout=TIMEOUT)
        else:
            box = imaplib.IMAP4(parts.hostname, parts.port or 143, timeout=TIMEOUT)
            if "STARTTLS" in box.capabilities:
                box.starttls(ssl.create_default_context())
            elif parts.hostname not in LOCAL:
                raise BoxError("the server offers no encryption, and a password is not sent over an open line")
        box.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        state, _data = box.select('"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"')
        if state != "OK":
            raise BoxError(f"there is no folder {folder}")
        yield box
    except (OSError, imaplib.IMAP4.error) as error:
        raise BoxError(f"{type(error).__name__}: {error}") from error
    finally:
        if box is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                box.logout()


def check_mailbox(database: Database) -> str:
    """Open the mailbox and close it again; give what is wrong, an empty text where all is well."""
    url = mailbox_of(database)
    if not url:
        return ""
    try:
        with opened(url):
            return ""
    except BoxError as failed:
        return str(failed)


def fetch(turn: Turn) -> str:
    """Take what is unread in the mailbox, each e-mail in a transaction of its own, then mark it as read.

    A run that dies between the two fetches it again; it is known by its bytes.
    """
    url = mailbox_of(turn.bus.database)
    if not url:
        return str(gettext("No mailbox is set"))
    taken, error = 0, ""
    try:
        with opened(url) as box:
            for uid in _unread(box):
                raw = _letter(box, uid)
                if raw is not None:
                    with turn.transaction() as session:
                        taken += take_in(session, raw) is not None
                box.uid("STORE", uid, "+FLAGS", "(\\Seen)")
    except BoxError as failed:
        error = str(failed)
    with turn.transaction() as session:
        first = insert_into(session, MailChannel).values(name="imap", holder="", error="")
        session.execute(first.on_conflict_do_nothing())
        channel = session.get_one(MailChannel, "imap", populate_existing=True)
        channel.error = error[:1000]
        if error:
            channel.failed_at = utcnow()
        else:
            channel.worked_at = utcnow()
    return error or str(gettext("%(count)s received", count=taken))


def _unread(box: imaplib.IMAP4) -> list[str]:
    state, data = box.uid("SEARCH", "UNSEEN")
    if state != "OK":
        raise BoxError("the mailbox cannot be searched")
    return [one.decode("ascii", "replace") for one in (data[0] or b"").split()][:MOST]


def _letter(box: imaplib.IMAP4, uid: str) -> bytes | None:
    """Fetch one e-mail as it came; None for one that is too large or gone."""
    _state, sizes = box.uid("FETCH", uid, "(RFC822.SIZE)")
    told = next((found for one in sizes if isinstance(one, bytes) and (found := _SIZE.search(one))), None)
    if told is not None and int(told.group(1)) > LARGEST:
        log.warning("an e-mail is too large and stays in the mailbox", uid=uid, size=int(told.group(1)))
        return None
    _state, data = box.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((one[1] for one in data if isinstance(one, tuple)), None)


JOBS = [
    Job(
        name=FETCH_JOB,
        title=_("Fetch e-mails from the mailbox"),
        run=fetch,
        schedule="*/5 * * * *",
        chunked=True,
        order=210,
    )
]
