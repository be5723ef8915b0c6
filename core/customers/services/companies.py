"""The rules of companies: entering, changing, rating, owner, bin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from core.auth.audit import record
from core.auth.models import User
from core.bus import publish
from core.clock import local_today
from core.columns import utcnow
from core.custom import put, take
from core.customers.addresses import parse_address
from core.customers.data.divisions import division
from core.customers.models import (
    Address,
    Alias,
    Company,
    CompanyCategory,
    CompanyIndustry,
    CompanyRelation,
    Contact,
    CreditRating,
    Email,
    Need,
    OwnerChange,
    Phone,
    StandingChange,
)
from core.customers.numbers import check_uscc
from core.customers.services.index import index_companies, index_company, named
from core.customers.services.rows import sync_brands, sync_codes, sync_lines
from core.db import permitted
from core.errors import Conflict, NotFound, Refused
from core.i18n import _
from core.presence import Hung, find_with
from core.ties.services import check_ties

LINES: Mapping[str, type[Any]] = {
    "phones": Phone,
    "emails": Email,
    "addresses": Address,
    "aliases": Alias,
    "need_lines": Need,
    "relations": CompanyRelation,
}
ROWS = ("phones", "emails", "addresses", "aliases", "industries", "categories", "brands", "needs", "relations")
HEADS = ("primary_contact_id", "general_manager_id", "sales_head_id", "publicity_head_id")
OTHERS = frozenset({"industries", "categories", "brands", "agent_brands", "credit_reason", "known", *LINES})
FIXED = frozenset(
    {"id", "code", "version", "owner_id", "standing", "review_state", "created_at", "name_key", "sort_key", "place_key"}
)


def find_company(session: Session, company_id: int, hung: Sequence[Hung] = ()) -> Company:
    """Give a company that the person may find; of the rows `hung` on it is noted which there are. Raises NotFound."""
    company: Company | None = None
    if 0 < company_id < 2**53:
        company = find_with(session, Company, company_id, hung) if hung else session.get(Company, company_id)
    if company is None:
        raise NotFound(_("There is no such customer."))
    return company


def create_company(
    session: Session, values: Mapping[str, Any], *, by: int | None, owner_id: int | None = None, standing: str = ""
) -> Company:
    """Enter a company with its rows; it waits for its check.

    `values` holds columns by name, `phones`, `emails`, `addresses`, `aliases` and `need_lines` as lists of lines,
    `industries` and `categories` as codes, `brands` and `agent_brands` as names. Raises Refused.
    """
    company = Company(entered_by_id=by, owner_id=owner_id, review_state="submitted")
    if standing:
        company.standing = standing
    if owner_id is not None:
        company.claimed_at = utcnow()
    _fill(session, company, values)
    session.add(company)
    session.flush()
    for name in ROWS:
        set_committed_value(company, name, [])  # nobody can have hung any on it yet: not to be asked for
    _lines(session, company, values, by)
    index_companies(session, [named(company)])
    if owner_id is not None:
        session.add(OwnerChange(company_id=company.id, after_id=owner_id, changed_by_id=by))
    publish(session, "core.company_created", {"company_id": company.id})
    return company


def update_company(
    session: Session, company: Company, values: Mapping[str, Any], *, by: int | None, version: int | None = None
) -> list[str]:
    """Change a company and its rows; return the names of what changed.

    Raises Conflict when `version` is not the present one, Refused when a rule says no.
    """
    if version is not None and company.version != version:
        raise Conflict(_("Somebody changed this customer meanwhile. Nothing was overwritten."))
    changed = _fill(session, company, values) + _lines(session, company, values, by)
    if changed:
        company.updated_at = utcnow()
        session.flush()
        index_company(session, company)
        publish(session, "core.company_changed", {"company_id": company.id, "fields": changed})
    return changed


def _fill(session: Session, company: Company, values: Mapping[str, Any]) -> list[str]:
    """Set the columns; return those that changed."""
    changed = []
    columns, own = take(values)
    given = {key: value for key, value in columns.items() if key not in OTHERS and key not in FIXED}
    _place(company, given)
    _check_uscc(session, company, given)
    _check_parent(session, company, given)
    for key in HEADS:
        if given.get(key) is not None:
            _check_contact(session, company, key, given[key])
    for key, value in given.items():
        before = getattr(company, key)
        if before != value:
            _keep_old_address(session, company, key, before)
            setattr(company, key, value)
            changed.append(key)
    if not (company.name or "").strip():
        raise Refused(_("A customer needs a name."), fields={"name": _("Enter the name")})
    return changed + put(session, "companies", company, own)


def _place(company: Company, given: dict[str, Any]) -> None:
    """Take the names of the place from its code, and the code from the address where none was chosen."""
    if "division_code" not in given:
        return
    cleared = company.division_code is not None and given.get("address") == company.address
    if not given["division_code"] and given.get("address") and not cleared:
        found = parse_address(given["address"], given.get("area_code") or "", given.get("postcode") or "")
        given["division_code"] = found.code or None
        if found.code and "postcode" in given and not given["postcode"]:
            given["postcode"] = found.postcode or None
    unit = division(given["division_code"])
    if given["division_code"] and unit is None:
        raise Refused(_("There is no such place."), fields={"division_code": _("Choose one of the list")})
    if unit is not None and unit.retired and unit.code != company.division_code:
        said = _("%(name)s is not offered any more.", name=unit.name)
        raise Refused(said, fields={"division_code": said})
    given["division_code"] = unit.code if unit else None
    given["province"] = unit.province if unit else None
    given["city"] = (unit.city or None) if unit else None
    given["district"] = (unit.district or None) if unit else None
    if unit is not None:
        for key, value in (("area_code", unit.area_code), ("postcode", unit.postcode)):
            if value and key in given and not given[key]:
                given[key] = value


def _check_uscc(session: Session, company: Company, given: dict[str, Any]) -> None:
    code = given.get("uscc")
    if not code:
        return
    try:
        given["uscc"] = code = check_uscc(code)
    except ValueError:
        text = _("This is no valid code: a sign or the check digit is wrong")
        raise Refused(text, fields={"uscc": text}) from None
    other = session.execute(select(Company.id, Company.name, Company.code).where(Company.uscc == code)).first()
    if other is not None and other.id != company.id:
        text = _("%(name)s (%(code)s) already has this code", name=other.name, code=other.code)
        raise Refused(text, fields={"uscc": text})


def _check_parent(session: Session, company: Company, given: Mapping[str, Any]) -> None:
    """Refuse a parent that is the company itself or below it."""
    above = given.get("parent_id")
    seen: set[int] = set()
    while above is not None and above not in seen:
        if above == company.id:
            text = _("A customer cannot belong to itself or to one of its branches")
            raise Refused(text, fields={"parent_id": text})
        seen.add(above)
        above = session.scalar(select(Company.parent_id).where(Company.id == above))


def _check_contact(session: Session, company: Company, key: str, contact_id: int) -> None:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.company_id != company.id:
        text = _("Choose one of this customer's contacts")
        raise Refused(text, fields={key: text})


def _keep_old_address(session: Session, company: Company, key: str, before: Any) -> None:
    """Keep the address that is left as a former one, so that papers sent there can be explained."""
    if key == "address" and before and company.id is not None:
        session.add(
            Address(
                company=company,
                kind="former",
                text=before,
                division_code=company.division_code,
                province=company.province,
                city=company.city,
                district=company.district,
                postcode=company.postcode,
                valid_to=local_today(),
            )
        )


def _lines(session: Session, company: Company, values: Mapping[str, Any], by: int | None) -> list[str]:
    """Bring the rows in step; return the names of the kinds that changed."""
    changed = []
    known: Mapping[str, set[int]] = values.get("known", {})
    for name, model in LINES.items():
        if name not in values:
            continue
        lines = values[name]
        if model is Need:
            lines = [{"entered_by_id": by, **line} if line.get("id") is None else line for line in lines]
        if model is CompanyRelation:
            check_ties(session, company, lines)
        rows = company.needs if model is Need else getattr(company, name)
        if sync_lines(session, company, rows, model, lines, known.get(name, set()), by):
            changed.append("needs" if model is Need else name)
    if "industries" in values and sync_codes(company.industries, CompanyIndustry, values["industries"]):
        changed.append("industries")
    if "categories" in values and sync_codes(company.categories, CompanyCategory, values["categories"]):
        changed.append("categories")
    for name, agent in (("brands", False), ("agent_brands", True)):
        if name in values and sync_brands(company, values[name], agent=agent):
            changed.append("brands")
    session.flush()
    return changed


def rate_credit(
    session: Session,
    company: Company,
    *,
    rating: str | None,
    limit: Any,
    reason: str,
    by: int | None,
    valid_until: dt.date | None = None,
) -> CreditRating:
    """Rate a company's credit; every rating is kept with its reason. After `valid_until` it is due to be rated anew."""
    if not reason.strip():
        raise Refused(_("A rating needs its reason."), fields={"reason": _("Say why")})
    if limit is not None and limit < 0:
        raise Refused(_("A limit is not below nothing"), fields={"limit": _("A limit is not below nothing")})
    if valid_until is not None and valid_until < local_today():
        text = _("This day is past already")
        raise Refused(text, fields={"valid_until": text})
    made = CreditRating(company_id=company.id, rating=rating, limit=limit, reason=reason.strip(), rated_by_id=by)
    made.valid_until = valid_until
    session.add(made)
    company.credit_rating, company.credit_limit, company.credit_valid_until = rating, limit, valid_until
    session.flush()
    publish(session, "core.company_changed", {"company_id": company.id, "fields": ["credit_rating"]})
    return made


