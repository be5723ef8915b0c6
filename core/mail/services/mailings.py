"""Mailings: made, gathered, agreed to, started, stopped; and the wish of a recipient not to get any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.attachments.queries import of_record
from core.attachments.services import attach, attach_again, erase_of_record
from core.attachments.store import Incoming
from core.auth.access import current_access
from core.auth.again import Confirmed
from core.auth.audit import record
from core.auth.hosts import hosts
from core.auth.models import User
from core.bulk import insert_rows
from core.bus.services import start_job
from core.clock import local_today, start_of
from core.columns import utcnow
from core.customers.models import Bar, Company, Contact, Email
from core.customers.numbers import email_key
from core.customers.services import bar, bar_method, state_consent
from core.db import permitted
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _, gettext
from core.mail.models import OPEN_STATES, Letter, Mailing
from core.mail.permissions import Perm
from core.mail.placeholders import check
from core.mail.queries.audience import recipients
from core.mail.services.asking import ask_others, take_back
from core.mail.services.letters import SEND_JOB, check_size, new_key
from core.mail.settings import A_DAY, ALONE, FROM, SITE, number, text
from core.mail.text import check_purpose, draft_for, mark_of, subject_of
from core.messages.services import Record, notify
from core.registry import PluginFailed

MOST = 50_000
TEXTS = ("name", "kind", "purpose", "subject", "body", "quiet_days", "per_minute")


def make_mailing(
    session: Session,
    values: dict[str, Any],
    *,
    resource: str,
    query: str,
    chosen: Sequence[int],
    by: int,
    files: Sequence[Incoming] = (),
) -> Mailing:
    """Begin a mailing to the rows of a list, or to chosen ones; received `files` go along with each letter.

    Raises Refused for placeholders that there are not, and for too many files.
    """
    current_access().demand(str(Perm.MAILING_CREATE))
    mailing = Mailing(owner_id=by, resource=resource, query=query[:4000], chosen=list(chosen))
    _write(mailing, values)
    session.add(mailing)
    session.flush()
    with permitted():  # whoever may begin a mailing may put files into it
        attach(session, hosts()["mailing"], mailing, files, by=by)
    return mailing


def change_mailing(
    session: Session,
    mailing: Mailing,
    values: dict[str, Any],
    *,
    version: int | None,
    by: int | None = None,
    files: Sequence[Incoming] = (),
) -> None:
    """Change text and rules of one that has not started, and add received `files`; whoever agreed has to agree anew.

    Raises Conflict, Refused.
    """
    if mailing.state not in OPEN_STATES:
        raise Refused(_("This mailing has started; its text stays as it is."))
    if version is not None and version != mailing.version:
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was overwritten; look at it again."))
    _write(mailing, values)
    _back_to_ready(session, mailing)
    session.flush()
    attach(session, hosts()["mailing"], mailing, files, by=by)


def note_files(session: Session, mailing: Mailing) -> None:
    """Follow a change of the files of a mailing: whoever agreed has to agree anew.

    Raises Refused where it has started, and for more than may go along with one e-mail.
    """
    session.flush()
    session.get(Mailing, mailing.id, with_for_update=True, populate_existing=True)  # nobody starts it meanwhile
    if mailing.state not in OPEN_STATES:
        raise Refused(_("This mailing has started; its files stay as they are."))
    check_size(session, of_record(session, hosts()["mailing"], mailing.id))
    _back_to_ready(session, mailing)
    session.flush()


def _write(mailing: Mailing, values: dict[str, Any]) -> None:
    for name in TEXTS:
        if name in values:
            setattr(mailing, name, values[name])
    check_purpose(mailing.kind, mailing.purpose)
    check("subject", mailing.subject)
    check("body", mailing.body)


def _back_to_ready(session: Session, mailing: Mailing) -> None:
    take_back(session, mailing)
    mailing.asked_at = mailing.approved_at = mailing.approved_by_id = None
    if mailing.state != "draft":
        mailing.state = "ready"


def gather(session: Session, mailing: Mailing, ids: Sequence[int]) -> None:
    """Put down a row for each recipient, those left out with the reason. In a session of the program.

    `ids` are what the author may write to. What was gathered before is dropped. Raises Refused for too many or none.
    """
    if mailing.state not in OPEN_STATES:
        raise Refused(_("This mailing has started; its recipients stay as they are."))
    if not ids:
        raise Refused(_("There is nobody in this list to whom you may write."))
    if len(ids) > MOST:
        raise Refused(_("More than %(n)s records are too many at once. Narrow the conditions.", n=f"{MOST:,}"))
    try:
        found = list(recipients(session, mailing, ids))
    except PluginFailed as failed:
        words = _("The module %(name)s cannot say who is not to be written to. Try later.", name=failed.plugin)
        raise Refused(words) from failed
    session.execute(delete(Letter).where(Letter.mailing_id == mailing.id))
    reply_to = session.scalar(select(User.email).where(User.id == mailing.owner_id))
    today = local_today().isoformat()
    rows = [
        {
            "mailing_id": mailing.id,
            "bulk": True,
            "company_id": one.company_id,
            "contact_id": one.contact_id,
            "sender_id": mailing.owner_id,
            "key": new_key(),
            "address": one.address,
            "address_key": email_key(one.address),
            "name": one.name[:100],
            "subject": subject_of(mailing, {**one.values, "today": today})[:200],
            "reply_to": reply_to,
            "values": one.values,
            "state": "left_out" if one.reason else "waiting",
            "reason": one.reason,
        }
        for one in found
    ]
    insert_rows(session, Letter.__table__, rows)  # type: ignore[arg-type]
    mailing.gathered_at = utcnow()
    _back_to_ready(session, mailing)
    mailing.state = "ready"
    session.flush()


# --- limits


def started_today(session: Session, user_id: int) -> int:
    """Count to how many people somebody's mailings of today go."""
    mine = select(func.sum(Mailing.recipients)).where(Mailing.owner_id == user_id)
    return int(session.scalar(mine.where(Mailing.started_at >= start_of(local_today()))) or 0)


