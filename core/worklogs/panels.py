"""What the work log adds to others' pages: the composer and the lines of a timeline, the card of the workbench."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.queries.names import names_of
from core.i18n import gettext
from core.overlay import overlay
from core.plugin import TimelineEntry
from core.worklogs.dictionaries import ICONS
from core.worklogs.forms import QuickLogForm, contacts_to_choose
from core.worklogs.permissions import Perm
from core.worklogs.queries.logs import logs_of_company, written_on
from core.worklogs.resources import OUTCOME_TONES


def composer(session: Session, company_id: int) -> str:
    """Draw the form above a customer's timeline; nothing for who may not write."""
    if not current_access().may(Perm.WORKLOG_CREATE):
        return ""
    form = QuickLogForm(None, company_id=company_id)
    form.contact_id.choices = contacts_to_choose(company_id)
    kinds = overlay().choices(session, "worklog_kind")
    icons = [(code, title, ICONS.get(code, "pen")) for code, title in kinds]
    return render_template("worklogs/composer.html", form=form, kinds=icons, company_id=company_id)


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


def card(session: Session) -> str:
    """Draw the card of the workbench: an entry in two keys, and how many there are today."""
    return render_template("worklogs/card.html", form=QuickLogForm(None), today=written_on(session))
