"""Demo data: two fields that the house added to its customers, with values in a part of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.admin.fields import create_field
from core.customers.lists import COMPANIES
from core.customers.models import Company
from core.db import permitted

LEVELS = ("金卡", "银卡", "普卡")
EVERY = 3
MOST = 600


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Add a level of membership and the day on which it ends, and give every third customer both."""
    section = {"section": "会员", "section_en": "Membership", "checked": False}
    level = {"title": "会员等级", "title_en": "Membership level", "kind": "choice", "field_class": "brief"}
    made = create_field(session, COMPANIES, {**section, **level, "default_column": True}, LEVELS)
    ends = {"title": "会员到期日", "title_en": "Membership ends", "kind": "date", "field_class": "inner"}
    until = create_field(session, COMPANIES, {**section, **ends, "sortable": True})
    for number, company in enumerate(demo.companies[: EVERY * MOST : EVERY]):
        day = demo.today + dt.timedelta(days=30 * (number % 20) - 60)
        values = {made.name: f"c{number % len(LEVELS) + 1}", until.name: day.isoformat()}
        with permitted():
            session.execute(update(Company).where(Company.id == company.id).values(custom=values))
    return {}
