"""Shortcuts of one's own: what stands under a star, in order, named as of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import current_app, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.db import session
from core.desk.models import Star
from core.desk.queries import find_record_by_number
from core.errors import Refused
from core.i18n import _
from core.plugin import Resource
from core.registry import PluginFailed
from core.state import bump, kept
from core.web import is_own_address, zhike

MOST = 50
PASSING = ("after", "before", "list", "arrange", "on")
"""Parameters of an address that tell of the way to a page, not of the page."""


@dataclass(frozen=True)
class Kept:
    """A star as it was stored."""

    id: int
    path: str
    title: str
    resource: str | None
    record_id: int | None


@dataclass(frozen=True)
class Shortcut:
    """A star as it is shown."""

    id: int
    title: str
    href: str
    icon: str
    is_record: bool


@dataclass(frozen=True)
class Here:
    """What the star of the open page would keep, and whether it does already."""

    path: str
    on: bool


def stars_of(session: Session, user_id: int | None) -> Sequence[Kept]:
    """List what a person put under a star; from memory while nobody changes lists or stars."""

    def load() -> list[Kept]:
        rows = select(Star).where(Star.user_id == user_id).order_by(Star.position, Star.id)
        return [Kept(one.id, one.path, one.title, one.resource, one.record_id) for one in session.scalars(rows)]

    return kept(session, "lists", ("stars", user_id), load)


def here(access: Access) -> Here:
    """Give the star of the page that is being shown."""
    path = request.path if record_here() else address_here()
    return Here(path, any(one.path == path for one in stars_of(session(), access.user_id)))


def address_here() -> str:
    """Give the address of the page that is being shown, without what tells of the way to it."""
    query = [(k, v) for k, v in parse_qsl(request.query_string.decode("utf-8", "replace")) if k not in PASSING]
    return f"{request.path}?{urlencode(query)}" if query else request.path


def record_here() -> tuple[Resource, int] | None:
    """Tell which record the page shows; None for any other page."""
    return record_of(request.endpoint, request.view_args or {})


def record_of(endpoint: str | None, values: dict[str, object]) -> tuple[Resource, int] | None:
    """Tell which record a page of ours shows."""
    resource = next((one for one in zhike().registry.resources() if one.detail and one.detail == endpoint), None)
    number = next(iter(values.values()), None)
    return (resource, number) if resource is not None and isinstance(number, int) and len(values) == 1 else None


def record_at(path: str) -> tuple[Resource, int] | None:
    """Find the record whose page, or one of whose tabs, an address of ours is."""
    parts = path.split("?", maxsplit=1)[0].rstrip("/").split("/")
    while len(parts) > 1:
        page = page_of("/".join(parts))
        found = record_of(*page) if page is not None else None
        if found is not None:
            return found
        parts.pop()
    return None


def page_of(path: str) -> tuple[str, dict[str, object]] | None:
    """Find the page of an address: its endpoint and arguments; None where there is none to open."""
    try:
        rule, values = current_app.url_map.bind("").match(path.split("?", maxsplit=1)[0], method="GET")
    except Exception:  # werkzeug raises several kinds for "no such page"
        return None
    return str(rule), dict(values)


def shortcuts(access: Access) -> list[Shortcut]:
    """Name what stands under a star. A record that the person finds no more is left out, as is a page that is gone."""
    found = stars_of(session(), access.user_id)
    by_key = {one.key: one for one in zhike().registry.resources()}
    made = []
    for one in found:
        resource = by_key.get(one.resource or "")
        title = name_of(access, resource, one.record_id) if resource is not None else one.title
        if title and page_of(one.path) is not None and (resource is not None or one.resource is None):
            icon = resource.icon if resource is not None else "star"
            made.append(Shortcut(one.id, title, request.script_root + one.path, icon, resource is not None))
    return made


def name_of(access: Access, resource: Resource, number: int | None) -> str:
    """Give a record's name to those who find it; a plugin that fails has none."""
    if number is None or not access.may(resource.code("query")):
        return ""
    registry = zhike().registry
    try:
        with registry.contained(registry.owner_of("register_resources", resource), f"name of {resource.key}"):
            found = find_record_by_number(session(), resource, number)
    except PluginFailed:
        return ""
    return (found[0].title or f"#{number}") if found else ""


def put_star(session: Session, user_id: int, path: str, title: str) -> None:
    """Put a page under a star, last. Raises Refused for an address that leads nowhere and past the most."""
    page = page_of(path) if is_own_address(path) else None
    if page is None or len(path) > 500:
        raise Refused(_("This page cannot be kept."))
    own = select(func.count(), func.max(Star.position)).where(Star.user_id == user_id)
    count, last = session.execute(own).one()
    if count >= MOST:
        raise Refused(_("You have %(n)s shortcuts. Remove one first.", n=MOST))
    if session.scalar(select(Star.id).where(Star.user_id == user_id, Star.path == path)) is not None:
        return
    record = record_of(*page)
    star = Star(
        user_id=user_id, path=path, title="" if record else title.strip()[:120] or path, position=(last or 0) + 1
    )
    if record is not None:
        star.resource, star.record_id = record[0].key, record[1]
    session.add(star)
    session.flush()
    bump(session, "lists")


def drop_star(session: Session, user_id: int, path: str) -> None:
    """Take the star from a page; none is fine too."""
    for star in session.scalars(select(Star).where(Star.user_id == user_id, Star.path == path)):
        session.delete(star)
    session.flush()
    bump(session, "lists")


def change_star(session: Session, user_id: int, star_id: int, action: str, title: str = "") -> None:
    """Rename (`rename`), move (`up`, `down`) or remove (`drop`) one of a person's shortcuts."""
    own = list(session.scalars(select(Star).where(Star.user_id == user_id).order_by(Star.position, Star.id)))
    star = next((one for one in own if one.id == star_id), None)
    if star is None:
        return
    if action == "drop":
        session.delete(star)
    elif action == "rename" and title.strip() and star.resource is None:
        star.title = title.strip()[:120]
    elif action in ("up", "down"):
        at = own.index(star)
        own.insert(max(0, at + (-1 if action == "up" else 1)), own.pop(at))
        for place, one in enumerate(own, 1):
            one.position = place
    session.flush()
    bump(session, "lists")
