"""What a reviewer proposes to write instead, and the author's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.audit import plain
from core.auth.locks import author_of
from core.bus import publish
from core.columns import utcnow
from core.custom import stored_of
from core.errors import Refused
from core.i18n import _
from core.review.models import ReviewStep
from core.review.rules import Rule
from core.review.services.deciding import PASSED, add_step, check_version, demand_reviewer, give_back, open_proposal
from core.review.services.values import present_codes, stored_value


def propose(
    session: Session,
    rule: Rule,
    record: Any,
    access: Access,
    values: Mapping[str, Any],
    *,
    opinion: str = "",
    version: int | None = None,
) -> ReviewStep:
    """Propose other values for columns; the record goes back to its author, who takes them over or not.

    Raises Refused when nothing differs.
    """
    check_version(record, version)
    demand_reviewer(session, rule, record, access)
    changes = {
        name: [plain(stored_of(record, name)), plain(value)]
        for name, value in values.items()
        if rule.restorable(name) and (stored_of(record, name) or None) != (value or None)
    }
    if not changes:
        raise Refused(_("You propose nothing else than what is there."))
    give_back(session, rule, record, access, opinion=opinion.strip() or str(_("A change is proposed.")))
    step = add_step(session, rule, record, "proposed", by=access.user_id, opinion=opinion.strip(), changes=changes)
    payload = {"resource": rule.resource.key, "record_id": record.id, "author_id": author_of(record)}
    publish(session, "core.change_proposed", {**payload, "by_id": access.user_id})
    return step


def suggest(
    session: Session,
    rule: Rule,
    record: Any,
    access: Access,
    values: Mapping[str, Any],
    *,
    opinion: str = "",
    to: int | None = None,
) -> ReviewStep:
    """Propose values to whoever may change the record, for who finds it and may not; its review stays as it is.

    `opinion` tells in words what is no column of the record. `to` is told, else the author. Raises Refused.
    """
    access.demand(rule.resource.code("query"), record)
    changes = {
        name: [plain(stored_of(record, name)), plain(value)]
        for name, value in values.items()
        if rule.restorable(name) and (stored_of(record, name) or None) != (value or None)
    }
    if not changes and not opinion.strip():
        raise Refused(_("You propose nothing else than what is there."))
    step = add_step(session, rule, record, "proposed", by=access.user_id, opinion=opinion.strip(), changes=changes)
    payload = {"resource": rule.resource.key, "record_id": record.id, "author_id": to or author_of(record)}
    publish(session, "core.change_proposed", {**payload, "by_id": access.user_id})
    return step


def answer(
    session: Session, rule: Rule, record: Any, access: Access, *, take: bool, step_id: int | None = None
) -> None:
    """Take a proposal over as a change of one's own and hand the record in again, or decline it. Raises Refused.

    Others stay open. Without a step it is the newest.
    """
    access.demand(rule.resource.code("edit"), record)
    step = open_proposal(session, rule, record, step_id)
    if step is None or rule.resource.change is None:
        raise Refused(_("There is no proposal any more."))
    if take:
        taken = {name: present_codes(session, rule.resource, name, pair[1]) for name, pair in step.changes.items()}
        values = {name: stored_value(type(record), name, value) for name, value in taken.items()}
        rule.resource.change(session, record, values, by=access.user_id)
    step.settled_at = utcnow()
    session.flush()
    add_step(session, rule, record, "taken" if take else "declined", by=access.user_id)
    if take and record.review_state not in PASSED:
        record.review_state = "submitted"
        add_step(session, rule, record, "submitted", by=access.user_id)
        session.flush()
