"""Jobs of the house: remove ended sign-ins, one-time keys and delivered events, and let the database take stock."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from core.auth.models import IdempotencyKey, SignInAttempt, WebSession
from core.auth.sessions import IDLE_SETTING, LONGEST_SETTING
from core.bulk import settle
from core.bus.jobs import Turn
from core.bus.models import Delivery, JobRun, StoredEvent
from core.bus.settings import KEEP_DAYS
from core.columns import utcnow
from core.i18n import _, gettext
from core.overlay import overlay
from core.plugin import Job

CHUNK = 1000
KEYS_KEPT = dt.timedelta(hours=24)
ATTEMPTS_KEPT = dt.timedelta(days=2)


def removed(count: int) -> str:
    """Say how many rows went."""
    return str(gettext("%(count)s removed", count=count))


def remove_sessions(session: Session) -> str:
    """Remove the sign-ins that have ended by themselves."""
    now, settings = utcnow(), overlay()
    idle = now - dt.timedelta(minutes=settings.setting(session, IDLE_SETTING))
    longest = now - dt.timedelta(hours=settings.setting(session, LONGEST_SETTING))
    ended = select(WebSession.token_hash).where(or_(WebSession.seen_at < idle, WebSession.created_at < longest))
    count = session.scalar(select(func.count()).select_from(ended.subquery())) or 0
    session.execute(delete(WebSession).where(WebSession.token_hash.in_(ended)))
    return removed(count)


def remove_keys(session: Session) -> str:
    """Remove one-time keys of forms older than a day (promise R10), and failed sign-ins that no longer count."""
    count = 0
    for model, column, kept in (
        (IdempotencyKey, IdempotencyKey.created_at, KEYS_KEPT),
        (SignInAttempt, SignInAttempt.tried_at, ATTEMPTS_KEPT),
    ):
        old = column < utcnow() - kept
        count += session.scalar(select(func.count()).select_from(model).where(old)) or 0
        session.execute(delete(model).where(old))
    return removed(count)


def remove_events(turn: Turn) -> str:
    """Remove events that everybody has heard, and finished job runs, in parts; what gave up stays."""
    with turn.reading() as session:
        before = utcnow() - dt.timedelta(days=overlay().setting(session, KEEP_DAYS))
    open_ones = exists().where(Delivery.event_id == StoredEvent.id, Delivery.state != "done")
    events = select(StoredEvent.id).where(StoredEvent.happened_at < before, ~open_ones)
    runs = select(JobRun.id).where(JobRun.due_at < before, JobRun.state.in_(("done", "missed")), JobRun.id != turn.id)
    count = 0
    for model, chosen in ((StoredEvent, events), (JobRun, runs)):
        while True:
            with turn.transaction() as session:
                ids = list(session.scalars(chosen.order_by(model.id).limit(CHUNK)))
                session.execute(delete(model).where(model.id.in_(ids)))
                count += len(ids)
                turn.note(session, removed(count))
            if len(ids) < CHUNK:
                break
    return removed(count)


def take_stock(turn: Turn) -> str:
    """Let SQLite count tables that have grown; by the figures of a small one it reads a large one whole."""
    settle(turn.bus.database)
    return ""


JOBS = [
    Job(
        name="core.remove_sessions",
        title=_("Remove sign-ins that have ended"),
        run=remove_sessions,
        schedule="17 * * * *",
        order=910,
    ),
    Job(
        name="core.remove_keys",
        title=_("Remove old one-time keys and failed sign-ins"),
        run=remove_keys,
        schedule="37 * * * *",
        order=920,
    ),
    Job(
        name="core.remove_events",
        title=_("Remove delivered events and finished job runs"),
        run=remove_events,
        schedule="20 3 * * *",
        chunked=True,
        order=930,
    ),
    Job(
        name="core.take_stock",
        title=_("Let the database take stock of its tables"),
        run=take_stock,
        schedule="50 4 * * *",
        chunked=True,
        order=940,
    ),
]
