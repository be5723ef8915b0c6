"""The way of letters through the outbox: which go next, what is written before and after each is handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core.auth.models import User
from core.clock import local_now
from core.columns import utcnow
from core.customers.numbers import email_key
from core.customers.queries import barred_companies, barred_contacts, barred_values, consenting
from core.db import insert_into
from core.mail.models import CHANNEL, DIGEST, Letter, MailChannel, MailDigest, Mailing
from core.mail.queries import window_opens
from core.mail.queries.stops import stopped
from core.mail.services.dead import names_dead_address, note_dead
from core.mail.services.letters import retry_at
from core.mail.settings import RATE, number
from core.process import is_gone
from core.registry import PluginFailed

HOLD = dt.timedelta(seconds=45)
"""How long the outbox is held without a sign of life; longer than the server may take for an answer.

It counts where one cannot tell whether the holder lives: on another machine, or in another container.
"""
RENEW = dt.timedelta(seconds=30)
ASK_AGAIN = dt.timedelta(minutes=10)
"""For so long letters wait where a module cannot say who is not to be written to."""
_LETTERS: Any = Letter.__table__
_MAILINGS: Any = Mailing.__table__
_CHANNELS: Any = MailChannel.__table__
_QUIET = {"synchronize_session": False}


def has_work(session: Session) -> bool:
    """Tell whether a letter is due or was left half done, or a mailing runs; most minutes there is nothing to do."""
    due = select(Letter.id).where(Letter.state == "waiting", Letter.due_at <= utcnow())
    half = select(Letter.id).where(Letter.state == "sending")
    running = select(Mailing.id).where(Mailing.state == "running")
    return bool(session.scalar(select(or_(exists(due), exists(half), exists(running)))))


def take_channel(session: Session, holder: str) -> bool:
    """Become the one who sends; what a predecessor left half done is put in doubt. False while another one works.

    One whose process is known to be dead holds nothing any more; of any other the end of the hold is waited for.
    """
    now = utcnow()
    session.execute(
        insert_into(session, MailChannel).values(name=CHANNEL, holder="", error="").on_conflict_do_nothing()
    )
    before = session.scalar(select(MailChannel.holder).where(MailChannel.name == CHANNEL)) or ""
    mine_or_dead = (holder, before) if is_gone(before.partition("/")[0]) else (holder,)
    free = or_(MailChannel.held_until.is_(None), MailChannel.held_until < now, MailChannel.holder.in_(mine_or_dead))
    mine = update(MailChannel).where(MailChannel.name == CHANNEL, free).values(holder=holder, held_until=now + HOLD)
    taken: CursorResult[Any] = session.execute(mine, execution_options=_QUIET)  # type: ignore[assignment]
    if not taken.rowcount:
        return False
    doubt = update(Letter).where(Letter.state == "sending").values(state="doubtful", reason="interrupted")
    session.execute(doubt, execution_options=_QUIET)
    return True


def held_until(session: Session) -> dt.datetime | None:
    """Tell until when the outbox is held without a further sign of life."""
    return session.scalar(select(MailChannel.held_until).where(MailChannel.name == CHANNEL))


def keep_channel(session: Session, holder: str) -> bool:
    """Give a sign of life; False where another one has taken over."""
    row = session.execute(select(MailChannel.holder, MailChannel.held_until).where(MailChannel.name == CHANNEL)).one()
    if row.holder != holder:
        return False
    if row.held_until is None or row.held_until < utcnow() + RENEW:
        kept = update(MailChannel).where(MailChannel.name == CHANNEL).values(held_until=utcnow() + HOLD)
        session.execute(kept, execution_options=_QUIET)
    return True


def leave_channel(session: Session, holder: str, error: str = "") -> None:
    """Let others send; say what went wrong, or that all is well."""
    now = utcnow()
    values: dict[str, Any] = {"held_until": None, "error": error[:1000]}
    values |= {"failed_at": now} if error else {"worked_at": now}
    mine = update(MailChannel).where(MailChannel.name == CHANNEL, MailChannel.holder == holder).values(**values)
    session.execute(mine, execution_options=_QUIET)


def next_letters(session: Session, limit: int) -> Sequence[Letter]:
    """Give the letters that go next: single ones first, then of each running mailing its share, within the limits."""
    rate = number(session, RATE)
    if rate:
        limit = min(limit, rate - _gone(session))
    if limit <= 0:
        return []
    found = _waiting(session, None, limit)
    if window_opens(session, local_now()) is not None:
        return drop_barred(session, found)
    running = session.scalars(select(Mailing).where(Mailing.state == "running").order_by(Mailing.started_at)).all()
    for number_, mailing in enumerate(running):
        share = -(-(limit - len(found)) // (len(running) - number_))
        if mailing.per_minute:
            share = min(share, mailing.per_minute - _gone(session, mailing.id))
        if share <= 0:
            continue
        rows = _waiting(session, mailing.id, share)
        if not rows:
            _finish(session, mailing)
        found += rows
    return drop_barred(session, found)


def held_back_until(session: Session) -> dt.datetime | None:
    """Tell when letters may go on that a limit a minute holds back now; None where none is held back so."""
    now = utcnow()
    if (rate := number(session, RATE)) and _gone(session) >= rate:
        running = select(Mailing.id).where(Mailing.state == "running")
        going = or_(Letter.mailing_id.is_(None), Letter.mailing_id.in_(running))
        return _first_of_minute(session) if _is_due(session, going) else None
    if window_opens(session, local_now()) is not None:
        return None
    limited = select(Mailing).where(Mailing.state == "running", Mailing.per_minute > 0)
    moments = [
        _first_of_minute(session, mailing.id) or now
        for mailing in session.scalars(limited)
        if _gone(session, mailing.id) >= mailing.per_minute and _is_due(session, Letter.mailing_id == mailing.id)
    ]
    return min(moments, default=None)


def _is_due(session: Session, rule: Any) -> bool:
    due = select(Letter.id).where(rule, Letter.state == "waiting", Letter.due_at <= utcnow())
    return session.scalar(due.limit(1)) is not None


def _first_of_minute(session: Session, mailing_id: int | None = None) -> dt.datetime | None:
    """Tell when the first of the letters that left within the last minute will count no more."""
    minute = dt.timedelta(minutes=1)
    rows = select(func.min(Letter.claimed_at)).where(Letter.claimed_at > utcnow() - minute)
    first = session.scalar(rows if mailing_id is None else rows.where(Letter.mailing_id == mailing_id))
    return first + minute if first is not None else None


def _gone(session: Session, mailing_id: int | None = None) -> int:
    """Count what left within the last minute, of one mailing or at all."""
    rows = select(func.count()).select_from(Letter).where(Letter.claimed_at > utcnow() - dt.timedelta(minutes=1))
    return session.scalar(rows if mailing_id is None else rows.where(Letter.mailing_id == mailing_id)) or 0


def _waiting(session: Session, mailing_id: int | None, limit: int) -> list[Letter]:
    mine = Letter.mailing_id.is_(None) if mailing_id is None else Letter.mailing_id == mailing_id
    rows = select(Letter).where(Letter.state == "waiting", mine, Letter.due_at <= utcnow())
    return list(session.scalars(rows.order_by(Letter.due_at, Letter.id).limit(limit)))


def _finish(session: Session, mailing: Mailing) -> None:
    """Note that a mailing is over, unless some of its letters are tried again later."""
    left = select(Letter.id).where(Letter.mailing_id == mailing.id, Letter.state.in_(("waiting", "sending"))).limit(1)
    if session.scalar(left) is None:
        mailing.state, mailing.ended_at = "done", utcnow()
        session.flush()


def drop_barred(session: Session, letters: Sequence[Letter]) -> list[Letter]:
    """Stop those who must not be written to any more, whoever said so since the letter was written; give the rest.

    Who took his agreement to a mailing's purpose back does not get its letters that still wait.
    """
    letters = _with_readers(session, letters)
    if not letters:
        return []
    addresses = barred_values(session, "mail", {one.address for one in letters})
    people = barred_contacts(session, "mail", sorted({one.contact_id for one in letters if one.contact_id}))
    bare = {one.company_id for one in letters if one.company_id and not one.contact_id}
    houses = barred_companies(session, "mail", sorted(bare)) if bare else {}
    withdrawn = _withdrawn(session, letters)
    stops = _stops(session, letters)
    kept = []
    for one in letters:
        barred = one.address in addresses or one.contact_id in people or one.company_id in houses
        if one.in_reply_to is None and barred:
            one.reason = "barred"
        elif one.id in withdrawn:
            one.reason = "withdrawn"
        elif one.id in stops:
            if not stops[one.id]:
                one.due_at = utcnow() + ASK_AGAIN
                continue
            one.reason = stops[one.id]
        else:
            kept.append(one)
            continue
        one.state = "stopped" if one.mailing_id is None else "left_out"
    session.flush()
    return kept


def _with_readers(session: Session, letters: Sequence[Letter]) -> list[Letter]:
    """Stop the daily e-mails of whoever does not get them any more: his account closed, his address or wish changed."""
    kept = []
    for one in letters:
        if one.mailing_id is None and one.values.get(DIGEST):
            person = session.get(User, one.sender_id)
            wish = session.get(MailDigest, one.sender_id)
            if person is None or not person.active or wish is None or email_key(person.email or "") != one.address_key:
                one.state, one.reason = "stopped", "no_reader"
                continue
        kept.append(one)
    session.flush()
    return kept


def _stops(session: Session, letters: Sequence[Letter]) -> dict[int, str]:
    """Tell of letters of mailings which module says no, by name; an empty one where a module cannot be asked."""
    mine = [one for one in letters if one.mailing_id is not None]
    companies = sorted({one.company_id for one in mine if one.company_id})
    contacts = sorted({one.contact_id for one in mine if one.contact_id})
    try:
        why = stopped(session, companies, contacts)
    except PluginFailed:
        return dict.fromkeys((one.id for one in mine), "")
    found = {
        one.id: why.get(("company", one.company_id or 0)) or why.get(("contact", one.contact_id or 0)) for one in mine
    }
    return {key: reason for key, reason in found.items() if reason}


def _withdrawn(session: Session, letters: Sequence[Letter]) -> set[int]:
    found: set[int] = set()
    for mailing_id in {one.mailing_id for one in letters if one.mailing_id is not None}:
        mailing = session.get_one(Mailing, mailing_id)
        mine = [one for one in letters if one.mailing_id == mailing_id]
        said = consenting(session, "mail", mailing.purpose, sorted({one.contact_id for one in mine if one.contact_id}))
        for one in mine:
            agreed = said.get(one.contact_id) if one.contact_id is not None else None
            if agreed is False or (mailing.kind == "advertising" and not agreed):
                found.add(one.id)
    return found


def _claiming() -> Any:
    running = exists().where(_MAILINGS.c.id == _LETTERS.c.mailing_id, _MAILINGS.c.state == "running")
    held = exists().where(_CHANNELS.c.name == CHANNEL, _CHANNELS.c.holder == bindparam("holder"))
    waits = update(_LETTERS).where(
        _LETTERS.c.id == bindparam("letter"), _LETTERS.c.state == "waiting",
        or_(_LETTERS.c.mailing_id.is_(None), running), held,
    )  # fmt: skip
    return waits.values(state="sending", claimed_at=bindparam("now"), tries=_LETTERS.c.tries + 1)


_CLAIM = _claiming()
_SENT = (
    update(_LETTERS)
    .where(_LETTERS.c.id == bindparam("letter"), _LETTERS.c.state.in_(("sending", "doubtful")))
    .values(state="sent", sent_at=bindparam("now"), answer=bindparam("said"), reason="")
)
"""The two statements of each letter's way are built once: at a hundred letters a second that counts."""


