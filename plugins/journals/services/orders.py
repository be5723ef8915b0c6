"""Orders at the phone desk: lines as they are typed, read against the issue calendar, taken as subscriptions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from plugins.journals.models import FREQUENCIES, Issue, Publication, Subscription
from plugins.journals.queries.issues import find_entries, find_publications, next_issues
from plugins.journals.services.calendar import issues_between, span
from plugins.journals.services.subscriptions import Order, Recipient, take_subscription

MONTH = re.compile(r"^(?:(\d{4}|\d{2})[-./年 ]?)?(\d{1,2})月?$")
COUNT = re.compile(r"^(\d{1,3}) ?期?$")


@dataclass
class OrderLine:
    """One line of the order as typed: names or initials; the first month; the last month or the number of issues."""

    publication: str = ""
    edition: str = ""
    nature: str = ""
    copies: str = ""
    first: str = ""
    last: str = ""
    price: str = ""
    publication_id: str = ""

    @property
    def filled(self) -> bool:
        """Tell whether a line was begun: its kind alone says nothing."""
        return any((self.publication, self.edition, self.copies, self.first, self.last, self.price))


@dataclass(frozen=True)
class Quote:
    """What a line comes to: its issues from the calendar and its amount."""

    order: Order
    publication: str
    first: Issue
    last: Issue
    price: Decimal
    amount: Decimal


def read_month(text: str, today: dt.date) -> dt.date | None:
    """Read a month as people type it: 2026-05, 26-05, 202605, 5. None where it is none."""
    text = text.strip()
    if re.fullmatch(r"\d{6}", text):
        text = f"{text[:4]}-{text[4:]}"
    found = MONTH.match(text)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    year = int(found[1]) if found[1] else today.year + (int(found[2]) < today.month)
    return dt.date(year + 2000 if year < 100 else year, int(found[2]), 1)


def quote(session: Session, line: OrderLine, company_id: int | None, editions: Sequence[tuple[str, str]]) -> Quote:
    """Read a line. Raises Refused naming the cell that cannot be understood, with the reason.

    Left out, the copies are 1, the first issue is the next one or the one after a running subscription, and the length
    is a year.
    """
    publication = _publication(session, line)
    edition = _edition(line, publication, editions)
    nature = _nature(session, line)
    copies = _number(line.copies or "1")
    today = local_today()
    first = _first_issue(session, line, publication, company_id, today)
    count = _count(session, line, publication, first, today)
    issues = span(session, publication.id, first, count)
    price = Decimal(0) if nature == "gift" else _price(line.price, publication.price)
    order = Order(publication.id, first.id, count, copies, nature, edition, price)
    return Quote(order, publication.title, first, issues[-1], price, price * copies * count)


def _refuse(cell: str, text: Any) -> Refused:
    return Refused(text, fields={cell: text})


def _publication(session: Session, line: OrderLine) -> Publication:
    if line.publication_id.isdecimal() and len(line.publication_id) < 16:
        found = session.get(Publication, int(line.publication_id))
        if found is not None and found.active:
            return found
    matches = find_publications(session, line.publication) if line.publication else []
    same = [one for one in matches if one.title == line.publication]
    if len(same or matches) != 1:
        raise _refuse("publication", _("Choose the publication"))
    return (same or matches)[0]


def _edition(line: OrderLine, publication: Publication, editions: Sequence[tuple[str, str]]) -> str | None:
    if not line.edition:
        return None
    offered = [(code, title) for code, title in editions if code in publication.editions]
    matches = find_entries(offered, line.edition)
    same = [one for one in matches if line.edition in one]
    if len(same or matches) != 1:
        raise _refuse("edition", _("This publication does not come in that edition."))
    return (same or matches)[0][0]


def _nature(session: Session, line: OrderLine) -> str:
    nature = line.nature or "paid"
    if nature not in overlay().dictionary(session, "journals_nature"):
        raise _refuse("nature", _("Choose the nature"))
    return nature


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 9999:
        raise _refuse("copies", _("Enter the copies"))
    return int(text)


def _price(text: str, usual: Decimal) -> Decimal:
    if not text:
        return usual
    try:
        price = Decimal(text.replace(",", "").lstrip("¥￥"))
    except InvalidOperation:
        raise _refuse("price", _("Enter an amount, for example 1286.50")) from None
    if not price.is_finite() or price < 0 or price > 100_000 or price != round(price, 2):
        raise _refuse("price", _("Enter an amount, for example 1286.50"))
    return price


def _first_issue(
    session: Session, line: OrderLine, publication: Publication, company_id: int | None, today: dt.date
) -> Issue:
    if line.first:
        month = read_month(line.first, today)
        issues = issues_between(session, publication.id, month, month) if month else []
        if not issues:
            raise _refuse("first", _("No issue of this publication appears in that month."))
        return issues[0]
    running = session.scalar(
        select(Issue)
        .join(Subscription, Subscription.last_issue_id == Issue.id)
        .where(
            Subscription.company_id == (company_id or 0),
            Subscription.publication_id == publication.id,
            Subscription.state != "cancelled",
            Subscription.ends_on >= today,
        )
        .order_by(Issue.number.desc())
        .limit(1)
    )
    if running is not None and line.nature != "gift":
        after = session.scalar(
            select(Issue).where(Issue.publication_id == publication.id, Issue.number == running.number + 1)
        )
        if after is not None:
            return after
    coming = next_issues(session, publication.id, 1)
    if not coming:
        raise _refuse("first", _("The issue calendar has ended: make the next year's issues first."))
    return coming[0]


def _count(session: Session, line: OrderLine, publication: Publication, first: Issue, today: dt.date) -> int:
    if not line.last:
        return FREQUENCIES[publication.frequency]
    if (counted := COUNT.match(line.last)) and (line.last.endswith("期") or read_month(line.last, today) is None):
        return int(counted[1])
    month = read_month(line.last, today)
    if month is None:
        raise _refuse("last", _("Enter the last month, or a number of issues such as 24期."))
    number = len(issues_between(session, publication.id, first.cover_date, month))
    number -= len(
        [
            i
            for i in issues_between(session, publication.id, first.cover_date, first.cover_date)
            if i.number < first.number
        ]
    )
    if month < first.cover_date.replace(day=1) or number < 1:
        raise _refuse("last", _("The last month lies before the first."))
    return number


def take_order(
    session: Session,
    company_id: int,
    quotes: Sequence[Quote],
    recipient: Recipient,
    *,
    channel: str,
    payment: str,
    contact_id: int | None,
    note: str | None,
) -> list[Subscription]:
    """Take every line as a subscription to one recipient, all or none."""
    return [
        take_subscription(
            session,
            company_id,
            one.order,
            [Recipient(**{**vars(recipient), "copies": one.order.copies})],
            channel=channel,
            payment=payment,
            contact_id=contact_id,
            note=note,
        )
        for one in quotes
    ]
