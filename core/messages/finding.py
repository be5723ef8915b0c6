"""Finding messages by what they say: the tokens of the index, and the search that goes by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, insert, literal_column, or_, select, table, update
from sqlalchemy.orm import Session, aliased

from core.auth.access import current_access
from core.customers.text import folded, grams, half_width, query_grams
from core.db import SystemSession, among, current_work
from core.lately import Lately
from core.messages.models import Message, MessageCopy, MessageWords

GATHERED = 2000
"""Up to so many matches are gathered by the index; with more a folder is walked through. Either way each message that
counts is looked at: the index knows pairs of characters, not whole words."""
COMMON_FOR = 600
"""Seconds for which words that many messages of a person hold are taken for such, without asking the index."""
_common = Lately(COMMON_FOR)
TERMS = 6
_FTS = table("core_message_fts", column("rowid"), column("tokens"))


def tokens_of(title: str, content: str, holders: Iterable[int]) -> list[str]:
    """Cut a message into the tokens by which its holders find it: `@7` is whoever holds it."""
    said = dict.fromkeys([*grams(folded(title)), *grams(folded(content))])
    return [*(f"@{one}" for one in sorted(set(holders))), *said]


def search_messages(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to messages whose title or content holds every word that was typed."""
    words = text.split()[:TERMS]
    if not words:
        return statement
    gathered = _gathered(session, words)
    if gathered is not None:
        statement = statement.where(
            among(session, MessageCopy.message_id, gathered) if gathered else MessageCopy.id == 0
        )
    said = aliased(Message)  # the statement may read messages itself
    held = select(said.id).where(said.id == MessageCopy.message_id, _holds(said, words))
    return statement.where(held.exists())


def _gathered(session: Session, words: Sequence[str]) -> Sequence[int] | None:
    """Find messages of the person by the index, which may hold what was typed.

    None where they are many, or nothing typed can be looked up in it.
    """
    keys = [key for word in words if (key := folded(word))]
    if not keys or isinstance(session, SystemSession):
        return None
    unit, holder = current_work(), f"@{current_access().user_id}"
    memory: dict[Any, Sequence[int]] = unit.info.setdefault("messages found", {})
    known = (unit.database.serial, holder, *words)
    if known in _common:
        return None
    if known in memory and not unit.in_transaction:
        return memory[known]
    tokens = [holder, *(token for key in keys for token in query_grams(key))]
    found = session.scalars(_matching(session, tokens).limit(GATHERED + 1)).all()
    if len(found) > GATHERED:
        _common.note(known)
        return None
    memory[known] = found
    return found


def _holds(said: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """Give the condition that each word stands in title or content, as typed or in plain width."""
    return and_(
        *(
            or_(
                *(
                    part.icontains(one, autoescape=True)
                    for one in dict.fromkeys((word, half_width(word)))
                    for part in (said.title, said.content)
                )
            )
            for word in words
        )
    )


def _matching(session: Session, tokens: Sequence[str]) -> Select[Any]:
    """Select the ids of the messages that have all the tokens, by the index of this dialect."""
    if session.get_bind().dialect.name == "sqlite":
        asked = " AND ".join(f'"{token}"' for token in dict.fromkeys(tokens))
        return select(_FTS.c.rowid).where(literal_column("core_message_fts").op("MATCH")(asked))
    return select(MessageWords.message_id).where(MessageWords.tokens.op("@>")(list(dict.fromkeys(tokens))))


def keep_words(session: Session, message_id: int, title: str, content: str, holders: Iterable[int]) -> None:
    """Put a new message into the index."""
    session.execute(insert(MessageWords).values(message_id=message_id, tokens=tokens_of(title, content, holders)))


def renew_words(session: Session, message_ids: Sequence[int]) -> None:
    """Bring the index up to date with what messages say now. In a transaction that may read all of them."""
    rows = select(Message).where(among(session, Message.id, message_ids))
    for message in session.scalars(rows, execution_options={"populate_existing": True}):  # they were changed by SQL
        held = session.scalars(select(MessageCopy.user_id).where(MessageCopy.message_id == message.id))
        tokens = tokens_of(message.title, message.content, held)
        session.execute(
            update(MessageWords).where(MessageWords.message_id == message.id).values(tokens=tokens),
            execution_options={"synchronize_session": False},
        )
