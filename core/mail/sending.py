"""Sends what waits in the outbox, one letter after the other, each step written down before it is taken."""

from __future__ import annotations

import datetime as dt
import secrets
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.attachments.queries import of_record
from core.attachments.store import store_of
from core.auth.hosts import hosts
from core.bus.jobs import Turn
from core.bus.models import JobRun
from core.bus.services import start_job
from core.columns import utcnow
from core.db import Database, transaction, work
from core.errors import Misdeclared
from core.i18n import _, gettext
from core.mail.compose import Draft, Enclosed, House, encoded
from core.mail.digest import draft_of_digest
from core.mail.models import DIGEST, Letter, Mailing
from core.mail.services import outbox
from core.mail.services.letters import SEND_JOB
from core.mail.services.mailings import stop_without
from core.mail.settings import FROM, FROM_NAME, STOPPED, text
from core.mail.text import address_to_refuse, draft_for, list_headers
from core.mail.transport import Lost, Refusal, Transport, Unreachable, transport_for
from core.overlay import overlay
from core.plugin import Job
from core.process import this_process

BATCH = 25
"""Letters that are read at once; between two of them somebody may have asked not to be written to."""
CONNECTION = 500
"""Letters after which the connection is made anew."""

Note = Callable[[Session], None]

_places: weakref.WeakKeyDictionary[Database, tuple[str | None, Path]] = weakref.WeakKeyDictionary()


def use_server(database: Database, url: str | None, folder: Path) -> None:
    """Set where an application's letters go: a server's address, or the folder that stands in where there is none."""
    _places[database] = (url, folder)


def server_of(database: Database) -> tuple[str | None, Path]:
    """Give where an application's letters go."""
    return _places[database]


def check_server(database: Database) -> str:
    """Connect to the mail server and part again; give what is wrong, an empty text where it answers."""
    try:
        transport = transport_for(*server_of(database))
        transport.open()
        transport.close()
    except (Unreachable, Misdeclared) as failed:
        return str(failed)
    return ""


def house_of(session: Session) -> House:
    """Give from whom e-mails come."""
    name = text(session, FROM_NAME) or text(session, "core.house_name")
    return House(address=text(session, FROM), name=name)


def send_waiting(turn: Turn) -> str:
    """Send all that waits; give the result in words. One run works at a time, a second one leaves at once."""
    holder = f"{this_process()}/{turn.id}.{secrets.token_hex(4)}"
    with turn.transaction() as session:
        if overlay().setting(session, STOPPED) or not text(session, FROM):
            return str(gettext("Nothing is sent: it is switched off, or no sender is set"))
        if not outbox.has_work(session):
            return _result(0)
        if not outbox.take_channel(session, holder):
            _look_again(session, outbox.held_until(session))
            return str(gettext("Another run is sending"))
    error = ""
    transport: Transport | None = None
    sender = Sender(turn, holder)
    try:
        transport = transport_for(*server_of(turn.bus.database))
        sender.work(transport)
    except (Unreachable, Misdeclared) as failed:
        error = str(failed)
    finally:
        if transport is not None:
            transport.close()
    with turn.transaction() as session:
        sender.write(session)
        outbox.leave_channel(session, holder, error)
        _look_again(session, outbox.held_back_until(session))
    return error or _result(sender.sent)


def _result(count: int) -> str:
    return str(gettext("%(count)s sent", count=count))


def _look_again(session: Session, at: dt.datetime | None) -> None:
    """Come back at a moment, not with the minute after it: when the hold of a run ends that may be dead, or a limit."""
    if at is None:
        return
    by_then = JobRun.due_at.between(utcnow(), at)  # one that failed and is tried again later is none
    waits = select(JobRun.id).where(JobRun.job == SEND_JOB, JobRun.state == "waiting", by_then)
    if session.scalar(waits.limit(1)) is None:
        start_job(session, SEND_JOB, at=at)


