"""What the system tells people by itself, in answer to events of other areas."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.auth.hosts import hosts, noun_of
from core.auth.output import follow
from core.auth.queries.names import names_of
from core.bus.services import Event
from core.customers.models import Company
from core.db import permitted
from core.i18n import gettext, ngettext
from core.messages.finding import renew_words
from core.messages.models import Message, MessageCopy
from core.messages.services import OWNER_CHANGED, Record, notify
from core.plugin import Subscriber
from core.tags.models import Segment

MOST = 500
"""So many lines has one report; then another one begins."""


def record_decided(session: Session, event: Event) -> None:
    """Tell the author that his record was returned."""
    if event["state"] == "returned":
        _tell_author(session, event, gettext("A record of yours was returned; see the opinion and correct it"))


def change_proposed(session: Session, event: Event) -> None:
    """Tell the author, or the owner, that somebody proposes a change."""
    _tell_author(session, event, gettext("A change to a record of yours is proposed"))


def _tell_author(session: Session, event: Event, text: str) -> None:
    author = event["author_id"]
    if author is None or author == event["by_id"]:
        return
    resource = next((one for one in hosts().values() if one.key == event["resource"]), None)
    if resource is None:
        return
    kind = noun_of(resource)
    record = Record(kind=kind, id=event["record_id"], company_id=event["record_id"] if kind == "company" else None)
    notify(session, [author], text, module="core.review", kind=event.name, key=f"event-{event.id}", record=record)


def import_finished(session: Session, event: Event) -> None:
    """Tell whoever started an import how it ended."""
    if event["user_id"] is None:
        return
    text = gettext(
        "%(created)s new, %(updated)s updated, %(errors)s with errors",
        created=event["created"],
        updated=event["updated"],
        errors=event["errors"],
    )
    title = gettext("Your import has ended")
    notify(session, [event["user_id"]], title, text, module="core.transfer", kind=event.name, key=f"event-{event.id}")


def owner_changed(session: Session, event: Event) -> None:
    """Tell the new owner which customers he was given, and who had them of those that the program put into the pool.

    Those of one hour stand in one message while it is unread.
    """
    pooled = event["after_id"] is None and event.user_id is None
    owner = event["before_id"] if pooled else event["after_id"]
    name = session.scalar(select(Company.name).where(Company.id == event["company_id"]))
    if owner is None or name is None or owner == event.user_id:
        return

    def title(number: int) -> str:
        if pooled:
            return ngettext(
                "%(num)d of your customers is in the public pool now",
                "%(num)d of your customers are in the public pool now",
                number,
            )
        return ngettext("%(num)d customer was given to you", "%(num)d customers were given to you", number)

    stem = f"{'pool' if pooled else 'owner'}-{owner}-{event.happened_at:%Y%m%d%H}"
    _tell_together(session, owner, stem, title, name, module="core.customers", kind=event.name)


def segment_entered(session: Session, event: Event) -> None:
    """Tell who watches a segment which records entered it; those of one day stand in one message while it is unread."""
    owner, segment = event["owner_id"], session.get(Segment, event["segment_id"])
    resource = next((one for one in hosts().values() if one.key == event["resource"]), None)
    record = session.get(resource.model, event["record_id"]) if resource is not None else None
    if owner is None or segment is None or resource is None or record is None:
        return

    def title(number: int) -> str:
        return ngettext(
            "%(num)d record entered the segment %(name)s",
            "%(num)d records entered the segment %(name)s",
            number,
            name=segment.name,
        )

    _known, name = follow(record, resource.title_path)
    stem = f"segment-{segment.id}-{event.happened_at:%Y%m%d}"
    _tell_together(session, owner, stem, title, str(name or f"#{record.id}"), module="core.tags", kind=event.name)


def task_assigned(session: Session, event: Event) -> None:
    """Tell somebody that a colleague gave him tasks."""

    def title(number: int, name: str) -> str:
        return ngettext("%(name)s gave you a task", "%(name)s gave you %(num)d tasks", number, name=name)

    if event["source"] != "rule":
        _tell_of_task(session, event, event["assignee_id"], title)


def task_declined(session: Session, event: Event) -> None:
    """Tell the giver that tasks of his were given back; the reasons stand on their pages."""

    def title(number: int, name: str) -> str:
        one, many = "%(name)s gave a task back to you", "%(name)s gave %(num)d tasks back to you"
        return ngettext(one, many, number, name=name)

    _tell_of_task(session, event, event["giver_id"], title)


def task_done(session: Session, event: Event) -> None:
    """Tell the giver that tasks of his were done; what came of them stands on their pages."""

    def title(number: int, name: str) -> str:
        one, many = "%(name)s has done a task that you gave", "%(name)s has done %(num)d tasks that you gave"
        return ngettext(one, many, number, name=name)

    _tell_of_task(session, event, event["giver_id"], title)


def _tell_of_task(session: Session, event: Event, user_id: int | None, title: Callable[[int, str], str]) -> None:
    """Tell somebody of a task, in one message for each colleague and hour."""
    by = event["by_id"]
    if user_id is None or by is None or by == user_id:
        return
    name = names_of(session, [by]).get(by, "")
    stem = f"{event.name}-{user_id}-{by}-{event.happened_at:%Y%m%d%H}"
    _tell_together(
        session, user_id, stem, lambda number: title(number, name), event["title"],
        module="core.tasks", kind=event.name, record=Record(kind="task", id=event["task_id"]),
    )  # fmt: skip


def _tell_together(
    session: Session, user_id: int, stem: str, title: Callable[[int], str], line: str, *, module: str, kind: str,
    record: Record | None = None,
) -> None:  # fmt: skip
    """Tell somebody of one more of a kind: in the report of `stem` that he has not read yet, else in another.

    One about a `record` leads to the list of its kind as soon as it tells of several.
    """
    for number in range(100):
        key = f"{stem}-{number}"
        if notify(session, [user_id], title(1), line, module=module, kind=kind, key=key, record=record) is not None:
            return
        if _added(session, key, title, line):
            return


def _added(session: Session, key: str, title: Callable[[int], str], line: str) -> bool:
    """Add a line to a report that nobody has read yet."""
    unread = select(MessageCopy.message_id).where(MessageCopy.read_at.is_(None))
    open_one = select(Message).where(Message.key == key, Message.id.in_(unread)).with_for_update()
    message = session.scalars(open_one).first()
    if message is None:
        return False
    lines = [*message.content.splitlines(), line]
    if len(lines) > MOST:
        return False
    with permitted():
        values = {"title": title(len(lines))[:200], "content": "\n".join(lines), "record_id": None}
        changed = update(Message).where(Message.id == message.id).values(values)
        session.execute(changed, execution_options={"synchronize_session": False})
        renew_words(session, [message.id])
    return True


SUBSCRIBERS = (
    Subscriber(event="core.record_decided", handler=record_decided),
    Subscriber(event="core.change_proposed", handler=change_proposed),
    Subscriber(event="core.import_finished", handler=import_finished),
    Subscriber(event=OWNER_CHANGED, handler=owner_changed),
    Subscriber(event="core.segment_entered", handler=segment_entered),
    Subscriber(event="core.task_assigned", handler=task_assigned),
    Subscriber(event="core.task_declined", handler=task_declined),
    Subscriber(event="core.task_done", handler=task_done),
)
