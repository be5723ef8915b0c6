"""Dispatch runs: a frozen snapshot of who gets an issue, never twice, never missed."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from core.bus import publish
from core.customers.models import Company
from core.customers.queries import (
    PostalAddress,
    addresses_in_force,
    barred_addresses,
    barred_companies,
    barred_contacts,
    is_own_address,
)
from core.customers.text import normal
from core.errors import Refused
from core.i18n import _
from plugins.journals.models import DeliveryPoint, DispatchLine, DispatchRun, HeldLine, Issue, Subscription


@dataclass(frozen=True)
class Share:
    """Copies of an issue that a recipient is still to get."""

    delivery: DeliveryPoint
    subscription: Subscription
    company: Company
    copies: int
    dated: PostalAddress | None = None
    """The address that counts today where the customer's own one is to be served."""

    @property
    def address(self) -> str:
        """Where the copies go."""
        return (self.dated.text if self.dated else self.delivery.address) or ""

    @property
    def postcode(self) -> str:
        """The postcode of where they go."""
        return (self.dated.postcode if self.dated else self.delivery.postcode) or ""


POSTCODE = re.compile(r"\d{6}")
START = "0" * 64


def make_dispatch_run(session: Session, issue_id: int, *, by: int | None) -> DispatchRun:
    """Freeze who gets an issue and was not served yet, sorted by postcode.

    `session` is a system session: a run holds every customer's copies, whoever owns him. Recipients who asked for no
    post, and those without address, postcode or name, are held with the reason. Raises Refused when nobody is left to
    serve.
    """
    issue = session.get(Issue, issue_id, with_for_update=True)
    if issue is None:
        raise Refused(_("Choose the issue"))
    shares = unserved(session, issue)
    barred = barred_from_post(session, shares)
    held = [(share, reason) for share in shares if (reason := why_held(share, barred))]
    lines = [share for share in shares if not why_held(share, barred)]
    if not lines:
        raise Refused(
            _(
                "Nobody is left to serve with this issue; %(n)s recipients are held for their address.",
                n=len(held),
            )
        )
    lines.sort(key=lambda share: (share.postcode, share.address, share.delivery.id))
    sequence = (session.scalar(select(func.max(DispatchRun.sequence)).where(DispatchRun.issue_id == issue.id)) or 0) + 1
    run = DispatchRun(issue_id=issue.id, sequence=sequence, made_by_id=by, line_count=len(lines), copies=0, seal=START)
    rows: list[dict[str, Any]] = []
    link = START
    by_nature: Counter[str] = Counter()
    by_province: Counter[str] = Counter()
    for place, share in enumerate(lines, start=1):
        delivery, subscription, company = share.delivery, share.subscription, share.company
        row: dict[str, Any] = {
            "issue_id": issue.id,
            "delivery_id": delivery.id,
            "subscription_id": subscription.id,
            "company_id": subscription.company_id,
            "place": place,
            "label_code": label_code(issue.id, delivery.id),
            "recipient": delivery.recipient,
            "organisation": delivery.organisation or company.name,
            "province": delivery.province or company.province or "",
            "address": share.address,
            "postcode": share.postcode,
            "nature": subscription.nature,
            "edition": subscription.edition or "",
            "copies": share.copies,
        }
        row["link"] = link = chain(link, row)
        rows.append(row)
        by_nature[subscription.nature] += share.copies
        by_province[row["province"]] += share.copies
    run.copies = sum(by_nature.values())
    run.totals = {"nature": dict(by_nature), "province": dict(by_province.most_common())}
    run.seal = link
    run.held = [
        HeldLine(
            subscription_id=share.subscription.id,
            company_id=share.subscription.company_id,
            recipient=share.delivery.recipient or "",
            copies=share.copies,
            reason=reason,
        )
        for share, reason in held
    ]
    session.add(run)
    session.flush()
    session.connection().execute(insert(DispatchLine), [{**row, "run_id": run.id} for row in rows])
    publish(session, "journals.issue_dispatched", {"issue_id": issue.id, "run_id": run.id, "copies": run.copies})
    return run


