"""Writing how companies stand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.bus import publish
from core.customers.models import Company, CompanyRelation
from core.errors import NotFound, Refused
from core.i18n import _
from core.overlay import overlay

SYMMETRIC = frozenset({"partner", "competitor", "affiliate"})
"""Relations in which each is the same to the other."""


def add_tie(session: Session, company: Company, other: Company, kind: str, note: str = "") -> CompanyRelation:
    """Say that another company is this one's supplier, agent, partner …. Raises Refused where it was said before."""
    check_ties(session, company, [{"other_id": other.id, "kind": kind}])
    made = CompanyRelation(company_id=company.id, other_id=other.id, kind=kind, note=note.strip() or None)
    session.add(made)
    session.flush()
    publish(session, "core.company_changed", {"company_id": company.id, "fields": ["relations"]})
    return made


def check_ties(session: Session, company: Company, lines: Iterable[Mapping[str, Any]]) -> None:
    """Check what is to be said of other companies, typed or of a version that comes back. Raises Refused."""
    for line in lines:
        if not line.get("other_id"):
            continue  # a row that stays as it is
        row = session.get(CompanyRelation, line["id"]) if line.get("id") else None
        kind = line.get("kind") or (row.kind if row is not None else "")
        other = session.get(Company, line["other_id"])
        if other is None or not other.is_alive:
            raise Refused(_("There is no such customer."), fields={"other_id": _("There is no such customer.")})
        if other.id == company.id:
            text = _("A customer is no partner of itself")
            raise Refused(text, fields={"other_id": text})
        if kind not in overlay().dictionary(session, "relation_kind"):
            raise Refused(_("Choose one of the list"), fields={"kind": _("Choose one of the list")})
        if _said(session, company.id, other.id, kind, line.get("id") or 0):
            text = _("This was said of %(name)s already", name=other.name)
            raise Refused(text, fields={"other_id": text})


def _said(session: Session, company_id: int, other_id: int, kind: str, but: int) -> bool:
    row = CompanyRelation
    ways = [(company_id, other_id), (other_id, company_id)] if kind in SYMMETRIC else [(company_id, other_id)]
    same = or_(*(and_(row.company_id == one, row.other_id == another) for one, another in ways))
    return session.scalar(select(row.id).where(same, row.kind == kind, row.id != but).limit(1)) is not None


def remove_tie(session: Session, company: Company, tie_id: int) -> None:
    """Take back what was said from this company's side. Raises NotFound."""
    found = session.get(CompanyRelation, tie_id)
    if found is None or found.company_id != company.id:
        raise NotFound(_("There is no such entry."))
    session.delete(found)
    publish(session, "core.company_changed", {"company_id": company.id, "fields": ["relations"]})
