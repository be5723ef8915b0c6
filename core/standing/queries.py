"""The rules of customer types, which of them work, and whom each would change now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal_column, null, or_, select
from sqlalchemy.orm import Session

from core.bus.house import bus_of
from core.clock import local_today, start_of, to_local
from core.customers.models import Company, StandingChange
from core.errors import NotFound
from core.i18n import _, gettext
from core.overlay import overlay
from core.plugin import CustomerFigure
from core.standing.conditions import condition, words
from core.standing.models import StandingRule
from core.standing.settings import HAND_DAYS

DAY = dt.timedelta(days=1)
MOST_RULES = 40


def figures(session: Session, *, everywhere: bool = False) -> dict[str, CustomerFigure]:
    """Give the figures that rules may ask for, by name; those of modules that are switched off only `everywhere`."""
    declared = bus_of(session).registry.declared("register_customer_figures", everywhere=everywhere)
    return {one.name: one for one in declared if one.ruled}


def rules(session: Session) -> Sequence[StandingRule]:
    """List all rules in their order."""
    return session.scalars(select(StandingRule).order_by(StandingRule.position, StandingRule.id)).all()


def find_rule(session: Session, rule_id: int) -> StandingRule:
    """Find a rule. Raises NotFound."""
    found = session.get(StandingRule, rule_id)
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def resting(session: Session, rule: StandingRule) -> list[str]:
    """Name what keeps a rule from working: figures of modules that are switched off or gone, a type that is no more."""
    known, all_ = figures(session), figures(session, everywhere=True)
    names = [one["figure"] for one in rule.conditions if one["figure"] not in known]
    lame = [str(all_[name].title) if name in all_ else name for name in names]
    if rule.after not in overlay().dictionary(session, "standing"):
        lame.append(rule.after)
    return lame


def working(session: Session) -> list[StandingRule]:
    """List the rules that are switched on and whose figures are there."""
    return [one for one in rules(session) if one.active and one.conditions and not resting(session, one)]


def rule_words(session: Session, rule: StandingRule) -> str:
    """Say the conditions of a rule."""
    known = figures(session, everywhere=True)
    said = [
        words(known[one["figure"]], one["op"], one["number"]) if one["figure"] in known else one["figure"]
        for one in rule.conditions
    ]
    return gettext(" and ").join(said)


def met(session: Session, rule: StandingRule) -> ColumnElement[bool]:
    """Give the condition that a customer meets a rule, whoever chose his type.

    What a rule did today it does not do again: two rules that lead back and forth change a customer once a day each.
    """
    known, today = figures(session), local_today()
    asked = [condition(known[one["figure"]], one["op"], one["number"], today) for one in rule.conditions]
    return and_(
        Company.alive(), Company.standing.in_(rule.before), Company.standing != rule.after, *asked,
        ~_changed(StandingChange.rule_id == rule.id, since=today),
    )  # fmt: skip


def held_by_hand(session: Session) -> ColumnElement[bool]:
    """Give the condition that somebody chose the type himself, not long enough ago for rules to change it."""
    days = int(overlay().setting(session, HAND_DAYS) or 0)
    if days <= 0:
        return false()
    by_hand = (StandingChange.changed_by_id.is_not(None), StandingChange.rule_id.is_(None))
    return _changed(*by_hand, since=local_today() - min(days, 36_500) * DAY)


def _changed(*conditions: ColumnElement[bool], since: dt.date) -> ColumnElement[bool]:
    rows = select(StandingChange.id).where(
        StandingChange.company_id == Company.id, StandingChange.changed_at >= start_of(since), *conditions
    )
    return exists(rows.correlate(Company))


@dataclass(frozen=True)
class Turning:
    """Which rule changes a customer: an expression with the id of the rule, and the condition that there is one."""

    rule_id: Any
    due: ColumnElement[bool]


def turning(session: Session, working_rules: Sequence[StandingRule]) -> Turning:
    """Give what tells of every customer which rule changes him now: the first that he meets."""
    if not working_rules:
        return Turning(null(), false())
    asked = [(met(session, one), one.id) for one in working_rules]
    return Turning(
        case(*asked, else_=None), and_(or_(*(one for one, _id in asked)), ~held_by_hand(session))
    )  # fmt: skip


def would_change(session: Session) -> Mapping[int, int]:
    """Count for each rule the customers that it would change now, of those that the session finds."""
    found = turning(session, working(session))
    rows = select(found.rule_id.label("turning"), func.count(Company.id)).where(found.due)
    return {rule: int(count) for rule, count in session.execute(rows.group_by(literal_column("turning")))}


def left_alone(session: Session) -> int:
    """Count the customers that meet a rule, and whose type somebody chose himself lately."""
    asked = [met(session, one) for one in working(session)]
    if not asked:
        return 0
    rows = select(func.count(Company.id)).where(or_(*asked), held_by_hand(session))
    return session.scalar(rows) or 0


def circles(session: Session) -> list[tuple[StandingRule, StandingRule]]:
    """List pairs of working rules that lead back and forth: each takes customers of the type that the other gives."""
    found = working(session)
    return [
        (one, other)
        for number, one in enumerate(found)
        for other in found[number + 1 :]
        if one.after in other.before and other.after in one.before and _same(one.conditions, other.conditions)
    ]


def _same(some: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether no condition of the one shuts out one of the other: they can hold at the same time."""
    against = {"is": "not", "not": "is", "within": "ago", "ago": "within", "least": "most", "most": "least"}
    pairs = {(one["figure"], one["op"]) for one in some}
    return not any((one["figure"], against.get(one["op"])) in pairs for one in others)


def free_from(session: Session, company_id: int) -> dt.date | None:
    """Tell from which day on rules may change a customer whose type somebody chose; None where they may already."""
    days = int(overlay().setting(session, HAND_DAYS) or 0)
    last = session.scalar(
        select(func.max(StandingChange.changed_at)).where(
            StandingChange.company_id == company_id, StandingChange.changed_by_id.is_not(None),
            StandingChange.rule_id.is_(None), StandingChange.changed_at >= start_of(local_today() - days * DAY),
        )
    )  # fmt: skip
    return to_local(last).date() + (days + 1) * DAY if last is not None and days > 0 else None
