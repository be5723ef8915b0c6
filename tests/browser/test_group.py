"""Rules of customer types, groups, partners, credit and sales tracking in both sizes: no accessibility finding."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.columns import utcnow
from core.customers.models import Company, CompanyRelation, CreditRating
from core.standing.models import StandingRule
from core.standing.services import save_rule
from core.worklogs.models import WorkLog
from tests.browser.conftest import DESKTOP, PHONE


@pytest.fixture
def boss(people):
    return people.user("boss", ("decision_maker",), name="何建国")


@pytest.fixture
def house(as_system, boss):
    """A group of three with a partner, two ratings, an entry of the work log and a rule; give the id of its head."""
    with as_system() as session:
        names = ("华润酒业集团", "北方分公司", "天津办事处", "瓶盖厂")
        found = [Company(name=name, owner_id=boss.id, review_state="reviewed") for name in names]
        session.add_all(found)
        session.flush()
        head, branch, office, other = found
        branch.parent_id, branch.branch_kind = head.id, "branch"
        office.parent_id, office.branch_kind = branch.id, "office"
        session.add(CompanyRelation(company_id=head.id, other_id=other.id, kind="supplier", note="瓶盖"))
        for days, limit in ((300, 30_000), (20, 80_000)):
            moment = utcnow() - dt.timedelta(days=days)
            session.add(
                CreditRating(company_id=head.id, rating="a", limit=Decimal(limit), reason="按时付款", rated_at=moment)
            )
        head.credit_rating, head.credit_limit = "a", Decimal(80_000)
        log = WorkLog(kind="visit", text="看了展位图", outcome="considering", author_id=boss.id, company_id=head.id)
        log.next_on, log.next_step = dt.date(2026, 1, 5), "确认展位数"
        session.add(log)
        save_rule(
            session, None, name="有人管的列为目标", before=["prospect"], after="target", active=True,
            conditions=[{"figure": "core.owned", "op": "is", "number": None}],
        )  # fmt: skip
        return head.id


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_have_no_accessibility_finding_and_fit(house, boss, open_page, findings, viewport):
    pages = (
        "/admin/standing", "/admin/standing/new", "/admin/standing/1", f"/groups/{house}",
        *(f"/companies/{house}/{tab}" for tab in ("partners", "partners/new", "profile", "tracking", "credit")),
    )  # fmt: skip
    found = {}
    for address in pages:
        page = open_page(boss, address, viewport=viewport)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[address] = findings(page) + (["wider than the window"] if wide else [])
    assert {address: said for address, said in found.items() if said} == {}


def test_on_a_phone_the_chosen_tab_and_what_it_holds_are_in_sight(house, boss, open_page):
    page = open_page(boss, f"/companies/{house}/history", viewport=PHONE)
    tab = page.locator(".tabs [aria-current]")
    expect(tab).to_be_in_viewport(ratio=1)
    first, aside = page.locator(".cols .card").first.bounding_box(), page.locator(".cols > aside").bounding_box()
    assert first["y"] < aside["y"]
    page = open_page(boss, f"/companies/{house}", viewport=PHONE)  # the next step comes before the talk
    first, aside = page.locator(".cols > .card").first.bounding_box(), page.locator(".cols > aside").bounding_box()
    assert aside["y"] < first["y"]
    page = open_page(boss, "/companies", viewport=PHONE)
    whole = "one => { one.textContent = '名'.repeat(14); return one.scrollWidth <= one.clientWidth }"
    assert page.locator(".mc b").first.evaluate(whole)


def test_a_rule_is_written_without_scripts(house, boss, open_page, as_system):
    page = open_page(boss, "/admin/standing/new", scripts=False)
    page.get_by_label("规则名称").fill("有两个联系人")
    page.locator("#after").select_option("customer")
    page.locator("[name=conditions-0-figure]").select_option("core.contacts")
    page.locator("[name=conditions-0-op]").select_option("least")
    page.locator("[name=conditions-0-number]").fill("2")
    page.get_by_role("button", name="储存").last.click()
    expect(page.locator("main")).to_contain_text("在册联系人 ≥ 2")
    with as_system() as session:
        names = session.scalars(select(StandingRule.name).order_by(StandingRule.position)).all()
    assert names == ["有人管的列为目标", "有两个联系人"]
