"""Proposing other values for a record, and the author's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy import Boolean, inspect
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.audit import plain
from core.auth.guard import signed_in
from core.auth.output import Visibility, may_see
from core.custom import PREFIX, to_store, value_of
from core.db import session, transaction
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _
from core.overlay import overlay
from core.plugin import Field
from core.review.rules import Rule
from core.review.services import answer, propose
from core.review.services.deciding import demand_reviewer
from core.review.services.values import present_codes, typed_value
from core.review.views.base import asked_record, asked_rule, blueprint, desk_address, page_of, sent_version, title_of
from core.web import go_to, render, toast

TYPED = ("text", "long", "number", "money", "date", "phone", "email", "url", "bool", "choice")


@blueprint.route("/review/propose", methods=["GET", "POST"])
@signed_in
def propose_change() -> Response:
    """Ask which values the reviewer would write; the author is told."""
    rule = asked_rule()
    record = asked_record(session(), rule)
    demand_reviewer(session(), rule, record, current_access())
    refused: Refused | None = None
    if record.review_state in ("draft", "returned"):
        refused = Refused(_("This record waits for no review."))  # said before somebody fills in the form
    elif request.method == "POST":
        try:
            values = _typed(rule, record)
            with transaction() as writing:
                again = asked_record(writing, rule)
                opinion = request.form.get("opinion", "")[:2000]
                access = current_access()
                propose(writing, rule, again, access, values, opinion=opinion, version=sent_version())
        except Forbidden:
            raise
        except Refused as found:
            refused = found
        else:
            toast(_("The proposal is with the author"))
            return go_to(desk_address({"of": rule.resource.key, "queue": request.form.get("queue", "")}))
    return render(
        "review/propose.html",
        (409 if isinstance(refused, Conflict) else 422) if refused is not None else 200,
        resource=rule.resource,
        record_id=record.id,
        version=record.version,
        name=title_of(rule, record),
        queue=request.values.get("queue", ""),
        fields=_inputs(rule, record),
        refused=refused.message if refused is not None else None,
        wrong=refused.fields if refused is not None else {},
        opinion=request.form.get("opinion", ""),
        back=desk_address({"of": rule.resource.key, "queue": request.values.get("queue", ""), "on": record.id}),
    )


def _fields(rule: Rule, record: Any) -> list[tuple[str, Field]]:
    classes = Visibility(current_access(), rule.resource).of_record(record)
    return [
        (column, field)
        for column, field in rule.fields.items()
        if rule.restorable(column)
        and field.kind in TYPED
        and (field.kind != "choice" or field.dictionary)
        and may_see(field, classes)
    ]


def _inputs(rule: Rule, record: Any) -> list[dict[str, Any]]:
    made = []
    for column, field in _fields(rule, record):
        present = _present(record, column, field)
        value = request.form.get(f"v.{column}", present) if request.method == "POST" else present
        choices = None
        if field.custom and field.kind == "bool":
            choices = [("", "—"), ("1", _("Yes")), ("0", _("No"))]
        elif field.dictionary:
            choices = [("", "—"), *overlay().choices(session(), field.dictionary, keep=[present] if present else [])]
        made.append({
            "name": f"v.{column}", "column": column, "title": field.title, "long": field.kind == "long",
            "choices": choices, "value": "" if value is None else str(value),
            "flag": _is_flag(record, column),
            "on": value in (True, "1", "on"),
        })  # fmt: skip
    return made


def _present(record: Any, column: str, field: Field) -> Any:
    """Give what a record says, as it is typed."""
    if not field.custom:
        return plain(getattr(record, column))
    value = value_of(record, field)
    return "01"[value] if isinstance(value, bool) else plain(value)


def _is_flag(record: Any, column: str) -> bool:
    return not column.startswith(PREFIX) and isinstance(inspect(type(record)).columns[column].type, Boolean)


def _typed(rule: Rule, record: Any) -> dict[str, Any]:
    """Read the sent values that differ from what the record says. Raises Refused."""
    texts: dict[str, tuple[str, Field]] = {}
    for column, field in _fields(rule, record):
        name = f"v.{column}"
        flag = _is_flag(record, column)
        if name not in request.form and not (flag and f"{name}.shown" in request.form):
            continue
        text = request.form.get(name, "").replace("\r\n", "\n")
        present = _present(record, column, field)
        if not flag and text.strip() == str("" if present is None else present).strip():
            continue
        texts[column] = text, field
    values = _read_by_form(rule, record, {column: text for column, (text, _field) in texts.items()})
    for column, (text, field) in texts.items():
        if column not in values:
            values[column] = typed_value(type(record), column, text, field.kind)
        value = values[column] = present_codes(session(), rule.resource, column, values[column])
        if field.dictionary and value:
            known = {str(code) for code, _title in overlay().choices(session(), field.dictionary)}
            if value not in known:
                raise Refused(_("Choose one of the list"), fields={column: _("Choose one of the list")})
    return values


def _read_by_form(rule: Rule, record: Any, texts: Mapping[str, str]) -> dict[str, Any]:
    """Read and check values as the form does that changes such records; what it has no field for is left out.

    What was emptied is checked, and left to the column, which knows whether that is nothing or no text. Raises Refused.
    """
    if rule.resource.form is None:
        return {}
    form = rule.resource.form(record)
    read = {column: text for column, text in texts.items() if column in form}
    form.read(read)
    found = {column: form[column].data for column, text in read.items() if text.strip()}
    kinds = rule.fields
    return {name: to_store(kinds[name].kind, one) if kinds[name].custom else one for name, one in found.items()}


@blueprint.post("/review/answer")
@signed_in
def answer_proposal() -> Response:
    """Take a proposal over, or decline it."""
    rule = asked_rule()
    take = request.form.get("take") == "1"
    with transaction() as writing:
        step_id = request.form.get("step", type=int)
        answer(writing, rule, asked_record(writing, rule), current_access(), take=take, step_id=step_id)
    toast(_("The proposal is taken over and handed in") if take else _("The proposal is declined"))
    return go_to(page_of(rule, request.form.get("id", 0, type=int)))
