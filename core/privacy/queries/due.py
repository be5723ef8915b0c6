"""What has been kept for longer than its purpose needs (PIPL 19): contacts who left, personal fields, old requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from core.clock import local_today, start_of
from core.customers.models import Company, Contact
from core.overlay import overlay
from core.privacy.models import PrivacyRequest
from core.privacy.queries.tables import default_of

LEFT_SETTING = "core.privacy_keep_left_months"
PRIVATE_SETTING = "core.privacy_keep_private_months"
REQUEST_SETTING = "core.privacy_keep_request_months"
RULES = {"left": LEFT_SETTING, "private": PRIVATE_SETTING, "request": REQUEST_SETTING}
PERSONAL = (
    "ethnicity", "birth_date", "education", "major", "habits", "hobbies", "income", "income_note", "social_relations",
    "career", "family", "character", "qualities",
)  # fmt: skip
"""The fields of the class private."""

REQUEST_TEXTS = ("asked_by", "text", "answer", "refusal")


def months_of(session: Session, rule: str) -> int:
    """Give how many months a rule keeps; 0 is for ever."""
    return int(overlay().setting(session, RULES[rule]) or 0)


def before(months: int, today: dt.date | None = None) -> dt.date:
    """Give the day before which something is due."""
    today = today or local_today()
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return dt.date(year, month + 1, min(today.day, 28))


def due(session: Session, rule: str) -> Any:
    """Select what a rule says is due; None where it keeps for ever."""
    months = months_of(session, rule)
    if months <= 0:
        return None
    limit = before(months)
    if rule == "left":
        gone = Contact.invalid.is_(True), Contact.erased_at.is_(None), Contact.held_at.is_(None)
        return select(Contact).where(*gone, Contact.invalid_on < limit).order_by(Contact.id)
    if rule == "private":
        filled = or_(*(_says(name) for name in PERSONAL))
        known = func.coalesce(Company.last_contact_on, func.date(Contact.created_at))
        old = and_(known < limit, Contact.updated_at < start_of(limit), Contact.alive(), filled)
        return select(Contact).join(Company, Company.id == Contact.company_id).where(old).order_by(Contact.id)
    texts = or_(*(getattr(PrivacyRequest, name).is_not(None) for name in REQUEST_TEXTS))
    return select(PrivacyRequest).where(PrivacyRequest.answered_on < limit, texts).order_by(PrivacyRequest.id)


def _says(name: str) -> ColumnElement[bool]:
    column: Any = Contact.__table__.c[name]
    made = default_of(column)
    held: ColumnElement[bool] = column.is_not(None)
    if name == "qualities":
        return cast(column, Text).not_in(("{}", "null"))
    return held if made is None else and_(held, column != made)


def due_counts(session: Session) -> Mapping[str, int | None]:
    """Count what is due by each rule; None where it keeps for ever."""
    found: dict[str, int | None] = {}
    for rule in RULES:
        statement = due(session, rule)
        found[rule] = (
            None
            if statement is None
            else session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
        )
    return found
