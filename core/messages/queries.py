"""Reading messages: counts, one message with its thread, who read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.columns import utcnow
from core.customers.text import sort_key
from core.db import system_session
from core.messages.models import Message, MessageCopy
from core.plugin import Tally

MOST = 100
"""Unread messages are counted up to here; the bell says 99+."""
THREAD = 100


def waiting(now: dt.datetime | None = None) -> ColumnElement[bool]:
    """Give the condition of what is to be done now (待办)."""
    return and_(MessageCopy.due_at.is_not(None), MessageCopy.due_at <= (now or utcnow()))


def unread_in(folder: str) -> ColumnElement[bool]:
    """Give the condition of the unread copies of a folder."""
    return and_(MessageCopy.read_at.is_(None), MessageCopy.folder == folder)


def tally(user: Any) -> Tally:
    """Give what messages add to the bell: unread ones, a dot for notices, the newest urgent one."""
    return Tally(
        count=_count(unread_in("inbox"), user),
        dot=_of_user(unread_in("system"), user).exists(),
        urgent=_newest_urgent(user),
        urgent_path="messages/{}",
    )


class Counts(NamedTuple):
    """What one person has in each folder that is counted; a hundred stands for more."""

    todo: int
    inbox: int
    system: int


def count_folders(session: Session, user_id: int) -> Counts:
    """Count what a person has to do, and what is unread."""
    figures = (_count(waiting(), User.id), _count(unread_in("inbox"), User.id), _count(unread_in("system"), User.id))
    return Counts(*session.execute(select(*figures).where(User.id == user_id)).one())


def _of_user(condition: ColumnElement[bool], user: Any) -> Select[Any]:
    return select(MessageCopy.id).where(MessageCopy.user_id == user, condition).correlate(User)


def _count(condition: ColumnElement[bool], user: Any) -> Any:
    """Count a user's copies that meet a condition, a hundred at most."""
    found = _of_user(condition, user).limit(MOST).subquery()
    return select(func.count()).select_from(found).correlate(User).scalar_subquery()


def _newest_urgent(user: Any) -> tuple[Any, Any]:
    """Give id and title of a user's newest unread urgent message."""
    urgent = and_(MessageCopy.read_at.is_(None), MessageCopy.priority == "high", MessageCopy.folder != "filed")
    newest = _of_user(urgent, user).order_by(MessageCopy.id.desc()).limit(1)
    title = newest.join(Message, Message.id == MessageCopy.message_id).with_only_columns(Message.title)
    return newest.scalar_subquery(), title.scalar_subquery()


def find_copy(session: Session, copy_id: int, user_id: int) -> MessageCopy | None:
    """Find one of a person's own copies."""
    copy = session.get(MessageCopy, copy_id)
    return copy if copy is not None and copy.user_id == user_id else None


def copy_of(session: Session, message_id: int, user_id: int) -> int | None:
    """Find the id of a person's own copy of a message."""
    held = (MessageCopy.user_id == user_id, MessageCopy.message_id == message_id)
    return session.scalar(select(MessageCopy.id).where(*held).order_by(MessageCopy.id).limit(1))


def headings_of(session: Session, user_id: int) -> Sequence[str]:
    """List the headings under which a person filed his latest messages."""
    filed = (MessageCopy.user_id == user_id, MessageCopy.folder == "filed")
    latest = select(MessageCopy.filed_under).where(*filed).order_by(MessageCopy.sent_at.desc()).limit(200).subquery()
    found = session.scalars(select(latest.c.filed_under).where(latest.c.filed_under != "").distinct())
    return sorted(found, key=sort_key)


def newest_copies(session: Session, user_id: int, limit: int) -> list[MessageCopy]:
    """Give the newest messages that a person got and did not put away."""
    statement = (
        select(MessageCopy)
        .where(MessageCopy.user_id == user_id, MessageCopy.folder.in_(("inbox", "system")))
        .order_by(MessageCopy.sent_at.desc(), MessageCopy.id.desc())
        .limit(limit)
    )
    return list(session.scalars(statement))


def thread_of(session: Session, message: Message) -> list[Message]:
    """Give the messages of a thread that the person holds, oldest first."""
    root = message.thread_id or message.id
    answers = select(Message.id).where(Message.thread_id == root).order_by(Message.thread_id, Message.id).limit(THREAD)
    ids = [root, *session.scalars(answers)]  # apart: with an `or` SQLite reads all messages there are
    if not set(ids) - {message.id}:
        return [message]
    return list(session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id).limit(THREAD)))


class Receiver(NamedTuple):
    """What a sender sees of one receiver; never what he noted for himself."""

    name: str
    read_at: dt.datetime | None
    receipt_at: dt.datetime | None
    done_at: dt.datetime | None
    feedback: str


class Receipts(NamedTuple):
    """How far a message got: how many read it and answered, and its receivers, those who did not read it first."""

    read: int
    receipts: int
    people: list[Receiver]


def read_figures(copy_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Tell by how many of how many receivers messages were read, by the sender's copies. That they are his the caller
    has made sure of.
    """
    with system_session("message receipts") as whole:
        own = select(MessageCopy.id, MessageCopy.message_id)
        mine = dict(whole.execute(own.where(MessageCopy.id.in_(copy_ids), MessageCopy.side == "out")).tuples().all())
        # not joined: SQLite would then walk through all messages for a grouping by the sender's copies
        counted = select(MessageCopy.message_id, func.count(MessageCopy.read_at), func.count())
        theirs = counted.where(MessageCopy.message_id.in_(mine.values()), MessageCopy.side == "in")
        figures = {id_: (read, all_) for id_, read, all_ in whole.execute(theirs.group_by(MessageCopy.message_id))}
    return {id_: figures[message_id] for id_, message_id in mine.items() if message_id in figures}


def receipts_of(message_id: int, limit: int = 300) -> Receipts:
    """Tell a sender who read his message and what they answered. That it is his the caller has made sure of."""
    held = (MessageCopy.message_id == message_id, MessageCopy.side == "in")
    with system_session("message receipts") as whole:
        counts: Any = whole.execute(
            select(func.count(MessageCopy.read_at), func.count(MessageCopy.receipt_at)).where(*held)
        ).one()
        rows = whole.execute(
            select(
                User.name,
                MessageCopy.read_at,
                MessageCopy.receipt_at,
                MessageCopy.done_at,
                MessageCopy.feedback,
            )
            .join(User, User.id == MessageCopy.user_id)
            .where(*held)
            .order_by(MessageCopy.read_at.is_not(None), User.name)
            .limit(limit)
        )
        return Receipts(counts[0], counts[1], [Receiver(*row) for row in rows])
