"""The menus: which entries a person may open, with the figures that stand behind them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, request, url_for
from flask_babel import get_locale

from core.auth.access import Access
from core.db import current_work, session
from core.desk.words import number
from core.i18n import gettext, p_, within
from core.plugin import MenuItem, Resource, Urgent
from core.registry import PluginFailed
from core.state import kept
from core.web import zhike

FRESH = 30.0
"""Seconds for which a counted figure is shown again without counting."""


@dataclass(frozen=True)
class MainMenu:
    """One of the seven main menus of the rail."""

    key: str
    title: Any
    icon: str


MENUS = (
    MainMenu("my", p_("main menu", "My desk"), "home"),
    MainMenu("file", p_("main menu", "File"), "file"),
    MainMenu("records", p_("main menu", "Records"), "book"),
    MainMenu("customers", p_("main menu", "Customers"), "users"),
    MainMenu("work", p_("main menu", "Work"), "work"),
    MainMenu("settings", p_("main menu", "Settings"), "gear"),
    MainMenu("help", p_("main menu", "Help"), "help"),
)
TITLES = {menu.key: menu for menu in MENUS}


@dataclass(frozen=True)
class Entry:
    """One line of a panel as it is drawn."""

    title: str
    href: str
    icon: str
    endpoint: str
    args: dict[str, str]
    menu: str
    section: str
    hot: bool
    plugin: bool
    keys: str
    bell: str = ""
    """The badge that counts what waits behind it, changing by itself."""
    counted: tuple[str, str] | None = None
    """The list that the figure counts, where the entry leads to more: its title and address."""
    count: int | None = None
    current: bool = False

    @property
    def count_text(self) -> str:
        """The count as it is written."""
        return number(self.count or 0)


# --- entries ---------------------------------------------------------------------------------------------------------


def entries(access: Access) -> list[tuple[MenuItem, Entry]]:
    """List the menu entries that a person may open, in order; from memory while rights and plugins stand still."""
    return kept(session(), "rights", slot_of("menu", access), lambda: read_entries(access))


def slot_of(what: str, access: Access) -> tuple[Any, ...]:
    """Give the key under which something of a person's menus is kept."""
    # the rights of a request are those of its beginning, whatever it changed meanwhile
    began = dict(current_work().info.get("began", ())).get("rights")
    on = zhike().registry.enabled(session())
    return (what, access.user_id, on, str(get_locale()), request.script_root, began)


def read_entries(access: Access) -> list[tuple[MenuItem, Entry]]:
    """Ask the registry for the entries; one whose page does not exist is left out."""
    registry = zhike().registry
    found = []
    for item in registry.declared("register_menu"):
        if item.permission is not None and not access.may(str(item.permission)):
            continue
        if item.endpoint not in current_app.view_functions:
            continue
        owner = registry.owner_of("register_menu", item)
        plugin = not owner.startswith("core.")
        section = str(item.section) or (gettext("Extensions") if plugin else "")
        found.append(
            (
                item,
                Entry(
                    title=str(item.title),
                    href=url_for(item.endpoint, **item.args),
                    icon=item.icon,
                    endpoint=item.endpoint,
                    args=dict(item.args),
                    menu=item.menu if item.menu in TITLES else "work",
                    section=section,
                    hot=item.hot,
                    plugin=plugin,
                    keys=item.keys,
                    bell=owner if item.bell else "",
                    counted=_counted(item),
                ),
            )
        )
    return found


def _counted(item: MenuItem) -> tuple[str, str] | None:
    if item.counted is None:
        return None
    args: dict[str, Any] = dict(item.counted.args)
    return str(item.counted.title), url_for(item.counted.endpoint or item.endpoint, **args)


def creatable(access: Access) -> Iterator[Resource]:
    """List the resources of which a person may make a new record on a page of its own."""
    for resource in zhike().registry.resources():
        if resource.new and resource.new in current_app.view_functions and access.may(resource.code("create")):
            yield resource


def new_entries(access: Access) -> list[dict[str, Any]]:
    """Give the entries of "+ New"."""
    return [
        {
            "label": gettext("New %(thing)s", thing=thing(resource)),
            "href": url_for(str(resource.new)),
            "icon": resource.icon,
        }
        for resource in creatable(access)
    ]


def thing(resource: Resource) -> str:
    """Give a resource's title as it stands inside a sentence."""
    return within(resource.title)


# --- counts ----------------------------------------------------------------------------------------------------------

_counts: dict[tuple[int, int | None, int], tuple[float, int | None]] = {}
_lock = threading.Lock()


def _slot(access: Access, item: MenuItem) -> tuple[int, int | None, int]:
    return (zhike().database.serial, access.user_id, id(item))


def known_count(access: Access, item: MenuItem) -> tuple[int | None, bool]:
    """Give the last counted figure of an entry and whether it is too old to trust."""
    if item.count is None:
        return None, False
    moment, figure = _counts.get(_slot(access, item), (0.0, None))
    return figure, time.monotonic() - moment > FRESH


def count(access: Access, items: Iterable[MenuItem]) -> None:
    """Count anew what is too old. A plugin's count that fails is left out."""
    registry = zhike().registry
    for item in items:
        if item.count is None or not known_count(access, item)[1]:
            continue
        figure = None
        try:
            with registry.contained(registry.owner_of("register_menu", item), f"count of {item.endpoint}"):
                figure = item.count(session())
        except PluginFailed:
            figure = None
        with _lock:
            if len(_counts) > 10_000:
                _counts.clear()
            _counts[_slot(access, item)] = (time.monotonic(), figure)


def _with_figure(entry: Entry, figure: int | None) -> Entry:
    return replace(entry, count=figure, hot=entry.hot or isinstance(figure, Urgent))


def all_menus(access: Access, menu: str | None = None, *, figures: bool = False) -> list[tuple[MainMenu, list[Entry]]]:
    """List every main menu, or one, with the entries that a person may open; with their `figures` counted anew."""
    pairs = [(item, entry) for item, entry in entries(access) if menu in (None, entry.menu)]
    if figures:
        count(access, [item for item, _ in pairs])
    found = [_with_figure(entry, known_count(access, item)[0] if figures else None) for item, entry in pairs]
    return [(menu, lines) for menu in MENUS if (lines := [e for e in found if e.menu == menu.key])]
