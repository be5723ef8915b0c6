"""The blueprint and what all pages of journals share."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.errors import Conflict, NotFound
from core.i18n import _
from core.listing import resource_views
from core.overlay import overlay
from plugins.journals.lists import RESOURCES

blueprint = Blueprint("journals", __name__.rpartition(".views")[0], url_prefix="/journals", template_folder="templates")
for resource in RESOURCES:
    resource_views(blueprint, resource)

T = TypeVar("T")


def found(session: Session, model: type[T], key: int, code: str) -> T:
    """Find a record that the right reaches; another's is as unknown as none. Raises NotFound."""
    record = session.get(model, key) if 0 < key < 2**53 else None
    if record is None or not current_access().may(code, record if hasattr(model, "__scope__") else None):
        raise NotFound(_("There is no such record, or it is not yours to see."))
    return record


def check_version(record: Any, sent: int | None) -> None:
    """Refuse a save that does not stand on the record as it is now."""
    if sent != record.version:
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was overwritten; look at it again."))


def word(session: Session, dictionary: str, code: str | None) -> str:
    """Give the words for a code of one of our dictionaries."""
    return overlay().title(session, f"journals_{dictionary}", code)
