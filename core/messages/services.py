"""Writing messages: sending, reporting, and what a holder does with his copy. Public functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.audit import record as note_in_trail
from core.auth.models import User
from core.auth.queries.names import names_of
from core.columns import UTCDateTime, utcnow
from core.db import among, insert_into, permitted
from core.desk.live import tell
from core.errors import Forbidden, Refused
from core.i18n import _, gettext
from core.messages.audience import Audience, in_words, people_in
from core.messages.finding import keep_words, renew_words
from core.messages.models import PRIORITIES, Message, MessageCopy
from core.messages.permissions import Perm

Priority = Literal["high", "normal", "low"]
OWNER_CHANGED = "core.company_owner_changed"
"""The kind of reports that name the customers that somebody was given."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The record that a message is about: the noun of its resource, its id, the customer whose data it may quote."""

    kind: str
    id: int
    company_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a person wrote."""

    title: str
    content: str = ""
    priority: Priority = "normal"
    needs_receipt: bool = False
    record: Record | None = None
    parent_id: int | None = None
    in_thread: bool = False


def send(session: Session, sender_id: int, audience: Audience, draft: Draft) -> int:
    """Send a message to everybody whom the audience reaches; return its id. Raises Refused where it reaches nobody.

    An answer stays in the thread of what it answers; something forwarded begins one.
    """
    access = current_access()
    access.demand(str(Perm.CREATE))
    if audience.is_many:
        access.demand(str(Perm.SEND_MANY))
    if not draft.title.strip():
        raise Refused(_("Say what it is about."), fields={"title": _("Say what it is about")})
    if draft.priority not in PRIORITIES:
        raise Refused(_("There is no such priority."))
    thread = None
    if draft.parent_id is not None:
        parent = session.get(Message, draft.parent_id)
        if parent is None:
            raise Forbidden(_("The message that this one answers is not yours."), permission=str(Perm.READ))
        thread = (parent.thread_id or parent.id) if draft.in_thread else None
    values = {
        "sender_id": sender_id,
        "title": draft.title.strip()[:200],
        "content": draft.content.strip(),
        "priority": draft.priority,
        "needs_receipt": draft.needs_receipt,
        "parent_id": draft.parent_id,
        "thread_id": thread,
        "audience": in_words(session, audience),
        **_about(draft.record),
    }
    message_id = _store(session, values, people_in(session, audience, but=sender_id))
    if message_id is None:
        raise Refused(_("Nobody would get this message."), fields={"to": _("Choose at least one receiver")})
    receivers = session.scalar(select(Message.receivers).where(Message.id == message_id))
    note_in_trail(session, "create", entity="core_message", entity_id=message_id, changes={"receivers": receivers})
    return message_id


def notify(
    session: Session,
    user_ids: Iterable[int],
    title: str,
    text: str = "",
    *,
    module: str,
    kind: str = "",
    key: str | None = None,
    record: Record | None = None,
    about: int | None = None,
    priority: Priority = "normal",
    sticky: bool = False,
) -> int | None:
    """Report something to people in the name of an area or plugin; return the message's id.

    None where the same `key` was reported before, or nobody is left to hear it. What is `sticky` stays until `settle`.
    `about` is the message of which it tells.
    """
    people = select(User.id).where(User.active, among(session, User.id, sorted(set(user_ids))))
    values = {
        "module": module,
        "kind": kind,
        "key": key,
        "title": title[:200],
        "content": text,
        "priority": priority,
        "sticky": sticky,
        "parent_id": about,
        **_about(record),
    }
    return _store(session, values, people)


def settle(session: Session, keys: Sequence[str]) -> None:
    """Take sticky reports off everybody's list, because what they ask for was done."""
    reported = select(Message.id).where(Message.key.in_(keys))
    with permitted():
        found = update(MessageCopy).where(MessageCopy.message_id.in_(reported), MessageCopy.due_at.is_not(None))
        people = session.scalars(
            found.values(due_at=None, done_at=utcnow(), read_at=utcnow()).returning(MessageCopy.user_id),
            execution_options={"synchronize_session": False},
        ).all()
    tell(session, people)


