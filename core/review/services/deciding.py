"""The decisions of a review: approve, give back with an opinion, submit again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.locks import author_of
from core.bus import publish
from core.columns import utcnow
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _
from core.review.models import OPEN_KINDS, ReviewStep
from core.review.rules import Rule

PASSED = ("reviewed", "confirmed")


def find_record(session: Session, rule: Rule, record_id: int) -> Any:
    """Give a record that the person may find, None where there is none."""
    record = session.get(rule.resource.model, record_id) if 0 < record_id < 2**53 else None
    return None if record is None or getattr(record, "deleted_at", None) is not None else record


def demand_reviewer(session: Session, rule: Rule, record: Any, access: Access) -> None:
    """Raise Forbidden for who may not review the record, entered it, or handed in what waits (promise S7)."""
    code = rule.resource.code("review")
    access.demand(code, record)
    waiting = select(ReviewStep.id).where(
        ReviewStep.entity == rule.entity,
        ReviewStep.record_id == record.id,
        ReviewStep.kind.in_(OPEN_KINDS),
        ReviewStep.by_id == access.user_id,
        ReviewStep.settled_at.is_(None),
    )
    if author_of(record) == access.user_id or session.scalar(waiting.limit(1)) is not None:
        raise Forbidden(_("Nobody reviews his own entry."), permission=code)


def approve(session: Session, rule: Rule, record: Any, access: Access, *, version: int | None = None) -> str:
    """Pass a record on: the first review, or the second by another person. Return its new state. Raises Refused."""
    check_version(record, version)
    demand_reviewer(session, rule, record, access)
    changed = _waits_changed(session, rule, record)
    if record.review_state == "submitted" or changed:
        record.review_state = "reviewed"
        record.reviewed_by_id, record.reviewed_at = access.user_id, utcnow()
        record.confirmed_by_id = record.confirmed_at = None
    elif record.review_state == "reviewed":
        if record.reviewed_by_id == access.user_id:
            raise Refused(_("The second review is another person's than the first."))
        record.review_state = "confirmed"
        record.confirmed_by_id, record.confirmed_at = access.user_id, utcnow()
    else:
        raise Refused(_("This record waits for no review."))
    _decided(session, rule, record, access, record.review_state)
    return str(record.review_state)


def give_back(
    session: Session, rule: Rule, record: Any, access: Access, *, opinion: str, version: int | None = None
) -> None:
    """Return a record to its author with an opinion. Raises Refused."""
    check_version(record, version)
    demand_reviewer(session, rule, record, access)
    if not opinion.strip():
        raise Refused(_("Say what the author is to correct."), fields={"opinion": _("Say what is to be corrected")})
    if record.review_state in ("draft", "returned"):
        raise Refused(_("This record waits for no review."))
    record.review_state = "returned"
    _decided(session, rule, record, access, "returned", opinion=opinion.strip())


def submit(session: Session, rule: Rule, record: Any, access: Access) -> None:
    """Hand in a draft, or a record that was returned. Raises Refused."""
    access.demand(rule.resource.code("edit"), record)
    if record.review_state not in ("draft", "returned"):
        raise Refused(_("This record was handed in already."))
    record.review_state = "submitted"
    _settle(session, rule, record, of=_returned_by(session, rule, record))
    add_step(session, rule, record, "submitted", by=access.user_id)
    _follow(session, rule, record)


def check_version(record: Any, version: int | None) -> None:
    """Refuse a decision about something else than what was looked at."""
    if version is not None and record.version != version:
        raise Conflict(_("Somebody changed this record meanwhile. Look at it again before you decide."))


def add_step(
    session: Session,
    rule: Rule,
    record: Any,
    kind: str,
    *,
    by: int | None,
    opinion: str = "",
    changes: Mapping[str, Any] | None = None,
) -> ReviewStep:
    """Keep a step."""
    customer = rule.resource.customer
    step = ReviewStep(
        entity=rule.entity,
        record_id=record.id,
        company_id=getattr(record, customer) if customer else None,
        kind=kind,
        by_id=by,
        opinion=opinion,
        changes=dict(changes or {}),
    )
    session.add(step)
    return step


def _waits_changed(session: Session, rule: Rule, record: Any) -> bool:
    """Tell whether a record that stayed reviewed was changed since."""
    statement = select(ReviewStep.id).where(
        ReviewStep.entity == rule.entity,
        ReviewStep.record_id == record.id,
        ReviewStep.kind == "changed",
        ReviewStep.settled_at.is_(None),
    )
    return record.review_state in PASSED and session.scalar(statement.limit(1)) is not None


def _settle(session: Session, rule: Rule, record: Any, *, of: int | None) -> None:
    """Settle what is open, of proposals those of one reviewer alone: what others propose waits for its answer."""
    theirs = and_(ReviewStep.kind == "proposed", or_(ReviewStep.by_id.is_(None), ReviewStep.by_id != of))
    session.execute(
        update(ReviewStep)
        .where(ReviewStep.entity == rule.entity, ReviewStep.record_id == record.id, ReviewStep.settled_at.is_(None))
        .where(~theirs)
        .values(settled_at=utcnow())
    )


def _returned_by(session: Session, rule: Rule, record: Any) -> int | None:
    """Tell who returned a record last."""
    returned = (ReviewStep.entity == rule.entity, ReviewStep.record_id == record.id, ReviewStep.kind == "returned")
    return session.scalar(select(ReviewStep.by_id).where(*returned).order_by(ReviewStep.id.desc()).limit(1))


def _decided(session: Session, rule: Rule, record: Any, access: Access, state: str, opinion: str = "") -> None:
    session.flush()
    _settle(session, rule, record, of=access.user_id)
    add_step(session, rule, record, state, by=access.user_id, opinion=opinion)
    _follow(session, rule, record)
    payload = {
        "resource": rule.resource.key,
        "record_id": record.id,
        "state": state,
        "author_id": author_of(record),
        "by_id": access.user_id,
    }
    publish(session, "core.record_decided", payload)


def _follow(session: Session, rule: Rule, record: Any) -> None:
    session.flush()
    if rule.resource.after_review is not None:
        rule.resource.after_review(session, record)


def open_proposal(session: Session, rule: Rule, record: Any, step_id: int | None = None) -> ReviewStep | None:
    """Give a proposal that waits for the author's answer, the newest where none is named."""
    statement = select(ReviewStep).where(
        ReviewStep.entity == rule.entity,
        ReviewStep.record_id == record.id,
        ReviewStep.kind == "proposed",
        ReviewStep.settled_at.is_(None),
    )
    if step_id is not None:
        statement = statement.where(ReviewStep.id == step_id)
    return session.scalar(statement.order_by(ReviewStep.id.desc()).limit(1))


__all__ = [
    "PASSED", "add_step", "approve", "check_version", "demand_reviewer", "find_record", "give_back", "open_proposal",
    "submit",
]  # fmt: skip
