"""Adding, changing, removing and erasing attachments; keeping rows and files in step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from core.attachments.models import Attachment
from core.attachments.queries import used_bytes
from core.attachments.settings import PERSON, WHOLE, bytes_of, size_words
from core.attachments.store import SHAPES, Incoming, Store, hold, store_of, wait_in_line
from core.auth.audit import record
from core.auth.hosts import hosts, noun_of
from core.columns import utcnow
from core.db import on_commit, permitted, system_transaction
from core.errors import Conflict, Refused
from core.i18n import _
from core.plugin import Resource

BIN_DAYS = 30
"""Days for which a removed attachment can be taken back."""
CHUNK = 500
TABLE: Any = Attachment.__table__


def company_of(resource: Resource, host: Any) -> int | None:
    """Tell whose data a record is: the company that its Resource names."""
    if noun_of(resource) == "company":
        return int(host.id)
    return getattr(host, resource.customer) if resource.customer else None


def attach(
    session: Session,
    resource: Resource,
    host: Any,
    received: Sequence[Incoming],
    *,
    by: int | None,
    private: bool = False,
) -> list[Attachment]:
    """Hang received files on a record. Raises Refused where they do not fit into what is left of a quota."""
    if not received:
        return []
    check_quota(session, sum(one.size for one in received), by=by)
    made = []
    for one in received:
        store_of(session).keep(session, one)
        attachment = Attachment(
            resource=noun_of(resource),
            record_id=host.id,
            company_id=company_of(resource, host),
            name=one.name,
            kind=one.group,
            size=one.size,
            sha256=one.sha256,
            width=one.previews.width if one.previews else None,
            height=one.previews.height if one.previews else None,
            private=private,
            uploaded_by_id=by,
        )
        session.add(attachment)
        made.append(attachment)
    _follow(session, resource, host)
    return made


def attach_again(
    session: Session, resource: Resource, host: Any, others: Sequence[Attachment], *, by: int | None
) -> list[Attachment]:
    """Hang the files of other attachments on a record too. Raises Refused like `attach`."""
    if not others:
        return []
    check_quota(session, sum(one.size for one in others), by=by)
    made = []
    for one in others:
        hold(session, one.sha256)
        same = {name: getattr(one, name) for name in ("name", "kind", "size", "sha256", "width", "height", "private")}
        made.append(
            Attachment(
                resource=noun_of(resource),
                record_id=host.id,
                company_id=company_of(resource, host),
                uploaded_by_id=by,
                **same,
            )
        )
    session.add_all(made)
    _follow(session, resource, host)
    return made


def _follow(session: Session, resource: Resource, host: Any) -> None:
    """Write what was changed, and let the record's kind do what follows. Raises Refused where it says no."""
    session.flush()
    if resource.after_files is not None:
        resource.after_files(session, host)


def _follow_change(session: Session, attachment: Attachment) -> None:
    resource = hosts().get(attachment.resource)
    host = session.get(resource.model, attachment.record_id) if resource is not None else None
    if resource is not None and host is not None:
        _follow(session, resource, host)
    else:
        session.flush()


def check_quota(session: Session, size: int, *, by: int | None) -> None:
    """Refuse what does not fit any more, for this person or for all together. What lies in the bin counts."""
    why = _Room(session, by).refusal(size)
    if why is not None:
        raise Refused(why)


def those_that_fit(
    session: Session, received: Sequence[Incoming], *, by: int | None
) -> tuple[list[Incoming], list[tuple[Incoming, Any]]]:
    """Part files, in their order, into those for which there is room and those for which there is none, with why."""
    room = _Room(session, by)
    fitting: list[Incoming] = []
    over: list[Incoming] = []
    for one in received:
        if room.refusal(one.size) is None:
            room.take(one.size)
            fitting.append(one)
        else:
            over.append(one)
    return fitting, [(one, room.refusal(one.size)) for one in over]


class _Room:
    """What is left of the quotas of one person and of all, until the transaction ends."""

    def __init__(self, session: Session, by: int | None) -> None:
        wait_in_line(session)
        self.quotas: list[list[Any]] = []
        for key, person in ((PERSON, by), (WHOLE, None)):
            limit = bytes_of(session, key)
            if limit and not (key == PERSON and person is None):
                self.quotas.append([key, limit, used_bytes(session, person)])

    def refusal(self, size: int) -> Any:
        """Say why a file of this size does not fit; None where it does."""
        for key, limit, used in self.quotas:
            if size <= limit - used:
                continue
            words = {"limit": size_words(limit), "left": size_words(max(0, limit - used))}
            if key == PERSON:
                return _(
                    "Your attachments may hold %(limit)s together, and %(left)s of it are left. Delete some for good.",
                    **words,
                )
            return _("Of the space for attachments (%(limit)s), %(left)s are left. Ask your administrator.", **words)
        return None

    def take(self, size: int) -> None:
        """Note that a file takes its room."""
        for quota in self.quotas:
            quota[2] += size