def claim(session: Session, letter_id: int, holder: str) -> bool:
    """Write down that a letter is about to be handed over.

    False where it no longer waits, its mailing stopped, or somebody else holds the channel.
    """
    done = session.connection().execute(_CLAIM, {"letter": letter_id, "holder": holder, "now": utcnow()})
    return bool(done.rowcount)


def note_sent(session: Session, letter_id: int, answer: str) -> None:
    """Write down that the server took a letter, also of one that was put in doubt meanwhile."""
    session.connection().execute(_SENT, {"letter": letter_id, "now": utcnow(), "said": answer[:1000]})


def note_doubt(session: Session, letter_id: int, answer: str) -> None:
    """Write down that nobody knows whether the server took a letter."""
    mine = update(Letter).where(Letter.id == letter_id, Letter.state == "sending")
    session.execute(mine.values(state="doubtful", reason="lost", answer=answer[:1000]), execution_options=_QUIET)


def note_refused(session: Session, letter_id: int, answer: str, *, final: bool, recipient: bool = False) -> None:
    """Write down that the server did not take a letter: for good, or to be tried again after a pause.

    Where it refused the recipient for good (`recipient`), what follows is the same as when a report says so later.
    """
    letter = session.get(Letter, letter_id, populate_existing=True)
    if letter is None or letter.state not in ("waiting", "sending", "doubtful"):
        return
    if letter.state == "waiting":
        letter.tries += 1
    letter.answer = answer[:1000]
    later = None if final else retry_at(letter.tries)
    if later is None:
        letter.state, letter.reason = "refused", "refused" if final else "gave_up"
        if final and recipient and names_dead_address(answer):
            note_dead(session, letter)
    else:
        letter.state, letter.due_at = "waiting", later
    session.flush()


def put_off(session: Session, letter_id: int, answer: str, *, seconds: int = 60) -> None:
    """Let a letter wait a little, since the server broke off before it was handed over whole."""
    mine = update(Letter).where(Letter.id == letter_id, Letter.state.in_(("waiting", "sending")))
    values = {"state": "waiting", "due_at": utcnow() + dt.timedelta(seconds=seconds), "answer": answer[:1000]}
    session.execute(mine.values(**values), execution_options=_QUIET)
