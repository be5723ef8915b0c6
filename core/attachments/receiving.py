"""Taking files of a form: written to the disk and looked at before any transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from werkzeug.datastructures import FileStorage

from core.attachments import services
from core.attachments.names import clean_name
from core.attachments.settings import SIZE, allowed_endings, bytes_of
from core.attachments.store import Incoming, store_of
from core.db import after_read, session, system_transaction
from core.errors import Refused


def receive_files(given: Sequence[FileStorage]) -> tuple[list[Incoming], list[dict[str, str]]]:
    """Take what was sent; the second part names what is refused and why."""
    store, endings, most = store_of(session()), allowed_endings(session()), bytes_of(session(), SIZE)
    after_read(session())
    received, refused = [], []
    for one in given:
        name = clean_name(one.filename or "")
        try:
            received.append(store.receive(one.stream, name, allowed=endings, most=most))  # type: ignore[arg-type]
        except Refused as why:
            refused.append({"name": name, "why": str(why.message)})
    return received, refused


@contextmanager
def kept_or_dropped(received: Sequence[Incoming]) -> Iterator[None]:
    """Run the block that keeps received files; whatever fails in it leaves no file behind."""
    try:
        yield
    except BaseException:
        for one in received:
            one.drop()
        with system_transaction("attachments") as writing:
            for one in received:
                services.drop_unused(writing, one.sha256)
        raise
    for one in received:
        one.drop()
