"""What the worker does for personal data: listing what is due, wiping the file of what was erased."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.columns import utcnow
from core.i18n import _, gettext
from core.plugin import Job
from core.privacy.models import Erasure
from core.privacy.queries.due import due_counts
from core.privacy.services.files import wipe
from core.privacy.words import RULES

LARGEST = 10**13


def list_due(session: Session) -> str:
    """Tell what has been kept long enough; a person removes it on the page of keeping times."""
    counts = [(RULES[rule], count) for rule, count in due_counts(session).items() if count]
    return " · ".join(gettext("%(field)s: %(value)s", field=title, value=count) for title, count in counts) or "—"


def wipe_file(turn: Any) -> str:
    """Write a large SQLite file anew where something was erased since yesterday; small ones were at once."""
    with turn.reading() as session:
        lately = utcnow() - dt.timedelta(days=2)
        if session.scalar(select(Erasure.id).where(Erasure.done_at > lately).limit(1)) is None:
            return "—"
    return str(gettext("done") if wipe(turn.bus.database, largest=LARGEST) else "—")


JOBS = [
    Job(
        name="core.privacy_list_due", title=_("List what has been kept long enough"), run=list_due,
        schedule="10 4 * * *", order=950,
    ),
    Job(
        name="core.privacy_wipe", title=_("Wipe what was erased off the database file"), run=wipe_file,
        schedule="30 4 * * *", chunked=True, order=951,
    ),
]  # fmt: skip
