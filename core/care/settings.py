"""Settings of care."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.i18n import _
from core.overlay import overlay
from core.plugin import Setting

DAYS_BEFORE = "core.care_days_before"
STANDINGS = "core.care_standings"
KEY_DAYS = "core.care_key_days"
CHANGES = "core.care_changes"

SETTINGS = (
    Setting(
        key=DAYS_BEFORE,
        title=_("Remind of birthdays, festivals and anniversaries so many working days before"),
        default=3,
        kind="number",
        order=70,
    ),
    Setting(
        key=STANDINGS,
        title=_("Which customers are greeted on festivals and anniversaries"),
        default="key,regular",
        kind="codes",
        dictionary="standing",
        hint=_("None chosen: all that have an owner"),
        order=71,
    ),
    Setting(
        key=KEY_DAYS,
        title=_("A care task for key accounts after so many days without contact"),
        default=30,
        kind="number",
        hint=_("0: none"),
        order=72,
    ),
    Setting(
        key=CHANGES,
        title=_("A care task when a customer's rating or a contact's position changed"),
        default=True,
        kind="bool",
        order=73,
    ),
)


def standings(session: Session) -> list[str]:
    """Give the ratings of the customers that are greeted."""
    return [one.strip() for one in str(overlay().setting(session, STANDINGS)).split(",") if one.strip()]


def days_before(session: Session) -> int:
    """Give how many working days before a day its reminder comes."""
    return max(0, min(30, int(overlay().setting(session, DAYS_BEFORE) or 0)))
