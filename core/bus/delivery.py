"""Delivers events: one handler, one transaction, its effect and the mark done together or not at all."""

from __future__ import annotations

import datetime as dt
import time

import structlog
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.bus.house import Bus
from core.bus.lease import Superseded, claim, fail, finish, hold, ready
from core.bus.models import Delivery
from core.bus.payload import load
from core.bus.services import Event
from core.columns import utcnow
from core.db import transaction, work
from core.errors import ZhikeError

log = structlog.get_logger(__name__)


class NobodyHears(ZhikeError):
    """The plugin is here and on, but no longer has the handler that this delivery is for."""


def deliver(bus: Bus, delivery_id: int) -> bool:
    """Run one delivery's handler if it is due and free; tell whether it is done. A failure is noted, not raised."""
    claimed = claim(bus, Delivery, delivery_id)
    if claimed is None:
        return False
    with structlog.contextvars.bound_contextvars(delivery=delivery_id, subscriber=claimed.subscriber):
        try:
            _handle(bus, claimed)
        except Superseded:
            log.warning("delivery was taken over")
            return False
        except (Exception, SystemExit) as error:
            log.warning("delivery failed", tries=claimed.tries, exc_info=True)
            fail(bus, Delivery, claimed, error)
            return False
    return True


def _handle(bus: Bus, claimed: Delivery) -> None:
    with work(bus.database, reason="event") as unit, transaction() as session:
        row = hold(session, Delivery, claimed, joinedload(Delivery.event))
        stored = row.event
        unit.reason = f"event {stored.name}"  # the note of what it writes into the audit trail
        listener = bus.listener(stored.name, row.subscriber)
        if listener is None:
            raise NobodyHears(f"{row.subscriber} does not hear {stored.name} any more")
        event = Event(
            id=stored.id,
            name=stored.name,
            payload=load(bus.known.events.get(stored.name), stored.payload),
            happened_at=stored.happened_at,
            user_id=stored.user_id,
        )
        listener.subscriber.handler(session, event)
        finish(row)


def due(bus: Bus, *, grace: float = 0.0, limit: int = 100) -> list[int]:
    """List deliveries that are due and free, oldest first; `grace` seconds are left to those the queue was told of."""
    with work(bus.database, reason="bus") as unit:
        now = utcnow()
        statement = (
            select(Delivery.id)
            .where(ready(Delivery, now), Delivery.due_at <= now - dt.timedelta(seconds=grace))
            .where(Delivery.plugin.in_(bus.working(unit.session)))
            .order_by(Delivery.due_at, Delivery.id)
            .limit(limit)
        )
        return list(unit.session.scalars(statement))


def sweep(bus: Bus, *, grace: float = 0.0, seconds: float = 30.0) -> int:
    """Deliver what is due, whatever the queue knows of it; return how many were done."""
    until = time.monotonic() + seconds
    seen: set[int] = set()
    done = 0
    while time.monotonic() < until:
        fresh = [one for one in due(bus, grace=grace, limit=100 + len(seen)) if one not in seen]
        if not fresh:
            break
        for delivery_id in fresh:
            seen.add(delivery_id)
            done += deliver(bus, delivery_id)
            if time.monotonic() >= until:
                break
    return done
