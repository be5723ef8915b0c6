"""Takes a person out of where copies go and out of what was sent; how many were sent where stays on record."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.customers.models import Contact
from plugins.journals.models import DeliveryPoint, DispatchLine, DispatchRun, HeldLine, Subscription
from plugins.journals.services.dispatch import START, chain


def forget_recipient(session: Session, contact: Contact, neutral: str) -> None:
    """Blank the deliveries to a person, and his name and address in the runs that served him."""
    homes = select(Subscription.id).where(Subscription.company_id == contact.company_id)
    named = (DeliveryPoint.recipient == contact.name) & DeliveryPoint.subscription_id.in_(homes)
    served: list[int] = []
    for delivery in session.scalars(
        select(DeliveryPoint).where(or_(DeliveryPoint.contact_id == contact.id, named))
    ).all():
        served.append(delivery.id)
        delivery.recipient = neutral[:60]
        delivery.phone = delivery.address = delivery.postcode = ""
    for held in session.scalars(
        select(HeldLine).where(HeldLine.company_id == contact.company_id, HeldLine.recipient == contact.name)
    ):
        held.recipient = neutral[:60]
    session.flush()
    blank_lines(session, served, neutral)


def blank_lines(session: Session, deliveries: Collection[int], neutral: str) -> None:
    """Blank names and addresses in dispatch runs and seal these anew; the trail tells which."""
    lines: Any = DispatchLine.__table__
    connection = session.connection()
    runs = set(connection.scalars(select(lines.c.run_id).where(lines.c.delivery_id.in_(list(deliveries)))))
    gone = {"recipient": neutral[:60], "address": "", "postcode": ""}
    connection.execute(update(lines).where(lines.c.delivery_id.in_(list(deliveries))).values(**gone))
    for run_id in sorted(runs):
        link = START
        rows = connection.execute(select(lines).where(lines.c.run_id == run_id).order_by(lines.c.place)).mappings()
        for row in rows.all():
            told = {name: value for name, value in row.items() if name not in ("id", "run_id", "link")}
            link = chain(link, told)
            connection.execute(update(lines).where(lines.c.id == row["id"]).values(link=link))
        table: Any = DispatchRun.__table__
        connection.execute(update(table).where(table.c.id == run_id).values(seal=link))
        record(session, "erase", entity="journals_dispatch_run", entity_id=run_id, note="sealed anew")
    session.expire_all()
