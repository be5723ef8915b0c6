"""E-mails that came in: of a customer, those that wait, whose they may be."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from core.customers.models import Company, Contact, Email
from core.db import prepared
from core.mail.models import InMail, Letter
from core.presence import is_known_absent

OFFERED = 10


_OF_COMPANY = prepared(
    select(InMail)
    .where(InMail.company_id == bindparam("company"))
    .options(joinedload(InMail.contact))
    .order_by(InMail.received_at.desc(), InMail.id.desc())
    .limit(bindparam("limit"))
)


def inmails_of_company(session: Session, company_id: int, limit: int) -> Sequence[InMail]:
    """List the e-mails of a customer, the newest first."""
    if is_known_absent(InMail, Company.__tablename__, company_id):
        return ()
    return session.scalars(_OF_COMPANY, {"company": company_id, "limit": limit}).all()


def unfiled_count(session: Session) -> int:
    """Count the e-mails that wait to be filed, as far as the person finds them."""
    return session.scalar(select(func.count()).select_from(InMail).where(InMail.state == "unfiled")) or 0


def letter_answered(session: Session, mail: InMail) -> Letter | None:
    """Give the letter that an e-mail answers, where the person finds it."""
    return session.get(Letter, mail.letter_id) if mail.letter_id is not None else None


def candidates(session: Session, mail: InMail) -> list[tuple[int, str, int | None, str]]:
    """List the customers whose address an e-mail came from: id and name of the house, id and name of the person."""
    if not mail.from_key:
        return []
    rows = (
        select(Email.company_id, Company.name, Email.contact_id, func.coalesce(Contact.name, ""))
        .join(Company, Company.id == Email.company_id)
        .outerjoin(Contact, Contact.id == Email.contact_id)
        .where(Email.address_key == mail.from_key)
        .order_by(Email.company_id)
    )
    return [(house, name, person, who) for house, name, person, who in session.execute(rows.limit(OFFERED))]
