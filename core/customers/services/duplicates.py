"""The rule of duplicates: what is surely there already is entered once more only with a reason, on record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.audit import record
from core.customers.models import Company, Contact
from core.customers.permissions import Perm
from core.customers.queries import Candidate
from core.errors import Refused
from core.i18n import _


def demand_reason(near: Sequence[Candidate], reason: str) -> None:
    """Refuse to save beside what is surely the same company, unless a permitted person says why."""
    if not any(one.certain for one in near):
        return
    if not current_access().may(Perm.COMPANY_DUPLICATE):
        raise Refused(_("This seems to be there already. You may not enter it once more; see the list at the side."))
    if not reason.strip():
        raise Refused(_("This seems to be there already. Use that one, or say why it is entered once more."))


def note_kept(session: Session, kept: Company | Contact, near: Sequence[Candidate], reason: str) -> None:
    """Put on record beside which others this one was saved, and why."""
    certain = [one for one in near if one.certain]
    if certain:
        beside = [f"{one.code} {one.text}".strip() for one in certain]
        record(
            session, "duplicate", entity=kept.__tablename__, entity_id=kept.id,
            company_id=kept.company_id if isinstance(kept, Contact) else kept.id,
            changes={"duplicate": [None, beside]}, note=reason.strip()[:200],
        )  # fmt: skip
