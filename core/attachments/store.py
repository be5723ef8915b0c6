"""Keeps files under ZHIKE_FILES by the hash of their content; written whole or not at all, never below the web root."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from core.attachments.kinds import PICTURES, check_content, ending_of
from core.db import Database, Work
from core.errors import Refused
from core.i18n import _

if TYPE_CHECKING:
    from core.attachments.pictures import Previews

CHUNK = 256 * 1024
SHAPES = ("small", "large")
"""The two previews of a picture: of lists, and of its own page."""
GRACE = 24 * 3600
"""Seconds in which a file without a row may belong to an upload that is still under way."""


@dataclass(frozen=True)
class Incoming:
    """A file that has been received and checked, and does not belong to anything yet."""

    path: Path
    name: str
    group: str
    size: int
    sha256: str
    previews: Previews | None = None

    def drop(self) -> None:
        """Remove what was not taken over."""
        for path in (self.path, *(self.preview(shape) for shape in SHAPES)):
            path.unlink(missing_ok=True)

    def preview(self, shape: str) -> Path:
        """Give where a preview of it waits."""
        return self.path.with_suffix(f".{shape}")


class Store:
    """The files of one deployment."""

    def __init__(self, files: Path) -> None:
        self.root = files / "attachments"
        self.incoming = self.root / "incoming"

    def path(self, sha256: str, shape: str = "") -> Path:
        """Give where the content with a hash is kept, or a preview of it."""
        return self.root / sha256[:2] / (f"{sha256}.{shape}.jpg" if shape else sha256)

    def receive(self, source: BinaryIO, name: str, *, allowed: list[str], most: int) -> Incoming:
        """Read a file piece by piece and look at its content, outside any transaction. Raises Refused."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        path = self.incoming / secrets.token_hex(16)
        received = Incoming(path, name, "", 0, "")
        try:
            size, sha256 = _copy(source, path, most)
            kind = check_content(path, name, allowed)
            previews = None
            if (form := PICTURES.get(ending_of(name))) is not None:
                from core.attachments.pictures import make_previews

                previews = make_previews(path, form, {s: received.preview(s) for s in SHAPES})
        except BaseException:
            received.drop()
            raise
        return Incoming(path, name, kind.group, size, sha256, previews)

    def keep(self, session: Session, received: Incoming) -> None:
        """Take a received file over, in the transaction that makes its row."""
        hold(session, received.sha256)
        target = self.path(received.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        if received.previews is not None:
            for shape in SHAPES:
                received.preview(shape).replace(self.path(received.sha256, shape))
        received.path.replace(target)
        _sync_folder(target.parent)

    def drop(self, sha256: str) -> None:
        """Remove a content with its previews."""
        for path in (self.path(sha256), *(self.path(sha256, shape) for shape in SHAPES)):
            path.unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        """List the hashes of all contents that are kept."""
        for folder in sorted(self.root.glob("??")):
            for path in sorted(folder.iterdir()):
                if not path.suffix:
                    yield path.name

    def abandoned(self) -> Iterator[Path]:
        """List what was received and never taken over, or written by half."""
        limit = time.time() - GRACE
        if self.incoming.is_dir():
            yield from (path for path in self.incoming.iterdir() if path.stat().st_mtime < limit)

    def is_new(self, sha256: str) -> bool:
        """Tell whether a content came so lately that its row may not be written yet."""
        try:
            return self.path(sha256).stat().st_mtime > time.time() - GRACE
        except FileNotFoundError:
            return False


def _copy(source: BinaryIO, path: Path, most: int) -> tuple[int, str]:
    """Write a stream to the disk for good; give its size and its hash."""
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as out:
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > most:
                raise Refused(_("it is larger than %(n)s MB", n=most // 1024 // 1024))
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise Refused(_("it is empty"))
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make sure that a renamed file is found under its name after a loss of power."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def hold(session: Session, sha256: str) -> None:
    """Let nobody else take over or remove this content before the transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)
        session.scalar(select(func.pg_advisory_xact_lock(cast(number, BigInteger))))


def wait_in_line(session: Session) -> None:
    """Let uploads be counted against their quotas one after the other, until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.scalar(select(func.pg_advisory_xact_lock(func.hashtext("core_attachment quota"))))


_stores: weakref.WeakKeyDictionary[Database, Store] = weakref.WeakKeyDictionary()


def use(database: Database, files: Path) -> None:
    """Set where a database's files are kept; once, at start."""
    _stores[database] = Store(files)


def store_of(session: Session) -> Store:
    """Give the store of a session's application."""
    unit: Work = session.info["work"]
    return _stores[unit.database]
