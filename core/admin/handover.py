"""Hands over what a person who leaves looks after: the records of every module that have an owner, and his views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.bus import start_job
from core.columns import Reviewed
from core.errors import Refused
from core.i18n import _, ngettext
from core.listing.models import ListView
from core.plugin import Job, Resource
from core.state import bump

AT_ONCE = 2_000
CHUNK = 200
JOB = "core.hand_over"
WAITING = ("draft", "submitted", "returned")


@dataclass(frozen=True)
class Holding:
    """What a person owns of one resource; `waiting` of them are not reviewed."""

    resource: Resource
    count: int
    waiting: int


def holdings(session: Session, resources: Sequence[Resource], user_id: int) -> list[Holding]:
    """Count what a person owns, in every resource that declares an owner."""
    found = []
    for one in resources:
        if one.owner is None:
            continue
        rows = select(func.count(one.model.id)).where(*_his(one, user_id))
        count = session.scalar(rows) or 0
        waiting = 0
        if count and issubclass(one.model, Reviewed):
            waiting = session.scalar(rows.where(one.model.review_state.in_(WAITING))) or 0
        if count:
            found.append(Holding(one, count, waiting))
    return found


def _his(resource: Resource, user_id: int) -> list[Any]:
    """Give the conditions of what a person looks after of a resource."""
    mine = [getattr(resource.model, str(resource.owner)) == user_id]
    return [*mine, resource.held()] if resource.held is not None else mine


def count_views(session: Session, user_id: int) -> int:
    """Count the saved views of a person."""
    return session.scalar(select(func.count(ListView.id)).where(ListView.owner_id == user_id)) or 0


def count_people(session: Session, user_id: int) -> int:
    """Count those who have a person as their supervisor."""
    return session.scalar(select(func.count(User.id)).where(User.supervisor_id == user_id, User.active)) or 0


def shares(count: int, successors: Sequence[int]) -> list[int]:
    """Tell how many records each successor gets when they are dealt out in turn."""
    return [count // len(successors) + (number < count % len(successors)) for number in range(len(successors))]


def hand_over(
    session: Session,
    resources: Sequence[Resource],
    user_id: int,
    successors: Sequence[int],
    *,
    by: int | None,
    reason: str,
    limit: int | None = None,
    dealt: int = 0,
) -> int:
    """Give what a person owns to his successors in turn, or to nobody; tell how many records, at most `limit`.

    Records in the bin go along. The views go to the first successor, with the last of the records.
    """
    done = 0
    for one in resources:
        if one.owner is None:
            continue
        rows = select(one.model).where(*_his(one, user_id)).order_by(one.model.id)
        for record in session.scalars(rows.limit(None if limit is None else limit - done)).all():
            to = successors[(dealt + done) % len(successors)] if successors else None
            if one.change_owner is not None:
                one.change_owner(session, record, to, by=by, reason=reason)
            else:
                setattr(record, one.owner, to)
            done += 1
    if successors and (limit is None or done < limit):
        views = session.scalars(select(ListView).where(ListView.owner_id == user_id)).all()
        for view in views:
            view.owner_id = successors[0]
        if views:
            bump(session, "lists")
    session.flush()
    return done


def check_successors(session: Session, user_id: int, successors: Sequence[int]) -> None:
    """Refuse successors who cannot look after anything."""
    active = set(session.scalars(select(User.id).where(User.id.in_(successors), User.active)))
    if user_id in successors or set(successors) - active:
        raise Refused(_("Choose colleagues whose accounts are open."))


def start_hand_over(session: Session, user_id: int, successors: Sequence[int], reason: str) -> None:
    """Let the worker hand over what is too much for one answer."""
    start_job(session, JOB, {"user_id": user_id, "successors": list(successors), "reason": reason})


def run_hand_over(turn: Any, user_id: int, successors: list[int], reason: str) -> str:
    """Hand over some records at a time; what is handed over is no longer his, so that a new start goes on there."""
    resources = [one for one in turn.bus.registry.resources() if one.owner is not None]
    total = 0
    while True:
        with turn.transaction() as session:
            done = hand_over(
                session, resources, user_id, successors, by=turn.user_id, reason=reason, limit=CHUNK, dealt=total
            )
            total += done
            text = str(ngettext("%(num)d record handed over", "%(num)d records handed over", total))
            turn.note(session, text)
        if done < CHUNK:
            return text


JOBS = (Job(name=JOB, title=_("Hand over what somebody looked after"), run=run_hand_over, chunked=True),)
