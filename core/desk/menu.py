"""Builds the frame around a page: main menus, side panel with counts, account, status bar."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, request, url_for
from flask_babel import get_locale

from core.auth.access import Access, current_access
from core.auth.queries.people import group_titles
from core.clock import local_now
from core.db import current_work, session
from core.desk.badges import RIDING, Figures, Riding
from core.desk.stars import Shortcut, shortcuts
from core.desk.words import clock_text, number, rights_in_words, script_texts
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


@dataclass(frozen=True)
class Group:
    """Entries of a panel under one heading."""

    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class RailItem:
    """One main menu as it is drawn."""

    key: str
    title: str
    icon: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Person:
    """Whoever is signed in, as the frame names him."""

    id: int
    name: str
    line: str


@dataclass(frozen=True)
class Surroundings:
    """What stands around every page of a person; the same while rights and plugins stand still."""

    user: Person
    rights: str
    rail: list[RailItem]
    create: list[dict[str, Any]]
    account: list[Any]
    leave: list[dict[str, Any]]
    news: Entry | None
    """The entry whose page the bell belongs to."""
    go: dict[str, str]
    texts: dict[str, str]


@dataclass(frozen=True)
class Panel:
    """The side panel of a page: what it shows, from which all of it follows."""

    menu: str
    on: str | None
    """The address of the entry that is marked."""
    figures: tuple[int | None, ...]
    urgent: tuple[bool, ...]
    """Which of the figures cannot wait; a figure is equal to another that can."""
    shortcuts: tuple[Shortcut, ...]
    ask: str | None
    """The path of the page where a figure is too old: the panel then asks for itself anew."""


@dataclass(frozen=True)
class Frame:
    """Everything that stands around a page."""

    around: Surroundings
    title: str
    panel: Panel
    address: str
    module: str
    now: dt.datetime
    now_text: str
    tabbar: tuple[RailItem, ...]
    bell: Figures

    def groups(self) -> list[Group]:
        """Put the panel together; asked for when it is drawn anew."""
        return panel_groups(current_access(), self.panel, self.around)


# --- entries ---------------------------------------------------------------------------------------------------------


def entries(access: Access) -> list[tuple[MenuItem, Entry]]:
    """List the menu entries that a person may open, in order; from memory while rights and plugins stand still."""
    return kept(session(), "rights", _slot_of("menu", access), lambda: read_entries(access))


def _slot_of(what: str, access: Access) -> tuple[Any, ...]:
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


def leaving() -> list[dict[str, Any]]:
    """Give the way out; it is sent, not followed."""
    if "auth.logout" not in current_app.view_functions:
        return []
    return [{"label": gettext("Sign out"), "post": url_for("auth.logout"), "icon": "out"}]


def account_entries(files: Sequence[Entry]) -> list[Any]:
    """Give what stands behind the user's name: his settings, then the way out."""
    return [
        {"label": gettext("Shortcuts and appearance"), "href": url_for("desk.preferences_page"), "icon": "contrast"},
        *({"label": entry.title, "href": entry.href, "icon": entry.icon} for entry in files),
        "-",
        *leaving(),
    ]


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


def bell(access: Access) -> Figures:
    """Count what the bell of a person shows, now."""
    if access.user_id is None:
        return Figures()
    riding: Riding = current_app.extensions[RIDING]
    return riding.figures_of(session(), zhike().registry, access.user_id)


# --- the frame -------------------------------------------------------------------------------------------------------


class Shell:
    """Makes the frame when a whole page asks for it; fragments never pay for it."""

    def frame(self, here: str | None, title: Any) -> Frame:
        """Build the frame. `here` names the endpoint whose entry is marked where the page has none of its own."""
        return build_frame(here, str(title), request.path, counting=False)


def build_frame(
    here: str | None, title: str, path: str, *, counting: bool, menu: str | None = None, on: str | None = None
) -> Frame:
    """Build the frame of a page at `path`; `counting` counts the panel's figures anew, `on` names the marked entry."""
    access = current_access()
    pairs = entries(access)
    found = [entry for _, entry in pairs]
    around = surroundings(access)
    current = next((entry for entry in found if entry.href == on), None) or marked(found, here, path)
    if menu is None:
        menu = current.menu if current else menu_of_path(path)
    own = [item for item, entry in pairs if entry.menu == menu]
    if counting:
        count(access, own)
    figures, old = zip(*(known_count(access, item) for item in own), strict=True) if own else ((), ())
    now = local_now()
    menu_title = str(TITLES[menu].title)
    place = current.title if current else title
    return Frame(
        around=around,
        title=menu_title,
        panel=Panel(
            menu=menu,
            on=current.href if current else None,
            figures=figures,
            urgent=tuple(isinstance(figure, Urgent) for figure in figures),
            shortcuts=tuple(shortcuts(access)) if menu == "my" else (),
            ask=path if any(old) else None,
        ),
        address=request.full_path.rstrip("?"),
        module=f"{menu_title} | {place}" if place != menu_title else menu_title,
        now=now,
        now_text=clock_text(now),
        tabbar=tuple(tabbar_of(around.rail, menu, path, around.news)),
        bell=bell(access),
    )


