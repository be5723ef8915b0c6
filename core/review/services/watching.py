"""Notices when somebody without the right to review changes what was reviewed: it waits for its review again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.locks import author_of
from core.columns import Reviewed, Scoped
from core.custom import PREFIX
from core.db import UserSession
from core.overlay import overlay
from core.review.models import ReviewStep
from core.review.rules import Known, Part, Rule, known
from core.review.services.deciding import PASSED, add_step

CHANGES_SETTING = "core.review_changes"
ORDER_OF_ROWS = "position"
CHANGED = "changed_after_review"


@event.listens_for(UserSession, "before_flush")
def watch(session: Session, context: Any, instances: Any) -> None:
    """Find the reviewed records that this flush changes."""
    rules = known(session)
    if rules is None or not (session.new or session.dirty or session.deleted):
        return
    access = current_access()
    for rule, record in _touched(session, rules):
        if record.review_state not in PASSED or inspect(record).attrs.review_state.history.has_changes():
            continue
        if author_of(record) != access.user_id and access.may(rule.resource.code("review"), record):
            continue
        _mark(session, rule, record, access.user_id)


def _touched(session: Session, rules: Known) -> list[tuple[Rule, Any]]:
    found: dict[int, tuple[Rule, Any]] = {}
    for item in (*session.dirty, *session.new, *session.deleted):
        if isinstance(item, Reviewed):
            rule = rules.reviewed.get(type(item))
            if rule is not None and item in session.dirty and _says_otherwise(item, rule):
                found[id(item)] = (rule, item)
        elif isinstance(item, Scoped):
            owner = _owner(session, rules, item)
            if owner is not None:
                found[id(owner[1])] = owner
    return list(found.values())


def _says_otherwise(record: Any, rule: Rule) -> bool:
    state = inspect(record)
    columns = rule.columns
    if any(_differs(state.attrs[name].history) for name in columns if name in state.attrs):
        return True
    history = state.attrs["custom"].history if rule.resource.extensible else None
    if history is None or not history.has_changes():
        return False
    before, after = ((one[0] if one else None) or {} for one in (history.deleted, history.added))
    return any(before.get(name) != after.get(name) for name in columns if name.startswith(PREFIX))


def _differs(history: Any) -> bool:
    """Tell whether a value is another one; nothing and an empty text say the same."""
    if not history.has_changes():
        return False
    before = history.deleted[0] if history.deleted else None
    after = history.added[0] if history.added else None
    return bool((before or None) != (after or None))


def _owner(session: Session, rules: Known, row: Any) -> tuple[Rule, Any] | None:
    """Give the persistent record whose content a changed row is."""
    for part, rule in rules.owners_of_part(type(row)):
        record = _record(session, part, rule, row)
        if record is None:
            continue
        if not part.checked or not inspect(record).persistent or not _row_says_otherwise(session, row, rule):
            return None
        return rule, record
    return None


def _record(session: Session, part: Part, rule: Rule, row: Any) -> Any:
    key = getattr(row, part.key)
    if key is not None:
        return session.get(rule.resource.model, key)
    return getattr(row, part.relation) if part.relation and row in session.new else None


def _row_says_otherwise(session: Session, row: Any, rule: Rule) -> bool:
    if row not in session.dirty:
        return True
    state = inspect(row)
    passed_over = {ORDER_OF_ROWS, "updated_at", "created_at", *rule.resource.unchecked}
    return any(
        _differs(state.attrs[one.key].history) for one in state.mapper.column_attrs if one.key not in passed_over
    )


def _mark(session: Session, rule: Rule, record: Any, by: int | None) -> None:
    if overlay().setting(session, CHANGES_SETTING) == "marked":
        waiting = select(ReviewStep.id).where(
            ReviewStep.entity == rule.entity,
            ReviewStep.record_id == record.id,
            ReviewStep.kind == "changed",
            ReviewStep.by_id == by,
            ReviewStep.settled_at.is_(None),
        )
        if session.scalar(waiting.limit(1)) is None:
            add_step(session, rule, record, "changed", by=by)
        return
    record.review_state = "submitted"
    add_step(session, rule, record, "submitted", by=by)
    if rule.resource.after_review is not None:
        session.info.setdefault(CHANGED, {})[id(record)] = (rule, record)


@event.listens_for(UserSession, "before_commit")
def follow(session: Session) -> None:
    """Bring in step, within the transaction, what depends on the review state of the records that wait again."""
    for rule, record in session.info.pop(CHANGED, {}).values():
        if inspect(record).persistent and rule.resource.after_review is not None:
            rule.resource.after_review(session, record)


@event.listens_for(UserSession, "after_rollback")
def forget(session: Session) -> None:
    """Forget what was not saved."""
    session.info.pop(CHANGED, None)
