"""Answers the command palette and the search page: records, menus, commands, colleagues, in fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import current_app, request, url_for

from core.auth.access import Access
from core.auth.hosts import noun_of
from core.clock import local_today
from core.db import session
from core.desk.later import later
from core.desk.menu import TITLES, creatable, entries, thing
from core.desk.queries import (
    Found,
    find_colleagues,
    find_record_by_number,
    find_records,
    find_records_by_code,
    fits,
    fits_in_order,
    name_customers,
)
from core.desk.stars import name_of, record_at, shortcuts
from core.desk.visited import visited
from core.i18n import gettext
from core.listing.table import record_link
from core.plugin import Resource
from core.registry import PluginFailed
from core.web import zhike

PALETTE_LIMIT = 5
PAGE_LIMIT = 20


@dataclass(frozen=True)
class Hit:
    """One answer."""

    title: str
    href: str
    icon: str
    sub: str = ""


@dataclass(frozen=True)
class Section:
    """Answers of one kind."""

    title: str
    hits: list[Hit]
    own: bool = False


def answers(
    access: Access, text: str, limit: int, at: str = "", pages: Sequence[tuple[str, str]] = ()
) -> list[Section]:
    """Answer what was typed. `>` asks for commands only, `@` for colleagues, `#` for record numbers, `/` for menus.

    `at` is the path of the page from which is asked: what can be done with its record comes first. `pages` are those
    visited last, title and address: they follow where nothing was typed.
    """
    text = text.strip()
    prefix, rest = (text[:1], text[1:].strip()) if text[:1] in tuple(">@#/＃＠") else ("", text)
    prefix = {"＃": "#", "＠": "@"}.get(prefix, prefix)
    sections: list[Section] = []
    own = list(own_commands(access, at, rest, limit)) if prefix in ("", ">") and at else []
    if not rest:
        sections += own
        last = visited(access, pages, at) if prefix == "" else []
        sections.append(Section(gettext("Last visited"), [Hit(*one) for one in last]))
    if prefix == "":
        sections.append(Section(gettext("My shortcuts"), shortcut_hits(access, rest, limit)))
    if prefix == "#":
        sections += records(access, rest, limit, numbers_only=True)
    elif prefix == "" and rest:
        sections += records(access, rest, limit)
    if prefix in ("", "/"):
        sections.append(Section(gettext("Menus"), menu_hits(access, rest, limit)))
    if rest:
        sections += own
    if prefix in ("", ">"):
        sections.append(Section(gettext("Commands"), command_hits(access, rest, limit)))
    if prefix == "@" or (prefix == "" and rest):
        sections.append(Section(gettext("Colleagues"), colleague_hits(rest, limit)))
    return [section for section in sections if section.hits]


def records(access: Access, text: str, limit: int, *, numbers_only: bool = False) -> Iterator[Section]:
    """Search every resource that the person may find; one that fails is left out."""
    registry = zhike().registry
    for resource in registry.resources():
        if not access.may(resource.code("query")) or resource.detail not in current_app.view_functions:
            continue
        if resource.detail == "desk.colleague":  # they have a group of their own, also for those without the list
            continue
        owner = registry.owner_of("register_resources", resource)
        try:
            with registry.contained(owner, f"search of {resource.key}"):
                found = search_one(resource, text, limit, numbers_only=numbers_only)
        except PluginFailed:
            continue
        if found:
            yield Section(str(resource.title_plural), [hit(resource, one) for one in found])


def search_one(resource: Resource, text: str, limit: int, *, numbers_only: bool) -> list[Found]:
    """Search one resource by number or by words."""
    if numbers_only:
        is_id = text.isascii() and text.isdigit() and len(text) < 12
        found = find_record_by_number(session(), resource, int(text)) if is_id else []
        known = {one.id for one in found}
        found += [one for one in find_records_by_code(session(), resource, text) if one.id not in known]
    else:
        found = find_records(session(), resource, text, limit)
    return name_customers(session(), resource, found[:limit])


def hit(resource: Resource, found: Found) -> Hit:
    """Make the answer that leads to a record."""
    href = record_link(str(resource.detail))(found.id)
    return Hit(found.title or f"#{found.id}", href, resource.icon, found.sub)


def own_commands(access: Access, at: str, text: str, limit: int) -> Iterator[Section]:
    """Give what can be done with the record whose page, or one of whose tabs, is at a path."""
    found = record_at(at.removeprefix(request.script_root))
    name = name_of(access, *found) if found is not None else ""
    if found is None or not name:
        return
    resource, number = found
    hits: list[Hit] = []
    when: list[Hit] = []
    if resource.customer == "id":
        for source in zhike().registry.declared("register_customer_panels"):
            write = getattr(source, "write", None)
            if write and (source.permission is None or access.may(str(source.permission))):
                hits.append(Hit(gettext("Write a log entry"), url_for(write, company=number), "pen", "L"))
    if access.may("core:task:create"):
        of = resource.name if resource.plugin == "core" else resource.key
        hits.append(Hit(gettext("New task"), url_for("tasks.task_new", of=of, id=number), "check", "T"))
        if (meant := later(session(), text, local_today(), name)) is not None:
            address = url_for("tasks.task_new", of=of, id=number, day=meant[0].isoformat())
            when.append(Hit(meant[1], address, "clock", meant[0].isoformat()))
    if access.may("core:message:create"):
        address = url_for("messages.compose", kind=noun_of(resource), record=number)
        hits.append(Hit(gettext("Message to colleagues"), address, "bell"))
    if resource.edit and resource.edit in current_app.view_functions and access.may(resource.code("edit")):
        hits.append(Hit(gettext("Edit"), record_link(resource.edit)(number), "pen"))
    hits = when + [one for one in hits if fits(text, one.title)][:limit]
    if hits:
        yield Section(gettext("For %(name)s", name=name), hits, own=True)


def shortcut_hits(access: Access, text: str, limit: int) -> list[Hit]:
    """Find what the person put under a star."""
    return [Hit(one.title, one.href, one.icon) for one in shortcuts(access) if fits(text, one.title)][:limit]


def menu_hits(access: Access, text: str, limit: int) -> list[Hit]:
    """Find menu entries by their words or pinyin."""
    found: Iterable[Hit] = (
        Hit(f"{TITLES[entry.menu].title} › {entry.title}", entry.href, entry.icon, entry.keys)
        for _, entry in entries(access)
        if fits(text, entry.title)
    )
    return list(found)[:limit]


def command_hits(access: Access, text: str, limit: int) -> list[Hit]:
    """Find what can be done from anywhere."""
    found = [
        Hit(gettext("New %(thing)s", thing=thing(resource)), url_for(str(resource.new)), resource.icon)
        for resource in creatable(access)
    ]
    found += [
        Hit(gettext("Shortcuts and appearance"), url_for("desk.preferences_page"), "contrast"),
        Hit(gettext("Keys of this page"), url_for("desk.keys"), "keyboard"),
    ]
    return [one for one in found if fits_in_order(text, one.title)][:limit]


def colleague_hits(text: str, limit: int) -> list[Hit]:
    """Find colleagues; the answer shows who they are."""
    return [
        Hit(one.title, url_for("desk.colleague", id=one.id), "user", one.sub)
        for one in find_colleagues(session(), text, limit)
    ]
