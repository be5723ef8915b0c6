"""Review: first and second review, history and restore over any Resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import _
from core.plugin import DashboardCard, EventType, MenuItem, PluginInfo, Setting, hookimpl
from core.review import models
from core.review.cards import CARD
from core.review.models import ReviewStep
from core.review.queries.queue import waiting
from core.review.rules import rules
from core.review.services import watching
from core.review.views import blueprint

if TYPE_CHECKING:
    from core.customers.models import Company

info = PluginInfo(name="core.review", title=_("Review"), summary=_("First and second review, history, restore"))
tables = models


def _waiting(session: Session) -> int | None:
    return waiting(session, rules(session).queues(), current_access()) or None


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Review desk"),
            endpoint="review.desk",
            menu="my",
            icon="check",
            count=_waiting,
            hot=True,
            order=40,
        )
    ]


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [CARD]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [
        Setting(
            key=watching.CHANGES_SETTING,
            title=_("When somebody without the right to review changes a reviewed record"),
            default="again",
            kind="choice",
            choices=(
                ("again", _("it waits for its review again, and is not found by others until then")),
                ("marked", _("it stays reviewed, and the change waits on the review desk")),
            ),
            order=70,
        )
    ]


@hookimpl
def register_events() -> Iterable[EventType]:
    record = {"resource": str, "record_id": int, "author_id": int | None, "by_id": int | None}
    return [
        EventType(name="core.record_decided", title=_("A record was reviewed"), fields={**record, "state": str}),
        EventType(name="core.change_proposed", title=_("A reviewer proposed a change"), fields=record),
    ]


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Forget opinions and proposals, which may quote what is erased."""
    session.execute(update(ReviewStep).where(ReviewStep.company_id == customer.id).values(opinion="", changes={}))
