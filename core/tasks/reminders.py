"""Core's own reminder: customers without contact; and the jobs that look for what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from core.clock import local_today
from core.i18n import _, gettext, ngettext
from core.overlay import overlay
from core.plugin import Due, Job, Reminder, Subscriber
from core.registry import PluginFailed
from core.tasks.queries.silent import NAME, heard_of, key_of_silence, silent_before, silent_customers
from core.tasks.services import leave_to_supervisors, make_due_repetitions
from core.tasks.services.reminding import (
    close_settled,
    follow_owner,
    keep_window,
    new_of,
    remind,
    waiting_for,
    window_of,
)
from core.tasks.settings import NO_CONTACT_DAYS, NO_CONTACT_OPEN, NO_CONTACT_STANDINGS

CHUNK = 100


def no_contact(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Find the customers of whom nothing was heard for too long: those of the window, then some that were before it."""
    days = int(overlay().setting(session, NO_CONTACT_DAYS) or 0)
    if days <= 0:
        return
    codes = [one.strip() for one in str(overlay().setting(session, NO_CONTACT_STANDINGS)).split(",") if one.strip()]
    for company_id, name, owner_id, heard in silent_customers(session, since, until, days, codes):
        text = gettext("No contact for %(days)s days: %(company)s", days=days, company=name)
        yield _silence(company_id, owner_id, heard, text, until)
    most = int(overlay().setting(session, NO_CONTACT_OPEN) or 0)
    first = since - dt.timedelta(days=days - 1)
    for company_id, name, owner_id, heard in silent_before(session, first, codes, most) if most > 0 else ():
        text = gettext("No contact on record: %(company)s", company=name)
        if heard is not None:
            text = gettext("No contact for %(days)s days: %(company)s", days=(until - heard).days, company=name)
        yield _silence(company_id, owner_id, heard, text, until)


def _silence(company_id: int, owner_id: int | None, heard: dt.date | None, text: str, due_on: dt.date) -> Due:
    key, href = key_of_silence(company_id, heard), f"/companies/{company_id}"
    return Due(key=key, user_id=owner_id, text=text, due_on=due_on, company_id=company_id, href=href)


REMINDERS = (Reminder(name=NAME, title=_("No contact"), due=no_contact, settled=heard_of, kept=False),)


class RemindersFailed(Exception):
    """Some reminders could not look; the others did."""


def look_for_reminders(turn: Any) -> str:
    """Let every reminder look for what fell due since its last look. One that fails does not stop the others."""
    made, failed = 0, []
    for owner, reminder in _declared(turn):
        try:
            made += _look(turn, owner, reminder)
        except PluginFailed:
            failed.append(reminder.name)
    return _told(str(ngettext("%(num)d reminder", "%(num)d reminders", made)), failed)


def _declared(turn: Any) -> list[tuple[str, Reminder]]:
    registry = turn.bus.registry
    with turn.reading():  # plugins that are switched off remind of nothing
        return [(registry.owner_of("register_reminders", one), one) for one in registry.declared("register_reminders")]


def _told(said: str, failed: list[str]) -> str:
    if failed:
        raise RemindersFailed(f"{said}; failed: {', '.join(failed)}")
    return said


def _look(turn: Any, owner: str, reminder: Reminder) -> int:
    with turn.reading() as reading:
        window = window_of(reading, reminder, local_today())
        if window is None:
            return 0
        with turn.bus.registry.contained(owner, f"reminder {reminder.name}"):
            waiting = new_of(reading, reminder, reminder.due(reading, window.since, window.until))
    made = 0
    for start in range(0, len(waiting), CHUNK):
        with turn.transaction() as session:
            made += remind(session, reminder, waiting[start : start + CHUNK])
    with turn.transaction() as session:
        keep_window(session, reminder, window, made)
    return made


def tend_tasks(turn: Any) -> str:
    """Close what is settled, make what comes again, and give what closed accounts had to do to their supervisors."""
    closed, failed = 0, []
    for owner, reminder in _declared(turn):
        try:
            closed += _settle(turn, owner, reminder)
        except PluginFailed:
            failed.append(reminder.name)
    moved = repeated = 0
    while True:
        with turn.transaction() as session:
            moved += (some := leave_to_supervisors(session, CHUNK))
            repeated += (more := make_due_repetitions(session, CHUNK))
        if max(some, more) < CHUNK:
            break
    said = gettext(
        "%(closed)s settled, %(repeated)s come again, %(moved)s left to supervisors",
        closed=closed, repeated=repeated, moved=moved,
    )  # fmt: skip
    return _told(said, failed)


def _settle(turn: Any, owner: str, reminder: Reminder) -> int:
    if reminder.settled is None:
        return 0
    closed = after = 0
    while True:
        with turn.reading() as reading:
            waiting = waiting_for(reading, reminder, after)
            if not waiting:
                return closed
            with turn.bus.registry.contained(owner, f"reminder {reminder.name}"):
                done = list(reminder.settled(reading, list(waiting.values())))
        if done:
            with turn.transaction() as session:
                closed += close_settled(session, done)
        after = max(waiting)


def on_owner_changed(session: Session, event: Any) -> None:
    """Let what the program asks about a customer go to its new owner."""
    follow_owner(session, event["company_id"], event["before_id"], event["after_id"])


JOBS = (
    Job(
        name="core.look_for_reminders", title=_("Look for what falls due and remind of it"), run=look_for_reminders,
        schedule="10 5 * * *", chunked=True,
    ),
    Job(
        name="core.tend_tasks", title=_("Close settled tasks, make those that come again"), run=tend_tasks,
        schedule="*/15 * * * *", chunked=True,
    ),
)  # fmt: skip
SUBSCRIBERS = (Subscriber(event="core.company_owner_changed", handler=on_owner_changed, name="core.tasks_follow"),)
