"""The blueprint of the review desk, and how its pages find rules, records and addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.output import Visibility
from core.db import session
from core.errors import NotFound
from core.i18n import _
from core.listing.table import record_link
from core.review.fields import REVIEW_STATES, REVIEW_TONES
from core.review.queries.marks import Marks, marks_of
from core.review.rules import Rule, rules, use
from core.review.services.deciding import find_record

blueprint = Blueprint("review", __name__, template_folder="../templates")

STATES = {code: (title, REVIEW_TONES[code]) for code, title in REVIEW_STATES}
STEPS = {
    "submitted": _("handed it in"),
    "changed": _("changed what was reviewed"),
    "reviewed": _("passed the first review"),
    "confirmed": _("passed the second review"),
    "returned": _("returned it"),
    "proposed": _("proposed a change"),
    "taken": _("took the proposal over"),
    "declined": _("declined the proposal"),
}


@blueprint.record
def _know_application(state: Any) -> None:
    zhike = state.app.extensions.get("zhike")
    if zhike is not None:  # core.app also registers every blueprint on a scratch application, to look at its views
        use(zhike.database, zhike.registry)


@blueprint.app_context_processor
def _names() -> dict[str, Any]:
    return {"review_states": STATES, "returned_marks": returned_marks}


def returned_marks(of: str, record_id: int | None) -> Marks | None:
    """Give the marks of a record that was returned to its author, for the form in which he mends it; else None.

    Every template may call it; `returned_note` of `review/marks.html` draws it.
    """
    rule = rules(session()).rule(of)
    record = find_record(session(), rule, record_id) if record_id is not None else None
    if record is None or record.review_state != "returned":
        return None
    return marks_of(session(), rule, record, current_access())


def asked_rule() -> Rule:
    """Give the rule of the resource that the request names. Raises NotFound."""
    try:
        return rules(session()).rule(request.values.get("of", ""))
    except KeyError:
        raise NotFound(_("There is no such list.")) from None


def asked_record(current: Session, rule: Rule, record_id: int | None = None) -> Any:
    """Give the record that the request names, as one that the person may find. Raises NotFound."""
    number = record_id if record_id is not None else request.values.get("id", 0, type=int)
    record = find_record(current, rule, number)
    if record is None or not Visibility(current_access(), rule.resource).of_record(record):
        raise NotFound(_("There is no such record, or it is not yours to see."))
    return record


def sent_version() -> int | None:
    """Give the version that the sent page showed; one that is no number is none of the record's."""
    return request.form.get("version", -1, type=int)


def title_of(rule: Rule, record: Any) -> str:
    """Name a record in words."""
    return str(getattr(record, rule.resource.title_path.split(".", maxsplit=1)[0], "") or f"#{record.id}")


def page_of(rule: Rule, record_id: int) -> str:
    """Give the address of a record's own page; its history where it has none."""
    if rule.resource.detail is None:
        return url_for("review.history", id=record_id, of=rule.resource.key)
    return record_link(rule.resource.detail)(record_id)


def desk_address(query: dict[str, Any]) -> str:
    """Give the address of the desk in a state."""
    return f"{url_for('review.desk')}?{urlencode({k: v for k, v in query.items() if v})}"
