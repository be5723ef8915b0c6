"""The field that lists of reviewed records share: the state of the review, as a column and a facet."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Field

REVIEW_STATES = (
    ("draft", _("Draft")),
    ("submitted", _("Waits for review")),
    ("reviewed", _("First review passed")),
    ("confirmed", _("Second review passed")),
    ("returned", _("Returned to the author")),
)
REVIEW_TONES = {"submitted": "w", "returned": "bad", "reviewed": "ok", "confirmed": "ok", "draft": "o"}


def review_field(order: int = 100) -> Field:
    """Give the review state of a record as a field of its Resource."""
    return Field(
        name="review_state",
        title=_("Check state"),
        kind="choice",
        choices=lambda session: REVIEW_STATES,
        field_class="brief",
        tones=REVIEW_TONES,
        order=order,
    )
