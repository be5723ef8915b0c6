"""What the phone desk shows: the customer at the other end, and today's work."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.clock import local_today, start_of
from core.customers.models import Address, Company, Contact, Phone
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.queries import barred_companies, barred_contacts, barred_values
from plugins.journals.models import Call, DeliveryPoint, Publication, Subscription
from plugins.journals.queries.subscriptions import Line, calls_of, lines_of


@dataclass
class DeskCustomer:
    """A customer as the desk shows him; what the clerk may not read is empty."""

    id: int
    name: str
    standing: str
    recipient: str = ""
    phone: str = ""
    address: str = ""
    postcode: str = ""
    barred: str | None = None
    """The reason why nobody there may be called, empty where none was given."""
    contact_id: int | None = None
    contacts: list[str] = field(default_factory=list)
    running: list[Line] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    since: int | None = None
    needs: dict[str, str] = field(default_factory=dict)
    may_take: bool = False


def customer_at_desk(session: Session, access: Access, company_id: int) -> DeskCustomer | None:
    """Give a customer with what a new order is prefilled with: where his copies go now, else his own address."""
    company = session.get(Company, company_id) if 0 < company_id < 2**53 else None
    if company is None or not company.is_alive:
        return None
    made = DeskCustomer(company.id, company.name, company.standing)
    made.may_take = company.owner_id is None or access.may("journals:subscription:create", company)
    made.running = lines_of(session, company_id, running=True)
    made.calls = calls_of(session, company_id, 5)
    first = session.scalar(select(func.min(Subscription.taken_on)).where(Subscription.company_id == company_id))
    made.since = first.year if first else None
    today = local_today()
    made.needs = {n.kind: "on" if n.valid_on(today) else "had" for n in reversed(company.needs)}
    if "inner" not in access.visible_classes(company, "company"):
        return made
    people = list(
        session.scalars(
            select(Contact)
            .where(Contact.company_id == company_id, Contact.alive(), Contact.invalid.is_(False))
            .order_by(Contact.id)
            .limit(20)
        )
    )
    chief = next((p for p in people if p.id == company.primary_contact_id), people[0] if people else None)
    made.contacts = [p.name for p in people]
    made.recipient = chief.name if chief else ""
    made.contact_id = chief.id if chief else None
    made.phone = _phone(session, company_id, made.contact_id)
    made.address, made.postcode = company.address or "", company.postcode or ""
    usual = _usual_delivery(session, company_id)
    if usual is not None:
        made.recipient, made.address, made.postcode = usual.recipient, usual.address, usual.postcode
        made.phone = usual.phone or made.phone
        made.contact_id = usual.contact_id or made.contact_id
    elif not made.address:
        _from_addresses(session, company_id, made)
    made.barred = _barred(session, made)
    return made


def _barred(session: Session, made: DeskCustomer) -> str | None:
    people = [made.contact_id] if made.contact_id else []
    why = barred_companies(session, "call", [made.id]).get(made.id)
    why = why or next(iter(barred_contacts(session, "call", people).values()), None)
    why = why or barred_values(session, "call", [made.phone]).get(made.phone)
    return why.reason if why is not None else None


def _usual_delivery(session: Session, company_id: int) -> DeliveryPoint | None:
    return session.scalar(
        select(DeliveryPoint)
        .join(Subscription, Subscription.id == DeliveryPoint.subscription_id)
        .where(Subscription.company_id == company_id, Subscription.state != "cancelled")
        .order_by(Subscription.ends_on.desc(), DeliveryPoint.id)
        .limit(1)
    )


def _from_addresses(session: Session, company_id: int, made: DeskCustomer) -> None:
    today = local_today()
    for one in session.scalars(select(Address).where(Address.company_id == company_id).order_by(Address.position)):
        if one.usable and not one.is_private and one.valid_on(today):
            made.address, made.postcode = one.text, one.postcode or ""
            made.recipient = one.recipient or made.recipient
            return


def _phone(session: Session, company_id: int, contact_id: int | None) -> str:
    phones = session.scalars(
        select(Phone)
        .where(Phone.company_id == company_id, Phone.kind.not_in(PRIVATE_KINDS))
        .order_by(Phone.position, Phone.id)
    ).all()
    usable = [p for p in phones if p.usable and p.kind != "fax"]
    usable.sort(key=lambda p: p.contact_id != contact_id)
    return usable[0].number if usable else ""


@dataclass(frozen=True)
class Today:
    """A clerk's own work of a day: calls, orders, copies and money."""

    calls: int
    orders: int
    amount: Decimal
    saved: list[dict[str, Any]]


def today_of(session: Session, user_id: int | None, day: dt.date) -> Today:
    """Sum up a clerk's day and list what he saved, the newest first."""
    since, until = start_of(day), start_of(day + dt.timedelta(days=1))
    calls = session.scalar(
        select(func.count(Call.id)).where(Call.called_by_id == user_id, Call.called_at >= since, Call.called_at < until)
    )
    mine = (Subscription.taken_by_id == user_id, Subscription.taken_on == day)
    number, amount = session.execute(
        select(func.count(Subscription.id), func.sum(Subscription.amount)).where(*mine)
    ).one()
    rows = session.execute(
        select(
            Subscription.id, Subscription.code, Company.name, Subscription.company_id, Publication.title,
            Subscription.copies, Subscription.ends_on,
        )
        .join(Company, Company.id == Subscription.company_id)
        .join(Publication, Publication.id == Subscription.publication_id)
        .where(*mine)
        .order_by(Subscription.id.desc())
        .limit(50)
    )  # fmt: skip
    names = ("id", "code", "company", "company_id", "publication", "copies", "ends_on")
    saved = [dict(zip(names, row, strict=True)) for row in rows]
    return Today(calls or 0, number or 0, Decimal(amount or 0), saved)
