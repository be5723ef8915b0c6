"""Demo data: publications with two years of issues, subscriptions, and the dispatch runs of the last months."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, not_, select
from sqlalchemy.orm import Session

from core.columns import utcnow
from plugins.journals.models import Call, DayNumber, DeliveryPoint, Issue, Publication, Subscription
from plugins.journals.queries.issues import DISPATCHED
from plugins.journals.services.calendar import generate_issues
from plugins.journals.services.dispatch import make_dispatch_run, unserved, why_held
from plugins.journals.services.publications import save_publication

if TYPE_CHECKING:
    from core.demo.load import Demo, DemoCompany

PUBLICATIONS: tuple[tuple[str, str, str, int, list[str]], ...] = (
    ("食饮商刊半月刊", "BYK", "half_monthly", 10, ["liquor", "packaging", "food", "wine", "market"]),
    ("参展指南", "CZZN", "half_yearly", 30, []),
    ("派力资讯", "PLZX", "weekly", 4, []),
    ("行业资讯", "HYZX", "monthly", 12, []),
)
SHARE = 0.35
"""The part of the companies that subscribe."""
MOST = 4_000
CHUNK = 500


def load_demo(session: Session, demo: Demo) -> dict[str, int]:
    """Make publications, subscriptions of about a third of the companies, and runs; return one id of each resource."""
    publications = [_publication(session, demo.today.year, *row) for row in PUBLICATIONS]
    issues = {
        p.id: list(session.scalars(select(Issue).where(Issue.publication_id == p.id).order_by(Issue.number)))
        for p in publications
    }
    rows: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    numbers: dict[dt.date, int] = {}
    for company in [c for c in demo.companies if demo.rng.random() < SHARE][:MOST]:
        for publication in demo.rng.sample(publications, demo.rng.choice((1, 1, 1, 2))):
            _subscribe(demo, company, publication, issues[publication.id], rows, points, numbers)
    connection = session.connection()
    for model, made in ((Subscription, rows), (DeliveryPoint, points)):
        for start in range(0, len(made), CHUNK):
            connection.execute(insert(model.__table__), made[start : start + CHUNK])  # type: ignore[arg-type]
    _go_on_numbering(session, rows, points)
    session.add_all(DayNumber(day=day, value=value) for day, value in numbers.items())
    session.add_all(
        Call(
            company_id=company.id,
            outcome=demo.rng.choice(("renewed", "no_answer", "considering", "not_now")),
            next_call_on=demo.today + dt.timedelta(days=demo.rng.randrange(1, 20)),
            called_by_id=demo.users["desk"],
            called_at=utcnow() - dt.timedelta(days=demo.rng.randrange(1, 30)),
        )
        for company in demo.rng.sample(demo.companies, min(12, len(demo.companies)))
    )
    session.flush()
    run_id = _dispatch(session, demo, publications)
    found = {
        "journals/publications": publications[0].id,
        "journals/issues": issues[publications[0].id][0].id,
        "journals/subscriptions": rows[0]["id"] if rows else 0,
        "journals/runs": run_id,
    }
    return {name: key for name, key in found.items() if key}


def _publication(
    session: Session, year: int, title: str, code: str, frequency: str, price: int, editions: list[str]
) -> Publication:
    values = {"title": title, "code": code, "frequency": frequency, "price": Decimal(price), "editions": editions}
    made = save_publication(session, None, {**values, "closing_days": 10, "dispatch_days": 2, "active": True})
    for one in (year - 1, year, year + 1, year + 2):
        generate_issues(session, made, one)
    return made


def _subscribe(
    demo: Demo,
    company: DemoCompany,
    publication: Publication,
    issues: list[Issue],
    rows: list[dict[str, Any]],
    points: list[dict[str, Any]],
    numbers: dict[dt.date, int],
) -> None:
    rng = demo.rng
    yearly = {"half_monthly": 24, "half_yearly": 2, "weekly": 52, "monthly": 12}[publication.frequency]
    length = min(yearly, len(issues))
    last_start = len(issues) - length
    begin = min(rng.randrange(0, max(1, last_start + 1)), last_start)
    first, last = issues[begin], issues[begin + length - 1]
    gift = rng.random() < 0.2
    copies = rng.choice((1, 1, 1, 2, 2, 4, 6, 10, 12))
    taken = min(demo.today, first.cover_date - dt.timedelta(days=rng.randrange(5, 40)))
    numbers[taken] = numbers.get(taken, 0) + 1
    price = Decimal(0) if gift else publication.price
    now = utcnow()
    key = len(rows) + 1
    rows.append(
        {
            "id": key,
            "code": f"ZD-{taken:%y%m%d}-{numbers[taken]:03d}",
            "company_id": company.id,
            "contact_id": company.contact_ids[0] if company.contact_ids else None,
            "publication_id": publication.id,
            "edition": rng.choice(publication.editions) if publication.editions else None,
            "nature": "gift" if gift else "paid",
            "channel": rng.choice(("phone", "phone", "sales", "fair")),
            "first_issue_id": first.id,
            "last_issue_id": last.id,
            "issue_count": length,
            "starts_on": first.cover_date,
            "ends_on": last.cover_date,
            "copies": copies,
            "price": price,
            "amount": price * copies * length,
            "payment": "full" if gift else rng.choice(("full", "full", "part", "none")),
            "state": "active",
            "taken_by_id": company.owner_id or demo.users["desk"],
            "taken_on": taken,
            "review_state": "reviewed",
            "custom": {},
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
    )
    people = company.contact_names[: 2 if copies > 3 else 1] or ("收刊人",)
    for number, name in enumerate(people):
        part = copies // len(people) + (copies % len(people) if number == 0 else 0)
        points.append(
            {
                "id": len(points) + 1,
                "subscription_id": key,
                "contact_id": company.contact_ids[number] if company.contact_ids else None,
                "recipient": name,
                "organisation": "",
                "province": "",
                "address": company.address,
                "postcode": "" if rng.random() < 0.01 else company.postcode,
                "phone": "",
                "copies": part,
                "created_at": now,
                "updated_at": now,
            }
        )


def _go_on_numbering(session: Session, rows: list[dict[str, Any]], points: list[dict[str, Any]]) -> None:
    """Tell PostgreSQL that ids were given by hand."""
    if session.get_bind().dialect.name != "postgresql":
        return
    from sqlalchemy import func

    for table, count in (("journals_subscription", len(rows)), ("journals_delivery", len(points))):
        if count:
            session.execute(select(func.setval(func.pg_get_serial_sequence(table, "id"), count)))


def _dispatch(session: Session, demo: Demo, publications: list[Publication]) -> int:
    """Send the issues of the last weeks."""
    run_id = 0
    for publication in publications:
        due = session.scalars(
            select(Issue)
            .where(
                Issue.publication_id == publication.id,
                not_(DISPATCHED),
                Issue.dispatch_date.between(demo.today - dt.timedelta(days=45), demo.today),
            )
            .order_by(Issue.number.desc())
            .limit(3)
        ).all()
        for issue in reversed(due):
            if all(why_held(share) for share in unserved(session, issue)):
                continue
            run_id = make_dispatch_run(session, issue.id, by=demo.users["desk"]).id
    return run_id
