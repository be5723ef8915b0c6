"""A call that comes in: the address that a telephone or its program opens with the number (R-33)."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.customers.models import Company, Contact, Phone
from core.customers.numbers import phone_query
from core.customers.permissions import Perm
from core.customers.queries.reach import told
from core.customers.views.base import blueprint
from core.db import session
from core.i18n import _
from core.web import go_to, toast

MOST = 20


@blueprint.get("/call")
@require(Perm.COMPANY_QUERY)
def incoming_call() -> Response:
    """Open the card of whoever calls; the search where several have the number, a new customer where nobody has."""
    number = request.args.get("number", "")[:60].strip().removeprefix("tel:")
    digits = phone_query(number)
    if digits is None:
        return go_to(url_for("desk.search", q=number))
    # phones are read by what is told of them, and their customers by what the person finds
    known = told(session(), Phone, Phone.digits == digits)
    whose = select(Phone.company_id, Phone.contact_id).where(Phone.digits == digits, known).subquery()
    rows = session().execute(
        select(Company.id, Company.name, Contact.id, Contact.name)
        .join(whose, whose.c.company_id == Company.id)
        .outerjoin(Contact, Contact.id == whose.c.contact_id)
        .where(Company.alive(), or_(whose.c.contact_id.is_(None), Contact.alive()))
        .order_by(Company.id, Contact.id)
        .limit(MOST)
    )
    found = [tuple(row) for row in rows]
    companies = {company_id for company_id, *_more in found}
    if len(companies) > 1:
        return go_to(url_for("desk.search", q=number))
    if not companies:
        toast(_("Nobody here has the number %(number)s", number=number))
        if current_access().may(Perm.COMPANY_CREATE):
            return go_to(url_for("customers.company_new", phone=number))
        return go_to(url_for("desk.search", q=number))
    [company_id] = companies
    people = sorted({str(name) for _company, _name, contact_id, name in found if contact_id is not None})
    toast(_("%(number)s: %(who)s", number=number, who="、".join(people) or found[0][1]))
    return go_to(url_for("customers.company_detail", id=company_id))
