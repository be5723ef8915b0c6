"""Taking out more rows than the limit of a day: alone with the password, or as a second person agrees."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.allowances.models import Allowance
from core.allowances.permissions import Perm
from core.allowances.queries import left_alone, quota_choices
from core.auth.access import current_access
from core.auth.again import Confirmed
from core.auth.models import User
from core.clock import local_today
from core.columns import utcnow
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _, gettext, ngettext
from core.messages.audience import who_may
from core.messages.services import Record, notify, settle
from core.overlay import overlay

MOST = 1_000_000


def ask(session: Session, confirmed: Confirmed, *, quota: str, rows: int, reason: str, what: str) -> Allowance:
    """Ask for rows beyond the limit of a day (promises: Permissions, 5). Raises Refused, by field.

    Up to a second limit the reason and the password are enough, and it counts at once. Above it everybody who may
    agree is told.
    """
    by = confirmed.user_id
    current_access().demand(str(Perm.ALLOWANCE_CREATE))
    if quota not in dict(quota_choices(session)):
        raise Refused(_("Choose one of the list"), fields={"quota": _("Choose one of the list")})
    if int(overlay().setting(session, quota)) <= 0:
        words = _("There is no limit; nobody need be asked")
        raise Refused(words, fields={"quota": words})
    if not 0 < rows <= MOST:
        words = _("Between 1 and %(n)s", n=f"{MOST:,}")
        raise Refused(words, fields={"rows": words})
    if not reason.strip():
        raise Refused(_("Say why"), fields={"reason": _("Say why")})
    session.get(User, by, with_for_update=True)  # asked twice at once
    made = Allowance(owner_id=by, quota=quota, rows=rows, reason=reason.strip(), what=what.strip())
    if rows <= left_alone(session, by, quota, local_today()):
        made.state, made.day, made.decided_by_id, made.decided_at = "agreed", local_today(), by, utcnow()
    else:
        _demand_none_waits(session, by, quota)
    session.add(made)
    session.flush()
    if made.state == "asked":
        _tell(session, made)
    return made


def _demand_none_waits(session: Session, by: int, quota: str) -> None:
    waits = select(Allowance.id).where(Allowance.owner_id == by, Allowance.quota == quota, Allowance.state == "asked")
    if session.scalar(waits) is not None:
        raise Refused(_("You have asked for this already. Wait for the answer, or withdraw what you asked for."))


def _tell(session: Session, asked: Allowance) -> None:
    name = session.scalar(select(User.name).where(User.id == asked.owner_id)) or ""
    title = ngettext("%(name)s asks for %(num)d more row", "%(name)s asks for %(num)d more rows", asked.rows, name=name)
    notify(
        session,
        who_may(str(Perm.ALLOWANCE_REVIEW), asked, besides=asked.owner_id),
        title,
        asked.reason,
        module="core.allowances",
        kind="core.allowance_asked",
        key=_key(asked),
        record=Record(kind="allowance", id=asked.id),
        sticky=True,
    )


def _key(allowance: Allowance) -> str:
    return f"allowance-{allowance.id}"


def decide(
    session: Session, allowance: Allowance, *, agree: bool, by: int, remark: str = "", version: int | None = None
) -> None:
    """Agree as the second person, for today, or refuse. Raises Forbidden for who asked, Conflict, Refused."""
    if version is not None and version != allowance.version:
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was overwritten; look at it again."))
    if allowance.state != "asked":
        raise Refused(_("This was answered already, or is not asked for any more."))
    if allowance.owner_id == by:
        raise Forbidden(_("Another person than who asked has to agree."), permission=str(Perm.ALLOWANCE_REVIEW))
    if not agree and not remark.strip():
        raise Refused(_("Say why"), fields={"remark": _("Say why")})
    allowance.state = "agreed" if agree else "refused"
    allowance.day = local_today() if agree else None
    allowance.decided_by_id, allowance.decided_at, allowance.remark = by, utcnow(), remark.strip()
    session.flush()
    settle(session, [_key(allowance)])
    if agree:
        title = ngettext(
            "%(num)d more row was agreed to, for today",
            "%(num)d more rows were agreed to, for today",
            allowance.rows,
        )
    else:
        title = gettext("More rows were not agreed to")
    notify(
        session,
        [allowance.owner_id],
        title,
        allowance.remark,
        module="core.allowances",
        kind="core.allowance_decided",
        record=Record(kind="allowance", id=allowance.id),
    )


def withdraw(session: Session, allowance: Allowance, *, by: int) -> None:
    """Take back what one asked for oneself. Raises Forbidden, Refused."""
    if allowance.owner_id != by:
        raise Forbidden(_("Only who asked withdraws it."), permission=str(Perm.ALLOWANCE_EDIT))
    if allowance.state != "asked":
        raise Refused(_("This was answered already, or is not asked for any more."))
    allowance.state = "withdrawn"
    session.flush()
    settle(session, [_key(allowance)])
