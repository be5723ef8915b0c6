"""The review marks of one record (B-04): state, reviewers, dates, opinion, proposal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from core.auth.access import Access, current_access
from core.auth.audit import plain
from core.auth.locks import author_of
from core.auth.output import Visibility, may_see
from core.auth.queries.names import names_of
from core.custom import stored_of
from core.db import prepared
from core.plugin import Resource
from core.presence import is_known_absent
from core.review.models import ReviewStep
from core.review.queries.history import History, Value
from core.review.queries.queue import Queue, Queues
from core.review.queries.wording import words_of
from core.review.rules import Rule, rules


@dataclass(frozen=True)
class Proposal:
    """What somebody proposes to write, and in words what is no field; `id` is the step that is answered."""

    id: int
    by: str
    note: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Marks:
    """What a record's page says of its review, for one person."""

    resource: str
    record_id: int
    version: int
    state: str
    author: str
    entered_at: dt.datetime
    changed_at: dt.datetime
    first_by: str
    first_at: dt.datetime | None
    second_by: str
    second_at: dt.datetime | None
    remark: str
    opinion: str
    opinion_by: str
    opinion_at: dt.datetime | None
    proposals: Sequence[Proposal]
    changed: Sequence[Value]
    mine: bool
    queue: Queue | None
    alive: bool = True
    """Its history opens; not so in the bin."""

    @property
    def waits(self) -> bool:
        """Tell whether the record waits for a review."""
        return self.state == "submitted" or bool(self.changed)


def record_marks(session: Session, resource: Resource, record: Any) -> Marks:
    """Read the marks of a record for the person of this unit of work; for the pages of any resource."""
    return marks_of(session, rules(session).rule(resource.key), record, current_access())


def marks_of(session: Session, rule: Rule, record: Any, access: Access) -> Marks:
    """Read the marks of a record."""
    standing = _standing(session, rule, record)
    steps = {step.kind: step for step in standing}
    returned = steps.get("returned") if record.review_state == "returned" else None
    proposed = [step for step in standing if step.kind == "proposed"]
    history = History(session, rule, record, access)
    author = author_of(record)
    people = names_of(
        session,
        [author, record.reviewed_by_id, record.confirmed_by_id, *(one.by_id for one in (returned, *proposed) if one)],
    )
    mine = access.may(rule.resource.code("edit"), record)
    remark = rule.fields.get("remark")
    seen = remark is not None and may_see(remark, history.classes)
    return Marks(
        resource=rule.resource.key,
        record_id=record.id,
        version=record.version,
        state=record.review_state,
        author=people.get(author, "") if author is not None else "",
        entered_at=record.created_at,
        changed_at=record.updated_at,
        first_by=people.get(record.reviewed_by_id, ""),
        first_at=record.reviewed_at,
        second_by=people.get(record.confirmed_by_id, ""),
        second_at=record.confirmed_at,
        remark=(record.remark or "") if seen else "",
        opinion=returned.opinion if returned else "",
        opinion_by=people.get(returned.by_id, "") if returned and returned.by_id else "",
        opinion_at=returned.happened_at if returned else None,
        proposals=[
            Proposal(
                step.id,
                people.get(step.by_id or 0, ""),
                step.opinion if mine and not _is_of(step, returned) else "",
                proposed_values(session, rule, record, access, step),
            )
            for step in proposed
        ],
        changed=changed_since_review(record, history, waits="changed" in steps, returned=steps.get("returned")),
        mine=mine,
        queue=Queues(session, rule, access).queue_of(record, [step for step in standing if step.settled_at is None]),
        alive=getattr(record, "deleted_at", None) is None,
    )


def _is_of(step: ReviewStep, returned: ReviewStep | None) -> bool:
    """Tell whether a proposal came with a return, whose opinion is told as that."""
    return returned is not None and (step.by_id, step.opinion) == (returned.by_id, returned.opinion)


def changed_since_review(
    record: Any, history: History, *, waits: bool, returned: ReviewStep | None = None
) -> Sequence[Value]:
    """List what changed since the record was last reviewed, while that waits for a review.

    Of a new record that was returned and handed in again it is what changed since it was returned.
    """
    moments = [one for one in (record.reviewed_at, record.confirmed_at) if one is not None]
    if not moments and returned is not None and record.review_state == "submitted":
        return history.since(returned.happened_at)
    if not moments or (record.review_state in ("reviewed", "confirmed") and not waits):
        return ()
    return history.since(max(moments))


def proposed_values(session: Session, rule: Rule, record: Any, access: Access, step: ReviewStep) -> Sequence[Value]:
    """Give what a proposal would write instead of what is there now, without what the person may not see."""
    classes = Visibility(access, rule.resource).of_record(record)
    found = []
    for column, (_before, after) in step.changes.items():
        field = rule.fields.get(column)
        now = plain(stored_of(record, column))
        if field is not None and may_see(field, classes) and now != after:
            words = [words_of(session, field, one) for one in (now, after)]
            found.append(Value(field.name, field.title, words[0], words[1]))
    return found


_STANDING = prepared(
    select(ReviewStep)
    .where(
        ReviewStep.entity == bindparam("entity"),
        ReviewStep.record_id == bindparam("record"),
        or_(ReviewStep.settled_at.is_(None), ReviewStep.kind == "returned"),
    )
    .order_by(ReviewStep.id)
)


def _standing(session: Session, rule: Rule, record: Any) -> Sequence[ReviewStep]:
    """Give the steps that still stand, the newest last: what is open, and what was returned."""
    if is_known_absent(ReviewStep, rule.entity, record.id):
        return ()
    return session.scalars(_STANDING, {"entity": rule.entity, "record": record.id}).all()


def steps_of(session: Session, rule: Rule, record: Any, limit: int = 20) -> Sequence[ReviewStep]:
    """List the newest steps of a record's review."""
    statement = select(ReviewStep).where(ReviewStep.entity == rule.entity, ReviewStep.record_id == record.id)
    return session.scalars(statement.order_by(ReviewStep.id.desc()).limit(limit)).all()