class Sender:
    """One run. What became of a letter is written in the same transaction as the next one's claim: one commit each."""

    def __init__(self, turn: Turn, holder: str) -> None:
        self.turn = turn
        self.holder = holder
        self.sent = 0
        self._offered = 0
        self._notes: list[Note] = []

    def write(self, session: Session) -> None:
        """Write what is known and not yet written."""
        notes, self._notes = self._notes, []
        for note in notes:
            note(session)

    def work(self, transport: Transport) -> None:
        """Send until nothing is due. Raises Unreachable."""
        while True:
            with self.turn.transaction() as session:
                self.write(session)
                if not outbox.keep_channel(session, self.holder):
                    return
                if overlay().setting(session, STOPPED):
                    return
                house = house_of(session)
                found = outbox.next_letters(session, BATCH)
                known = files_of_mailings(session, found)
                letters = [one for one in found if one.mailing_id is None or one.mailing_id in known]
                batch = [(one.id, one.address, draft_of(session, one, known)) for one in letters]
            if not found:
                return
            for letter_id, address, draft in batch:
                self._one(transport, house, letter_id, address, draft)

    def _one(self, transport: Transport, house: House, letter_id: int, address: str, draft: Draft) -> None:
        try:
            content = encoded(house, draft, utcnow())
        except (ValueError, OSError) as error:  # no address, or a file that is not there: nothing leaves without it
            self._notes.append(partial(outbox.note_refused, letter_id=letter_id, answer=str(error), final=True))
            return
        if self._offered >= CONNECTION:
            transport.close()
            self._offered = 0
        try:
            self._offered += 1
            transport.offer(house.address, address, content)
        except Refusal as no:
            self._refused(letter_id, no)
            return
        except Unreachable as error:
            self._notes.append(partial(outbox.put_off, letter_id=letter_id, answer=str(error)))
            raise
        with work(self.turn.bus.database, reason=f"job {SEND_JOB}"), transaction() as session:
            self.write(session)
            mine = outbox.claim(session, letter_id, self.holder)
        if not mine:  # stopped a moment ago, or another run has taken over; without its end mark it is not taken
            transport.drop()
            return
        try:
            answer = transport.finish()
        except Refusal as no:
            self._refused(letter_id, no)
        except Lost as lost:
            self._notes.append(partial(outbox.note_doubt, letter_id=letter_id, answer=str(lost)))
        else:
            self.sent += 1
            self._notes.append(partial(outbox.note_sent, letter_id=letter_id, answer=answer))

    def _refused(self, letter_id: int, no: Refusal) -> None:
        note = partial(outbox.note_refused, answer=str(no), final=no.is_final, recipient=no.of_recipient)
        self._notes.append(partial(note, letter_id=letter_id))


def files_of_mailings(session: Session, letters: Sequence[Letter]) -> Mapping[int, tuple[Enclosed, ...]]:
    """Give the files of the mailings of some letters; one of which a file is not there stops, and is left out."""
    known = {}
    for mailing_id in dict.fromkeys(one.mailing_id for one in letters if one.mailing_id is not None):
        files = _files(session, "mailing", mailing_id)
        gone = [one.name for one in files if not one.path.is_file()]
        if gone:
            stop_without(session, session.get_one(Mailing, mailing_id), gone)
        else:
            known[mailing_id] = files
    return known


def draft_of(session: Session, letter: Letter, known: Mapping[int, tuple[Enclosed, ...]]) -> Draft:
    """Give a letter as it is written: its own text, or that of its mailing; `known` are the files of mailings."""
    if letter.mailing_id is not None:
        draft = draft_for(session, session.get_one(Mailing, letter.mailing_id), letter)
        return replace(draft, files=known[letter.mailing_id])
    if letter.values.get(DIGEST):
        return draft_of_digest(session, letter)
    refuse = address_to_refuse(session, letter.key) if letter.bulk else ""
    return Draft(
        key=letter.key,
        address=letter.address,
        name=letter.name,
        subject=letter.subject,
        body=letter.body,
        reply_to=letter.reply_to,
        in_reply_to=letter.in_reply_to,
        headers=list_headers(session, letter.key, refuse) if letter.bulk else (),
        files=_files(session, "letter", letter.id),
    )


def _files(session: Session, noun: str, record_id: int) -> tuple[Enclosed, ...]:
    """Give the files that hang on a letter or a mailing, in the order in which they were added."""
    found = reversed(of_record(session, hosts()[noun], record_id))
    return tuple(Enclosed(name=one.name, path=store_of(session).path(one.sha256)) for one in found)


JOBS = [
    Job(
        name=SEND_JOB,
        title=_("Send the e-mails that wait"),
        run=send_waiting,
        schedule="* * * * *",
        chunked=True,
        order=200,
    )
]
