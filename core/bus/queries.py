"""What the administrator's screen shows of events, deliveries and jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, selectinload

from core.bus.house import Bus
from core.bus.models import Delivery, JobRun, StoredEvent
from core.bus.schedule import parse
from core.clock import zone
from core.columns import utcnow

PAGE = 50
STATES = ("waiting", "done", "gave_up")


def events(
    session: Session, *, name: str = "", state: str = "", before: int | None = None, number: int | None = None
) -> Sequence[StoredEvent]:
    """List events with deliveries, newest first, one more than a page; `state` asks for a delivery in that state."""
    chosen = select(StoredEvent).options(selectinload(StoredEvent.deliveries))
    if name:
        chosen = chosen.where(StoredEvent.name == name)
    if state:
        chosen = chosen.where(StoredEvent.deliveries.any(Delivery.state == state))
    if number is not None:
        chosen = chosen.where(StoredEvent.id == number)
    if before is not None:
        chosen = chosen.where(StoredEvent.id < before)
    return session.scalars(chosen.order_by(StoredEvent.id.desc()).limit(PAGE + 1)).all()


def event_names(session: Session) -> list[str]:
    """List the names of stored events."""
    return list(session.scalars(select(StoredEvent.name).distinct().order_by(StoredEvent.name)))


def troubled_deliveries(session: Session, *, limit: int = 200) -> Sequence[Delivery]:
    """List deliveries that gave up or failed at least once and wait, the worst first."""
    return session.scalars(_troubled(Delivery).options(selectinload(Delivery.event)).limit(limit)).all()


def troubled_runs(session: Session, *, limit: int = 200) -> Sequence[JobRun]:
    """List job runs that gave up or failed at least once and wait, the worst first."""
    return session.scalars(_troubled(JobRun).limit(limit)).all()


def _troubled(model: type[Any]) -> Select[Any]:
    worst = case((model.state == "gave_up", 0), else_=1)
    return (
        select(model).where(model.state.in_(("gave_up", "waiting")), model.error != "").order_by(worst, model.id.desc())
    )


def counts(session: Session) -> Mapping[str, int]:
    """Count deliveries and runs by state: `waiting`, `gave_up` and so on; what is overdue is `late`."""
    found: dict[str, int] = dict.fromkeys((*STATES, "late"), 0)
    late = utcnow() - dt.timedelta(minutes=1)
    for model in (Delivery, JobRun):
        for state, number in session.execute(
            select(model.state, func.count()).where(model.state != "done").group_by(model.state)
        ):
            found[state] = found.get(state, 0) + number
        waiting = select(func.count()).select_from(model).where(model.state == "waiting", model.due_at < late)
        found["late"] += session.scalar(waiting) or 0
    return found


def gave_up_count(session: Session) -> int:
    """Count what waits for an administrator."""
    return sum(
        session.scalar(select(func.count()).select_from(model).where(model.state == "gave_up")) or 0
        for model in (Delivery, JobRun)
    )


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A job with its last and next run."""

    name: str
    title: Any
    plugin: str
    schedule: str
    on: bool
    last: JobRun | None
    next: dt.datetime | None


def jobs(session: Session, bus: Bus) -> list[JobState]:
    """List every job, in order, with its last and next run."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    last = {run.job: run for run in session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}
    working, now = bus.working(session), utcnow()
    return [
        JobState(
            name=name,
            title=job.title,
            plugin=plugin,
            schedule=job.schedule,
            on=plugin in working,
            last=last.get(name),
            next=parse(job.schedule).next(now, zone()) if job.schedule and plugin in working else None,
        )
        for name, (plugin, job) in sorted(bus.known.jobs.items(), key=lambda pair: (pair[1][1].order, pair[0]))
    ]


def runs_of(session: Session, job: str) -> Sequence[JobRun]:
    """List the newest runs of a job."""
    return session.scalars(select(JobRun).where(JobRun.job == job).order_by(JobRun.id.desc()).limit(PAGE)).all()
