"""Journals: publications and their issues, subscriptions, the phone desk, dispatch runs and labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.care.queries import yearly_days
from core.care.reminders import led
from core.care.settings import standings as care_standings
from core.clock import local_today
from core.i18n import _, gettext, n_, ngettext
from core.overlay import overlay
from core.plugin import (
    CalendarSource,
    CustomerFigure,
    CustomerPanel,
    DashboardCard,
    Dictionary,
    Due,
    EventType,
    ImportColumn,
    Job,
    MenuItem,
    Metric,
    Permission,
    PluginInfo,
    PrintTemplate,
    Reminder,
    Resource,
    Setting,
    Subscriber,
    TimelineSource,
    hookimpl,
)
from plugins.journals.dictionaries import DICTIONARIES
from plugins.journals.events import EVENTS
from plugins.journals.figures import FIGURES, SUBSCRIBERS
from plugins.journals.imports import IMPORT_COLUMNS
from plugins.journals.lists import RESOURCES
from plugins.journals.models import Call, Subscription
from plugins.journals.panels import (
    EXPIRY_DAYS,
    calls_on_timeline,
    customer_count,
    customer_fact,
    customer_panel,
    ending_card,
    issues_on_calendar,
    subscriptions_on_timeline,
)
from plugins.journals.permissions import PERMISSIONS, Perm
from plugins.journals.prints import LIMIT, PRINTS
from plugins.journals.queries.issues import copies_dispatched
from plugins.journals.queries.subscriptions import (
    FirstOrder,
    copies_running,
    due_calls,
    due_renewals,
    first_orders,
    settled_calls,
    settled_renewals,
)
from plugins.journals.services.calendar import extend_calendars
from plugins.journals.services.dispatch import check_seals
from plugins.journals.services.erasing import forget_recipient
from plugins.journals.views import blueprint

info = PluginInfo(
    name="journals", title=_("Journals"), summary=_("Issues, subscriptions, phone desk, dispatch and labels")
)


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return RESOURCES


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    section = _("Journals")
    return [
        MenuItem(
            title=_("Phone subscriptions"), endpoint="journals.desk", permission=Perm.CALL_CREATE,
            section=section, icon="phone", keys="G D", order=10,
        ),
        MenuItem(
            title=_("Subscriptions"), endpoint="journals.subscription_list", permission=Perm.SUBSCRIPTION_QUERY,
            section=section, icon="book", order=11,
        ),
        MenuItem(
            title=_("Dispatch runs"), endpoint="journals.run_list", permission=Perm.DISPATCH_QUERY,
            section=section, icon="truck", order=12,
        ),
        MenuItem(
            title=_("Dispatch records"), endpoint="journals.dispatch_list", permission=Perm.DISPATCH_QUERY,
            section=section, icon="list", order=13,
        ),
        MenuItem(
            title=_("Issues"), endpoint="journals.issue_list", permission=Perm.ISSUE_QUERY,
            section=section, icon="cal", order=14,
        ),
        MenuItem(
            title=_("Publications"), endpoint="journals.publication_list", permission=Perm.PUBLICATION_QUERY,
            section=section, icon="book", order=15,
        ),
    ]  # fmt: skip


@hookimpl
def register_dictionaries() -> Iterable[Dictionary]:
    return DICTIONARIES


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [
        Setting(key=EXPIRY_DAYS, title=_("Remind of a renewal so many days before the end"), default=60, kind="number"),
        Setting(
            key=LIMIT,
            title=_("Labels that one person may print a day"),
            default=20_000,
            kind="number",
            hint=_("0 is without limit"),
        ),
    ]


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [
        DashboardCard(
            name="journals.ending",
            title=_("Subscriptions that end soon"),
            render=ending_card,
            permission=Perm.SUBSCRIPTION_QUERY,
            size=8,
            icon="book",
            places={"system_administrator": None},
            order=40,
        )
    ]


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return [
        CustomerPanel(
            name="subscriptions",
            title=_("Subscriptions"),
            render=customer_panel,
            permission=Perm.SUBSCRIPTION_QUERY,
            count=customer_count,
            fact=customer_fact,
            of=(Subscription.company_id,),
            order=30,
        ),
        TimelineSource(
            name="journals.subscriptions",
            load=subscriptions_on_timeline,
            permission=Perm.SUBSCRIPTION_QUERY,
            of=(Subscription.company_id,),
        ),
        TimelineSource(
            name="journals.calls",
            load=calls_on_timeline,
            permission=Perm.CALL_QUERY,
            kind="talk",
            of=(Call.company_id,),
        ),
    ]


@hookimpl
def register_calendars() -> Iterable[CalendarSource]:
    return [
        CalendarSource(
            name="journals.issues",
            title=_("Dates of issues"),
            load=issues_on_calendar,
            permission=Perm.ISSUE_QUERY,
            common=True,
            order=30,
        )
    ]


def _renewals(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    def text(company: str, publication: str, copies: int, ends_on: dt.date) -> str:
        return str(
            ngettext(
                "Renew %(publication)s of %(company)s: %(num)d copy ends on %(day)s",
                "Renew %(publication)s of %(company)s: %(num)d copies end on %(day)s",
                copies,
                publication=publication,
                company=company,
                day=ends_on.isoformat(),
            )
        )

    return due_renewals(session, since, until, int(overlay().setting(session, EXPIRY_DAYS)), text)


def _calls(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    return due_calls(session, since, until, lambda company: gettext("Call %(company)s again", company=company))


def _first_orders(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    def found(first: dt.date, last: dt.date) -> Iterable[FirstOrder]:
        return first_orders(session, yearly_days(first, last), care_standings(session))

    for one in led(session, since, until, found):
        yield Due(
            key=f"journals.first_order:{one.company_id}:{one.day.year}",
            user_id=one.owner_id,
            company_id=one.company_id,
            text=gettext(
                "%(company)s took the first subscription %(years)s years ago", company=one.company, years=one.years
            ),
            due_on=one.day,
            href=f"/companies/{one.company_id}",
        )


@hookimpl
def register_reminders() -> Iterable[Reminder]:
    return [
        Reminder(name="journals.renewal", title=_("Renewal"), due=_renewals, settled=settled_renewals),
        Reminder(name="journals.call", title=_("Call again"), due=_calls, settled=settled_calls, kept=False),
        Reminder(name="journals.first_order", title=_("Anniversary of the first subscription"), due=_first_orders),
    ]


@hookimpl
def register_prints() -> Iterable[PrintTemplate]:
    return PRINTS


@hookimpl
def register_metrics() -> Iterable[Metric]:
    return [
        Metric(
            name="journals.copies_running",
            title=_("Copies in subscription"),
            unit=n_("copy", "copies"),
            measure=copies_running,
            permission=Perm.SUBSCRIPTION_QUERY,
            endpoint="journals.subscription_list",
            args={"phase": "active"},
        ),
        Metric(
            name="journals.copies_dispatched",
            title=_("Copies dispatched"),
            unit=n_("copy", "copies"),
            measure=copies_dispatched,
            permission=Perm.DISPATCH_QUERY,
            endpoint="journals.dispatch_list",
            args=lambda since, until: {"cover_date__between": f"{since},{until - dt.timedelta(days=1)}"},
        ),
    ]


@hookimpl
def register_import_columns() -> Iterable[ImportColumn]:
    return IMPORT_COLUMNS


@hookimpl
def register_customer_figures() -> Iterable[CustomerFigure]:
    return FIGURES


@hookimpl
def register_events() -> Iterable[EventType]:
    return EVENTS


@hookimpl
def register_subscribers() -> Iterable[Subscriber]:
    return SUBSCRIBERS


def _extend(session: Session) -> str:
    return str(gettext("%(n)s issues made", n=extend_calendars(session, local_today())))


def _seals(session: Session) -> str:
    broken = check_seals(session)
    runs = ", ".join(map(str, broken)) or "—"
    return str(gettext("%(n)s runs with a broken seal: %(runs)s", n=len(broken), runs=runs))


@hookimpl
def register_jobs() -> Iterable[Job]:
    return [
        Job(
            name="journals.extend_calendar",
            title=_("Make the issues of the coming years"),
            run=_extend,
            schedule="20 3 1 10 *",
        ),
        Job(
            name="journals.check_seals", title=_("Check the seals of dispatch runs"), run=_seals, schedule="40 3 * * 0"
        ),
    ]


@hookimpl
def before_customer_merge(session: Session, source: Any, target: Any) -> None:
    """Nothing to repair: what runs moves to the target, what was sent stays as it was printed."""


@hookimpl
def before_contact_erase(session: Session, contact: Any, neutral: str) -> None:
    """Take a person out of where copies go, and out of what was sent; the copies stay, sealed anew."""
    forget_recipient(session, contact, neutral)


@hookimpl
def before_customer_erase(session: Session, customer: Any) -> None:
    """Blank whom copies go to and what was noted of calls. What was sent is kept: it is proof of circulation."""
    for subscription in session.scalars(select(Subscription).where(Subscription.company_id == customer.id)):
        subscription.note = None
        for delivery in subscription.deliveries:
            delivery.recipient, delivery.phone, delivery.address, delivery.postcode = "", "", "", ""
    for call in session.scalars(select(Call).where(Call.company_id == customer.id)):
        call.note = None
