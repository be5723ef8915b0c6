"""Pages of the rules of customer types: the rules with what each would change now, and the form of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for

from core.auth.guard import require
from core.bus import start_job
from core.db import session, transaction
from core.errors import Conflict, Refused
from core.i18n import _
from core.overlay import overlay
from core.standing import queries
from core.standing.forms import RuleForm
from core.standing.jobs import JOB
from core.standing.models import StandingRule
from core.standing.permissions import Perm
from core.standing.services import move_rule, remove_rule, save_rule, switch_rule
from core.standing.settings import HAND_DAYS
from core.web import go, render, toast

blueprint = Blueprint("standing", __name__, template_folder="templates")


def _title(code: str) -> str:
    return str(overlay().title(session(), "standing", code))


@blueprint.get("/admin/standing")
@require(Perm.STANDING_ADMIN)
def rule_list() -> Any:
    """Show the rules in their order, each with the customers that it would change now."""
    reading = session()
    counts = queries.would_change(reading)
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "before": [_title(code) for code in one.before],
            "after": _title(one.after),
            "words": queries.rule_words(reading, one),
            "active": one.active,
            "resting": queries.resting(reading, one),
            "count": counts.get(one.id, 0),
            "href": url_for("customers.company_list", rule_due=one.id),
        }
        for one in queries.rules(reading)
    ]
    return render(
        "standing/rules.html",
        rows=rows,
        total=sum(counts.values()),
        all_href=f"{url_for('customers.company_list')}?rule_due__empty=0",
        alone=queries.left_alone(reading),
        circles=[(one.name, other.name) for one, other in queries.circles(reading)],
        days=int(overlay().setting(reading, HAND_DAYS) or 0),
    )


@blueprint.route("/admin/standing/new", methods=["GET", "POST"])
@require(Perm.STANDING_ADMIN)
def rule_new() -> Any:
    """Write a rule."""
    return _page(None)


@blueprint.route("/admin/standing/<int:id>", methods=["GET", "POST"])
@require(Perm.STANDING_ADMIN)
def rule_edit(id: int) -> Any:
    """Change a rule."""
    return _page(queries.find_rule(session(), id))


def _page(rule: StandingRule | None) -> Any:
    form = RuleForm(rule)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                again = queries.find_rule(writing, rule.id) if rule is not None else None
                saved = save_rule(writing, again, **form.values())
        except Conflict as stale:
            form.form_errors = [*form.form_errors, stale.message]
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Rule %(name)s saved", name=saved.name))
            return go("standing.rule_list")
    return render(
        "standing/rule_form.html",
        422 if form.all_errors else 200,
        form=form,
        id=rule.id if rule is not None else None,
        name=rule.name if rule is not None else "",
    )


def _do(rule_id: int, what: Callable[[Any, StandingRule], None], said: Any = None) -> Any:
    with transaction() as writing:
        rule = queries.find_rule(writing, rule_id)
        name = rule.name
        what(writing, rule)
    if said is not None:
        toast(said(name))
    return go("standing.rule_list")


@blueprint.post("/admin/standing/<int:id>/move")
@require(Perm.STANDING_ADMIN)
def rule_move(id: int) -> Any:
    """Let a rule count before or after its neighbour."""
    up = request.form.get("way") == "up"
    return _do(id, lambda writing, rule: move_rule(writing, rule, up))


@blueprint.post("/admin/standing/<int:id>/switch")
@require(Perm.STANDING_ADMIN)
def rule_switch(id: int) -> Any:
    """Switch a rule on or off."""
    on = request.form.get("on") == "1"
    return _do(id, lambda writing, rule: switch_rule(writing, rule, on))


@blueprint.post("/admin/standing/<int:id>/delete")
@require(Perm.STANDING_ADMIN)
def rule_delete(id: int) -> Any:
    """Delete a rule."""
    return _do(id, remove_rule, lambda name: _("Rule %(name)s deleted. What it changed stays.", name=name))


@blueprint.post("/admin/standing/run")
@require(Perm.STANDING_ADMIN)
def rule_run() -> Any:
    """Let the rules change the customers now instead of at night."""
    with transaction() as writing:
        start_job(writing, JOB)
    toast(_("The rules are at work. Every change is told in the history of its customer."))
    return go("standing.rule_list")
