"""Calls at the phone desk."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.bus import publish
from core.clock import local_today
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.worklogs.services import add_log
from plugins.journals.models import Call

LATER = frozenset({"considering"})
"""Outcomes after which somebody calls again."""


def record_call(
    session: Session, company_id: int, outcome: str, *, note: str | None = None, next_call_on: dt.date | None = None
) -> Call:
    """Write a call down, in the work log too.

    Raises Refused without an outcome, or without a day where one is to call again.
    """
    if not outcome:
        raise Refused(_("Choose the outcome"), fields={"outcome": _("Choose the outcome")})
    if outcome in LATER and next_call_on is None:
        raise Refused(_("Enter the day of the next call"), fields={"next_call_on": _("Enter the day of the next call")})
    if next_call_on is not None and next_call_on < local_today():
        text = _("The next call cannot lie in the past.")
        raise Refused(text, fields={"next_call_on": text})
    call = Call(
        company_id=company_id,
        outcome=outcome,
        note=note,
        next_call_on=next_call_on,
        called_by_id=current_access().user_id,
    )
    session.add(call)
    session.flush()
    publish(session, "journals.call_made", {"call_id": call.id, "company_id": company_id, "outcome": outcome})
    if call.called_by_id is not None:
        words = overlay().title(session, "journals_outcome", outcome)
        add_log(
            session,
            author_id=call.called_by_id,
            kind="call",
            company_id=company_id,
            text="\n".join(part for part in (str(words), note or "") if part),
            next_on=next_call_on,
            origin=f"journals.call:{call.id}",
        )
    return call
