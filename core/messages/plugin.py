"""Messages: between people, from the system, with the bell that counts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy.orm import Session

from core.i18n import _, p_
from core.messages import models, reports
from core.messages.cards import message_card
from core.messages.colleagues import COLLEAGUE
from core.messages.permissions import PERMISSIONS, Perm
from core.messages.queries import tally
from core.messages.resources import MESSAGE
from core.messages.services import forget_customer
from core.messages.views import blueprint
from core.plugin import (
    Badge,
    DashboardCard,
    MenuItem,
    Permission,
    PluginInfo,
    Resource,
    Subscriber,
    hookimpl,
)

if TYPE_CHECKING:
    from core.customers.models import Company

info = PluginInfo(name="core.messages", title=_("Messages"), summary=_("Messages between people and from the system"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [MESSAGE, COLLEAGUE]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=p_("menu", "Messages"),
            endpoint="messages.centre",
            permission=Perm.QUERY,
            menu="my",
            icon="bell",
            keys="G M",
            bell=True,
            order=20,
        ),
        MenuItem(
            title=_("Colleagues"),
            endpoint="messages.colleague_list",
            permission=Perm.COLLEAGUE_QUERY,
            menu="my",
            icon="user",
            order=80,
        ),
    ]


@hookimpl
def register_badges() -> Iterable[Badge]:
    return [Badge(name="core.messages", title=_("Messages"), tally=tally, order=20)]


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [
        DashboardCard(
            name="core.messages",
            title=p_("card", "Messages"),
            render=message_card,
            permission=Perm.QUERY,
            size=4,
            icon="bell",
            order=20,
        )
    ]


@hookimpl
def register_subscribers() -> Iterable[Subscriber]:
    return reports.SUBSCRIBERS


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Blank what messages say about the customer."""
    forget_customer(session, customer.id, customer.name)
