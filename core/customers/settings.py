"""Settings of claiming and of the public pool (公海)."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Setting

MOST_OWNED = "core.pool_most_owned"
CLAIMS_A_DAY = "core.pool_claims_a_day"
LOCKOUT_DAYS = "core.pool_lockout_days"
IDLE_DAYS = "core.pool_idle_days"
UNTOUCHED_DAYS = "core.pool_untouched_days"
WARN_DAYS = "core.pool_warn_days"
COUNT_FROM = "core.pool_count_from"
EXEMPT = "core.pool_exempt_standings"

OFF = _("0 is without limit")
NEVER = _("0: none falls in by this rule")

SETTINGS = [
    Setting(
        key=MOST_OWNED, title=_("Customers that one person may hold and still claim another"), default=0,
        kind="number", hint=OFF, order=200,
    ),
    Setting(
        key=CLAIMS_A_DAY, title=_("Customers that one person may claim a day"), default=0, kind="number", hint=OFF,
        order=201,
    ),
    Setting(
        key=LOCKOUT_DAYS, title=_("Days for which the previous owner may not claim a customer again"), default=0,
        kind="number", hint=_("0: he may at once"), order=202,
    ),
    Setting(
        key=IDLE_DAYS, title=_("A customer falls into the public pool after so many days without contact"), default=0,
        kind="number", hint=NEVER, order=203,
    ),
    Setting(
        key=UNTOUCHED_DAYS, title=_("… after so many days since the claim in which its owner made no contact"),
        default=0, kind="number", hint=NEVER, order=204,
    ),
    Setting(
        key=WARN_DAYS, title=_("The owner is warned so many days before"), default=7, kind="number", order=205,
    ),
    Setting(
        key=COUNT_FROM, title=_("Days before this one do not count"), default="", kind="text",
        hint=_("As 2026-03-18; empty: all count, and old customers may fall in all at once"), order=206,
    ),
    Setting(
        key=EXEMPT, title=_("Customer types that never fall into the pool"), default="key,partner,competitor,blacklist",
        kind="codes", dictionary="standing", order=207,
    ),
]  # fmt: skip
