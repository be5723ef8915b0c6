"""Builds the frame around a page: main menus, side panel with counts, account, status bar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, request, url_for

from core.auth.access import Access, current_access
from core.auth.queries.people import group_titles
from core.clock import local_now
from core.db import session
from core.desk.badges import RIDING, Figures, Riding
from core.desk.menu import MENUS, TITLES, Entry, count, entries, known_count, new_entries, slot_of
from core.desk.stars import Shortcut, shortcuts
from core.desk.words import clock_text, rights_in_words, script_texts
from core.i18n import gettext
from core.plugin import Urgent
from core.state import kept
from core.web import zhike


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

    return kept(session(), "rights", slot_of("around", access), make)


def person_in_words(access: Access) -> str:
    """Name a person with his groups."""
    named = group_titles(session())
    return " · ".join([access.name, *(str(named(name)) for name in access.groups)])


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


def _plain(line: dict[str, Any], menu: str) -> Entry:
    return Entry(line["label"], line["href"], line["icon"], "", {}, menu, "", False, False, "")


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


def bell(access: Access) -> Figures:
    """Count what the bell of a person shows, now."""
    if access.user_id is None:
        return Figures()
    riding: Riding = current_app.extensions[RIDING]
    return riding.figures_of(session(), zhike().registry, access.user_id)
