"""The phone desk: one call after another, by keyboard alone; it works without scripts too."""

from __future__ import annotations

import re
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.guard import require
from core.clock import local_today
from core.customers.models import Contact
from core.customers.queries import find_companies
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.overlay import overlay
from core.web import go_to, remember, render, repeated, toast
from plugins.journals.desk_form import ORDER_CELLS, DeskForm
from plugins.journals.models import Subscription
from plugins.journals.permissions import Perm
from plugins.journals.queries.desk import DeskCustomer, customer_at_desk, today_of
from plugins.journals.queries.issues import find_entries, find_publications
from plugins.journals.services.calls import record_call
from plugins.journals.services.orders import OrderLine, Quote, quote, take_order
from plugins.journals.services.subscriptions import Recipient, cancel_subscription
from plugins.journals.views.base import blueprint, found, word

LINES = 6
MOST_LINES = 60


def _editions(current: Session) -> list[tuple[str, str]]:
    return [(code, str(title)) for code, title in overlay().choices(current, "journals_edition")]


@blueprint.get("/desk")
@require(Perm.CALL_CREATE)
def desk() -> Any:
    """Show the desk: empty, with matches to choose from, or with a customer and a new order."""
    company_id = request.args.get("company_id", type=int)
    text = request.args.get("q", "").strip()
    hits = find_companies(session(), text, 20) if text else []
    if company_id is None and len(hits) == 1:
        company_id = hits[0].id
    customer = customer_at_desk(session(), current_access(), company_id) if company_id else None
    if company_id and customer is None:
        raise NotFound(_("There is no such customer"))
    form = DeskForm(channel="phone", payment="none")
    if customer is not None:
        form.fill(customer)
    return _page(form, customer, [], text=text, hits=hits if customer is None else [])


@blueprint.get("/desk/customers")
@require(Perm.CALL_CREATE)
def desk_customers() -> Any:
    """Give the customers that match what is typed, for the box."""
    hits = find_companies(session(), request.args.get("q", "")[:80], 12)
    return render("journals/desk_options.html", options=[(h.id, h.name, h.why or h.city) for h in hits])


@blueprint.get("/desk/publications")
@require(Perm.CALL_CREATE)
def desk_publications() -> Any:
    """Give the publications that match what is typed, also by initials."""
    found_ = find_publications(session(), request.args.get("q", "")[:40])
    options = [(p.id, p.title, word(session(), "frequency", p.frequency)) for p in found_]
    return render("journals/desk_options.html", options=options)


@blueprint.get("/desk/editions")
@require(Perm.CALL_CREATE)
def desk_editions() -> Any:
    """Give the editions that match what is typed, also by initials."""
    entries = find_entries(_editions(session()), request.args.get("q", "")[:40])
    return render("journals/desk_options.html", options=[(code, title, "") for code, title in entries])


def _typed(values: Any) -> list[tuple[int, OrderLine]]:
    numbers = sorted({int(m[1]) for name in values if (m := re.fullmatch(r"publication-(\d{1,4})", name))})
    lines = [
        (n, OrderLine(**{cell: values.get(f"{cell}-{n}", "").strip()[:100] for cell in ORDER_CELLS}))
        for n in numbers[:MOST_LINES]
    ]
    return [(n, line) for n, line in lines if line.filled]


def _quotes(
    current: Session, lines: list[tuple[int, OrderLine]], company_id: int | None
) -> tuple[dict[int, Quote], dict[int, dict[str, Any]]]:
    """Read the lines: what each comes to, and what is wrong with the others, by cell."""
    editions = _editions(current)
    quotes: dict[int, Quote] = {}
    problems: dict[int, dict[str, Any]] = {}
    for number, line in lines:
        try:
            quotes[number] = quote(current, line, company_id, editions)
        except Refused as refused:
            cells = {{"issue_count": "last"}.get(k, k): v for k, v in refused.fields.items()}
            problems[number] = cells or {"publication": refused.message}
    return quotes, problems


@blueprint.get("/desk/sums")
@require(Perm.CALL_CREATE)
def desk_sums() -> Any:
    """Work out what the lines typed so far come to: issues, amounts, sums."""
    quotes, problems = _quotes(session(), _typed(request.args), request.args.get("company_id", type=int))
    return render(
        "journals/desk_sums.html",
        quotes=quotes,
        problems={n: next(iter(cells.values())) for n, cells in problems.items()},
        **_sums(quotes),
    )


