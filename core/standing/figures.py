"""What the register itself counts of one customer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from core.clock import local_today
from core.customers.models import Company, Contact, Need, StandingChange
from core.customers.permissions import Perm
from core.i18n import _, n_
from core.plugin import CustomerFigure


def contacts() -> Any:
    """Count the contacts that are still valid."""
    rows = select(func.count(Contact.id)).where(Contact.company_id == Company.id, Contact.alive(), ~Contact.invalid)
    return rows.correlate(Company).scalar_subquery()


def needs() -> Any:
    """Count the needs that stand today."""
    today = local_today()
    rows = select(func.count(Need.id)).where(
        Need.company_id == Company.id, Need.noted_on <= today,
        or_(Need.valid_until.is_(None), Need.valid_until >= today),
    )  # fmt: skip
    return rows.correlate(Company).scalar_subquery()


def changed_at() -> Any:
    """Tell when the type was last changed."""
    rows = select(func.max(StandingChange.changed_at)).where(StandingChange.company_id == Company.id)
    return rows.correlate(Company).scalar_subquery()


FIGURES = (
    CustomerFigure(
        name="core.contacted", title=_("Contact with the customer"), kind="date",
        value=lambda: Company.last_contact_on, order=10,
    ),
    CustomerFigure(
        name="core.owned", title=_("Has an owner"), kind="yes", value=lambda: Company.owner_id.is_not(None), order=20,
    ),
    CustomerFigure(
        name="core.contacts", title=_("Contacts on record"), unit=n_("person", "people"), value=contacts,
        permission=Perm.CONTACT_QUERY, summed=True, endpoint="customers.contact_list", args={"invalid": "0"}, order=30,
    ),
    CustomerFigure(
        name="core.needs", title=_("Needs at present"), value=needs, permission=Perm.COMPANY_QUERY, order=40,
    ),
    CustomerFigure(
        name="core.standing_changed", title=_("Change of customer type"), kind="moment", value=changed_at, order=50,
    ),
)  # fmt: skip
