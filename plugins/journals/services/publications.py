"""Publications: made, changed, retired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.errors import Conflict, Refused
from core.i18n import _
from plugins.journals.models import Issue, Publication
from plugins.journals.services.calendar import extend_calendars

WRITTEN = ("title", "code", "frequency", "price", "closing_days", "dispatch_days", "editions", "active")


def enter_publication(session: Session, values: Mapping[str, Any], *, by: int | None = None) -> Publication:
    """Make a publication with the issues that are due. Raises Refused."""
    made = save_publication(session, None, values)
    extend_calendars(session, local_today(), made)
    return made


def change_publication(
    session: Session,
    publication: Publication,
    values: Mapping[str, Any],
    *,
    by: int | None = None,
    version: int | None = None,
) -> None:
    """Change some values of a publication. Raises Conflict when `version` is not the present one, Refused."""
    if version is not None and publication.version != version:
        raise Conflict(_("Somebody changed this publication meanwhile. Nothing was overwritten."))
    save_publication(session, publication, {name: getattr(publication, name) for name in WRITTEN} | dict(values))


def save_publication(session: Session, publication: Publication | None, values: Mapping[str, Any]) -> Publication:
    """Make or change a publication. Raises Refused for a title or code that another one has, or a new frequency once
    there are issues: their numbers would no longer fit."""
    for name, text in (
        ("title", _("Another publication has this title.")),
        ("code", _("Another publication has this code.")),
    ):
        twin = select(Publication.id).where(getattr(Publication, name) == values[name])
        if publication is not None:
            twin = twin.where(Publication.id != publication.id)
        if session.scalar(twin.limit(1)) is not None:
            raise Refused(text, fields={name: text})
    if publication is None:
        publication = Publication()
        session.add(publication)
    elif publication.frequency != values["frequency"] and session.scalar(
        select(Issue.id).where(Issue.publication_id == publication.id).limit(1)
    ):
        text = _("There are issues already: a publication with another frequency is a new one.")
        raise Refused(text, fields={"frequency": text})
    for name, value in values.items():
        setattr(publication, name, value)
    session.flush()
    return publication
