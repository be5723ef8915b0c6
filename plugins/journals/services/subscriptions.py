"""Taking, changing and cancelling subscriptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.bus import publish
from core.clock import local_today
from core.columns import utcnow
from core.custom import put, take
from core.customers.models import Company
from core.db import insert_into
from core.errors import NotFound, Refused
from core.i18n import _
from plugins.journals.models import DayNumber, DeliveryPoint, DispatchLine, Issue, Publication, Subscription
from plugins.journals.services.calendar import span

MOST_COPIES = 9_999


@dataclass(frozen=True)
class Order:
    """One line of a subscription order as it is taken. `price` None means the publication's own."""

    publication_id: int
    first_issue_id: int
    issue_count: int
    copies: int
    nature: str = "paid"
    edition: str | None = None
    price: Decimal | None = None


@dataclass(frozen=True)
class Recipient:
    """Where copies go. The copies of all recipients make up those of the order."""

    recipient: str
    address: str
    copies: int
    organisation: str = ""
    province: str = ""
    postcode: str = ""
    phone: str = ""
    contact_id: int | None = None


def take_subscription(
    session: Session,
    company_id: int,
    order: Order,
    recipients: Sequence[Recipient],
    *,
    channel: str = "phone",
    payment: str = "none",
    contact_id: int | None = None,
    note: str | None = None,
    own: Mapping[str, Any] | None = None,
) -> Subscription:
    """Take one subscription; its end follows from the issue calendar, its amount from copies, issues and price.

    A customer of the pool becomes the clerk's own with it (挂牌). Raises Refused when copies and recipients do not add
    up or the calendar does not reach that far.
    """
    company = session.get(Company, company_id)
    if company is None or not company.is_alive:
        raise NotFound(_("There is no such customer"))
    publication = session.get(Publication, order.publication_id)
    first = session.get(Issue, order.first_issue_id)
    if publication is None or not publication.active:
        raise Refused(_("Choose the publication"), fields={"publication_id": _("Choose the publication")})
    if first is None or first.publication_id != publication.id:
        raise Refused(_("Choose the first issue"), fields={"first_issue_id": _("Choose the first issue")})
    if order.edition and order.edition not in publication.editions:
        text = _("This publication does not come in that edition.")
        raise Refused(text, fields={"edition": text})
    check_recipients(order.copies, recipients)
    issues = span(session, publication.id, first, order.issue_count)
    price = Decimal(0) if order.nature == "gift" else publication.price if order.price is None else order.price
    if price < 0:
        raise Refused(_("A price is not negative."), fields={"price": _("A price is not negative.")})
    access = current_access()
    if company.owner_id is None and access.user_id is not None:
        company.owner_id = access.user_id
        company.claimed_at = utcnow()
        session.flush()
    today = local_today()
    made = Subscription(
        code=next_code(session, today),
        company_id=company_id,
        contact_id=contact_id,
        publication_id=publication.id,
        edition=order.edition,
        nature=order.nature,
        channel=channel,
        first_issue_id=issues[0].id,
        last_issue_id=issues[-1].id,
        issue_count=len(issues),
        starts_on=issues[0].cover_date,
        ends_on=issues[-1].cover_date,
        copies=order.copies,
        price=price,
        amount=price * order.copies * len(issues),
        payment="full" if order.nature == "gift" else payment,
        note=note,
        taken_by_id=access.user_id,
        taken_on=today,
    )
    made.company = company
    made.deliveries = [DeliveryPoint(**vars(one)) for one in recipients]
    session.add(made)
    put(session, "journals/subscriptions", made, own or {})
    session.flush()
    publish(
        session,
        "journals.subscription_taken",
        {"subscription_id": made.id, "company_id": company_id, "ends_on": made.ends_on.isoformat()},
    )
    return made


def check_recipients(copies: int, recipients: Sequence[Recipient]) -> None:
    """Refuse an order without copies or recipients, or whose recipients do not add up to its copies."""
    if not 1 <= copies <= MOST_COPIES:
        text = _("The number of copies lies between 1 and %(n)s.", n=MOST_COPIES)
        raise Refused(text, fields={"copies": text})
    if not recipients:
        raise Refused(_("Enter the recipient"), fields={"recipient": _("Enter the recipient")})
    shared = sum(one.copies for one in recipients)
    if any(one.copies < 1 for one in recipients) or shared != copies:
        text = _("The recipients get %(n)s copies, but %(copies)s are ordered.", n=shared, copies=copies)
        raise Refused(text, fields={"copies": text})


def next_code(session: Session, day: dt.date) -> str:
    """Give the next number of a subscription: ZD-261118-048, counted by day."""
    counted = insert_into(session, DayNumber).values(day=day, value=1)
    counted = counted.on_conflict_do_update(index_elements=["day"], set_={"value": DayNumber.value + 1})
    number = session.connection().scalar(counted.returning(DayNumber.value))
    return f"ZD-{day:%y%m%d}-{number:03d}"


def change_subscription(
    session: Session, subscription: Subscription, values: Mapping[str, Any], recipients: Sequence[Recipient]
) -> None:
    """Change what is not the order itself, and where the copies go from the next run on."""
    columns, own = take(values)
    for name, value in columns.items():
        setattr(subscription, name, value)
    put(session, "journals/subscriptions", subscription, own)
    change_recipients(session, subscription, recipients)


def change_recipients(session: Session, subscription: Subscription, recipients: Sequence[Recipient]) -> None:
    """Send the copies elsewhere from the next run on. What was sent stays as it was printed.

    A recipient keeps his row, by which runs know that he was served; one who is to get more copies than before is a new
    row, so that a supplementary run sends him what he lacks.
    """
    check_recipients(subscription.copies, recipients)
    left = list(subscription.deliveries)
    kept: list[DeliveryPoint] = []
    for one in recipients:
        same = [row for row in left if row.copies >= one.copies]
        row = next((r for r in same if r.recipient == one.recipient), same[0] if same else None)
        if row is None:
            kept.append(DeliveryPoint(**vars(one)))
            continue
        left.remove(row)
        for name, value in vars(one).items():
            setattr(row, name, value)
        kept.append(row)
    subscription.deliveries = kept
    subscription.updated_at = utcnow()
    session.flush()


def cancel_subscription(session: Session, subscription: Subscription, reason: str, last_issue: Issue | None) -> None:
    """Cancel: `last_issue` is the last one still sent, None stops at once. Raises Refused for a cancelled one."""
    if subscription.state == "cancelled":
        raise Refused(_("This subscription is cancelled already."))
    if not reason:
        raise Refused(_("Choose the reason"), fields={"cancel_reason": _("Choose the reason")})
    served = session.scalar(
        select(func.max(Issue.number))
        .join(DispatchLine, DispatchLine.issue_id == Issue.id)
        .where(DispatchLine.subscription_id == subscription.id)
    )
    subscription.state = "cancelled"
    subscription.cancel_reason = reason
    subscription.cancelled_on = local_today()
    subscription.last_served_number = last_issue.number if last_issue is not None else (served or 0)
    session.flush()
    publish(
        session,
        "journals.subscription_cancelled",
        {"subscription_id": subscription.id, "company_id": subscription.company_id, "reason": reason},
    )


def phase(subscription: Subscription, today: dt.date) -> str:
    """Tell where a subscription stands on a day: future, active, expired or cancelled."""
    if subscription.state == "cancelled":
        return "cancelled"
    if today < subscription.starts_on:
        return "future"
    return "active" if today <= subscription.ends_on else "expired"
