"""The job that removes old lines of the audit trail where the deployment says so."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select

from core.auth.audit import record
from core.auth.models import Audit
from core.columns import utcnow
from core.i18n import _, gettext
from core.overlay import overlay
from core.plugin import Job

KEEP_SETTING = "core.audit_keep_days"
CHUNK = 1000


def remove_old_lines(turn: Any) -> str:
    """Remove the lines that are older than the setting says, in parts, and write down how many; 0 keeps all."""
    with turn.reading() as session:
        days = overlay().setting(session, KEEP_SETTING)
    count = 0
    if days > 0:
        before = utcnow() - dt.timedelta(days=days)
        while True:
            with turn.transaction() as session:
                old = select(Audit.id).where(Audit.happened_at < before).order_by(Audit.id).limit(CHUNK)
                ids = list(session.scalars(old))
                session.execute(delete(Audit).where(Audit.id.in_(ids)))
                count += len(ids)
                if len(ids) < CHUNK:
                    if count:
                        record(session, "cleanup", entity="core_audit", changes={"removed": [None, count]})
                    break
    return str(gettext("%(count)s removed", count=count))


JOBS = [
    Job(
        name="core.remove_audit_lines",
        title=_("Remove old lines of the audit trail"),
        run=remove_old_lines,
        schedule="40 3 * * *",
        chunked=True,
        order=940,
    )
]
