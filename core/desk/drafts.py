"""Drafts: what somebody typed into a form and did not save yet, offered when he opens the form again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from flask import g, request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from wtforms import PasswordField

from core.auth.access import current_access
from core.bus.housekeeping import removed
from core.columns import utcnow
from core.db import insert_into, session
from core.desk.models import Draft
from core.desk.stars import address_here, page_of
from core.errors import Refused
from core.forms import FORMS
from core.i18n import _
from core.plugin import Job
from core.web import RESTORED, is_own_address

MOST = 30
"""So many drafts a person has at once; the oldest go."""
LONGEST = 64 * 1024
"""Bytes of one draft."""
LONGEST_ADDRESS = 300
KEPT = dt.timedelta(days=7)
RESTORE = "draft_restore"
"""Sent instead of a form's own fields, to see the draft in it."""
THERE = "draft_kept"
"""The field by which a form tells the address of its draft, so that saving it drops the draft."""
MARKS = frozenset({"csrf_token", "idempotency_key", RESTORE, THERE})
HERE = "draft_here"


@dataclass(frozen=True)
class Here:
    """What a page whose form keeps drafts knows of them. `kept_at` is set where one is offered."""

    address: str
    kept_at: dt.datetime | None = None
    restored: bool = False
    there: bool = False
    """A draft exists, offered or not; saving the form is to drop it."""


def draft_here() -> Here | None:
    """Tell of the draft of the form that the page shows; None for pages without such a form. One statement at most."""
    if HERE not in g:
        setattr(g, HERE, _here())
    found: Here | None = g.get(HERE)
    return found


def _here() -> Here | None:
    rule, user_id = request.url_rule, current_access().user_id
    kinds = g.get(FORMS)
    if not kinds or user_id is None or rule is None or not {"GET", "POST"} <= (rule.methods or set()):
        return None
    address = address_here()
    if len(address) > LONGEST_ADDRESS or any(_asks_password(kind) for kind in kinds):
        return None
    if request.method == "POST":
        restored = RESTORED in g
        return Here(address, restored=restored, there=restored or THERE in request.form)
    kept_at = session().scalar(select(Draft.kept_at).where(Draft.user_id == user_id, Draft.address == address))
    return Here(address, kept_at, there=kept_at is not None)


def _asks_password(kind: type) -> bool:
    fields = getattr(kind, "_unbound_fields", None) or ()
    return any(issubclass(unbound.field_class, PasswordField) for _name, unbound in fields)


def keep_draft(session: Session, user_id: int, address: str, pairs: Iterable[tuple[str, str]]) -> dt.datetime:
    """Keep what a person typed into the form at an address of ours, in place of what was kept there.

    Raises Refused for an address that leads nowhere, and for more than `LONGEST`.
    """
    if not is_own_address(address) or len(address) > LONGEST_ADDRESS or page_of(address) is None:
        raise Refused(_("This page cannot be kept."))
    content = [[name, value] for name, value in pairs if name not in MARKS and "password" not in name.lower()]
    if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) > LONGEST:
        raise Refused(_("Too long to be kept as a draft"))
    now = utcnow()
    first = insert_into(session, Draft).values(user_id=user_id, address=address, content=content, kept_at=now)
    again = {"content": content, "kept_at": now}
    session.execute(first.on_conflict_do_update(index_elements=["user_id", "address"], set_=again))
    newest = select(Draft.id).where(Draft.user_id == user_id).order_by(Draft.kept_at.desc(), Draft.id.desc())
    older = list(session.scalars(newest.offset(MOST)))
    if older:
        session.execute(delete(Draft).where(Draft.id.in_(older)))
    return now


def draft_of(session: Session, user_id: int, address: str) -> list[tuple[str, str]] | None:
    """Give the pairs that a person's draft holds; None where there is none."""
    content = session.scalar(select(Draft.content).where(Draft.user_id == user_id, Draft.address == address))
    return None if content is None else [(name, value) for name, value in content]


def drop_draft(session: Session, user_id: int, address: str) -> None:
    """Remove a person's draft; none is fine too."""
    session.execute(delete(Draft).where(Draft.user_id == user_id, Draft.address == address))


def drop_about(session: Session, noun: str, record_id: int, name: str) -> None:
    """Remove everybody's drafts of a record that is erased: those on its pages, of it, or that say its name.

    `noun` is company or contact, as paths and fields name it.
    """
    root = {"company": "/companies", "contact": "/contacts"}[noun]
    keys = {noun, f"{noun}_id"}
    for id, address, content in session.execute(select(Draft.id, Draft.address, Draft.content)).all():
        path, _mark, query = address.partition("?")
        asked = [pair.partition("=")[::2] for pair in query.split("&")]
        if (
            f"{path}/".startswith(f"{root}/{record_id}/")
            or any(key in keys and value == str(record_id) for key, value in [*asked, *content])
            or any(name and name in value for _key, value in content)
        ):
            session.execute(delete(Draft).where(Draft.id == id))


def remove_drafts(session: Session) -> str:
    """Remove drafts that nobody came back to."""
    old = Draft.kept_at < utcnow() - KEPT
    count = session.scalar(select(func.count()).select_from(Draft).where(old)) or 0
    session.execute(delete(Draft).where(old))
    return removed(count)


JOBS = [
    Job(
        name="core.remove_drafts",
        title=_("Remove drafts of forms older than a week"),
        run=remove_drafts,
        schedule="25 3 * * *",
        order=925,
    ),
]
