"""What journals counts of one customer: for rules of customer types and for groups of companies."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from core.bus import Event
from core.clock import local_today
from core.customers.models import Company
from core.i18n import _, n_
from core.plugin import CustomerFigure, Subscriber
from core.standing.services import apply_rules_to
from plugins.journals.models import Subscription
from plugins.journals.permissions import Perm
from plugins.journals.queries.subscriptions import phase_rules


def _one(what: Any, *conditions: Any) -> Any:
    """Count or sum over the subscriptions of a customer."""
    rows = select(what).where(Subscription.company_id == Company.id, *conditions)
    return rows.correlate(Company).scalar_subquery()


def running() -> Any:
    """Tell whether a subscription runs today."""
    active = phase_rules(local_today())["active"]
    return exists(select(Subscription.id).where(Subscription.company_id == Company.id, active).correlate(Company))


def copies() -> Any:
    """Sum the copies that a customer gets of each issue today."""
    return _one(func.sum(Subscription.copies), phase_rules(local_today())["active"])


def amount() -> Any:
    """Sum the amounts of the subscriptions that run today."""
    return _one(func.sum(Subscription.amount), phase_rules(local_today())["active"])


def taken() -> Any:
    """Count the subscriptions ever taken and not cancelled."""
    return _one(func.count(Subscription.id), Subscription.state != "cancelled")


def last_taken_on() -> Any:
    """Tell when the last subscription was taken."""
    return _one(func.max(Subscription.taken_on), Subscription.state != "cancelled")


def last_ends_on() -> Any:
    """Tell when the last subscription ends or ended."""
    return _one(func.max(Subscription.ends_on), Subscription.state != "cancelled")


LIST = "journals.subscription_list"
FIGURES = (
    CustomerFigure(
        name="journals.running", title=_("Has a running subscription"), kind="yes", value=running, order=110,
        permission=Perm.SUBSCRIPTION_QUERY,
    ),
    CustomerFigure(
        name="journals.running_copies", title=_("Copies in subscription"), unit=n_("copy", "copies"), value=copies,
        summed=True, args={"phase": "active"}, order=120, permission=Perm.SUBSCRIPTION_QUERY, endpoint=LIST,
    ),
    CustomerFigure(
        name="journals.running_amount", title=_("Amount of running subscriptions"), kind="money", value=amount,
        summed=True, args={"phase": "active"}, order=130, permission=Perm.SUBSCRIPTION_QUERY, endpoint=LIST,
    ),
    CustomerFigure(
        name="journals.subscriptions", title=_("Subscriptions taken so far"), value=taken, summed=True,
        args={"phase__ne": "cancelled"}, order=140, permission=Perm.SUBSCRIPTION_QUERY, endpoint=LIST,
    ),
    CustomerFigure(
        name="journals.last_taken", title=_("Subscription taken newly"), kind="date", value=last_taken_on, order=150,
        permission=Perm.SUBSCRIPTION_QUERY,
    ),
    CustomerFigure(
        name="journals.last_ends", title=_("Subscription running"), kind="date", value=last_ends_on, order=160,
        permission=Perm.SUBSCRIPTION_QUERY,
    ),
)  # fmt: skip


def on_subscription_changed(session: Session, event: Event) -> None:
    """Ask the rules of customer types when somebody subscribes, or a subscription is cancelled."""
    apply_rules_to(session, event["company_id"])


SUBSCRIBERS = tuple(
    Subscriber(event=event, handler=on_subscription_changed, name="apply_standing_rules")
    for event in ("journals.subscription_taken", "journals.subscription_cancelled")
)
