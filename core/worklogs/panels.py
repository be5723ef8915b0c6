"""What the work log adds to others' pages: the composer and the lines of a timeline, the card of the workbench."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.queries.names import names_of
from core.clock import local_today, to_local
from core.i18n import _, gettext
from core.overlay import overlay
from core.plugin import CalendarEntry, TimelineEntry
from core.worklogs.dictionaries import ICONS
from core.worklogs.forms import QuickLogForm, contacts_to_choose
from core.worklogs.permissions import Perm
from core.worklogs.queries.logs import logs_of_company, meetings, newest_of_company, written_on
from core.worklogs.resources import OUTCOME_TONES

SHOWN = 50


def composer(session: Session, company_id: int) -> str:
    """Draw the form above a customer's timeline; nothing for who may not write."""
    if not current_access().may(Perm.WORKLOG_CREATE):
        return ""
    return render_template(
        "worklogs/composer.html",
        form=lambda: QuickLogForm(None),
        kinds=lambda: [
            (code, title, ICONS.get(code, "pen")) for code, title in overlay().choices(session, "worklog_kind")
        ],
        contacts=contacts_to_choose(company_id),
        company_id=company_id,
    )


def timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give what was written of a customer."""
    logs = logs_of_company(session, company_id, limit)
    names = names_of(session, [log.author_id for log in logs])
    title = overlay().title
    entries = []
    for log in logs:
        kind = str(title(session, "worklog_kind", log.kind))
        with_whom = gettext("%(kind)s: %(name)s", kind=kind, name=log.contact.name) if log.contact is not None else kind
        ahead = " ".join(part for part in (log.next_on.isoformat() if log.next_on else "", log.next_step or "") if part)
        body = "\n".join(part for part in (log.text, gettext("Next: %(what)s", what=ahead) if ahead else "") if part)
        entries.append(
            TimelineEntry(
                moment=log.happened_at,
                icon=ICONS.get(log.kind, "pen"),
                tone="care",
                text=with_whom,
                body=body,
                tag=title(session, "worklog_outcome", log.outcome) if log.outcome else "",
                tag_tone=OUTCOME_TONES.get(log.outcome or "", ""),
                by=names.get(log.author_id, ""),
                href=url_for("worklogs.worklog_detail", id=log.id),
            )
        )
    return entries


def tracking(session: Session, company_id: int) -> str:
    """Draw the tab of what was done with a customer (销售跟踪): each contact with its outcome and what follows."""
    logs = logs_of_company(session, company_id, SHOWN + 1)
    names = names_of(session, [log.author_id for log in logs])
    title = overlay().title
    today = local_today()
    rows = [
        {
            "id": log.id,
            "when": to_local(log.happened_at).strftime("%Y-%m-%d %H:%M"),
            "kind": title(session, "worklog_kind", log.kind),
            "contact": log.contact.name if log.contact is not None else "",
            "text": log.text,
            "outcome": title(session, "worklog_outcome", log.outcome) if log.outcome else "",
            "tone": OUTCOME_TONES.get(log.outcome or "", ""),
            "next_on": log.next_on,
            "next_step": log.next_step or "",
            "late": place == 0 and log.next_on is not None and log.next_on < today,
            "by": names.get(log.author_id, ""),
        }
        for place, log in enumerate(logs[:SHOWN])
    ]
    return render_template(
        "worklogs/tracking.html", rows=rows, more=len(logs) > SHOWN, company_id=company_id,
        may_write=current_access().may(Perm.WORKLOG_CREATE),
    )  # fmt: skip


def next_contact(session: Session, company_id: int) -> tuple[Any, Any, Any, str] | None:
    """Give the key fact of the head: when the last entry says that the customer is to be contacted next."""
    last = newest_of_company(session, company_id)
    if last is None or last.next_on is None:
        return None
    return (
        _("Next contact"),
        last.next_on.isoformat(),
        last.next_step or "",
        "bad" if last.next_on < local_today() else "",
    )


def on_calendar(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None
) -> Iterable[CalendarEntry]:
    """Give the visits that were made and the contacts that were planned, for the schedule."""
    for one in meetings(session, first, last, people, company_id):
        if one.ahead:
            title = one.what or gettext("Contact %(customer)s", customer=one.company)
        else:
            title = gettext("Visit: %(customer)s", customer=one.company)
        yield CalendarEntry(
            key=f"worklog-{one.id}-{'next' if one.ahead else 'visit'}",
            day=one.day,
            time=one.time,
            title=title,
            href=url_for("worklogs.worklog_detail", id=one.id),
            note=one.company,
            by=one.by,
            done=one.done,
            changed_at=one.changed_at,
            version=one.version,
        )


def card(session: Session) -> str:
    """Draw the card of the workbench: an entry in two keys, and how many there are today."""
    return render_template("worklogs/card.html", form=QuickLogForm(None), today=written_on(session))