def change_standing(
    session: Session,
    company: Company,
    standing: str,
    *,
    by: int | None,
    reason: str = "",
    rule: tuple[int, str] | None = None,
) -> bool:
    """Give a company another standing (客户考核) and keep the change; tell whether it was another.

    `rule` is the id and name of the rule that did it, of which the history tells.
    """
    before = company.standing
    if before == standing:
        return False
    if standing == "blacklist" and not reason.strip():
        raise Refused(_("Say why this customer goes on the blacklist."), fields={"reason": _("Say why")})
    company.standing = standing
    change = StandingChange(company_id=company.id, before=before, after=standing, reason=reason.strip())
    change.changed_by_id = by
    if rule is not None:
        change.rule_id, change.rule = rule
    session.add(change)
    session.flush()
    payload = {"company_id": company.id, "before": before, "after": standing}
    publish(session, "core.company_standing_changed", payload)
    return True


def change_owner(session: Session, company: Company, owner_id: int | None, *, by: int | None, reason: str = "") -> bool:
    """Give a company to another owner, or to nobody (公海), and keep the change; tell whether it was another."""
    before = company.owner_id
    if before == owner_id:
        return False
    if owner_id is not None:
        owner = session.get(User, owner_id)
        if owner is None or not owner.active:
            text = _("There is no such active colleague")
            raise Refused(text, fields={"owner_id": text})
    change = OwnerChange(
        company_id=company.id, before_id=before, after_id=owner_id, reason=reason.strip(), changed_by_id=by
    )
    claimed = owner_id is not None and owner_id == by
    if not claimed:  # written while the company is still the giver's; a claim is written when it is the taker's
        session.add(change)
        session.flush()
    company.owner_id = owner_id
    company.claimed_at = utcnow() if owner_id is not None else None
    session.flush()
    if claimed:
        session.add(change)
    payload = {"company_id": company.id, "before_id": before, "after_id": owner_id}
    publish(session, "core.company_owner_changed", payload)
    return True


