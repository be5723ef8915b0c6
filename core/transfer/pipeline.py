"""Reads a file's rows in chunks, many of them in a second process, so that reading and writing go side by side."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from core.ahead import ahead
from core.transfer.importer import Reader, Row
from core.transfer.tables import Layout, Stored

log = structlog.get_logger(__name__)

MANY = 4000
"""Below so many rows a second process costs more than it brings."""


def chunks(folder: Path, layout: Layout, reader: Reader, after: int, size: int) -> Iterator[list[Row]]:
    """Read chunks of `size` rows after row number `after`."""
    records = Stored(folder).records(layout, after)
    while part := list(itertools.islice(records, size)):
        yield reader.read(part)


def _serve(out: Connection, folder: Path, layout: Layout, reader: Reader, after: int, size: int) -> None:
    """Send the chunks to the process that started this one, then None; what failed here as a text."""
    gc.freeze()  # tables of words and places stay; rows hold no circles worth looking for at every thousand
    gc.set_threshold(50_000, 20, 50)
    try:
        for rows in chunks(folder, layout, reader, after, size):
            out.send(rows)
        out.send(None)
    except (BrokenPipeError, KeyboardInterrupt):
        return  # nobody listens any more
    except Exception as error:  # the other process reads on from there, and meets it itself
        out.send(f"{type(error).__name__}: {error}")


def read_chunks(
    folder: Path, layout: Layout, reader: Reader, *, after: int, size: int, left: int
) -> Iterator[list[Row]]:
    """Read the remaining rows in chunks; `left` is about how many. Raises Unreadable where the file ends badly."""
    position = after
    if left >= MANY and (os.cpu_count() or 1) > 1 and not multiprocessing.current_process().daemon:
        for rows in ahead(_from_process(folder, layout, reader, position, size)):
            if not rows:
                return
            yield rows
            position = rows[-1].number
    yield from chunks(folder, layout, reader, position, size)


def _from_process(folder: Path, layout: Layout, reader: Reader, after: int, size: int) -> Iterator[list[Row]]:
    """Receive chunks from a second process, an empty one at the end; it ends early where that process failed."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_serve, args=(sender, folder, layout, reader, after, size), name="import reader", daemon=True
    )
    try:
        process.start()
    except OSError:
        log.warning("no second process could be started", exc_info=True)
        return
    sender.close()  # so that the other side's end is noticed, and ours by it
    try:
        while True:
            try:
                rows = receiver.recv()
            except EOFError:
                log.warning("the reading process ended early", code=process.exitcode)
                return
            if isinstance(rows, str):
                log.warning("the reading process failed", error=rows)
                return
            yield rows or []
            if not rows:
                return
    finally:
        receiver.close()
        process.join(2)
        if process.is_alive():
            process.terminate()
            process.join()