def unserved(session: Session, issue: Issue) -> list[Share]:
    """List who is entitled to an issue and has no line of it yet.

    A subscription gets its copies once, also when its recipients were changed after a run: what was sent counts against
    them, and only the rest goes to recipients that are new.
    """
    first = select(Issue.number).where(Issue.id == Subscription.first_issue_id).scalar_subquery()
    last = select(Issue.number).where(Issue.id == Subscription.last_issue_id).scalar_subquery()
    served = select(DispatchLine.delivery_id).where(DispatchLine.issue_id == issue.id)
    found = session.execute(
        select(DeliveryPoint, Subscription, Company)
        .join(Subscription, DeliveryPoint.subscription_id == Subscription.id)
        .join(Company, Subscription.company_id == Company.id)
        .where(
            Subscription.publication_id == issue.publication_id,
            first <= issue.number,
            last >= issue.number,
            or_(Subscription.state == "active", Subscription.last_served_number >= issue.number),
            Company.deleted_at.is_(None),
            DeliveryPoint.id.not_in(served),
        )
        .order_by(DeliveryPoint.id)
    ).all()
    sent: dict[int, int] = {
        key: int(copies)
        for key, copies in session.execute(
            select(DispatchLine.subscription_id, func.sum(DispatchLine.copies))
            .where(DispatchLine.issue_id == issue.id)
            .group_by(DispatchLine.subscription_id)
        )
    }
    shares = []
    for delivery, subscription, company in found:
        copies = min(delivery.copies, subscription.copies - sent.get(subscription.id, 0))
        if copies > 0:
            sent[subscription.id] = sent.get(subscription.id, 0) + copies
            shares.append(Share(delivery, subscription, company, copies))
    return _with_dated_addresses(session, shares)


def _with_dated_addresses(session: Session, shares: list[Share]) -> list[Share]:
    """Send what goes to a customer's own address to the one that counts today, where the register dates another."""
    dated = addresses_in_force(session, list({share.company.id for share in shares}))
    return [
        replace(share, dated=found)
        if (found := dated.get(share.company.id)) and is_own_address(share.company, share.delivery.address)
        else share
        for share in shares
    ]


def barred_from_post(session: Session, shares: Sequence[Share]) -> set[int]:
    """Give the ids of the deliveries that nothing may be posted to: the house, the person or that address asks so."""
    houses = barred_companies(session, "post", list({share.company.id for share in shares}))
    people = barred_contacts(session, "post", [one.delivery.contact_id for one in shares if one.delivery.contact_id])
    places = barred_addresses(session, list({share.company.id for share in shares}))
    return {
        share.delivery.id
        for share in shares
        if share.company.id in houses
        or share.delivery.contact_id in people
        or normal(share.address) in places.get(share.company.id, ())
    }


def why_held(share: Share, barred: Collection[int] = ()) -> str:
    """Give the reason why a recipient cannot be served: barred, recipient, address or postcode; empty when he can."""
    if share.delivery.id in barred:
        return "barred"
    if not (share.delivery.recipient or "").strip():
        return "recipient"
    if not share.address.strip():
        return "address"
    return "" if POSTCODE.fullmatch(share.postcode) else "postcode"


def label_code(issue_id: int, delivery_id: int) -> str:
    """Give a short code for the label with a check digit (ISO 7064, mod 97-10), so that a mistyped one is noticed."""
    digits = f"{issue_id}{delivery_id:07d}"
    check = 98 - (int(digits) * 100) % 97
    return f"{issue_id}-{delivery_id:07d}-{check:02d}"


def chain(before: str, row: dict[str, Any]) -> str:
    """Give the next link of a run's chain."""
    names = sorted(name for name in row if name not in ("link", "run_id"))
    text = json.dumps([before, *(row[name] for name in names)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def broken_at(session: Session, run: DispatchRun) -> int | None:
    """Give the place of the first line that is not as it was sent, None when the run is whole."""
    link = START
    place = 0
    lines = session.scalars(select(DispatchLine).where(DispatchLine.run_id == run.id).order_by(DispatchLine.place))
    for place, line in enumerate(lines, start=1):
        row = {
            c.key: getattr(line, c.key) for c in DispatchLine.__table__.columns if c.key not in ("id", "run_id", "link")
        }
        link = chain(link, row)
        if link != line.link or line.place != place:
            return place
    return None if link == run.seal and place == run.line_count else place + 1


def check_seals(session: Session, runs: int = 60) -> list[int]:
    """Give the ids of the latest runs whose lines are not as they were sent."""
    latest = session.scalars(select(DispatchRun).order_by(DispatchRun.id.desc()).limit(runs))
    return [run.id for run in latest if broken_at(session, run) is not None]
