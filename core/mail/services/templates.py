"""Entering, changing and deleting templates of letters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, Refused
from core.i18n import _
from core.mail.models import MailTemplate
from core.mail.placeholders import check


def make_template(session: Session, values: dict[str, Any], *, by: int) -> MailTemplate:
    """Enter a template. Raises Refused for a name that there is, and for placeholders that there are not."""
    template = MailTemplate(entered_by_id=by)
    _write(session, template, values)
    session.add(template)
    session.flush()
    return template


def change_template(session: Session, template: MailTemplate, values: dict[str, Any], *, version: int | None) -> None:
    """Change a template. Raises Conflict when somebody changed it meanwhile, Refused as above."""
    if version is not None and version != template.version:
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was overwritten; look at it again."))
    _write(session, template, values)
    session.flush()


def _write(session: Session, template: MailTemplate, values: dict[str, Any]) -> None:
    check("subject", values["subject"])
    check("body", values["body"])
    with session.no_autoflush:
        same = select(MailTemplate.id).where(MailTemplate.name == values["name"], MailTemplate.id != (template.id or 0))
        if session.scalar(same) is not None:
            words = _("There is a template of this name already.")
            raise Refused(words, fields={"name": words})
    for name, value in values.items():
        setattr(template, name, value)


def drop_template(session: Session, template: MailTemplate) -> None:
    """Delete a template."""
    session.delete(template)
    session.flush()