def record_contact(session: Session, company: Company, on: dt.date) -> None:
    """Note that somebody of the house was in touch with a company on a day, and let the others know."""
    note_contact_day(session, company.id, on)
    publish(session, "core.company_contacted", {"company_id": company.id, "contacted_on": on})


def note_contact_day(session: Session, company_id: int, on: dt.date) -> None:
    """Note the day of a contact, never an earlier one; whoever had it, he need not have the right to change him."""
    held, itself = Company.__table__.c, Company.id == company_id
    older = or_(Company.last_contact_on.is_(None), Company.last_contact_on < on)
    with permitted():
        before = session.scalar(select(held.last_contact_on).where(held.id == company_id))
        noted = update(Company).where(itself, older).values(last_contact_on=on).returning(Company.id)
        changed = session.scalar(noted) is not None
    if changed:
        changes = {"last_contact_on": [before, on]}
        record(session, "edit", entity="core_company", entity_id=company_id, company_id=company_id, changes=changes)


def remove_company(session: Session, company: Company, *, by: int | None) -> None:
    """Put a company into the bin. Raises Refused while branches belong to it."""
    if not company.is_alive:
        return
    branch = session.scalar(select(Company.name).where(Company.parent_id == company.id, Company.alive()).limit(1))
    if branch is not None:
        raise Refused(_("%(name)s belongs to this customer. Give its branches another parent first.", name=branch))
    company.deleted_at, company.deleted_by_id = utcnow(), by
    index_company(session, company)
    publish(session, "core.company_removed", {"company_id": company.id})


def restore_company(session: Session, company: Company) -> None:
    """Take a company back out of the bin. One that was merged into another stays there."""
    if company.merged_into_id is not None:
        raise Refused(_("This customer was merged into another one."))
    company.deleted_at = company.deleted_by_id = None
    index_company(session, company)
    publish(session, "core.company_restored", {"company_id": company.id})
