"""Credit of a customer: rated with reason and validity, its history over time, seen by few and put on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.models import Audit, User
from core.clock import local_today
from core.customers.models import Company, CreditRating
from core.testing.harness import Browser, People

DAY = dt.timedelta(days=1)


@pytest.fixture
def li(people: People) -> User:
    return people.user("li", name="李四")


@pytest.fixture
def company(company_of: Any, li: User) -> Company:
    made: Company = company_of("成都锦城糖酒有限公司", owner_id=li.id)
    return made


def rate(browser: Browser, company: Company, **values: str) -> Any:
    sent = {"rating": "a", "limit": "5万", "reason": "年度评定", "valid_until": "", **values}
    return browser.post(f"/companies/{company.id}/credit", sent)


def test_a_rating_is_kept_with_reason_and_validity_and_drawn_over_time(
    company, li: User, browser_of: Callable[..., Browser], as_system
) -> None:
    browser = browser_of(li)
    until = local_today() + 30 * DAY
    assert rate(browser, company).status_code == 303
    assert (
        rate(browser, company, rating="aa", limit="80000", reason="付款一向准时", valid_until=str(until)).status_code
        == 303
    )
    with as_system() as session:
        rows = list(session.scalars(select(CreditRating).order_by(CreditRating.id)))
        assert [(one.rating, one.limit, one.valid_until) for one in rows] == [
            ("a", Decimal(50_000), None), ("aa", Decimal(80_000), until),
        ]  # fmt: skip
        now = session.get_one(Company, company.id)
        assert (now.credit_rating, now.credit_limit, now.credit_valid_until) == ("aa", Decimal(80_000), until)
    page = browser.get(f"/companies/{company.id}/profile").text
    assert "付款一向准时" in page
    assert "信用额度变化" in page
    assert page.count("<circle") == 2
    assert until.isoformat() in page
    assert "评级已过期" not in page
    assert "AA · ¥80,000.00" in browser.get(f"/companies/{company.id}/history").text


def test_a_rating_that_ran_out_is_told_and_found(
    company, company_of, li: User, browser_of: Callable[..., Browser], as_system
) -> None:
    company_of("另一家公司", owner_id=li.id)
    with as_system() as session:
        one = session.get_one(Company, company.id)
        one.credit_rating, one.credit_valid_until = "b", local_today() - DAY
    browser = browser_of(li)
    assert "评级已过期" in browser.get(f"/companies/{company.id}/profile").text
    listed = browser.get("/companies?credit_valid_until__lt=today").text
    assert "成都锦城糖酒有限公司" in listed
    assert "另一家公司" not in listed


@pytest.mark.parametrize(
    ("values", "said"),
    [({"reason": ""}, "请写明理由"), ({"limit": "-1"}, "负数"), ({"valid_until": "2020-01-01"}, "已经过去")],
)
def test_a_rating_that_says_too_little_or_nonsense_is_refused(
    company, li: User, browser_of: Callable[..., Browser], as_system, values: dict[str, str], said: str
) -> None:
    answer = rate(browser_of(li), company, **values)
    assert answer.status_code == 422
    assert said in answer.text
    with as_system() as session:
        assert session.scalars(select(CreditRating)).all() == []


def test_classes_are_drawn_where_no_limit_was_set(company, li: User, browser_of: Callable[..., Browser]) -> None:
    browser = browser_of(li)
    for code in ("b", "a"):
        assert rate(browser, company, rating=code, limit="").status_code == 303
    page = browser.get(f"/companies/{company.id}/profile").text
    assert "资信等级变化" in page
    assert page.count("<circle") == 2


def test_credit_is_seen_by_few_and_every_look_is_put_on_record(
    company, li: User, people: People, browser_of: Callable[..., Browser], as_system
) -> None:
    rate(browser_of(li), company)
    wang = people.user("wang")
    for tab in ("profile", "history", ""):
        page = browser_of(wang).get(f"/companies/{company.id}/{tab}".rstrip("/")).text
        assert "年度评定" not in page
        assert "¥50,000" not in page
    assert browser_of(wang).get(f"/companies/{company.id}/credit").status_code == 403

    def looks() -> int:
        with as_system() as session:
            seen = select(Audit).where(Audit.kind == "view", Audit.entity == "core_company", Audit.user_id == li.id)
            return len(session.scalars(seen).all())

    for tab in ("profile", "history", "credit"):
        before = looks()
        assert browser_of(li).get(f"/companies/{company.id}/{tab}").status_code == 200
        assert looks() == before + 1, tab
