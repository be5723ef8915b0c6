"""Writing rules of customer types, and changing customers by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.customers.models import Company
from core.customers.services import change_standing
from core.customers.services.pool import lock_companies
from core.errors import Conflict, Refused
from core.i18n import _
from core.overlay import overlay
from core.standing.conditions import LARGEST, LONGEST_DAYS, OPERATORS, needs_number
from core.standing.models import StandingRule
from core.standing.queries import MOST_RULES, figures, rule_words, rules, turning, working


def save_rule(
    session: Session,
    rule: StandingRule | None,
    *,
    name: str,
    before: Sequence[str],
    after: str,
    conditions: Sequence[Mapping[str, Any]],
    active: bool,
    version: int | None = None,
) -> StandingRule:
    """Write a rule, a new one last in order. Raises Conflict, or Refused with the field that is wrong."""
    if rule is not None and version is not None and version != rule.version:
        raise Conflict(_("Somebody changed this rule meanwhile. Nothing was overwritten."))
    known = overlay().dictionary(session, "standing")
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise _refused("name", _("Enter a name") if not name else _("At most %(n)s characters", n=60))
    if not before or any(one not in known for one in before):
        raise _refused("before", _("Choose from the list"))
    if after not in known or after in before:
        raise _refused("after", _("Choose a type that the rule does not start from"))
    kept = [_checked(session, one) for one in conditions]
    if not kept:
        raise _refused("conditions", _("A rule needs a condition"))
    if rule is None:
        last = session.scalar(select(func.max(StandingRule.position))) or 0
        if (session.scalar(select(func.count(StandingRule.id))) or 0) >= MOST_RULES:
            raise Refused(_("There are %(n)s rules already. Delete some first.", n=MOST_RULES))
        rule = StandingRule(position=last + 1)
        session.add(rule)
    rule.name, rule.before, rule.after = name, list(before), after
    rule.conditions, rule.active = kept, active
    session.flush()
    return rule


def _refused(field: str, text: Any) -> Refused:
    return Refused(text, fields={field: text})


def _checked(session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Read one condition. Raises Refused. A figure of a module that is switched off may stay as it is."""
    figure = figures(session, everywhere=True).get(asked["figure"])
    op, number = asked["op"], asked["number"]
    if figure is None or op not in OPERATORS[figure.kind]:
        title = figure.title if figure is not None else asked["figure"]
        raise _refused("conditions", _("%(what)s cannot be asked so. Choose another comparison.", what=title))
    if not needs_number(op):
        number = None
    elif number is None or not 0 <= number <= (LONGEST_DAYS if op in ("within", "ago") else LARGEST):
        raise _refused("conditions", _("%(what)s: enter a whole number", what=figure.title))
    return {"figure": figure.name, "op": op, "number": number}


def switch_rule(session: Session, rule: StandingRule, active: bool) -> None:
    """Switch a rule on or off."""
    rule.active = active


def move_rule(session: Session, rule: StandingRule, up: bool) -> None:
    """Let a rule change places with the one before or after it."""
    ordered = list(rules(session))
    place = ordered.index(rule)
    other = place - 1 if up else place + 1
    if 0 <= other < len(ordered):
        ordered[place], ordered[other] = ordered[other], ordered[place]
    for number, one in enumerate(ordered, 1):
        one.position = number


def remove_rule(session: Session, rule: StandingRule) -> None:
    """Delete a rule. What it changed stays, and is still told with its name."""
    session.delete(rule)


def apply_rules(session: Session, after: int, limit: int) -> tuple[int, int | None]:
    """Change the customers that meet a rule, some from an id on; tell how many, and the last id or None at the end.

    Whoever was changed no longer meets his rule, so that nothing is done twice.
    """
    found = turning(session, working(session))
    rows = select(Company.id).where(found.due, Company.id > after).order_by(Company.id).limit(limit)
    ids = list(session.scalars(rows))
    return (_apply(session, ids), ids[-1]) if ids else (0, None)


def apply_rules_to(session: Session, company_id: int) -> bool:
    """Change one customer where he meets a rule: after an event. Tell whether he did."""
    return bool(_apply(session, [company_id]))


def _apply(session: Session, ids: Sequence[int]) -> int:
    """Change some customers by the first rule that each meets, under a lock: what somebody did meanwhile counts."""
    found = working(session)
    if not found:
        return 0
    locked = {one.id: one for one in lock_companies(session, ids)}
    rule_of = turning(session, found)
    by_id = {one.id: one for one in found}
    rows = session.execute(select(Company.id, rule_of.rule_id).where(Company.id.in_(list(locked)), rule_of.due)).all()
    count = 0
    for company_id, rule_id in rows:
        rule = by_id[rule_id]
        count += change_standing(
            session, locked[company_id], rule.after, by=None, reason=rule_words(session, rule),
            rule=(rule.id, rule.name),
        )  # fmt: skip
    return count
