"""The one question before anybody is called, written to, printed or mailed to."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.customers.queries import Barred, barred_companies, barred_contacts, barred_methods, consenting


def barred(
    session: Session,
    channel: str,
    *,
    company_id: int | None = None,
    contact_id: int | None = None,
    method_id: int | None = None,
    purpose: str | None = None,
) -> Barred | None:
    """Tell why somebody must not be reached on a channel (`call`, `sms`, `mail`, `post`); None where he may be.

    `method_id` is the phone, e-mail or address that is to be used. With a purpose, who took his agreement to it back
    is barred too. Of many, ask `barred_companies`, `barred_contacts`, `barred_methods` and `barred_values` of
    `core.customers.queries`.
    """
    found = None
    if method_id is not None:
        found = barred_methods(session, channel, [method_id]).get(method_id)
    if found is None and contact_id is not None:
        found = barred_contacts(session, channel, [contact_id]).get(contact_id)
    if found is None and company_id is not None:
        found = barred_companies(session, channel, [company_id]).get(company_id)
    if found is None and purpose is not None and contact_id is not None:
        said = consenting(session, channel, purpose, [contact_id])
        if said.get(contact_id) is False:
            found = Barred("withdrawn", channel)
    return found


def may_contact(
    session: Session,
    channel: str,
    *,
    company_id: int | None = None,
    contact_id: int | None = None,
    method_id: int | None = None,
    purpose: str | None = None,
    agreed: bool = False,
) -> bool:
    """Tell whether somebody may be reached on a channel; `agreed` demands that he said yes to the purpose before."""
    if barred(session, channel, company_id=company_id, contact_id=contact_id, method_id=method_id, purpose=purpose):
        return False
    if not agreed:
        return True
    if contact_id is None or purpose is None:
        return False
    return consenting(session, channel, purpose, [contact_id]).get(contact_id, False)
