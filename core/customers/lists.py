"""The Resources with what can be done to selected rows of their lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.cards import FORMATS
from core.customers.forms import CompanyForm, ContactForm
from core.customers.forms.small import OwnerForm, ReleaseForm, StandingForm, claim_form
from core.customers.models import Company, Contact
from core.customers.permissions import Perm
from core.customers.resources import COMPANY, CONTACT
from core.customers.resources.loads import department_titles
from core.customers.services import (
    assign_from_pool,
    change_owner,
    change_standing,
    claim_companies,
    create_company,
    create_contact,
    find_company,
    release_companies,
    remove_company,
    remove_contact,
)
from core.customers.services.duplicates import company_twins, contact_twins
from core.customers.services.pool import Claimed
from core.errors import Refused
from core.i18n import _, ngettext
from core.plugin import BatchAction, CellEdit
from core.tags.fields import tag_actions, tag_cell
from core.worklogs.fields import next_contact_cell


def _companies(session: Session, ids: Sequence[int]) -> Sequence[Company]:
    return session.scalars(select(Company).where(Company.id.in_(ids))).all()


def assign(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Give companies to another owner."""
    owner, by = int(form["owner_id"]), current_access().user_id
    done = [
        change_owner(session, one, owner, by=by, reason=form.get("reason") or "") for one in _companies(session, ids)
    ]
    return str(ngettext("%(num)d customer handed over", "%(num)d customers handed over", sum(done)))


