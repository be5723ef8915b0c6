"""Which numbers and addresses a person may be told of, by searching and filtering as on the pages of their owners."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import False_, True_

from core.auth.access import NO_ROW, current_access
from core.auth.output import Visibility
from core.customers.models import Company, Contact
from core.db import SystemSession
from core.plugin import Resource

COMPANY = Resource(name="company", plural="companies", title="", title_plural="", model=Company, fields=())
CONTACT = Resource(name="contact", plural="contacts", title="", title_plural="", model=Contact, fields=())
"""The nouns of the rights; the whole declarations lie a layer above."""


def told(session: Session, model: Any, whole: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Give the condition of the phones or e-mail addresses that this person may be told of.

    Those of a company to whom its inner fields are shown; those of a contact to whom its private ones are, to others
    whose inner ones are shown only where the `whole` of it was typed: what is masked cannot be guessed piece by piece.
    """
    if isinstance(session, SystemSession):
        return true()
    access = current_access()
    company = Visibility(access, COMPANY).condition("inner")
    inner = Visibility(access, CONTACT).condition("inner")
    private = Visibility(access, CONTACT).condition("private")
    if isinstance(company, True_) and isinstance(private, True_):
        return true()
    return or_(
        and_(model.contact_id.is_(None), model.company_id.in_(_those(Company, company))),
        model.contact_id.in_(_those(Contact, private)),
        and_(model.contact_id.in_(_those(Contact, inner)), false() if whole is None else whole),
    )


def _those(model: Any, seen: ColumnElement[bool]) -> Any:
    """Select the records that are shown; a plain false would swallow the row scope that stands beside it."""
    return select(model.id).where(NO_ROW if isinstance(seen, False_) else seen)
