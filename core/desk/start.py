"""The page that opens after signing in, as each person chose it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from core.auth.access import Access
from core.desk.menu import TITLES, entries
from core.desk.stars import shortcuts

OFFERED = ("my", "records", "customers", "work", "settings")
"""The menus with pages to work on; File leads to signing in again, too."""


def start_choices(access: Access) -> list[tuple[str, str]]:
    """Offer, by address and name, the workbench, one's own shortcuts and the pages to work on that one may open."""
    found = {url_for("desk.workbench"): ""}
    for star in shortcuts(access):
        if star.href.partition("?")[0] != url_for("desk.start"):  # it leads to the page that is chosen here
            found.setdefault(star.href, f"★ {star.title}")
    for menu in OFFERED:
        for _item, entry in entries(access):
            if entry.menu == menu:
                found.setdefault(entry.href, f"{TITLES[menu].title} · {entry.title}")
            if entry.href == url_for("desk.workbench"):
                found[entry.href] = entry.title
    return list(found.items())


def start_of(access: Access, prefs: Mapping[str, Any]) -> str:
    """Give the chosen page; the workbench where none was chosen, or the person may no longer open it."""
    chosen = prefs.get("start", "")
    return chosen if chosen in dict(start_choices(access)) else url_for("desk.workbench")
