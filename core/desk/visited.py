"""The pages that a person visited last, as his browser remembers them: named as of now, within his rights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import current_app, request

from core.auth.access import Access
from core.auth.guard import guard_of
from core.desk.menu import entries
from core.desk.stars import name_of, page_of, record_at
from core.web import is_own_address

MOST = 10
LONGEST = 500


def read_visited(text: str) -> list[tuple[str, str]]:
    """Read what a browser sends, `[[title, address], …]`; anything else is nothing."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    pairs = found if isinstance(found, list) else []
    return [
        (one[0][:120], one[1])
        for one in pairs[: MOST * 2]
        if isinstance(one, list) and len(one) == 2 and all(isinstance(part, str) for part in one)
    ]


def visited(access: Access, pages: Sequence[tuple[str, str]], at: str) -> list[tuple[str, str, str]]:
    """Give title, address and icon of those that lead somewhere this person may go; not the page where he is.

    A record bears the name that it has now; one that he finds no more is left out.
    """
    root, found = request.script_root, []
    menu = {entry.href: str(entry.title) for _key, entry in entries(access)}
    for kept, address in pages:
        path = address.removeprefix(root)
        if address == at or len(address) > LONGEST or not kept or not is_own_address(address):
            continue
        record = record_at(path)
        page = page_of(path)
        if page is None or not _may_open(access, page[0]):
            continue
        title, icon = menu.get(address, kept), "clock"  # the workbench greets; its name is that of the menu
        if record is not None:
            name, icon = name_of(access, *record), record[0].icon
            if not name:
                continue
            title = name if record[0].detail == page[0] else kept
        found.append((title, address, icon))
    return found[:MOST]


def _may_open(access: Access, endpoint: str) -> bool:
    guard = guard_of(current_app.view_functions.get(endpoint))
    return guard is not None and guard.admits(access)
