"""A record with its attachments as one person sees and handles them: for the card, the tab and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from core.attachments import queries
from core.attachments.kinds import GROUPS
from core.attachments.models import Attachment
from core.attachments.settings import SIZE, allowed_endings, bytes_of, size_words
from core.auth.access import current_access
from core.auth.hosts import find_host, host_classes, hosts, noun_of
from core.auth.queries.names import names_of
from core.db import session
from core.errors import NotFound
from core.i18n import _
from core.listing.table import record_link
from core.plugin import Resource

ICONS = {"picture": "eye", "table": "table", "archive": "archive", "recording": "play"}


@dataclass(frozen=True)
class Host:
    """A record that the person reads, and what he may do with its attachments."""

    resource: Resource
    record: Any
    classes: frozenset[str]
    may_edit: bool

    @property
    def id(self) -> int:
        """The record's number."""
        return int(self.record.id)

    @property
    def noun(self) -> str:
        """The word for its kind."""
        return noun_of(self.resource)

    @property
    def sees_private(self) -> bool:
        """Tell whether the person finds private attachments of it."""
        return "private" in self.classes


def host_of(noun: str, record_id: int) -> Host:
    """Give the record that something hangs on, as one that the person reads. Raises NotFound."""
    resource, access = hosts().get(noun), current_access()
    record = find_host(session(), resource, record_id) if resource is not None else None
    classes = host_classes(access, resource, record) if resource is not None and record is not None else frozenset()
    if resource is None or "inner" not in classes:
        raise NotFound(_("There is no such record, or it is not yours to see."))
    alive = getattr(record, "deleted_at", None) is None
    fixed = resource.fixed is not None and resource.fixed(record)
    return Host(resource, record, classes, alive and not fixed and access.may(resource.code("edit"), record))


def address_of(resource: Resource, record_id: int) -> str:
    """Give the address where a record shows its attachments."""
    if noun_of(resource) == "company":
        return url_for("customers.company_tab", id=record_id, tab="attachments")
    if resource.detail is None:
        return url_for("attachments.attachment_list")
    return record_link(resource.detail)(record_id)


def shape(rows: Sequence[Attachment], *, named: bool = False) -> list[dict[str, Any]]:
    """Make what templates show of attachments; with `named` also which record each hangs on."""
    people = names_of(session(), [one.uploaded_by_id for one in rows])
    places = queries.titles_of(session(), [(one.resource, one.record_id) for one in rows]) if named else {}
    return [
        {
            "id": one.id,
            "name": one.shown_name,
            "file": one.name,
            "kind": GROUPS.get(one.kind, one.kind),
            "icon": ICONS.get(one.kind, "file"),
            "size": size_words(one.size),
            "picture": one.is_picture,
            "private": one.private,
            "note": one.note or "",
            "by": people.get(one.uploaded_by_id or 0, ""),
            "at": one.created_at,
            "of": places.get((one.resource, one.record_id), "") if one.resource != "company" else "",
        }
        for one in rows
    ]


def attachments_of(noun: str, record_id: int) -> dict[str, Any] | None:
    """Give what a record's page shows of its attachments; None where the person does not read the record.

    Every template may call it; `attachments/card.html` draws it.
    """
    try:
        host = host_of(noun, record_id)
    except NotFound:
        return None
    return {**upload_context(host), "items": shape(queries.of_record(session(), host.resource, record_id))}


def upload_context(host: Host) -> dict[str, Any]:
    """Give what the form needs that adds files to a record."""
    endings = allowed_endings(session())
    return {
        "noun": host.noun,
        "record_id": host.id,
        "may_add": host.may_edit,
        "may_hide": host.may_edit and host.sees_private,
        "accept": ",".join("." + ending for ending in endings),
        "endings": " ".join(endings),
        "most": bytes_of(session(), SIZE) // 1024 // 1024,
        "removed": len(queries.of_record(session(), host.resource, host.id, removed=True)) if host.may_edit else 0,
    }
