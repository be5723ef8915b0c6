"""Answers why a person may or may not do something with a record (R-17), from the rules that decide it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import Access, holders, responsible
from core.auth.hosts import find_host, host_classes, hosts
from core.auth.models import User
from core.auth.output import Visibility
from core.auth.words import ACTIONS, SCOPES, action_title, source_words
from core.columns import Scoped
from core.i18n import _
from core.plugin import Permission, Resource

FINDING = ("query", "read", "edit")
NUMBERS = ("code", "number", "contract_no", "order_no")
"""Columns under which a record may be looked up besides its id."""


@dataclass(frozen=True)
class Verdict:
    """Whether one action is allowed, and why in words."""

    code: str
    title: Any
    allowed: bool
    reasons: tuple[Any, ...]


def explainable(resources: Sequence[Resource]) -> list[Resource]:
    """List the resources whose rows belong to somebody."""
    return [one for one in resources if issubclass(one.model, Scoped)]


def find_record(session: Session, resource: Resource, text: str) -> Any:
    """Find a record by id, by number, or by its exact name; None when there is none that the session may see."""
    model, found = resource.model, None
    text = text.strip()
    if text.isascii() and text.isdigit() and 0 < len(text) < 16:
        found = session.scalar(select(model).where(model.id == int(text)))
    names = [*NUMBERS, *([resource.title_path] if "." not in resource.title_path else [])]
    columns = inspect_columns(model)
    for name in names:
        if found is None and text and name in columns:
            found = session.scalars(select(model).where(getattr(model, name) == text).limit(1)).first()
    return found


def inspect_columns(model: type[Any]) -> frozenset[str]:
    """Give the names of a model's text columns."""
    found = set()
    for attribute in model.__mapper__.column_attrs:
        try:
            kind = attribute.columns[0].type.python_type
        except NotImplementedError:
            continue
        if kind is str:
            found.add(attribute.key)
    return frozenset(found)


def title_of(resource: Resource, record: Any) -> str:
    """Name a record in words."""
    value = record
    for part in resource.title_path.split("."):
        value = getattr(value, part, None)
    return str(value or f"#{record.id}")


def owner_words(session: Session, record: Any) -> Any:
    """Say to whom a record belongs."""
    owner, author = responsible(record)
    found = session.execute(select(User.id, User.name).where(User.id.in_([owner, author])))
    names = {row.id: row.name for row in found}
    if owner is not None:
        return _("It belongs to %(name)s.", name=names.get(owner, f"#{owner}"))
    if author is not None:
        return _("It belongs to nobody; %(name)s entered it.", name=names.get(author, f"#{author}"))
    return _("It belongs to nobody.")


Host = tuple[Resource, Any]
"""The record on which a row hangs, with its resource."""


def host_of(session: Session, record: Any) -> Host | None:
    """Find the record on which a row hangs; None where it hangs on none that is there."""
    rule = record.__scope__
    if rule.hung_on is None:
        return None
    noun, key = (getattr(record, name) for name in rule.hung_on)
    resource = hosts().get(noun)
    found = find_host(session, resource, key) if resource is not None else None
    return (resource, found) if resource is not None and found is not None else None


def verdicts(
    access: Access,
    resource: Resource,
    record: Any,
    permissions: Sequence[Permission],
    titles: Callable[[str], Any],
    host: Host | None = None,
) -> list[Verdict]:
    """Judge every action of a resource on one of its records, as the access rules do, and say why."""
    order = list(ACTIONS)
    own = [
        p
        for p in permissions
        if p.owner == resource.plugin and p.resource == resource.name and p.action not in ("create", "admin")
    ]
    own.sort(key=lambda p: order.index(p.action) if p.action in order else len(order))
    return [verdict(access, record, p, titles, host) for p in own]


def verdict(
    access: Access, record: Any, permission: Permission, titles: Callable[[str], Any], host: Host | None = None
) -> Verdict:
    """Judge one right on one record; of a row that hangs on another one, by its `host` too."""
    scope = access.scope(permission.code)
    allowed = access.may(permission.code, record)
    reasons: list[Any] = [source_words(s, permission, titles) for s in access.sources.get(permission.code, ())]
    if scope == "none":
        if not reasons:
            reasons.append(_("No group gives it."))
    elif scope == "all":
        reasons.append(_("Held for all records."))
    elif access.covers(scope, record):
        reasons.append(_reached(access, scope, record))
        if not allowed:
            reasons.append(_("The state of the record does not allow it."))
    else:
        reasons.append(_("Held for: %(scope)s. The record lies outside.", scope=SCOPES[scope]))
    if permission.action == "read_reviewed" and not getattr(record, "is_reviewed", False):
        reasons.append(_("It only works once the record is reviewed; this one is not."))
    if allowed and record.__scope__.hung_on is not None:
        allowed = bool(_of_host(access, record, host))
        reasons.append(
            _("Open through the record that it hangs on.")
            if allowed
            else _("The record that it hangs on is not open to the person.")
        )
    return Verdict(permission.code, action_title(permission), allowed, tuple(reasons))


def _of_host(access: Access, record: Any, host: Host | None) -> frozenset[str]:
    """Give the field classes that a person sees of a row by the record on which it hangs."""
    seen = host_classes(access, *host) if host is not None else frozenset()
    hidden = record.__scope__.hidden
    wanted = "private" if hidden is not None and getattr(record, hidden) else "inner"
    return seen if wanted in seen else frozenset()


def _reached(access: Access, scope: str, record: Any) -> Any:
    whose = holders(record)
    if access.user_id in whose:
        return _("The record is the person's own.")
    if scope == "subordinates" or not whose.isdisjoint(access.people.get("subordinates", frozenset())):
        return _("The record belongs to a subordinate.")
    return _("The record belongs to the department.")


def classes(access: Access, resource: Resource, record: Any, host: Host | None = None) -> frozenset[str]:
    """Tell which field classes of a record a person sees."""
    if record.__scope__.hung_on is not None and not _of_host(access, record, host):
        return frozenset()
    return Visibility(access, resource).of_record(record)


def finders(resource: Resource, permissions: Sequence[Permission]) -> list[Permission]:
    """Give the rights that the list of people tells of: finding, reading, changing."""
    known = {p.code: p for p in permissions}
    return [known[code] for action in FINDING if (code := resource.code(action)) in known]
