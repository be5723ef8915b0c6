"""What waits for a person: the queues of each resource, and what was returned to him."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.listing.binding import Binding
from core.listing.state import ListState
from core.review.models import OPEN_KINDS, ReviewStep
from core.review.rules import Rule

Queue = Literal["first", "changed", "second", "returned"]
QUEUES: tuple[Queue, ...] = get_args(Queue)
PASSED = ("reviewed", "confirmed")
PAGE = 50
COUNT_LIMIT = 10_000


class Queues:
    """The queues of one resource for one person."""

    def __init__(self, session: Session, rule: Rule, access: Access) -> None:
        self.session = session
        self.rule = rule
        self.access = access
        self.model = rule.resource.model
        self.author = getattr(self.model, rule.author)

    @property
    def reviews(self) -> bool:
        """Tell whether the person reviews such records at all."""
        return self.access.may(self.rule.resource.code("review"))

    def open_to(self, queue: Queue) -> bool:
        """Tell whether the person has such a queue."""
        return queue == "returned" or self.reviews

    def condition(self, queue: Queue) -> ColumnElement[bool]:
        """Give the condition of a queue's rows."""
        model = self.model
        if queue == "returned":
            return and_(model.review_state == "returned", self._mine())
        open_change = self._step(ReviewStep.kind == "changed")
        if queue == "first":
            wanted = and_(model.review_state == "submitted", model.reviewed_at.is_(None))
        elif queue == "changed":
            again = and_(model.review_state == "submitted", model.reviewed_at.is_not(None))
            wanted = or_(again, and_(model.review_state.in_(PASSED), open_change))
        else:
            other = or_(model.reviewed_by_id.is_(None), model.reviewed_by_id != self.access.user_id)
            wanted = and_(model.review_state == "reviewed", other, ~open_change)
        own = self._step(ReviewStep.kind.in_(OPEN_KINDS), ReviewStep.by_id == self.access.user_id)
        others = or_(self.author.is_(None), self.author != self.access.user_id)
        return and_(wanted, others, ~own, Binding(self.rule.resource, self.access, self.session).held(self._code))

    @property
    def _code(self) -> str:
        return self.rule.resource.code("review")

    def _mine(self) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = self.author == self.access.user_id
        owner = self.rule.resource.owner
        return or_(mine, getattr(self.model, owner) == self.access.user_id) if owner else mine

    def _step(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(
            ReviewStep.entity == self.rule.entity,
            ReviewStep.record_id == self.model.id,
            ReviewStep.settled_at.is_(None),
            *conditions,
        )

    def count(self, queue: Queue, limit: int = COUNT_LIMIT) -> int:
        """Count a queue's rows, up to a limit."""
        if not self.open_to(queue):
            return 0
        rows = self._rows(queue, select(self.model.id)).limit(limit).subquery()
        return self.session.scalar(select(func.count()).select_from(rows)) or 0

    def _rows(self, queue: Queue, statement: Select[Any]) -> Select[Any]:
        only = self.rule.resource.only
        statement = statement.where(self.condition(queue))
        return statement.where(only()) if only is not None else statement

    def ids(self, queue: Queue, state: ListState, *, after: int | None = None, size: int = PAGE) -> list[int]:
        """Give the ids of a queue's rows that meet the conditions of a list state, the longest waiting first."""
        if not self.open_to(queue):
            return []
        binding = Binding(self.rule.resource, self.access, self.session)
        model = self.model
        statement = binding.narrowed(select(model.id), state).where(self.condition(queue))
        if after is not None:
            place = select(model.updated_at, model.id).where(model.id == after)
            moment = self.session.execute(place).first()
            if moment is not None:
                statement = statement.where(tuple_(model.updated_at, model.id) > tuple_(*moment))
        return list(self.session.scalars(statement.order_by(model.updated_at, model.id).limit(size)))

    def holds(self, queue: Queue, record_id: int) -> bool:
        """Tell whether a record waits in a queue."""
        if not self.open_to(queue) or not 0 < record_id < 2**53:
            return False
        asked = self._rows(queue, select(self.model.id)).where(self.model.id == record_id)
        return self.session.scalar(asked) is not None

    def queue_of(self, record: Any, steps: Sequence[ReviewStep]) -> Queue | None:
        """Tell in which queue a record waits for this person; the same rule as `condition`. `steps` are its open ones.

        Worked out here, since every page of a record asks and hardly any of them waits.
        """
        queue = self._queue_by_rule(record, steps)
        only = self.rule.resource.only
        if queue is None or only is None:
            return queue
        if only == getattr(self.model, "alive", None):
            return queue if record.is_alive else None
        known = self.session.scalar(select(self.model.id).where(self.model.id == record.id, only()))
        return queue if known is not None else None

    def _queue_by_rule(self, record: Any, steps: Sequence[ReviewStep]) -> Queue | None:
        me, author = self.access.user_id, getattr(record, self.rule.author)
        if record.review_state == "returned":
            owner = self.rule.resource.owner
            return "returned" if author == me or (owner and getattr(record, owner) == me) else None
        changed = any(step.kind == "changed" for step in steps)
        queue: Queue
        if record.review_state == "submitted":
            queue = "first" if record.reviewed_at is None else "changed"
        elif record.review_state in PASSED and changed:
            queue = "changed"
        elif record.review_state == "reviewed" and (record.reviewed_by_id is None or record.reviewed_by_id != me):
            queue = "second"
        else:
            return None
        mine = any(step.kind in OPEN_KINDS and step.by_id == me for step in steps)
        others = (author is None or author != me) and not mine
        return queue if others and self.reviews and self.access.may(self._code, record) else None


def waiting(session: Session, rules: Sequence[Rule], access: Access) -> int:
    """Count what waits for a person in all his queues."""
    found = (Queues(session, rule, access) for rule in rules)
    return sum(one.count(queue) for one in found for queue in QUEUES)