def change_attachment(
    session: Session, attachment: Attachment, values: Mapping[str, Any], *, version: int | None
) -> None:
    """Set title, note and whether it is private. Raises Conflict when somebody changed it meanwhile."""
    if version is not None and version != attachment.version:
        raise Conflict(_("Somebody changed this attachment meanwhile. Nothing was overwritten."))
    for name in ("title", "note", "private"):
        if name in values:
            setattr(attachment, name, values[name])
    _follow_change(session, attachment)


def remove_attachment(session: Session, attachment: Attachment, *, by: int | None) -> None:
    """Put an attachment into the bin."""
    attachment.deleted_at, attachment.deleted_by_id = utcnow(), by
    _follow_change(session, attachment)


def purge_attachment(session: Session, attachment: Attachment) -> None:
    """Erase an attachment that lies in the bin, on record; its file goes where nothing else refers to it."""
    if attachment.deleted_at is None:
        raise Refused(_("Only what lies in the bin is deleted for good."))
    record(
        session,
        "delete",
        entity="core_attachment",
        entity_id=attachment.id,
        company_id=attachment.company_id,
        changes={"name": [attachment.name, None], "size": [attachment.size, None]},
    )
    _erase(session, and_(TABLE.c.id == attachment.id, TABLE.c.deleted_at.is_not(None)))


def restore_attachment(session: Session, attachment: Attachment) -> None:
    """Take an attachment out of the bin."""
    attachment.deleted_at, attachment.deleted_by_id = None, None
    _follow_change(session, attachment)


def note_download(session: Session, attachment: Attachment) -> None:
    """Write down who took a file."""
    record(
        session,
        "download",
        entity="core_attachment",
        entity_id=attachment.id,
        company_id=attachment.company_id,
        changes={"name": [None, attachment.name]},
    )


# --- erasing


def erase_of_company(session: Session, company_id: int) -> int:
    """Erase all that was attached to a company and to what belongs to it; give how many."""
    return _erase(session, TABLE.c.company_id == company_id)


def erase_of_record(session: Session, resource: Resource, record_id: int) -> int:
    """Erase all that was attached to one record, as of a contact whose data are erased; give how many."""
    return _erase(session, (TABLE.c.resource == noun_of(resource)) & (TABLE.c.record_id == record_id))


def _erase(session: Session, rows: Any) -> int:
    """Remove rows at once and their files after the commit, whatever this person may see of them."""
    with permitted():
        found = session.connection().execute(delete(TABLE).where(rows).returning(TABLE.c.sha256)).scalars().all()
    if found:
        session.expire_all()
        drop_after_commit(session, found)
    return len(found)


def drop_after_commit(session: Session, hashes: Iterable[str]) -> None:
    """Remove contents once the transaction has been saved, as far as nothing refers to them any more."""
    database, gone = session.info["work"].database, set(hashes)

    def drop() -> None:
        for sha256 in gone:
            with system_transaction("attachments", database=database) as writing:
                drop_unused(writing, sha256)

    on_commit(session, drop)


def drop_unused(session: Session, sha256: str) -> bool:
    """Remove a content to which no row refers, and nobody can refer meanwhile; tell whether it was."""
    hold(session, sha256)
    if session.connection().scalar(select(TABLE.c.id).where(TABLE.c.sha256 == sha256).limit(1)) is not None:
        return False
    store_of(session).drop(sha256)
    return True


# --- housekeeping


def empty_bin(session: Session) -> int:
    """Erase what has lain in the bin for its days. The job."""
    limit = utcnow() - dt.timedelta(days=BIN_DAYS)
    old = select(TABLE.c.id).where(TABLE.c.deleted_at < limit).limit(CHUNK)
    return _erase(session, TABLE.c.id.in_(old))


def sweep(session: Session) -> int:
    """Remove files that belong to nothing: of uploads that were broken off, and contents without a row. The job."""
    store, gone = store_of(session), 0
    for path in list(store.abandoned()):
        path.unlink(missing_ok=True)
        gone += 1
    for sha256 in store.hashes():
        if not store.is_new(sha256) and drop_unused(session, sha256):
            gone += 1
    return gone


def missing_files(session: Session) -> Iterator[str]:
    """List the hashes of contents that rows refer to and that are not on the disk."""
    store: Store = store_of(session)
    for sha256 in session.connection().scalars(select(TABLE.c.sha256).distinct().order_by(TABLE.c.sha256)):
        if not store.path(sha256).is_file():
            yield sha256


def stored_files(session: Session) -> Iterator[Path]:
    """List every file that a backup of the attachments must hold, each once: contents and their previews."""
    store = store_of(session)
    kept = select(TABLE.c.sha256, TABLE.c.width).distinct().order_by(TABLE.c.sha256)
    seen: set[Path] = set()
    for sha256, width in session.connection().execute(kept):
        paths = [store.path(sha256), *(store.path(sha256, shape) for shape in SHAPES if width is not None)]
        for path in paths:
            if path not in seen:
                seen.add(path)
                yield path


__all__ = [
    "attach",
    "change_attachment",
    "empty_bin",
    "erase_of_company",
    "erase_of_record",
    "missing_files",
    "note_download",
    "purge_attachment",
    "remove_attachment",
    "restore_attachment",
    "stored_files",
    "sweep",
    "those_that_fit",
]
