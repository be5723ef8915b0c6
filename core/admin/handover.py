"""Hands over what a person who leaves looks after: the records of every module that have an owner, views, segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.bus import start_job
from core.columns import Reviewed
from core.customers.models import Company
from core.errors import Refused
from core.i18n import _, ngettext
from core.listing.models import ListView
from core.plugin import Job, Resource
from core.state import bump
from core.tags.models import Segment
from core.tags.queries.tags import COUNTER as SEGMENTS

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


def count_segments(session: Session, user_id: int) -> int:
    """Count the segments of a person."""
    return session.scalar(select(func.count(Segment.id)).where(Segment.owner_id == user_id)) or 0


def count_people(session: Session, user_id: int) -> int:
    """Count those who have a person as their supervisor."""
    return session.scalar(select(func.count(User.id)).where(User.supervisor_id == user_id, User.active)) or 0


class Dealing:
    """Deals records out in turn; one of a customer whom a successor looks after goes to that successor."""

    def __init__(self, successors: Sequence[int], dealt: int = 0) -> None:
        self.successors = successors
        self.dealt = dealt

    def to(self, keeper: int | None) -> int | None:
        """Name who gets a record whose customer `keeper` looks after; None where there are no successors."""
        if not self.successors:
            return None
        if keeper in self.successors:
            return keeper
        self.dealt += 1
        return self.successors[(self.dealt - 1) % len(self.successors)]


def _in_order(resources: Sequence[Resource]) -> list[Resource]:
    """Give what has an owner, customers first: what belongs to them follows."""
    return sorted((one for one in resources if one.owner is not None), key=lambda one: one.model is not Company)


def _keeper(resource: Resource) -> Any:
    """Give the expression for who looks after the customer of a record."""
    column = getattr(resource.model, resource.customer or "", None)
    if column is None or resource.model is Company:
        return null()
    return select(Company.owner_id).where(Company.id == column).correlate(resource.model).scalar_subquery()


def shares(
    session: Session, resources: Sequence[Resource], user_id: int, successors: Sequence[int]
) -> list[tuple[int, list[tuple[Resource, int]]]]:
    """Tell for each successor how many records of which kind `hand_over` gives him."""
    dealing, found, goes = Dealing(successors), dict[tuple[int | None, str], int](), dict[int, int | None]()
    ordered = _in_order(resources)
    for one in ordered:
        customer = getattr(one.model, one.customer or "", null())
        rows = select(one.model.id, customer, _keeper(one)).where(*_his(one, user_id)).order_by(one.model.id)
        for id_, customer_id, keeper in session.execute(rows):
            to = dealing.to(goes.get(customer_id, keeper))
            if one.model is Company:
                goes[id_] = to
            found[to, one.key] = found.get((to, one.key), 0) + 1
    return [(who, [(one, n) for one in ordered if (n := found.get((who, one.key)))]) for who in successors]


def hand_over(
    session: Session,
    resources: Sequence[Resource],
    user_id: int,
    dealing: Dealing,
    *,
    by: int | None,
    reason: str,
    limit: int | None = None,
) -> int:
    """Give what a person owns to his successors, or to nobody; tell how many records, at most `limit`.

    Records in the bin go along. Views and segments go to the first successor, with the last of the records.
    """
    done = 0
    for one in _in_order(resources):
        rows = select(one.model, _keeper(one)).where(*_his(one, user_id)).order_by(one.model.id)
        for record, keeper in session.execute(rows.limit(None if limit is None else limit - done)).all():
            to = dealing.to(keeper)
            if one.change_owner is not None:
                one.change_owner(session, record, to, by=by, reason=reason)
            else:
                setattr(record, str(one.owner), to)
            done += 1
        session.flush()
    if dealing.successors and (limit is None or done < limit):
        mine: Any
        for mine, counter in ((ListView, "lists"), (Segment, SEGMENTS)):
            kept = session.scalars(select(mine).where(mine.owner_id == user_id)).all()
            for view in kept:
                view.owner_id = dealing.successors[0]
            if kept:
                bump(session, counter)
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
    resources, dealing = turn.bus.registry.resources(), Dealing(successors)
    total = 0
    while True:
        with turn.transaction() as session:
            done = hand_over(session, resources, user_id, dealing, by=turn.user_id, reason=reason, limit=CHUNK)
            total += done
            text = str(ngettext("%(num)d record handed over", "%(num)d records handed over", total))
            turn.note(session, text)
        if done < CHUNK:
            return text


JOBS = (Job(name=JOB, title=_("Hand over what somebody looked after"), run=run_hand_over, chunked=True),)
