"""Prints within the daily limit, and puts every print on record."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.allowances.queries import granted
from core.auth.audit import record
from core.auth.models import User
from core.clock import local_today, start_of
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.printing.models import PrintRun


def rows_left(session: Session, user_id: int | None, quota: str) -> int | None:
    """Tell how many rows a person may still print today under a limit; None is without limit."""
    limit = int(overlay().setting(session, quota))
    if limit <= 0 or user_id is None:
        return None
    today = local_today()
    spent = session.scalar(
        select(func.sum(PrintRun.row_count)).where(
            PrintRun.user_id == user_id, PrintRun.quota == quota, PrintRun.printed_at >= start_of(today)
        )
    )
    return max(0, limit + granted(session, user_id, quota, today) - int(spent or 0))


def check_quota(session: Session, user_id: int | None, quota: str, rows: int) -> None:
    """Refuse more rows than are left of today's limit."""
    left = rows_left(session, user_id, quota)
    if left is not None and rows > left:
        raise Refused(
            _("%(rows)s rows were to be printed, and %(left)s are left of today's limit.", rows=rows, left=left)
        )


def record_print(
    session: Session,
    *,
    user_id: int | None,
    template: str,
    resource: str,
    quota: str,
    query: str,
    sheet: str,
    rows: int,
    pages: int,
    file: Path,
) -> PrintRun:
    """Put a print on record: who, when, which rows, how many, the file's hash (promise S8).

    Raises Refused where it would pass the limit; two at once cannot pass it either.
    """
    if user_id is not None:
        session.get(User, user_id, with_for_update=True)
        check_quota(session, user_id, quota, rows)
    with file.open("rb") as made:
        sha256 = hashlib.file_digest(made, "sha256").hexdigest()
    run = PrintRun(
        user_id=user_id,
        template=template,
        resource=resource,
        quota=quota,
        query=query,
        sheet=sheet,
        row_count=rows,
        page_count=pages,
        sha256=sha256,
    )
    session.add(run)
    session.flush()
    changes = {"template": template, "query": query, "rows": rows, "pages": pages, "sha256": sha256}
    record(session, "print", entity=resource, entity_id=run.id, changes=changes)
    return run
