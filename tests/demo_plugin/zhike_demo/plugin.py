"""Visits: a small plugin that uses every hook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import click
from flask import Blueprint, render_template, url_for
from sqlalchemy import Date, func, select
from sqlalchemy.orm import Session, aliased

from core.clock import local_today
from core.customers.models import Company
from core.db import at_execution
from core.i18n import _
from core.plugin import (
    Badge,
    CalendarEntry,
    CalendarSource,
    CustomerFigure,
    CustomerPanel,
    DashboardCard,
    Dictionary,
    Due,
    Entry,
    EventType,
    ImportColumn,
    Job,
    MailStop,
    MenuItem,
    Metric,
    Permission,
    PluginInfo,
    PrintTemplate,
    Reminder,
    Resource,
    Setting,
    Subscriber,
    Tally,
    TimelineEntry,
    TimelineSource,
    hookimpl,
)
from zhike_demo.events import VISIT_MADE
from zhike_demo.lists import VISIT
from zhike_demo.models import Visit
from zhike_demo.permissions import PERMISSIONS, Perm
from zhike_demo.views import blueprint

info = PluginInfo(name="demo", title=_("Visits"), summary=_("Visits to customers and what they cost"))

heard: list[dict[str, Any]] = []
"""What the subscriber heard in this process, for tests."""


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [VISIT]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [MenuItem(title=_("Visits"), endpoint="demo.visit_list", permission=Perm.VISIT_QUERY, icon="pin")]


def _today(user: Any) -> Tally:
    """Show a dot to whose customers are visited today."""
    today = at_execution(local_today, Date())
    visited = select(Visit.id).join(Company, Visit.company_id == Company.id)
    return Tally(dot=visited.where(Company.owner_id == user, Visit.visited_on == today).exists())


@hookimpl
def register_badges() -> Iterable[Badge]:
    return [Badge(name="demo.visits", title=_("Visits"), tally=_today)]


@hookimpl
def register_dictionaries() -> Iterable[Dictionary]:
    entries = (Entry(code="won", title=_("Won")), Entry(code="later", title=_("Later")))
    return [Dictionary(name="demo_outcome", title=_("Outcome of a visit"), entries=entries)]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [Setting(key="demo.revisit_days", title=_("Visit again after days"), default=90, kind="number")]


def _card(session: Session) -> str:
    number = session.scalar(select(func.count()).select_from(Visit))
    return render_template("demo/_card.html", number=number)


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [DashboardCard(name="demo.visits", title=_("Visits"), render=_card, permission=Perm.VISIT_QUERY, size=3)]


def _panel(session: Session, company_id: int) -> str:
    rows = session.execute(
        select(Visit.id, Visit.topic, Visit.visited_on).where(Visit.company_id == company_id).order_by(Visit.id.desc())
    ).all()
    return render_template("demo/_panel.html", rows=rows)


def _timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    rows = session.execute(
        select(Visit.topic, Visit.created_at)
        .where(Visit.company_id == company_id)
        .order_by(Visit.id.desc())
        .limit(limit)
    )
    return [TimelineEntry(moment=moment, icon="pin", tone="care", text=topic) for topic, moment in rows]


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return [
        CustomerPanel(name="visits", title=_("Visits"), render=_panel, permission=Perm.VISIT_QUERY),
        TimelineSource(name="demo.visits", load=_timeline, permission=Perm.VISIT_QUERY),
    ]


def _due(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    pause = dt.timedelta(days=90)
    for visit in session.scalars(
        select(Visit).where(Visit.visited_on > since - pause, Visit.visited_on <= until - pause)
    ):
        yield Due(
            key=f"demo.revisit:{visit.id}",
            user_id=None,
            text=visit.topic,
            due_on=visit.visited_on + pause,
            company_id=visit.company_id,
        )


def _visited(session: Session, keys: Sequence[str]) -> Iterable[str]:
    later = aliased(Visit)
    again = select(later.id).where(later.company_id == Visit.company_id, later.visited_on > Visit.visited_on).exists()
    ids = {int(key.rsplit(":", 1)[1]): key for key in keys}
    return [ids[one] for one in session.scalars(select(Visit.id).where(Visit.id.in_(ids), again))]


@hookimpl
def register_reminders() -> Iterable[Reminder]:
    return [Reminder(name="demo.revisit", title=_("Visit again"), due=_due, settled=_visited)]


def _labels(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = session.execute(select(Visit.id, Visit.topic).where(Visit.id.in_(ids)))
    return [{"id": key, "lines": [topic]} for key, topic in rows]


@hookimpl
def register_prints() -> Iterable[PrintTemplate]:
    return [
        PrintTemplate(
            name="demo.visit_list", title=_("Visits"), resource="demo/visits", context=_labels, kind="list",
            permission=Perm.VISIT_PRINT,
        )
    ]  # fmt: skip


def _made(session: Session, since: dt.date, until: dt.date) -> int:
    made = select(func.count()).select_from(Visit).where(Visit.visited_on >= since, Visit.visited_on < until)
    return session.scalar(made) or 0


@hookimpl
def register_metrics() -> Iterable[Metric]:
    def args(since: dt.date, until: dt.date) -> dict[str, str]:
        return {"visited_on__between": f"{since},{until - dt.timedelta(days=1)}"}

    return [
        Metric(
            name="demo.visits_made",
            title=_("Visits made"),
            unit=_("visits"),
            measure=_made,
            permission=Perm.VISIT_QUERY,
            endpoint="demo.visit_list",
            args=args,
        )
    ]


def _visits() -> Any:
    rows = select(func.count(Visit.id)).where(Visit.company_id == Company.id)
    return rows.correlate(Company).scalar_subquery()


@hookimpl
def register_customer_figures() -> Iterable[CustomerFigure]:
    return [CustomerFigure(name="demo.visits", title=_("Visits"), value=_visits, summed=True)]


def _visited_today(session: Session, ids: Sequence[int]) -> Iterable[int]:
    """Whoever is visited today gets no mailing on the same day."""
    return session.scalars(
        select(Visit.company_id).where(Visit.company_id.in_(ids), Visit.visited_on == local_today())
    ).all()


@hookimpl
def register_mail_stops() -> Iterable[MailStop]:
    return [MailStop(name="demo.visited_today", title=_("Visited today"), companies=_visited_today)]


def _calendar(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None
) -> Iterable[CalendarEntry]:
    visits = select(Visit, Company.name).join(Company).where(Visit.visited_on.between(first, last))
    if people is not None:
        visits = visits.where(Company.owner_id.in_(people))
    if company_id is not None:
        visits = visits.where(Visit.company_id == company_id)
    for visit, company in session.execute(visits.order_by(Visit.visited_on, Visit.id).limit(500)):
        yield CalendarEntry(
            key=f"demo-visit-{visit.id}",
            day=visit.visited_on,
            title=visit.topic,
            href=url_for("demo.visit_detail", visit_id=visit.id),
            note=company,
        )


@hookimpl
def register_calendars() -> Iterable[CalendarSource]:
    return [
        CalendarSource(name="demo.visits", title=_("Visits"), load=_calendar, permission=Perm.VISIT_QUERY, order=200)
    ]


@hookimpl
def register_import_columns() -> Iterable[ImportColumn]:
    return [
        ImportColumn(
            name="demo.visits", title=_("Visits"), resource="companies", kind="int", aliases=("拜访次数", "visits")
        )
    ]


@hookimpl
def register_events() -> Iterable[EventType]:
    return [VISIT_MADE]


def on_visit_made(session: Session, event: Any) -> None:
    """Remember the visit."""
    heard.append(dict(event.payload))


@hookimpl
def register_subscribers() -> Iterable[Subscriber]:
    return [Subscriber(event="demo.visit_made", handler=on_visit_made, name="demo.remember")]


def _tidy(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Visit).where(Visit.visited_on < local_today())) or 0


@hookimpl
def register_jobs() -> Iterable[Job]:
    return [Job(name="demo.count_visits", title=_("Count visits"), run=_tidy, schedule="0 3 * * *")]


@click.command("hello")
def hello() -> None:
    """Say that the plugin is there."""
    click.echo("visits")


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [hello]


@hookimpl
def before_customer_merge(session: Session, source: Any, target: Any) -> None:
    """Nothing to repair: the merge policy moves visits."""


@hookimpl
def before_contact_erase(session: Session, contact: Any, neutral: str) -> None:
    """Visits belong to customers: blank the reports that name the person."""
    for visit in session.scalars(select(Visit).where(Visit.company_id == contact.company_id)):
        if contact.name in (visit.report or ""):
            visit.report = neutral


@hookimpl
def before_customer_erase(session: Session, customer: Any) -> None:
    """Blank what was written about the customer's people."""
    for visit in session.scalars(select(Visit).where(Visit.company_id == customer.id)):
        visit.report = None
