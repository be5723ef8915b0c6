"""What ties add to the page of a customer: the tab of partners, and the card that leads to the group."""

from __future__ import annotations

from flask import render_template
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.models import Company, CompanyRelation
from core.customers.permissions import Perm
from core.i18n import _, gettext
from core.overlay import overlay
from core.plugin import CustomerPanel
from core.ties.queries import Tie, group_of, has_group, ties_of
from core.ties.services import SYMMETRIC


def direction(kind: str, title: str, theirs: bool) -> str:
    """Say who is what to whom."""
    if kind in SYMMETRIC:
        return gettext("each is the other's %(kind)s", kind=title)
    if theirs:
        return gettext("this customer is their %(kind)s", kind=title)
    return gettext("is the %(kind)s of this customer", kind=title)


def _row(session: Session, tie: Tie) -> dict[str, object]:
    title = str(overlay().title(session, "relation_kind", tie.kind))
    return {
        "id": tie.id,
        "other_id": tie.other_id,
        "other": tie.other,
        "city": tie.city,
        "kind": title,
        "way": direction(tie.kind, title, tie.theirs),
        "note": tie.note,
        "mine": not tie.theirs,
    }


def partners(session: Session, company_id: int) -> str:
    """Draw the tab of partners."""
    company = session.get_one(Company, company_id)
    rows = [_row(session, tie) for tie in ties_of(session, company_id)]
    return render_template(
        "ties/partners.html",
        rows=rows,
        company_id=company_id,
        grouped=has_group(session, company),
        may_edit=current_access().may(Perm.COMPANY_EDIT, company),
    )


def partner_count(session: Session, company_id: int) -> int | None:
    """Count the partners, for the tab."""
    return len(ties_of(session, company_id)) or None


def group_card(session: Session, company_id: int) -> str:
    """Draw the card of the group that a customer belongs to; nothing for one that stands alone."""
    company = session.get(Company, company_id)
    if company is None or not has_group(session, company):
        return ""
    found = group_of(session, company_id)
    if not found.members or len(found.members) + found.hidden < 2:
        return ""
    top = found.members[0].company
    return render_template(
        "ties/card.html", company_id=company_id, top={"id": top.id, "name": top.name}, count=len(found.members),
        hidden=found.hidden, is_top=top.id == company_id,
    )  # fmt: skip


PANELS = [
    CustomerPanel(
        name="partners", title=_("Partners"), render=partners, permission=Perm.COMPANY_QUERY, count=partner_count,
        rail=group_card, of=(CompanyRelation.company_id, CompanyRelation.other_id), order=60,
    )
]  # fmt: skip
