"""Pages of subscriptions."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import Visibility, shown
from core.clock import local_today
from core.custom import values_of
from core.customers.models import Company
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.listing import own_groups, steps
from core.review import record_marks
from core.web import go, go_to, remember, render, repeated, toast
from plugins.journals.forms import (
    CancelForm,
    NewSubscriptionForm,
    RecipientLine,
    Recipients,
    SubscriptionForm,
    padded,
    typed_lines,
)
from plugins.journals.models import Issue, Subscription
from plugins.journals.permissions import Perm
from plugins.journals.queries.desk import customer_at_desk
from plugins.journals.queries.issues import next_issues
from plugins.journals.resources import SUBSCRIPTION
from plugins.journals.services.subscriptions import (
    Order,
    cancel_subscription,
    change_subscription,
    phase,
    take_subscription,
)
from plugins.journals.views.base import blueprint, check_version, found, word


@blueprint.get("/subscriptions/<int:subscription_id>")
@require(Perm.SUBSCRIPTION_READ)
def subscription_detail(subscription_id: int) -> Any:
    """Show a subscription and its recipients."""
    current = session()
    subscription = found(current, Subscription, subscription_id, Perm.SUBSCRIPTION_READ)
    access = current_access()
    standing = phase(subscription, local_today())
    seen = shown(subscription, SUBSCRIPTION, access)
    return render(
        "journals/subscription_detail.html",
        subscription=seen,
        own=own_groups(current, seen, SUBSCRIPTION),
        marks_of_review=record_marks(current, SUBSCRIPTION, subscription),
        step=steps("journals.subscription_", subscription_id),
        publication=subscription.publication.title,
        first=subscription.first_issue.label,
        last=subscription.last_issue.label,
        company=subscription.company.name,
        company_id=subscription.company_id,
        phase=standing,
        words={
            "phase": word(current, "phase", standing),
            "nature": word(current, "nature", subscription.nature),
            "edition": word(current, "edition", subscription.edition),
            "channel": word(current, "channel", subscription.channel),
            "payment": word(current, "payment", subscription.payment),
            "reason": word(current, "cancel_reason", subscription.cancel_reason),
        },
        recipients=[
            {n: getattr(d, n) for n in ("recipient", "organisation", "address", "postcode", "phone", "copies")}
            for d in subscription.deliveries
        ],
        may_edit=access.may(Perm.SUBSCRIPTION_EDIT, subscription),
    )


@blueprint.route("/subscriptions/new", methods=["GET", "POST"])
@require(Perm.SUBSCRIPTION_CREATE)
def subscription_new() -> Any:
    """Take a subscription with any number of recipients."""
    if request.method != "POST":
        company_id = request.args.get("company", type=int) or request.args.get("company_id", type=int)
        form = NewSubscriptionForm(company_id=company_id, nature="paid", channel="phone", payment="none")
        recipients = Recipients(_usual(session(), company_id))
        return _form(form, recipients)
    form = NewSubscriptionForm()
    recipients = Recipients(typed_lines(request.form))
    shares = recipients.read()
    if form.validate() and shares is not None:
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    made = _take(current, form, shares)
                    address = remember(current, url_for("journals.subscription_detail", subscription_id=made.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Subscription saved"), href=address, link=_("View"))
            return go_to(address)
    return _form(form, recipients)


def _take(current: Session, form: NewSubscriptionForm, shares: Any) -> Subscription:
    key = str(form.first_issue_id.data)
    first = current.get(Issue, int(key)) if key.isdecimal() and len(key) < 16 else None
    if first is None:
        raise Refused(_("Choose the first issue"), fields={"first_issue_id": _("Choose the first issue")})
    order = Order(
        publication_id=first.publication_id,
        first_issue_id=first.id,
        issue_count=form.issue_count.data or 0,
        copies=form.copies.data or 0,
        nature=form.nature.data,
        edition=form.edition.data,
        price=form.price.data,
    )
    return take_subscription(
        current,
        form.company_id.data or 0,
        order,
        shares,
        channel=form.channel.data,
        payment=form.payment.data,
        note=form.note.data,
        own=form.own_values(),
    )


def _usual(current: Session, company_id: int | None) -> list[RecipientLine]:
    """Give the customer's usual recipient, for the first line."""
    customer = customer_at_desk(current, current_access(), company_id) if company_id else None
    if customer is None or not customer.address:
        return []
    line = RecipientLine(customer.recipient, "", customer.address, customer.postcode, customer.phone, "1")
    return [line]


