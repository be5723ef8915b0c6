"""Writing into the work log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.attachments.queries import of_record
from core.attachments.services import erase_of_record
from core.auth.hosts import hosts
from core.auth.queries.names import names_of
from core.bus import publish
from core.bus.services import Event
from core.clock import local_today, to_local
from core.columns import utcnow
from core.customers.models import Company, Contact
from core.customers.services import note_contact_day, record_contact
from core.errors import Forbidden, Refused
from core.i18n import _, gettext
from core.worklogs.models import OUTWARD, LogRemark, WorkLog
from core.worklogs.services.telling import tell_of_remark

MOST_MINUTES = 24 * 60


def add_log(
    session: Session,
    *,
    author_id: int,
    kind: str,
    company_id: int | None = None,
    contact_id: int | None = None,
    text: str | None = None,
    outcome: str | None = None,
    minutes: int | None = None,
    next_step: str | None = None,
    next_on: dt.date | None = None,
    happened_at: dt.datetime | None = None,
    origin: str | None = None,
) -> WorkLog:
    """Write an entry, and with it the day of its customer's last contact; others hear of it by `core.worklog_written`.

    Raises Refused for an entry that says nothing or lies in the future, for somebody else's contact, and for a next day
    that is past.
    """
    log = WorkLog(
        author_id=author_id,
        kind=kind,
        company_id=company_id,
        contact_id=contact_id,
        text=(text or "").strip(),
        outcome=outcome,
        minutes=minutes,
        next_step=next_step,
        next_on=next_on,
        happened_at=happened_at or utcnow(),
        origin=origin,
    )
    _check(session, log)
    if next_on is not None and next_on < local_today():
        words = _("The next contact cannot lie in the past.")
        raise Refused(words, fields={"next_on": words})
    session.add(log)
    session.flush()
    if kind in OUTWARD and company_id is not None:
        note_contact_day(session, company_id, to_local(log.happened_at).date())
    publish(
        session,
        "core.worklog_written",
        {
            "worklog_id": log.id,
            "kind": kind,
            "company_id": company_id,
            "author_id": author_id,
            "happened_on": to_local(log.happened_at).date(),
            "next_on": next_on,
        },
    )
    return log


def change_log(session: Session, log: WorkLog, values: Mapping[str, Any], *, by: int) -> None:
    """Change an entry. Only its author does; others remark on it. Raises Forbidden, Refused."""
    if log.author_id != by:
        raise Forbidden(_("An entry is changed by its author only. Comment on it instead."))
    for name, value in values.items():
        setattr(log, name, value if name != "text" else (value or "").strip())
    _check(session, log)
    session.flush()


def forget_log(session: Session, log: WorkLog, *, by: int) -> None:
    """Delete an entry of one's own, and what of its files lies in the bin.

    Raises Forbidden; Refused where somebody remarked on it already, or files hang on it.
    """
    if log.author_id != by:
        raise Forbidden(_("An entry is deleted by its author only."))
    if log.remarks:
        raise Refused(_("Somebody commented on this entry, so it stays. Add what is wrong to its text."))
    itself = hosts()["worklog"]
    if of_record(session, itself, log.id):
        raise Refused(_("Files hang on this entry. Delete them first."))
    erase_of_record(session, itself, log.id)
    session.delete(log)
    session.flush()


def remark_on_log(session: Session, log: WorkLog, text: str, *, by: int) -> LogRemark:
    """Remark on an entry (批注), tell its author and who remarked before. Raises Refused for an empty remark."""
    earlier = [one.by_id for one in log.remarks]
    remark = LogRemark(log=log, by_id=by, text=_said(text))
    session.add(remark)
    session.flush()
    publish(session, "core.worklog_remarked", {"worklog_id": log.id, "author_id": log.author_id, "by_id": by})
    name = names_of(session, [by]).get(by, "")
    title = gettext(
        "%(name)s commented on the log entry of %(day)s", name=name, day=f"{to_local(log.happened_at):%m-%d}"
    )
    tell_of_remark(session, title, remark.text, log, earlier=earlier, by=by)
    return remark


def note_contact(session: Session, event: Event) -> None:
    """Let the others know of a contact with the customer; its day was noted with the entry."""
    if event["kind"] not in OUTWARD or event["company_id"] is None:
        return
    company = session.get(Company, event["company_id"])
    if company is not None:
        record_contact(session, company, event["happened_on"])


def _said(text: str) -> str:
    said = (text or "").strip()
    if not said:
        raise Refused(_("Write something"), fields={"text": _("Write something")})
    return said


def _check(session: Session, log: WorkLog) -> None:
    if not log.text and not log.outcome and not log.next_step:
        words = _("Write what was said or done, or choose the outcome")
        raise Refused(words, fields={"text": words})
    if log.happened_at > utcnow() + dt.timedelta(minutes=5):
        words = _("An entry tells what happened; this lies in the future.")
        raise Refused(words, fields={"happened_on": words})
    if log.minutes is not None and not 0 <= log.minutes <= MOST_MINUTES:
        words = _("Between 0 and %(n)s minutes", n=MOST_MINUTES)
        raise Refused(words, fields={"minutes": words})
    if log.contact_id is not None:
        contact = session.get(Contact, log.contact_id)
        if contact is None or contact.company_id != log.company_id:
            words = _("This contact belongs to another customer.")
            raise Refused(words, fields={"contact_id": words})
