"""Makes publications, customers and subscriptions for tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.clock import local_today
from core.customers.models import Company, Contact
from plugins.journals.models import Issue, Publication, Subscription
from plugins.journals.services.calendar import generate_issues
from plugins.journals.services.publications import save_publication
from plugins.journals.services.subscriptions import Order, Recipient, take_subscription


def publication(session: Session, title: str = "糖酒半月刊", **values: Any) -> Publication:
    """Make a half-monthly publication with the issues of this and the next year."""
    made = save_publication(
        session,
        None,
        {
            "title": title,
            "code": title[:2] + "X",
            "frequency": "half_monthly",
            "price": Decimal(10),
            "closing_days": 10,
            "dispatch_days": 2,
            "editions": ["liquor", "food"],
            "active": True,
            **values,
        },
    )
    for year in (local_today().year, local_today().year + 1):
        generate_issues(session, made, year)
    return made


def issues(session: Session, made: Publication) -> list[Issue]:
    """List the issues of a publication, the first of next year first."""
    year = local_today().year + 1
    session.refresh(made, ["issues"])
    return [issue for issue in made.issues if issue.cover_date >= dt.date(year, 1, 1)]


def company(session: Session, name: str = "成都锦城糖酒商贸有限公司", **values: Any) -> Company:
    """Make a reviewed customer with an address."""
    usual = {
        "address": "成都市锦江区糖坊街 66 号",
        "postcode": "610021",
        "province": "四川省",
        "review_state": "reviewed",
    }
    made = Company(name=name, **{**usual, **values})
    session.add(made)
    session.flush()
    return made


def recipient(copies: int = 1, **values: Any) -> Recipient:
    """Make a recipient with a full address."""
    usual = {"recipient": "邓晓梅", "address": "成都市锦江区糖坊街 66 号", "postcode": "610021"}
    return Recipient(copies=copies, **{**usual, **values})


def subscription(
    session: Session,
    customer: Company,
    first: Issue,
    *,
    count: int = 4,
    recipients: list[Recipient] | None = None,
    nature: str = "paid",
) -> Subscription:
    """Take a subscription from an issue on."""
    shares = recipients or [recipient()]
    order = Order(first.publication_id, first.id, count, sum(one.copies for one in shares), nature)
    return take_subscription(session, customer.id, order, shares)


def contact(session: Session, customer: Company, name: str = "邓晓梅") -> Contact:
    """Make a contact of a customer."""
    made = Contact(company_id=customer.id, name=name)
    session.add(made)
    session.flush()
    return made
