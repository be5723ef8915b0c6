"""The Resource of messages: a person's own copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.i18n import _, n_, p_
from core.messages.finding import search_messages
from core.messages.models import MessageCopy
from core.messages.queries import waiting
from core.plugin import Field, Resource, SystemView

FOLDER_TITLES = {
    "inbox": p_("message folder", "Received"),
    "sent": p_("message folder", "Sent"),
    "system": p_("message folder", "System"),
    "filed": p_("message folder", "Filed"),
}
PRIORITY_TITLES = {"high": p_("priority", "Urgent"), "normal": p_("priority", "Normal"), "low": p_("priority", "Low")}


def _flag(condition: Any) -> Any:
    """Make the condition of a yes-or-no field."""

    def where(session: Session, op: str, values: Sequence[str]) -> Any:
        if op != "eq":
            return None
        return condition() if values[-1] == "1" else ~condition()

    return where


MESSAGE = Resource(
    name="message",
    plural="messages",
    title=_("Message"),
    title_plural=_("Messages"),
    model=MessageCopy,
    title_path="message.title",
    detail="messages.show",
    new="messages.compose",
    listing="messages.message_list",
    default_sort="-sent_at",
    search=search_messages,
    search_hint=_("Title, content"),
    fields=(
        Field(name="title", title=p_("message", "Title"), path="message.title", default=True, order=1),
        Field(name="sender_id", title=p_("message", "From"), kind="user", default=True, order=2),
        Field(name="module", title=_("Reported by"), path="message.module", order=3),
        Field(
            name="folder", title=_("Folder"), kind="choice", default=True, order=4,
            choices=lambda session: list(FOLDER_TITLES.items()),
        ),
        Field(
            name="priority", title=_("Priority"), kind="choice", default=True, order=5,
            choices=lambda session: list(PRIORITY_TITLES.items()), tones={"high": "bad", "low": "o"},
        ),
        Field(
            name="sent_at", title=_("Sent at"), kind="datetime", field_class="brief", default=True, sortable=True,
            order=6,
        ),
        Field(name="read_at", title=_("Read at"), kind="datetime", default=True, order=7),
        Field(
            name="unread", title=p_("message", "Unread"), kind="bool", listed=False, order=8,
            where=_flag(lambda: MessageCopy.read_at.is_(None)),
        ),
        Field(
            name="waiting", title=p_("message", "To do"), kind="bool", listed=False, order=9,
            where=_flag(waiting),
        ),
        Field(name="needs_receipt", title=_("Asks for a receipt"), kind="bool", path="message.needs_receipt", order=10),
        Field(name="due_at", title=_("Put off to"), kind="datetime", listed=False, order=11),
        Field(name="done_at", title=_("Done at"), kind="datetime", order=12),
        Field(name="feedback", title=_("Feedback"), kind="long", order=13),
        Field(name="note", title=_("Handling note"), kind="long", order=14),
        Field(name="filed_under", title=_("Filed under"), order=15),
        Field(name="audience", title=p_("message", "To"), path="message.audience", order=16),
    ),
    quick_filters=("sender_id", "priority", "unread"),
    views=(
        SystemView(name="todo", title=p_("message", "To do"), query="waiting=1", order=10),
        SystemView(name="received", title=FOLDER_TITLES["inbox"], query="folder=inbox", order=20),
        SystemView(name="sent", title=FOLDER_TITLES["sent"], query="folder=sent", order=30),
        SystemView(name="system", title=FOLDER_TITLES["system"], query="folder=system", order=40),
        SystemView(name="filed", title=FOLDER_TITLES["filed"], query="folder=filed", order=50),
    ),
    card=(("priority",), ("sender_id",), ("sent_at",)),
    unit=n_(" message", " messages"),
    icon="mail",
    order=90,
)  # fmt: skip
