"""Works ahead: the next piece is fetched while the present one is being written."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """Give items, none of them None, of which a thread makes the next one meanwhile; what it raises is raised here.

    Pays where making one waits for another process. The items' session belongs to that thread until the last is given.
    """
    context = copy_context()

    def fetch() -> T | None:
        return next(items, None)

    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(context.run, fetch)
        while (item := coming.result()) is not None:
            coming = thread.submit(context.run, fetch)
            yield item
