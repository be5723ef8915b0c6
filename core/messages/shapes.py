"""What templates are given of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.auth.access import current_access
from core.auth.hosts import hosts
from core.auth.queries.names import names_of
from core.clock import local_now, local_today, to_local
from core.db import session
from core.desk.badges import Figures
from core.i18n import gettext
from core.listing.table import record_link
from core.messages.models import Message, MessageCopy
from core.messages.queries import Receipts, copy_of, count_folders, headings_of, receipts_of, thread_of
from core.messages.resources import FOLDER_TITLES, PRIORITY_TITLES
from core.messages.services import Record
from core.plugin import Resource
from core.web import zhike

VIEWS = {"core.task_assigned": "mine", "core.task_declined": "given", "core.task_done": "given"}
"""The view of the list to which a report of several records leads, by its kind."""

FOLDER_ICONS = {"todo": "check", "inbox": "mail", "sent": "send", "system": "bell", "filed": "archive"}


def when(moment: Any) -> str:
    """Write when something was sent: the time today, `yesterday`, else the date."""
    local = to_local(moment)
    days = (local_today() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return gettext("Yesterday")
    return f"{local:%m-%d}" if local.year == local_now().year else f"{local:%Y-%m-%d}"


def folder_links(current: Session, user_id: int, chosen: str) -> list[dict[str, Any]]:
    """Give the folders with what is unread or to be done in each."""
    counts = count_folders(current, user_id)._asdict()
    titles = {"todo": gettext("To do"), **{name: str(title) for name, title in FOLDER_TITLES.items()}}
    return [
        {
            "key": name,
            "title": titles[name],
            "icon": FOLDER_ICONS[name],
            "href": url_for("messages.centre", folder=name),
            "current": name == chosen,
            "text": Figures(counts.get(name, 0)).text,
        }
        for name in ("todo", "inbox", "sent", "system", "filed")
    ]


def source_name(module: str) -> str:
    """Name the area or plugin that reported something."""
    info = zhike().registry.plugins.get(module)
    return str(info.title) if info is not None and not module.startswith("core.") else gettext("System")


def line_view(
    row: Mapping[str, Any], chosen: int | None, href: str, read: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Give a line of the list; of one's own message `read` says by how many of how many it was read."""
    sender = row.get("sender_id")
    own = row["folder"] == "sent"
    return {
        "id": getattr(row, "id", 0),
        "href": href,
        "title": row["title"],
        "who": (row["audience"] if own else sender.title if sender else source_name(row.get("module") or "")) or "—",
        "system": sender is None,
        "when": when(row["sent_at"]),
        "unread": row["read_at"] is None,
        "priority": row["priority"],
        "done": row["done_at"] is not None,
        "current": getattr(row, "id", 0) == chosen,
        "read": read,
        "heading": row.get("filed_under") if row["folder"] == "filed" else "",
    }


def copy_view(copy: MessageCopy, here: str, following: str, *, brief: bool = False) -> dict[str, Any]:
    """Give a message with what its holder can do; `brief` is what the bell and the card show of it."""
    message = copy.message
    names = names_of(session(), [message.sender_id])
    sender = names.get(message.sender_id or 0) or source_name(message.module)
    view: dict[str, Any] = {
        "id": copy.id,
        "title": message.title,
        "sender": sender,
        "system": message.sender_id is None,
        "when": when(message.sent_at),
        "sent_at": message.sent_at,
        "unread": copy.read_at is None,
        "priority": message.priority,
        "href": url_for("messages.show", id=copy.id),
        "snippet": " ".join(message.content.split())[:120],
    }
    if brief:
        return view
    incoming = copy.side == "in"
    return view | {
        "here": here,
        "following": following,
        "content": message.content,
        "audience": message.audience,
        "priority_title": str(PRIORITY_TITLES[message.priority]),
        "incoming": incoming,
        "folder": copy.folder,
        "filed_under": copy.filed_under,
        "headings": headings_of(session(), copy.user_id) if copy.folder != "filed" else (),
        "needs_receipt": message.needs_receipt and incoming,
        "receipt_at": copy.receipt_at,
        "asks": copy.due_at is not None,
        "due_at": copy.due_at,
        "done_at": copy.done_at,
        "sticky": message.sticky,
        "note": copy.note,
        "feedback": copy.feedback,
        "answers": incoming and message.sender_id is not None,
        "about": _told_of(copy),
        "record": record_in_words(session(), message.record_kind or "", message.record_id) or _list_of(message),
        "task": _task_address(copy) if incoming else "",
        "thread": _thread(message),
        "receipts": None if incoming else _receipts(message),
    }


