"""Settings of claiming and of the public pool (公海)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.clock import local_today
from core.i18n import _
from core.overlay import overlay
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


def keep_warning(session: Session, before: Mapping[str, Any]) -> None:
    """Let nothing fall by a rule that was just set or made shorter before its owner was warned as long as he should be.

    The day from which days count is moved for that, unless it was set in the same breath.
    """
    read = overlay().setting
    now = {key: int(read(session, key) or 0) for key in (IDLE_DAYS, UNTOUCHED_DAYS) if key in before}
    stricter = [days for key, days in now.items() if days > 0 and not 0 < int(before[key] or 0) <= days]
    if not stricter or COUNT_FROM in before:
        return
    first = local_today() + dt.timedelta(days=int(read(session, WARN_DAYS) or 0) - min(stricter))
    if str(read(session, COUNT_FROM) or "") < first.isoformat():
        overlay().change_setting(session, COUNT_FROM, first.isoformat())


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
        kind="number", hint=NEVER, after=keep_warning, order=203,
    ),
    Setting(
        key=UNTOUCHED_DAYS, title=_("… after so many days since the claim in which its owner made no contact"),
        default=0, kind="number", hint=NEVER, after=keep_warning, order=204,
    ),
    Setting(
        key=WARN_DAYS, title=_("The owner is warned so many days before"), default=7, kind="number", order=205,
    ),
    Setting(
        key=COUNT_FROM, title=_("Days before this one do not count"), default="", kind="text",
        hint=_("As 2026-03-18. Set by itself when a rule begins, so that owners are warned first; empty: all count"),
        order=206,
    ),
    Setting(
        key=EXEMPT, title=_("Customer types that never fall into the pool"), default="key,partner,competitor,blacklist",
        kind="codes", dictionary="standing", order=207,
    ),
]  # fmt: skip