def _form(form: SubscriptionForm, recipients: Recipients, subscription_id: int | None = None) -> Any:
    status = 422 if form.errors or form.form_errors or any(line.error for line in recipients.lines) else 200
    company_id = form.company_id.data if isinstance(form, NewSubscriptionForm) else None
    company = session().get(Company, company_id) if company_id and 0 < company_id < 2**53 else None
    return render(
        "journals/subscription_form.html",
        status,
        form=form,
        lines=padded(recipients.lines),
        errors_in_lines=[line.error for line in recipients.lines if line.error],
        subscription_id=subscription_id,
        company_name=company.name if company is not None else "",
    )


@blueprint.route("/subscriptions/<int:subscription_id>/edit", methods=["GET", "POST"])
@require(Perm.SUBSCRIPTION_EDIT)
def subscription_edit(subscription_id: int) -> Any:
    """Change a subscription's recipients, payment and remark."""
    subscription = found(session(), Subscription, subscription_id, Perm.SUBSCRIPTION_EDIT)
    form = SubscriptionForm(obj=subscription, data=values_of(SUBSCRIPTION.key, subscription))
    form.keep_own(Visibility(current_access(), SUBSCRIPTION).of_record(subscription))
    if request.method != "POST":
        names = tuple(RecipientLine.LENGTHS)
        rows = [RecipientLine(**{n: str(getattr(d, n) or "") for n in names}) for d in subscription.deliveries]
        return _form(form, Recipients(rows), subscription_id)
    recipients = Recipients(typed_lines(request.form))
    shares = recipients.read()
    if form.validate() and shares is not None:
        try:
            with transaction() as current:
                subscription = found(current, Subscription, subscription_id, Perm.SUBSCRIPTION_EDIT)
                check_version(subscription, form.version.data)
                values = {name: form.data[name] for name in ("channel", "payment", "note")} | form.own_values()
                change_subscription(current, subscription, values, shares)
        except Refused as refused:
            form.refuse(refused)
        else:
            return go("journals.subscription_detail", subscription_id=subscription_id)
    return _form(form, recipients, subscription_id)


@blueprint.route("/subscriptions/<int:subscription_id>/cancel", methods=["GET", "POST"])
@require(Perm.SUBSCRIPTION_EDIT)
def subscription_cancel(subscription_id: int) -> Any:
    """Cancel a subscription, at once or with an issue to come."""
    subscription = found(session(), Subscription, subscription_id, Perm.SUBSCRIPTION_EDIT)
    form = CancelForm()
    issues = next_issues(session(), subscription.publication_id)
    form.last_issue_id.choices = [("", _("Send no more")), *((str(i.id), i.label) for i in issues)]
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                subscription = found(current, Subscription, subscription_id, Perm.SUBSCRIPTION_EDIT)
                key = str(form.last_issue_id.data or "")
                last = current.get(Issue, int(key)) if key.isdecimal() and len(key) < 16 else None
                cancel_subscription(current, subscription, form.cancel_reason.data, last)
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Subscription cancelled"))
            return go("journals.subscription_detail", subscription_id=subscription_id)
    status = 422 if form.errors or form.form_errors else 200
    code, company = subscription.code, subscription.company.name
    return render(
        "journals/subscription_cancel.html", status, form=form, key=subscription_id, code=code, company=company
    )