def _about(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {"record_kind": record.kind, "record_id": record.id, "company_id": record.company_id}


def _store(session: Session, values: dict[str, Any], people: Select[Any]) -> int | None:
    """Write a message once and a copy for each of the people, in two statements however many they are.

    The locks judge rows one by one; here the service has decided that this person may write to all of them.
    """
    now = utcnow()
    with permitted():
        first = insert_into(session, Message).values(sent_at=now, **values).on_conflict_do_nothing()
        message_id: int | None = session.execute(first.returning(Message.id)).scalar()
        if message_id is None:
            return None
        asks = values.get("needs_receipt") or values.get("sticky") or values.get("priority") == "high"
        sender = values.get("sender_id")
        columns: dict[str, Any] = {
            "message_id": literal(message_id),
            "user_id": people.subquery().c.id,
            "side": literal("in"),
            "folder": literal("inbox" if sender is not None else "system"),
            "sender_id": literal(sender) if sender is not None else null(),
            "priority": literal(values.get("priority", "normal")),
            "sent_at": literal(now, UTCDateTime()),
            "due_at": literal(now, UTCDateTime()) if asks else null(),
        }
        copies = insert(MessageCopy).from_select(list(columns), select(*columns.values()))
        reached = list(session.scalars(copies.returning(MessageCopy.user_id)))
        if not reached:
            if sender is not None:
                return None
            return message_id
        if sender is not None:
            own = {"message_id": message_id, "user_id": sender, "side": "out", "folder": "sent", "sender_id": sender}
            kept = {"priority": values["priority"], "sent_at": now, "read_at": now}
            session.execute(insert(MessageCopy).values(**own, **kept))
        session.execute(update(Message).where(Message.id == message_id).values(receivers=len(reached)))
        holders = reached if sender is None else [*reached, sender]
        keep_words(session, message_id, values["title"], values.get("content", ""), holders)
    tell(session, reached)
    return message_id


# --- what a holder does with his copy --------------------------------------------------------------------------------


def mark_read(session: Session, copies: Sequence[MessageCopy], *, read: bool = True) -> None:
    """Mark copies read, or unread again."""
    now = utcnow()
    for copy in copies:
        if copy.side == "in" and (copy.read_at is None) is read:
            copy.read_at = now if read else None
    tell(session, [copy.user_id for copy in copies])


def acknowledge(session: Session, copy: MessageCopy) -> None:
    """Tell the sender that the message has arrived and was understood (回执)."""
    if copy.side != "in" or not copy.message.needs_receipt:
        raise Refused(_("This message asks for no receipt."))
    copy.receipt_at = copy.receipt_at or utcnow()
    finish(session, copy)
    tell(session, [copy.sender_id] if copy.sender_id is not None else [])


def finish(session: Session, copy: MessageCopy) -> None:
    """Take a message off the list of what is to be done (办结). Raises Refused for what only its cause can settle."""
    if copy.message.sticky and copy.done_at is None:
        raise Refused(_("This reminder stays until what it asks for is done. You can put it off to a day."))
    now = utcnow()
    copy.due_at, copy.done_at, copy.read_at = None, copy.done_at or now, copy.read_at or now
    tell(session, [copy.user_id])


def reopen(session: Session, copy: MessageCopy) -> None:
    """Put a finished message back among what is to be done."""
    if copy.side == "in" and copy.done_at is not None:
        copy.due_at, copy.done_at = utcnow(), None
        tell(session, [copy.user_id])


def put_off(session: Session, copy: MessageCopy, until: dt.datetime) -> None:
    """Let a message come back among what is to be done at a later moment."""
    if copy.side != "in" or until <= utcnow():
        raise Refused(_("Choose a day to come."), fields={"until": _("Choose a day to come")})
    copy.due_at, copy.done_at, copy.read_at = until, None, copy.read_at or utcnow()
    tell(session, [copy.user_id])


def file_away(session: Session, copy: MessageCopy, under: str = "") -> None:
    """Put a copy away under a heading of its holder's own (信息另存)."""
    copy.folder, copy.filed_under, copy.read_at = "filed", under.strip()[:60], copy.read_at or utcnow()
    tell(session, [copy.user_id])


def take_back(session: Session, copy: MessageCopy) -> None:
    """Put a filed copy back where it came from."""
    if copy.folder == "filed":
        copy.folder = "sent" if copy.side == "out" else "inbox" if copy.sender_id is not None else "system"
        copy.filed_under = ""


def keep_note(session: Session, copy: MessageCopy, note: str) -> None:
    """Keep what the holder noted about handling it (信息处理笔记); only he sees it."""
    copy.note = note.strip()


def give_feedback(session: Session, copy: MessageCopy, feedback: str) -> None:
    """Answer the sender in a line on the message itself (信息反馈), and tell him; a receipt asked for is given."""
    if copy.side != "in" or copy.sender_id is None:
        raise Refused(_("Nobody waits for feedback on this message."))
    if not feedback.strip():
        raise Refused(_("Write the feedback."), fields={"feedback": _("Write the feedback")})
    said = feedback.strip()
    mark_read(session, [copy])
    if copy.message.needs_receipt:
        copy.receipt_at = copy.receipt_at or utcnow()
    if said == copy.feedback:
        return
    copy.feedback, copy.feedback_at = said, utcnow()
    if copy.sender_id != copy.user_id:  # whoever wrote to himself knows it
        _tell_of_feedback(session, copy, said)


def _tell_of_feedback(session: Session, copy: MessageCopy, said: str) -> None:
    message = copy.message
    name = names_of(session, [copy.user_id]).get(copy.user_id, "")
    title = gettext("%(name)s answered on your message: %(title)s", name=name, title=message.title)
    record = None
    if message.record_kind and message.record_id:
        record = Record(kind=message.record_kind, id=message.record_id, company_id=message.company_id)
    assert copy.sender_id is not None
    notify(
        session,
        [copy.sender_id],
        title,
        said,
        record=record,
        about=message.id,
        module="core.messages",
        kind="core.feedback",
    )


def forget_customer(session: Session, company_id: int, name: str) -> None:
    """Blank what messages say about a customer whose data are erased, and his name where he was given to somebody."""
    quoting = select(Message.id).where(Message.company_id == company_id)
    naming = select(Message.id).where(Message.kind == OWNER_CHANGED, Message.content.contains(name, autoescape=True))
    with permitted():
        changed = [*session.scalars(quoting), *session.scalars(naming)]
        session.execute(
            update(MessageCopy).where(MessageCopy.message_id.in_(quoting)).values(note="", feedback=""),
            execution_options={"synchronize_session": False},
        )
        session.execute(
            update(Message).where(Message.company_id == company_id).values(title="—", content=""),
            execution_options={"synchronize_session": False},
        )
        named = update(Message).where(Message.id.in_(naming))
        session.execute(
            named.values(content=func.replace(Message.content, name, "—")),
            execution_options={"synchronize_session": False},
        )
        renew_words(session, changed)


def forget_tasks(session: Session, titles: Iterable[str], people: Iterable[int]) -> None:
    """Blank the titles of tasks in what these people were told of them."""
    held = select(MessageCopy.message_id).where(MessageCopy.user_id.in_(set(people)))
    told = select(Message).where(Message.module == "core.tasks", Message.id.in_(held))
    gone = set(titles)
    with permitted():
        changed = []
        for message in session.scalars(told).all():
            lines = ["—" if line in gone else line for line in message.content.splitlines()]
            if lines != message.content.splitlines():
                message.content = "\n".join(lines)
                changed.append(message.id)
        session.flush()
        renew_words(session, changed)
