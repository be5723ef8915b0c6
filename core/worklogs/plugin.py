"""The work log: entries of calls, visits and notes, and the reports that draft themselves from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import _, n_
from core.plugin import (
    CalendarSource,
    Counted,
    CustomerPanel,
    DashboardCard,
    Dictionary,
    EventType,
    MenuItem,
    Metric,
    Permission,
    PluginInfo,
    Reminder,
    Resource,
    Setting,
    Subscriber,
    TimelineSource,
    hookimpl,
)
from core.worklogs.dictionaries import DICTIONARIES
from core.worklogs.events import EVENTS
from core.worklogs.models import OUTWARD, WorkLog
from core.worklogs.panels import card, composer, next_contact, on_calendar, timeline, tracking
from core.worklogs.permissions import PERMISSIONS, Perm
from core.worklogs.queries.logs import written_between
from core.worklogs.queries.reports import unread
from core.worklogs.reminders import REMINDERS, SETTINGS
from core.worklogs.resources import WORKLOG, WORKREPORT
from core.worklogs.services import note_contact
from core.worklogs.views import blueprint

if TYPE_CHECKING:
    from core.customers.models import Company

REPORTS = _("Work reports")
info = PluginInfo(name="core.worklogs", title=_("Work log"), summary=_("Calls, visits, notes and reports"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_reminders() -> Iterable[Reminder]:
    return REMINDERS


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [WORKLOG, WORKREPORT]


def _unread(session: Session) -> int | None:
    return unread(session, current_access().user_id or 0) or None


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Work log"), endpoint="worklogs.worklog_list", permission=Perm.WORKLOG_QUERY, menu="my",
            icon="pen", order=30,
        ),
        MenuItem(
            title=_("Work reports"), endpoint="worklogs.workreport_list", permission=Perm.REPORT_QUERY, menu="my",
            section=REPORTS, icon="file", count=_unread, hot=True, order=31,
            counted=Counted(title=_("Not read yet"), args={"view": "unread"}),
        ),
        MenuItem(
            title=_("Write the daily report"), endpoint="worklogs.workreport_write", args={"kind": "day"},
            permission=Perm.REPORT_CREATE, menu="my", section=REPORTS, icon="pen", order=32,
        ),
        MenuItem(
            title=_("Work log by people"), endpoint="worklogs.worklog_board", permission=Perm.WORKLOG_QUERY,
            menu="my", section=REPORTS, icon="users", order=33,
        ),
    ]  # fmt: skip


@hookimpl
def register_dictionaries() -> Iterable[Dictionary]:
    return DICTIONARIES


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [
        DashboardCard(
            name="core.worklog", title=_("Work log"), render=card, permission=Perm.WORKLOG_CREATE, size=4, icon="pen",
            places={"decision_maker": None, "system_administrator": None, "finance": None}, order=30,
        )
    ]  # fmt: skip


@hookimpl
def register_calendars() -> Iterable[CalendarSource]:
    return [
        CalendarSource(
            name="core.worklogs", title=_("Visits and next contacts"), load=on_calendar, permission=Perm.WORKLOG_QUERY,
            order=20,
        )
    ]  # fmt: skip


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return [
        CustomerPanel(
            name="tracking",
            title=_("Sales tracking"),
            render=tracking,
            permission=Perm.WORKLOG_QUERY,
            fact=next_contact,
            of=(WorkLog.company_id,),
            order=15,
        ),
        TimelineSource(
            name="core.worklogs",
            load=timeline,
            permission=Perm.WORKLOG_QUERY,
            kind="talk",
            of=(WorkLog.company_id,),
            composer=composer,
            write="worklogs.worklog_quick",
        ),
    ]


def _args(since: dt.date, until: dt.date) -> dict[str, str]:
    return {"kind__in": ",".join(OUTWARD), "happened_at__between": f"{since},{until - dt.timedelta(days=1)}"}


@hookimpl
def register_metrics() -> Iterable[Metric]:
    return [
        Metric(
            name="core.contacts_made",
            title=_("Contacts with customers"),
            unit=n_("time", "times"),
            measure=written_between,
            permission=Perm.WORKLOG_QUERY,
            endpoint="worklogs.worklog_list",
            args=_args,
        )
    ]


@hookimpl
def register_events() -> Iterable[EventType]:
    return EVENTS


@hookimpl
def register_subscribers() -> Iterable[Subscriber]:
    return [Subscriber(event="core.worklog_written", handler=note_contact, name="note_contact")]


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Blank what was said: it may name people. That there was a contact is kept."""
    for log in session.scalars(select(WorkLog).where(WorkLog.company_id == customer.id)):
        log.text, log.next_step = "", None
        for remark in log.remarks:
            remark.text = ""
