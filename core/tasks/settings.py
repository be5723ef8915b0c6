"""Settings of tasks and reminders."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Setting

NO_CONTACT_DAYS = "core.no_contact_days"
NO_CONTACT_STANDINGS = "core.no_contact_standings"
NO_CONTACT_OPEN = "core.no_contact_open"

SETTINGS = (
    Setting(
        key=NO_CONTACT_DAYS,
        title=_("Remind the owner of a customer without contact for so many days"),
        default=60,
        kind="number",
        hint=_("0 reminds of none. Customers with an open task are left out."),
        order=60,
    ),
    Setting(
        key=NO_CONTACT_STANDINGS,
        title=_("Which customers that counts for"),
        default="key,regular,customer",
        kind="codes",
        dictionary="standing",
        hint=_("None chosen: all that have an owner"),
        order=61,
    ),
    Setting(
        key=NO_CONTACT_OPEN,
        title=_("Up to so many at once of those who were without contact before the rule was set"),
        default=10,
        kind="number",
        hint=_("For each owner; more follow each night as he deals with them. 0: none"),
        order=62,
    ),
)