def waiting_in(session: Session, mailing: Mailing) -> int:
    """Count the recipients who wait for a letter of a mailing."""
    rows = select(func.count()).select_from(Letter).where(Letter.mailing_id == mailing.id, Letter.state == "waiting")
    return session.scalar(rows) or 0


def needs(session: Session, mailing: Mailing) -> tuple[bool, bool]:
    """Tell whether its author must give a reason and his password, and whether a second person must agree."""
    total = started_today(session, mailing.owner_id) + waiting_in(session, mailing)
    above = number(session, A_DAY), number(session, ALONE)
    return bool(above[0]) and total > above[0], bool(above[1]) and total > above[1]


def _demand_ready(session: Session, mailing: Mailing) -> int:
    """Tell how many wait. Raises Refused where it cannot start."""
    if not text(session, FROM):
        raise Refused(_("No address is set from which e-mails are sent. Ask your administrator."))
    if mailing.kind == "advertising" and not text(session, SITE):
        raise Refused(_("Advertising needs an address at which people say no; ask your administrator to set it."))
    count = waiting_in(session, mailing)
    if not count:
        raise Refused(_("Nobody is left to whom this mailing could go."))
    return count


def _say_why(mailing: Mailing, reason: str, confirmed: Confirmed | None, by: int) -> None:
    if not reason.strip():
        raise Refused(_("Say why so many are written to"), fields={"reason": _("Say why so many are written to")})
    if confirmed is None or confirmed.user_id != by:
        raise Refused(_("Enter your password"), fields={"password": _("Enter your password")})
    mailing.reason = reason.strip()[:1000]


def start(session: Session, mailing: Mailing, *, by: int, reason: str = "", confirmed: Confirmed | None = None) -> bool:
    """Start a mailing, or ask a second person where the limit wants it; tell whether it started.

    Above the first limit the author says why and gives his password; the trail has how many were to be written to.
    """
    if mailing.state not in ("ready", "approved"):
        raise Refused(_("This mailing cannot be started now."))
    if mailing.owner_id != by:
        raise Forbidden(_("A mailing is started by its author."))
    session.get(User, by, with_for_update=True)  # two mailings at once do not pass the limit together
    count = _demand_ready(session, mailing)
    explain, second = needs(session, mailing)
    if mailing.state == "ready" and (explain or second):
        _say_why(mailing, reason, confirmed, by)
    if mailing.state == "ready" and second:
        mailing.state, mailing.asked_at = "asked", utcnow()
        session.flush()
        _note(session, mailing, asked=[None, count])
        ask_others(session, mailing, count)
        return False
    now = utcnow()
    mailing.state, mailing.started_at, mailing.recipients = "running", now, count
    mine = update(Letter).where(Letter.mailing_id == mailing.id, Letter.state == "waiting")
    _bulk(session, mine.values(due_at=now))
    session.flush()
    changes = {"query": mailing.query or mailing.chosen, "resource": mailing.resource, "recipients": count}
    _note(session, mailing, **{name: [None, value] for name, value in changes.items()})
    start_job(session, SEND_JOB)
    return True


def _note(session: Session, mailing: Mailing, **changes: Any) -> None:
    record(session, "mail", entity="core_mailing", entity_id=mailing.id, changes=changes)


def _bulk(session: Session, statement: Any) -> None:
    with permitted():  # the service decided: rows of a mailing that is its author's
        session.execute(statement, execution_options={"synchronize_session": False})