def claim(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Claim companies without owner, or give them to somebody for whom the person may."""
    by = current_access().user_id
    assert by is not None
    owner = int(form.get("owner_id") or by)
    if owner == by:
        return _claimed(claim_companies(session, ids, by=by))
    return _claimed(assign_from_pool(session, ids, owner, by=by, reason=form.get("reason") or ""))


def _claimed(claimed: Claimed) -> str:
    said = [ngettext("%(num)d customer claimed", "%(num)d customers claimed", len(claimed.done))]
    if claimed.taken:
        said.append(ngettext("%(num)d has an owner already", "%(num)d have an owner already", len(claimed.taken)))
    if claimed.locked:
        said.append(
            ngettext(
                "%(num)d was yours until lately, again to be claimed from %(day)s",
                "%(num)d were yours until lately, again to be claimed from %(day)s on",
                len(claimed.locked),
                day=min(claimed.locked.values()).isoformat(),
            )
        )
    return " · ".join(str(one) for one in said)


def release(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Put companies into the pool."""
    count = release_companies(session, ids, by=current_access().user_id, reason=form.get("reason") or "")
    return str(ngettext("%(num)d customer put into the pool", "%(num)d customers put into the pool", count))


def rate(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Give companies another standing."""
    done = [
        change_standing(session, one, form["standing"], by=current_access().user_id, reason=form.get("reason") or "")
        for one in _companies(session, ids)
    ]
    return str(ngettext("%(num)d customer rated anew", "%(num)d customers rated anew", sum(done)))


def remove_companies(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Put companies into the bin."""
    found = _companies(session, ids)
    for one in found:
        remove_company(session, one, by=current_access().user_id)
    return str(ngettext("%(num)d customer in the bin", "%(num)d customers in the bin", len(found)))


def remove_contacts(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Put contacts into the bin."""
    found = session.scalars(select(Contact).where(Contact.id.in_(ids))).all()
    for one in found:
        remove_contact(session, one, by=current_access().user_id)
    return str(ngettext("%(num)d contact in the bin", "%(num)d contacts in the bin", len(found)))


def _rate(session: Session, company: Company, value: Any, *, by: int | None) -> None:
    change_standing(session, company, value, by=by)


def _give(session: Session, company: Company, value: Any, *, by: int | None) -> None:
    change_owner(session, company, value, by=by)


def enter_company(session: Session, values: Mapping[str, Any], *, by: int | None) -> Company:
    """Enter a company as its form does: it is the enterer's own unless nobody, or somebody else, is named."""
    owner = values.get("owner_id", by)
    if owner is not None and owner != by and not current_access().may(Perm.COMPANY_ASSIGN):
        text = _("Only a supervisor may give a customer to somebody else.")
        raise Refused(text, fields={"owner_id": text})
    standing = values.get("standing") or "prospect"
    return create_company(session, values, by=by, owner_id=owner, standing=standing)


def enter_contact(session: Session, values: Mapping[str, Any], *, by: int | None) -> Contact:
    """Enter a contact of the company that is named."""
    return create_contact(session, find_company(session, values["company_id"]), values, by=by)


COMPANIES = replace(
    COMPANY,
    form=lambda company: CompanyForm(company=company, sent=False),
    create=enter_company,
    remove=remove_company,
    twins=company_twins,
    cells=(
        CellEdit(field="standing", write=_rate),
        CellEdit(field="owner_id", action="assign", write=_give),
        tag_cell("company"),
        next_contact_cell(),
    ),
    actions=(
        BatchAction(
            name="assign", title=_("Hand over"), permission=Perm.COMPANY_ASSIGN, run=assign, form=OwnerForm,
            icon="swap", order=10,
            refusal=_("You may hand over none of these. Those of the public pool are given to colleagues by Claim."),
        ),
        BatchAction(
            name="claim", title=_("Claim"), permission=Perm.COMPANY_CLAIM, run=claim, form=claim_form, icon="flag",
            order=5,
        ),
        BatchAction(
            name="release", title=_("Release to pool"), permission=Perm.COMPANY_ASSIGN, run=release, form=ReleaseForm,
            icon="out", order=15,
        ),
        BatchAction(
            name="rate", title=_("Rate"), permission=Perm.COMPANY_EDIT, run=rate, form=StandingForm, icon="star",
            order=20,
        ),
        BatchAction(
            name="mail", title=_("Write to them"), permission=Perm.COMPANY_MAIL, page="mail.mailing_new",
            args={"of": "companies"}, most=300, icon="mail", order=65,
        ),
        BatchAction(
            name="sms", title=_("Short message to them"), permission=Perm.COMPANY_MAIL, page="mail.sms_many",
            args={"of": "companies"}, most=300, icon="chat", order=66,
        ),
        *tag_actions("company", edit=Perm.COMPANY_EDIT, find=Perm.COMPANY_QUERY),
        BatchAction(
            name="merge", title=_("Merge"), permission=Perm.COMPANY_DELETE, page="customers.company_merge",
            icon="merge", order=30,
        ),
        BatchAction(
            name="delete", title=_("Delete"), permission=Perm.COMPANY_DELETE, run=remove_companies, icon="trash",
            confirm=True, order=90,
        ),
    ),
)  # fmt: skip

CONTACTS = replace(
    CONTACT,
    form=lambda contact: ContactForm(contact=contact, sent=False),
    create=enter_contact,
    remove=remove_contact,
    twins=contact_twins,
    cells=(
        CellEdit(field="position"), CellEdit(field="department", offers=department_titles),
        CellEdit(field="do_not_contact"), tag_cell("contact"),
    ),
    files=FORMATS,
    actions=(
        BatchAction(
            name="mail", title=_("Write to them"), permission=Perm.CONTACT_MAIL, page="mail.mailing_new",
            args={"of": "contacts"}, most=300, icon="mail", order=65,
        ),
        BatchAction(
            name="sms", title=_("Short message to them"), permission=Perm.CONTACT_MAIL, page="mail.sms_many",
            args={"of": "contacts"}, most=300, icon="chat", order=66,
        ),
        *tag_actions("contact", edit=Perm.CONTACT_EDIT, find=Perm.CONTACT_QUERY),
        BatchAction(
            name="merge", title=_("Merge"), permission=Perm.CONTACT_DELETE, page="customers.contact_merge",
            icon="merge", order=30,
        ),
        BatchAction(
            name="delete", title=_("Delete"), permission=Perm.CONTACT_DELETE, run=remove_contacts, icon="trash",
            confirm=True, order=90,
        ),
    ),
)  # fmt: skip
