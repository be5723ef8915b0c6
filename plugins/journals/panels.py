"""What journals adds to others' pages: a card, the customer's tab, his timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from core.clock import local_today
from core.i18n import _, gettext, ngettext
from core.overlay import overlay
from core.plugin import CalendarEntry, TimelineEntry
from plugins.journals.queries.issues import dates_between
from plugins.journals.queries.subscriptions import calls_of, count_of, ending, lines_of, running_fact, taken_of

EXPIRY_DAYS = "journals.expiry_days"
SOON = dt.timedelta(days=14)
TONES = {"future": "o", "active": "ok", "expired": "", "cancelled": "bad"}


def ending_card(session: Session) -> str:
    """Draw the card of subscriptions that end soon."""
    days = int(overlay().setting(session, EXPIRY_DAYS))
    count, rows = ending(session, days)
    soon = local_today() + SOON
    shown = [{**row, "soon": row["ends_on"] <= soon} for row in rows]
    return render_template("journals/_card.html", rows=shown, count=count, days=days)


def customer_panel(session: Session, company_id: int) -> str:
    """Draw the tab with a customer's subscriptions."""
    title = overlay().title
    rows = [
        {
            **vars(line),
            "edition": title(session, "journals_edition", line.edition),
            "nature": title(session, "journals_nature", line.nature),
            "state": title(session, "journals_phase", line.phase),
            "tone": TONES[line.phase],
        }
        for line in lines_of(session, company_id)
    ]
    return render_template("journals/_panel.html", rows=rows, company_id=company_id)


def customer_count(session: Session, company_id: int) -> int | None:
    """Count what runs or is to come, for the tab."""
    return count_of(session, company_id) or None


def customer_fact(session: Session, company_id: int) -> tuple[Any, Any, Any, str] | None:
    """Give the key fact of the customer's head: copies in subscription and when the first ends."""
    found = running_fact(session, company_id)
    if found is None:
        return None
    copies, ends = found
    note = gettext("until %(day)s", day=ends.isoformat())
    tone = "bad" if ends <= local_today() + SOON else ""
    return gettext("In subscription"), ngettext("%(num)d copy", "%(num)d copies", copies), note, tone


def subscriptions_on_timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the subscriptions that a customer took."""
    return [
        TimelineEntry(
            moment=one["moment"],
            icon="book",
            tone="sub",
            text=ngettext(
                "Subscribed: %(publication)s, %(num)d copy",
                "Subscribed: %(publication)s, %(num)d copies",
                one["copies"],
                publication=one["publication"],
            ),
            tag=overlay().title(session, "journals_nature", one["nature"]),
            tag_tone="te",
            href=url_for("journals.subscription_detail", subscription_id=one["id"]),
        )
        for one in taken_of(session, company_id, limit)
    ]


DATES = {"closing": _("Closing: %(publication)s %(issue)s"), "dispatch": _("Dispatch: %(publication)s %(issue)s")}


def issues_on_calendar(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None
) -> Iterable[CalendarEntry]:
    """Give the closing and dispatch dates of issues, for the schedule."""
    today = local_today()
    for issue, publication, kind, day in dates_between(session, first, last):
        yield CalendarEntry(
            key=f"journals-issue-{issue.id}-{kind}",
            day=day,
            title=str(DATES[kind]) % {"publication": publication, "issue": issue.label},
            href=url_for("journals.issue_detail", issue_id=issue.id),
            done=day < today,
            changed_at=issue.updated_at,
            version=issue.version,
        )


def calls_on_timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the calls with a customer."""
    return [
        TimelineEntry(
            moment=one["moment"],
            icon="phone",
            tone="care",
            text=gettext("Call: %(outcome)s", outcome=overlay().title(session, "journals_outcome", one["outcome"])),
            body=one["note"] or "",
        )
        for one in calls_of(session, company_id, limit)
    ]