def decide(
    session: Session, mailing: Mailing, *, agree: bool, by: int, remark: str = "", version: int | None = None
) -> None:
    """Agree to a mailing as the second person, or send it back. Raises Forbidden for its author.

    `version` is of what was looked at. Raises Conflict where it was changed since, and asked about once more.
    """
    if version is not None and version != mailing.version:
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was overwritten; look at it again."))
    if mailing.state != "asked":
        raise Refused(_("Nobody is asked about this mailing now."))
    if mailing.owner_id == by:
        raise Forbidden(_("Another person than its author has to agree."))
    if agree:
        take_back(session, mailing)
        mailing.state, mailing.approved_by_id, mailing.approved_at = "approved", by, utcnow()
    else:
        _back_to_ready(session, mailing)
    session.flush()
    _note(session, mailing, agreed=[None, agree])
    words = gettext("The mailing %(name)s was agreed to", name=mailing.name)
    if not agree:
        words = gettext("The mailing %(name)s was sent back", name=mailing.name)
    record_of = Record(kind="mailing", id=mailing.id)
    notify(
        session, [mailing.owner_id], words, remark, module="core.mail", kind="core.mailing_decided", record=record_of
    )


def stop(session: Session, mailing: Mailing) -> None:
    """Stop a running mailing: the letter that is being handed over is the last one."""
    if mailing.state != "running":
        raise Refused(_("This mailing is not running."))
    mailing.state = "stopped"
    session.flush()
    _note(session, mailing, state=["running", "stopped"])


def stop_without(session: Session, mailing: Mailing, names: Sequence[str]) -> None:
    """Stop a running mailing of which files are not there any more, and tell its author; nobody gets it so."""
    stop(session, mailing)
    title = gettext("The mailing %(name)s was stopped: a file is missing", name=mailing.name)
    notify(
        session,
        [mailing.owner_id],
        title,
        "、".join(names),
        module="core.mail",
        kind="core.mailing_stopped",
        record=Record(kind="mailing", id=mailing.id),
        priority="high",
    )


def resume(session: Session, mailing: Mailing) -> None:
    """Let a stopped mailing go on where it was."""
    if mailing.state != "stopped":
        raise Refused(_("This mailing is not stopped."))
    mailing.state = "running"
    session.flush()
    _note(session, mailing, state=["stopped", "running"])
    start_job(session, SEND_JOB)


def drop(session: Session, mailing: Mailing) -> None:
    """Delete a mailing of which nothing has left."""
    if mailing.state not in OPEN_STATES:
        raise Refused(_("This mailing has started; it stays on record."))
    take_back(session, mailing)
    _bulk(session, delete(Letter).where(Letter.mailing_id == mailing.id))
    erase_of_record(session, hosts()["mailing"], mailing.id)
    session.delete(mailing)
    session.flush()


def send_test(session: Session, mailing: Mailing, *, by: int) -> str:
    """Send the letter of the first recipient to the author himself; give the address. Raises Refused without one."""
    address = session.scalar(select(User.email).where(User.id == by))
    if not address:
        raise Refused(_("Your account has no e-mail address. Enter one under My account."))
    first = session.scalars(
        select(Letter).where(Letter.mailing_id == mailing.id, Letter.state != "left_out").order_by(Letter.id).limit(1)
    ).first()
    if first is None:
        raise Refused(_("Nobody is left to whom this mailing could go."))
    draft = draft_for(session, mailing, first)
    key = new_key()
    test = Letter(
        bulk=True,
        sender_id=by,
        key=key,
        address=address,
        address_key=email_key(address),
        subject=gettext("[Test] %(subject)s", subject=draft.subject)[:200],
        body=draft.body.replace(mark_of(first.key), mark_of(key)),
    )
    session.add(test)
    session.flush()
    with permitted():
        attach_again(session, hosts()["letter"], test, of_record(session, hosts()["mailing"], mailing.id)[::-1], by=by)
    start_job(session, SEND_JOB)
    return address


# --- no more


def refuse_more(session: Session, letter: Letter) -> None:
    """Do what the recipient of a letter asks: write to him no more. In a session of the program; again is no harm.

    A test has no recipient but its author, of whom nothing changes.
    """
    if letter.unsubscribed_at is not None or letter.is_test:
        return
    letter.unsubscribed_at = utcnow()
    why = gettext("Said no to e-mails, by the link in one")
    company = session.get(Company, letter.company_id) if letter.company_id is not None else None
    contact = session.get(Contact, letter.contact_id) if letter.contact_id is not None else None
    barred: int | None = None
    if contact is not None and company is not None and contact.company_id == company.id and not contact.is_closed:
        held = select(Bar.id).where(Bar.contact_id == contact.id, Bar.channel == "mail", Bar.lifted_at.is_(None))
        if session.scalar(held) is None:
            bar(session, company, contact, "mail", why, by=None)
        barred = contact.id
        mailing = session.get(Mailing, letter.mailing_id) if letter.mailing_id is not None else None
        if mailing is not None:
            stated = {"channel": "mail", "purpose": mailing.purpose, "given": False, "way": "web", "evidence": why}
            state_consent(session, contact, stated, by=None)
    rows = select(Email).where(Email.address_key == letter.address_key, Email.do_not_use.is_(False))
    for row in session.scalars(rows):
        if row.company_id == letter.company_id:
            bar_method(session, row, ["mail"], why, by=None, told=barred is not None and row.contact_id == barred)
    session.flush()