def _told_of(copy: MessageCopy) -> str:
    """Give the address of the message of which the program tells something."""
    message = copy.message
    if message.sender_id is not None or message.parent_id is None:
        return ""
    own = copy_of(session(), message.parent_id, copy.user_id)
    return "" if own is None else url_for("messages.show", id=own)


def _task_address(copy: MessageCopy) -> str:
    """Give the address at which a message becomes a task (转任务), where the person may make one."""
    if "tasks.task_new" not in current_app.view_functions or not current_access().may("core:task:create"):
        return ""
    return url_for("tasks.task_new", of="message", id=copy.id)


def _thread(message: Message) -> list[dict[str, Any]]:
    found = thread_of(session(), message)
    names = names_of(session(), [one.sender_id for one in found])
    return [
        {
            "sender": names.get(one.sender_id or 0) or source_name(one.module),
            "when": when(one.sent_at),
            "content": one.content,
            "current": one.id == message.id,
        }
        for one in found
        if len(found) > 1
    ]


def _receipts(message: Message) -> dict[str, Any]:
    found: Receipts = receipts_of(message.id)
    return {
        "count": message.receivers,
        "read": found.read,
        "receipts": found.receipts,
        "asked": message.needs_receipt,
        "people": [one._asdict() for one in found.people],
    }


# --- the record that a message is about ------------------------------------------------------------------------------


def _host(kind: str, record_id: int | None) -> Resource | None:
    """Give the resource of a record that messages may be about, where the person may open such."""
    resource = hosts().get(kind) if kind and record_id else None
    if resource is None or record_id is None or not 0 < record_id < 2**53:
        return None
    may = current_access().may(resource.code("query")) and resource.detail in current_app.view_functions
    return resource if may else None


def record_of(current: Session, kind: str, record_id: int | None) -> Record | None:
    """Give what a message keeps of a record that its sender may find; None for any other."""
    resource = _host(kind, record_id)
    row = None if resource is None else current.get(resource.model, record_id)
    if resource is None or row is None:
        return None
    customer = row.id if resource.name == "company" else getattr(row, resource.customer or "", None)
    return Record(kind=kind, id=row.id, company_id=customer)


def _name_of(current: Session, resource: Resource, record_id: int) -> str | None:
    """Name a record; None where the person may not find it."""
    model, path = resource.model, resource.title_path.split(".")
    if len(path) == 1 and isinstance(getattr(model, path[0]), InstrumentedAttribute):
        found = current.execute(select(getattr(model, path[0])).where(model.id == record_id)).first()
        return None if found is None else str(found[0] or f"#{record_id}")
    title: Any = current.get(model, record_id)
    if title is None:
        return None
    for step in path:
        title = getattr(title, step, None)
    return str(title or f"#{record_id}")


def record_in_words(current: Session, kind: str, record_id: int | None) -> dict[str, Any] | None:
    """Give the link to a message's record, a bare mention where this reader may not find it."""
    if not kind or not record_id:
        return None
    resource = _host(kind, record_id)
    name = None if resource is None else _name_of(current, resource, record_id)
    if resource is None or name is None:
        return {"title": gettext("a record that you may not see"), "href": "", "icon": "lock"}
    return {
        "title": gettext("%(kind)s: %(name)s", kind=resource.title, name=name),
        "href": record_link(str(resource.detail))(record_id),
        "icon": resource.icon,
    }


def _list_of(message: Message) -> dict[str, Any] | None:
    """Give the link to the list of the records that a report of several is about, where the reader may open it."""
    view, resource = VIEWS.get(message.kind), hosts().get(message.record_kind or "")
    if view is None or resource is None or resource.listing not in current_app.view_functions:
        return None
    if not current_access().may(resource.code("query")):
        return None
    href = url_for(resource.listing, view=view)
    return {"title": str(resource.title_plural), "href": href, "icon": resource.icon}