def surroundings(access: Access) -> Surroundings:
    """Give what stands around every page of a person; from memory while rights and plugins stand still."""

    def make() -> Surroundings:
        found = [entry for _, entry in entries(access)]
        files = [entry for entry in found if entry.menu == "file"]
        return Surroundings(
            user=Person(access.user_id or 0, access.name, person_in_words(access)),
            rights=rights_in_words(access),
            rail=rail_of(found),
            create=new_entries(access),
            account=account_entries(files),
            leave=leaving(),
            news=next((entry for entry in found if entry.bell), None),
            go={entry.keys.split()[-1].lower(): entry.href for entry in found if entry.keys.startswith("G ")},
            texts=script_texts(),
        )

    return kept(session(), "rights", _slot_of("around", access), make)


def person_in_words(access: Access) -> str:
    """Name a person with his groups."""
    named = group_titles(session())
    return " · ".join([access.name, *(str(named(name)) for name in access.groups)])


def _plain(line: dict[str, Any], menu: str) -> Entry:
    return Entry(line["label"], line["href"], line["icon"], "", {}, menu, "", False, False, "")


def marked(found: Sequence[Entry], here: str | None, path: str) -> Entry | None:
    """Find the entry of a page: by endpoint, else by the longest address that the page's begins with."""
    endpoint = here or request.endpoint
    same = [e for e in found if e.endpoint == endpoint]
    given = {**request.values, **(request.view_args or {})}
    exact = [e for e in same if all(given.get(k) == v for k, v in e.args.items())]
    if exact or same:
        return max(exact or same, key=lambda e: len(e.args))
    inside = [
        e for e in found if "?" not in e.href and e.href != "/" and (path + "/").startswith(e.href.rstrip("/") + "/")
    ]
    return max(inside, key=lambda e: len(e.href), default=None)


def menu_of_path(path: str) -> str:
    """Give the main menu of a page without an entry: `/menu/<key>` names it, anything else is one's own desk."""
    key = path.removeprefix("/menu/")
    return key if path.startswith("/menu/") and key in TITLES else "my"


def _with_figure(entry: Entry, figure: int | None) -> Entry:
    return replace(entry, count=figure, hot=entry.hot or isinstance(figure, Urgent))


def panel_groups(access: Access, panel: Panel, around: Surroundings) -> list[Group]:
    """Put a menu's entries under their headings, with the figures known."""
    own = [entry for _, entry in entries(access) if entry.menu == panel.menu]
    groups: dict[str, list[Entry]] = {}
    for entry, figure, urgent in zip(own, panel.figures, panel.urgent, strict=True):
        drawn = replace(entry, count=figure, current=entry.href == panel.on, hot=entry.hot or urgent)
        groups.setdefault(entry.section, []).append(drawn)
    ordered = sorted(groups.items(), key=lambda pair: bool(pair[0]) and pair[1][0].plugin)
    made = [Group(title, lines) for title, lines in ordered]
    if panel.shortcuts:
        lines = [{"label": one.title, "href": one.href, "icon": one.icon} for one in panel.shortcuts]
        made.append(Group(gettext("My shortcuts"), [_plain(line, "my") for line in lines]))
    if panel.menu == "file":
        made.insert(0, Group("", [_plain(line, "file") for line in around.create]))
    return made


def rail_of(found: Sequence[Entry]) -> list[RailItem]:
    """List the main menus with at least one entry; each leads to its first."""
    rail = []
    for menu in MENUS:
        first = next((e for e in found if e.menu == menu.key), None)
        href = url_for("desk.menu_page", key="file") if menu.key == "file" else (first.href if first else "")
        if href:
            rail.append(RailItem(menu.key, str(menu.title), menu.icon, href))
    return rail


def tabbar_of(rail: Sequence[RailItem], menu: str, path: str, news: Entry | None) -> list[RailItem]:
    """Give the bar at the foot of phones: workbench, customers, work, messages, more."""
    titles = {"my": gettext("Workbench"), "records": gettext("Customers"), "work": gettext("Work")}
    more = path.startswith("/menu")
    bar = [
        RailItem(item.key, titles[item.key], item.icon, item.href, item.key == menu and not more)
        for item in rail
        if item.key in titles
    ]
    if news is not None:
        here = path.startswith(news.href)
        bar = [RailItem(i.key, i.title, i.icon, i.href, i.current and not here) for i in bar]
        bar.append(RailItem("messages", gettext("Messages"), news.icon, news.href, here))
    return [*bar, RailItem("more", gettext("More"), "rows", url_for("desk.menu_page"), more or menu not in titles)]


def all_menus(access: Access, menu: str | None = None, *, figures: bool = False) -> list[tuple[MainMenu, list[Entry]]]:
    """List every main menu, or one, with the entries that a person may open; with their `figures` counted anew."""
    pairs = [(item, entry) for item, entry in entries(access) if menu in (None, entry.menu)]
    if figures:
        count(access, [item for item, _ in pairs])
    found = [_with_figure(entry, known_count(access, item)[0] if figures else None) for item, entry in pairs]
    return [(menu, lines) for menu in MENUS if (lines := [e for e in found if e.menu == menu.key])]