def _sums(quotes: dict[int, Quote]) -> dict[str, Any]:
    return {
        "copies": sum(q.order.copies for q in quotes.values()),
        "total": sum((q.amount for q in quotes.values()), start=0),
    }


@blueprint.post("/desk")
@require(Perm.CALL_CREATE)
def desk_save() -> Any:
    """Save order, outcome and next call in one go; then the same customer, or the next one."""
    form = DeskForm()
    lines = _typed(request.form)
    key = form.company_id.data
    customer = customer_at_desk(session(), current_access(), key) if key else None
    if customer is None and form.company.data:
        hits = [h for h in find_companies(session(), form.company.data, 5) if h.name == form.company.data]
        customer = customer_at_desk(session(), current_access(), hits[0].id) if len(hits) == 1 else None
    valid = form.validate()
    quotes, problems = _quotes(session(), lines, customer.id if customer else None)
    if customer is None:
        form.refuse(Refused("", fields={"company": _("Choose the customer")}))
    else:
        form.check(lines=bool(lines))
        if valid and not problems and not form.errors:
            try:
                with transaction() as current:
                    address = repeated(current)
                    if address is None:
                        _save(current, form, customer, list(quotes.values()))
                        following = "then" in request.form
                        address = (
                            url_for("journals.desk") if following else url_for("journals.desk", company_id=customer.id)
                        )
                        remember(current, address)
            except Refused as refused:
                form.refuse(refused)
            else:
                toast(_("Saved: %(name)s", name=customer.name), href=f"/companies/{customer.id}", link=_("View"))
                return go_to(address)
    return _page(form, customer, lines, quotes=quotes, problems=problems, status=422)


def _save(current: Session, form: DeskForm, customer: DeskCustomer, quotes: list[Quote]) -> None:
    outcome = form.outcome.data or ("renewed" if customer.running and quotes else "new" if quotes else "")
    record_call(current, customer.id, outcome, note=form.note.data, next_call_on=form.next_call_on.data)
    if outcome == "cancelled":
        key = form.cancel_id.data or (customer.running[0].id if len(customer.running) == 1 else 0)
        if not key:
            raise Refused(_("Choose what is cancelled"), fields={"cancel_id": _("Choose what is cancelled")})
        subscription = found(current, Subscription, key, Perm.SUBSCRIPTION_EDIT)
        if subscription.company_id != customer.id:
            raise Refused(_("Choose what is cancelled"), fields={"cancel_id": _("Choose what is cancelled")})
        cancel_subscription(current, subscription, form.cancel_reason.data or "", None)
    if not quotes:
        return
    contact_id = customer.contact_id
    contact = current.get(Contact, contact_id) if contact_id else None
    if contact is None or contact.name != form.recipient.data:
        contact_id = None
    recipient = Recipient(
        recipient=form.recipient.data or "",
        address=form.address.data or "",
        copies=0,
        postcode=form.postcode.data or "",
        phone=form.phone.data or "",
        contact_id=contact_id,
    )
    take_order(
        current,
        customer.id,
        quotes,
        recipient,
        channel=form.channel.data or "phone",
        payment=form.payment.data or "none",
        contact_id=contact_id,
        note=form.note.data,
    )


def _page(
    form: DeskForm,
    customer: DeskCustomer | None,
    lines: list[tuple[int, OrderLine]],
    *,
    quotes: dict[int, Quote] | None = None,
    problems: dict[int, dict[str, Any]] | None = None,
    text: str = "",
    hits: Any = (),
    status: int = 200,
) -> Any:
    current = session()
    number = max((n for n, _line in lines), default=-1) + 1
    rows = [*lines, *((number + k, OrderLine()) for k in range(max(1, LINES - len(lines))))]
    if customer is not None:
        form.offer(customer)
    return render(
        "journals/desk.html",
        status,
        form=form,
        customer=customer,
        standing=overlay().title(current, "standing", customer.standing) if customer else "",
        running=[(line, word(current, "edition", line.edition)) for line in customer.running] if customer else [],
        calls=[{**c, "title": word(current, "outcome", c["outcome"])} for c in customer.calls] if customer else [],
        lines=rows,
        quotes=quotes or {},
        **_sums(quotes or {}),
        problems=problems or {},
        natures=overlay().choices(current, "journals_nature"),
        outcomes=overlay().choices(current, "journals_outcome"),
        today=today_of(current, current_access().user_id, local_today()),
        text=text,
        hits=hits,
    )
