"""Publishing events, asking for job runs, and starting again what failed: all in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.bus.house import bus_of
from core.bus.models import Delivery, JobRun, StoredEvent
from core.bus.payload import dump
from core.columns import utcnow
from core.db import Work, on_commit
from core.errors import GuardBreach, NotFound, Refused
from core.i18n import _

NUDGES = 20
"""Above so many deliveries in one transaction the queue is told once that there is work, not of each."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a subscriber's handler is given: `event["company_id"]` reads its payload."""

    id: int
    name: str
    payload: Mapping[str, Any]
    happened_at: dt.datetime
    user_id: int | None

    def __getitem__(self, key: str) -> Any:
        """Read one field of the payload. Raises KeyError."""
        return self.payload[key]


def publish(session: Session, name: str, payload: Mapping[str, Any]) -> None:
    """Store an event, and one delivery for each enabled subscriber, within the present transaction.

    Raises WrongPayload when the payload is not as declared, KeyError when nobody declares the event.
    """
    bus = bus_of(session)
    unit: Work = session.info["work"]
    if not unit.in_transaction:
        raise GuardBreach("an event is published inside `with transaction()`")
    stored = StoredEvent(
        name=name, payload=dump(bus.known.events[name], payload), user_id=getattr(unit.actor, "user_id", None)
    )
    session.add(stored)
    heard = bus.known.listeners.get(name, ())
    working = bus.working(session) if heard else frozenset()
    made = [Delivery(event=stored, plugin=h.plugin, subscriber=h.key) for h in heard if h.plugin in working]
    session.add_all(made)
    nudge_after_commit(session, made)


def nudge_after_commit(session: Session, waiting: list[Any]) -> None:
    """Tell the queue after the commit that deliveries or job runs wait; should it not hear, the sweep finds them."""
    if not waiting:
        return
    collected: list[Any] | None = session.info.get("bus_waiting")
    if collected is not None and collected[0] is session.info.get("on_commit"):
        collected[1].extend(waiting)
        return
    bus, new = bus_of(session), list(waiting)
    session.info["bus_waiting"] = (session.info.get("on_commit"), new)

    def nudge() -> None:
        if len(new) > NUDGES:
            bus.queue.tell("sweep")
            return
        for row in new:
            if isinstance(row, Delivery):
                bus.queue.tell("deliver", row.id)
            else:
                bus.queue.tell("run_job", row.id)

    on_commit(session, nudge)


def start_job(
    session: Session, name: str, arguments: Mapping[str, Any] | None = None, *, at: dt.datetime | None = None
) -> JobRun:
    """Ask for one run of a job as soon as this transaction has committed, or `at` a later moment.

    `arguments` go to `run` by name.
    """
    bus = bus_of(session)
    unit: Work = session.info["work"]
    if name not in bus.known.jobs:
        raise NotFound(_("There is no such job."))
    plugin, _job = bus.known.jobs[name]
    if plugin not in bus.working(session):
        raise Refused(_("The module of this job is switched off."))
    run = JobRun(job=name, plugin=plugin, arguments=dict(arguments or {}))
    run.user_id = getattr(unit.actor, "user_id", None)
    if at is not None:
        run.due_at = at  # the sweep finds it then
    session.add(run)
    session.flush()
    nudge_after_commit(session, [run] if at is None else [])
    return run


def replay(session: Session, row: Delivery | JobRun) -> None:
    """Start a delivery or job run that gave up, or waits for its next try, again at once."""
    session.refresh(row, with_for_update=True)
    if row.state not in ("waiting", "gave_up"):
        raise Refused(_("Only what failed can be started again."))
    row.state, row.due_at, row.tries, row.lease_until = "waiting", utcnow(), 0, None
    row.fence += 1  # whoever still works on it must not finish it
    session.flush()
    nudge_after_commit(session, [row])


def replay_failed(session: Session, *, plugin: str | None = None) -> int:
    """Start everything that gave up again, or one plugin's; return how many."""
    rows: list[Delivery | JobRun] = []
    rows.extend(session.scalars(select(Delivery).where(*_gave_up(Delivery, plugin)).order_by(Delivery.id)))
    rows.extend(session.scalars(select(JobRun).where(*_gave_up(JobRun, plugin)).order_by(JobRun.id)))
    for row in rows:
        replay(session, row)
    return len(rows)


def _gave_up(model: type[Delivery | JobRun], plugin: str | None) -> list[ColumnElement[bool]]:
    return [model.state == "gave_up", *([model.plugin == plugin] if plugin is not None else [])]
