"""Taking work under a lease with a rising number, finishing it in the effect's transaction, noting its failure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

from core.bus.house import Bus
from core.bus.models import Delivery, JobRun
from core.columns import utcnow
from core.db import transaction, work
from core.errors import Refused, ZhikeError
from core.process import is_gone, this_process

log = structlog.get_logger(__name__)

Leased = TypeVar("Leased", Delivery, JobRun)

LEASE = dt.timedelta(seconds=20)
"""How long a claim holds before its effect's transaction has begun; from there on the database's own lock holds it."""

PAUSES: dict[type[Delivery | JobRun], Sequence[int]] = {
    Delivery: (5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600),
    JobRun: (60, 300),
}
"""Seconds between tries; after the last one it gave up and waits for a person."""


DIED = "the worker died each time it worked on this"


class Superseded(ZhikeError):
    """Somebody else has taken this work meanwhile, or finished it."""


def ready(model: type[Delivery | JobRun], now: dt.datetime) -> ColumnElement[bool]:
    """Select what may be taken now."""
    return and_(
        model.state == "waiting", model.due_at <= now, or_(model.lease_until.is_(None), model.lease_until < now)
    )


def claim(bus: Bus, model: type[Leased], row_id: int, *, lease: dt.timedelta = LEASE) -> Leased | None:
    """Take a piece of work; None when it is not ready, somebody else has it, or its plugin is switched off."""
    with work(bus.database, reason="bus"), transaction() as session:
        now, most = utcnow(), len(PAUSES[model])
        mine = select(model.id).where(model.id == row_id, ready(model, now), model.plugin.in_(bus.working(session)))
        free = mine.with_for_update(skip_locked=True).scalar_subquery()
        taken = (
            update(model)
            .where(model.id == free, model.tries <= most)
            .values(tries=model.tries + 1, fence=model.fence + 1, lease_until=now + lease)
        )
        if model is JobRun:
            taken = taken.values(worker=this_process())
        row = session.scalars(taken.returning(model), execution_options={"synchronize_session": False}).first()
        if row is None:
            died = update(model).where(model.id == free, model.tries > most)
            session.execute(died.values(state="gave_up", error=func.coalesce(func.nullif(model.error, ""), DIED)))
        return row


def free_the_dead(bus: Bus) -> None:
    """End the leases of runs whose worker is known to be dead: nobody waits for their time to be over.

    A run during which several died one after the other is not hurried.
    """
    with work(bus.database, reason="bus") as unit:
        leased = select(JobRun.id, JobRun.fence, JobRun.worker).where(
            JobRun.state == "waiting", JobRun.due_at <= utcnow(), JobRun.lease_until > utcnow(), JobRun.tries <= 1
        )
        dead = [(row.id, row.fence) for row in unit.session.execute(leased) if is_gone(row.worker)]
    if dead:
        with work(bus.database, reason="bus"), transaction() as session:
            theirs = tuple_(JobRun.id, JobRun.fence).in_(dead)
            session.execute(update(JobRun).where(theirs, JobRun.state == "waiting").values(lease_until=None))


def hold(session: Session, model: type[Leased], claimed: Leased, *options: ExecutableOption) -> Leased:
    """Lock claimed work within the effect's transaction. Raises Superseded when the claim is not the newest.

    It waits for a lock: somebody who came too late to claim the row may hold it for a moment, and then lets it go.
    """
    chosen = select(model).where(model.id == claimed.id, model.state == "waiting", model.fence == claimed.fence)
    row = session.scalars(chosen.options(*options).with_for_update(of=model)).first()
    if row is None:
        raise Superseded(f"{model.__tablename__} {claimed.id} was taken by somebody else")
    return row


def finish(row: Delivery | JobRun) -> None:
    """Mark held work done; the mark is saved with the effect, or not at all."""
    row.state, row.done_at, row.lease_until, row.error = "done", utcnow(), None, ""


def fail(bus: Bus, model: type[Leased], claimed: Leased, error: BaseException) -> None:
    """Note why a try failed and when the next one is, or that there is none."""
    reason = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
    with work(bus.database, reason="bus"), transaction() as session:
        try:
            row = hold(session, model, claimed)
        except Superseded:
            return
        row.error, row.lease_until = reason[:4000], None
        pauses = PAUSES[model]
        if row.tries > len(pauses):
            row.state = "gave_up"
        else:
            row.due_at = utcnow() + dt.timedelta(seconds=pauses[row.tries - 1])
