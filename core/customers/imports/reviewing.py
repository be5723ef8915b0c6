"""Sends reviewed records that an import changes to their review again, as any change of them does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.auth.access import Access, access_of
from core.bulk import insert_rows
from core.columns import utcnow
from core.customers.models import Company
from core.overlay import overlay
from core.review.models import ReviewStep
from core.review.rules import Rule, rules
from core.review.services.deciding import PASSED
from core.review.services.watching import CHANGES_SETTING
from core.transfer.importer import Options
from core.transfer.places import place_of

SUBMITTED = "submitted"


class Again:
    """Judges, for one import and one resource, what waits for its review again.

    A command imports as the program, for an administrator: nothing waits. A person's changes do, unless he may review
    the record and did not enter it.
    """

    def __init__(self, session: Session, resource: str, options: Options) -> None:
        self.session = session
        self.options = options
        self.rule: Rule = rules(session).rule(resource)
        self.marked = overlay().setting(session, CHANGES_SETTING) == "marked"
        self.steps: list[dict[str, Any]] = []
        self.access: Access | None = None
        if options.user_id is not None:
            registry = place_of(session).registry
            self.access = access_of(session, options.user_id, registry.permissions, registry.enabled(session))

    def waits(self, record: Any, changed: Collection[str]) -> bool:
        """Tell whether a change of these columns and tables needs a review; `record` has the columns of the model."""
        if self.options.user_id is None or record.review_state not in PASSED:
            return False
        parts = {name for name, part in self.rule.parts.items() if part.checked}
        if not (self.rule.columns | parts).intersection(changed):
            return False
        code = self.rule.resource.code("review")
        mine = getattr(record, self.rule.author) == self.options.user_id
        return mine or self.access is None or not self.access.may(code, record)

    def state(self, record_id: int, company_id: int | None) -> str | None:
        """Note that a record waits; give its new state, None where it stays reviewed and is only marked."""
        kind = "changed" if self.marked else SUBMITTED
        self.steps.append(
            {
                "entity": self.rule.entity,
                "record_id": record_id,
                "company_id": company_id,
                "kind": kind,
                "by_id": self.options.user_id,
                "happened_at": utcnow(),
                "opinion": "",
                "changes": {},
            }
        )
        return None if self.marked else SUBMITTED

    def write(self) -> None:
        """Write the steps."""
        insert_rows(self.session, ReviewStep.__table__, self.steps)  # type: ignore[arg-type]
        self.steps = []


def forget_steps(session: Session, entity: str, ids: Sequence[int], options: Options) -> None:
    """Drop the steps by which records waited for an import that is taken back."""
    step: Any = ReviewStep.__table__
    session.connection().execute(
        delete(step).where(
            step.c.entity == entity,
            step.c.record_id.in_(ids),
            step.c.kind.in_((SUBMITTED, "changed")),
            step.c.by_id == options.user_id,
            step.c.settled_at.is_(None),
        )
    )


class Held:
    """The columns of a company's row, as rights are judged by them."""

    __scope__ = Company.__scope__

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.__dict__.update(row)
