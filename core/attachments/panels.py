"""What attachments add to the page of a customer: the tab, its count, lines of the timeline."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, url_for
from sqlalchemy.orm import Session

from core.attachments import queries
from core.attachments.hanging import attachments_of, shape
from core.auth.queries.names import names_of
from core.i18n import gettext
from core.plugin import TimelineEntry


def customer_panel(session: Session, company_id: int) -> str:
    """Draw the tab: the customer's own files and those of all that belongs to him."""
    files = attachments_of("company", company_id)
    if files is not None:
        files["items"] = shape(queries.of_company(session, company_id), named=True)
    return render_template("attachments/panel.html", files=files)


def customer_count(session: Session, company_id: int) -> int | None:
    """Count the files, for the tab."""
    return queries.count_of_company(session, company_id) or None


def files_on_timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the files that were attached."""
    rows = queries.of_company(session, company_id, limit)
    people = names_of(session, [one.uploaded_by_id for one in rows])
    return [
        TimelineEntry(
            moment=one.created_at,
            icon="clip",
            tone="sys",
            text=gettext("attached %(name)s", name=one.shown_name),
            body=one.note or "",
            by=people.get(one.uploaded_by_id or 0, ""),
            href=url_for("attachments.attachment_detail", id=one.id),
        )
        for one in rows
    ]
