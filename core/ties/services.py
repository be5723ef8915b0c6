"""Writing how companies stand to each other."""

from __future__ import annotations

from sqlalchemy import select
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
    if other.id == company.id:
        text = _("A customer is no partner of itself")
        raise Refused(text, fields={"other_id": text})
    if kind not in overlay().dictionary(session, "relation_kind"):
        raise Refused(_("Choose one of the list"), fields={"kind": _("Choose one of the list")})
    pairs = [(company.id, other.id)]
    if kind in SYMMETRIC:
        pairs.append((other.id, company.id))
    for one, another in pairs:
        said = select(CompanyRelation.id).where(
            CompanyRelation.company_id == one, CompanyRelation.other_id == another, CompanyRelation.kind == kind
        )
        if session.scalar(said) is not None:
            text = _("This was said of %(name)s already", name=other.name)
            raise Refused(text, fields={"other_id": text})
    made = CompanyRelation(company_id=company.id, other_id=other.id, kind=kind, note=note.strip() or None)
    session.add(made)
    session.flush()
    publish(session, "core.company_changed", {"company_id": company.id, "fields": ["relations"]})
    return made


def remove_tie(session: Session, company: Company, tie_id: int) -> None:
    """Take back what was said from this company's side. Raises NotFound."""
    found = session.get(CompanyRelation, tie_id)
    if found is None or found.company_id != company.id:
        raise NotFound(_("There is no such entry."))
    session.delete(found)
    publish(session, "core.company_changed", {"company_id": company.id, "fields": ["relations"]})
