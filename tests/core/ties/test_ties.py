"""Groups of companies with their sums, within the rows of whoever looks; partners with their direction."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.models import User
from core.charts import BOX, STEP, tree
from core.customers.models import Company, CompanyRelation, Contact
from core.plugin import CustomerFigure
from core.testing.harness import Browser, People
from core.ties.queries import group_of, sums_of

DAY = dt.date(2026, 3, 18)


@pytest.fixture
def company_of(as_system: Any) -> Callable[..., Company]:
    def make(name: str, *contacts: str, **values: Any) -> Company:
        with as_system() as session:
            company = Company(name=name, **{"review_state": "reviewed", **values})
            session.add(company)
            session.flush()
            session.add_all(Contact(company_id=company.id, name=one, review_state="reviewed") for one in contacts)
        return company

    return make


@pytest.fixture
def house(company_of, people: People) -> dict[str, Any]:
    """A head office with two branches and an office below one of them: of two owners."""
    li, wang = people.user("li", name="李四"), people.user("wang", name="王五")
    top = company_of("华润酒业集团", "甲", "乙", owner_id=li.id, last_contact_on=DAY)
    north = company_of("北方分公司", "丙", owner_id=wang.id, parent_id=top.id, branch_kind="branch")
    south = company_of("南方分公司", owner_id=li.id, parent_id=top.id, last_contact_on=DAY + dt.timedelta(days=3))
    office = company_of("天津办事处", "丁", "戊", "己", owner_id=li.id, parent_id=north.id)
    company_of("别的公司", "庚", owner_id=li.id)
    company_of("已删分公司", "辛", owner_id=li.id, parent_id=top.id, deleted_at=dt.datetime.now(dt.UTC))
    return {"li": li, "wang": wang, "top": top, "north": north, "south": south, "office": office}


@pytest.fixture
def boss(people: People) -> User:
    return people.user("boss", groups=("decision_maker",))


def sums(as_user: Any, user: User, company: Company) -> dict[str, Any]:
    with as_user(user) as session:
        from core.auth.access import current_access

        group = group_of(session, company.id)
        return {one.figure.name: one for one in sums_of(session, current_access(), group)}


def test_a_group_is_the_same_seen_from_each_of_its_companies(house, boss: User, as_user) -> None:
    for name in ("top", "north", "south", "office"):
        with as_user(boss) as session:
            group = group_of(session, house[name].id)
        assert [(one.company.name, one.depth) for one in group.members] == [
            ("华润酒业集团", 0), ("北方分公司", 1), ("天津办事处", 2), ("南方分公司", 1),
        ]  # fmt: skip
        assert (group.hidden, group.more) == (0, False)


def test_companies_that_belong_to_each_other_in_a_circle_end_somewhere(
    company_of, boss: User, as_user, as_system
) -> None:
    one = company_of("甲公司")
    two = company_of("乙公司", parent_id=one.id)
    with as_system() as session:
        session.get_one(Company, one.id).parent_id = two.id
    with as_user(boss) as session:
        assert len(group_of(session, one.id).members) == 2


def test_contacts_are_summed_over_the_group(house, boss: User, as_user) -> None:
    found = sums(as_user, boss, house["office"])["core.contacts"]
    assert found.total == 6
    assert found.values == {house["top"].id: 2, house["north"].id: 1, house["south"].id: 0, house["office"].id: 3}
    assert found.masked == 0


def test_what_somebody_may_not_see_is_masked_and_not_counted(house, people: People, as_user) -> None:
    li = house["li"]
    people.grant_group("staff", "core:contact:query", "own")
    found = sums(as_user, li, house["top"])["core.contacts"]
    assert found.values[house["north"].id] is None
    assert found.total == 5
    assert found.masked == 1


def test_a_company_that_somebody_does_not_find_is_left_out_counted_and_cuts_nothing_off(
    house, people: People, as_user
) -> None:
    li = house["li"]
    people.grant_group("staff", "core:company:query", "own")
    with as_user(li) as session:
        group = group_of(session, house["office"].id)
    assert [one.company.name for one in group.members] == ["华润酒业集团", "南方分公司", "天津办事处"]
    office = group.members[-1]
    assert office.parent_id == house["top"].id
    assert group.hidden == 1


def test_a_figure_without_its_right_is_left_out_and_one_that_fails_too(
    house, people: People, as_user, app, monkeypatch
) -> None:
    li = house["li"]
    people.grant_group("staff", "core:contact:query", "none")
    assert "core.contacts" not in sums(as_user, li, house["top"])
    people.grant_group("staff", "core:contact:query", "all")
    registry = app.extensions["zhike"].registry

    def broken() -> Any:
        raise ValueError("no such sum")

    bad = CustomerFigure(name="demo.bad", title="x", value=broken, summed=True)
    monkeypatch.setitem(registry._declared["demo"], "register_customer_figures", (bad,))
    found = sums(as_user, li, house["top"])
    assert "demo.bad" not in found
    assert "core.contacts" in found


def test_subscriptions_are_summed_and_silent_while_the_module_is_off(house, boss: User, as_user, as_system) -> None:
    from core.auth.models import PluginState
    from core.state import bump

    assert {"journals.running_copies", "journals.running_amount"} <= set(sums(as_user, boss, house["top"]))
    with as_system() as session:
        session.add(PluginState(name="journals", enabled=False))
        bump(session, "plugins")
    assert not [name for name in sums(as_user, boss, house["top"]) if name.startswith("journals.")]


# --- pages


def test_the_page_of_a_group_leads_to_the_lists_that_it_counts(
    house, boss: User, browser_of: Callable[..., Browser]
) -> None:
    browser = browser_of(boss)
    page = browser.get(f"/groups/{house['office'].id}").text
    assert "华润酒业集团" in page
    assert (DAY + dt.timedelta(days=3)).isoformat() in page
    assert "李四" in page
    assert page.count("<rect") == 4
    [address] = set(re.findall(r'href="(/contacts\?[^"]*__group[^"]*)"', page))
    listed = browser.get(address.replace("&amp;", "&")).text
    assert "庚" not in listed
    assert "查到 6" in listed
    single = f"/contacts?invalid=0&company_id={house['office'].id}"
    assert f'href="{single.replace("&", "&amp;")}"' in page
    assert "查到 3" in browser.get(single).text


def test_any_list_takes_the_group_of_a_company_as_a_condition(
    house, boss: User, people: People, browser_of: Callable[..., Browser]
) -> None:
    browser = browser_of(boss)
    address = f"/contacts?company_id__group={house['office'].id}"
    page = browser.get(address).text
    assert "查到 6" in page
    assert "天津办事处 所在集团" in page
    assert "查到 4" in browser.get(f"/companies?group={house['north'].id}").text
    below = browser.get(f"/contacts?company_id__below={house['north'].id}").text
    assert "及其下级" in below
    assert "庚" not in below
    assert "查到 3" in browser.get(f"/contacts?company_id__below={house['office'].id}").text
    assert "查到 4" in browser.get(f"/companies?group__below={house['top'].id}").text
    assert "查到 2" in browser.get(f"/companies?group__below={house['north'].id}").text
    assert browser.get("/contacts?company_id__group=x").status_code == 422
    assert browser.get("/contacts?name__group=1").status_code == 422
    people.grant_group("decision_maker", "core:contact:query", "own")
    listed = browser.get(address).text
    assert "天津办事处 所在集团" in listed
    assert "查到 6" not in listed


def test_the_totals_of_a_large_group_lead_to_their_lists(
    house, boss: User, as_system: Any, browser_of: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_system() as session:
        branches = [
            Company(name=f"第{n}营业部", parent_id=house["top"].id, review_state="reviewed") for n in range(210)
        ]
        session.add_all(branches)
        session.flush()
        session.add_all(Contact(company_id=one.id, name="壬", review_state="reviewed") for one in branches)
    browser = browser_of(boss)
    page = browser.get(f"/groups/{house['top'].id}").text
    [address] = set(re.findall(r'href="(/contacts\?[^"]*__group[^"]*)"', page))
    assert "查到 216" in browser.get(address.replace("&amp;", "&")).text


def test_a_condition_on_a_group_takes_more_companies_than_its_page_shows(
    house, boss: User, as_system: Any, browser_of: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.ties.queries.MOST", 3)
    top = house["top"].id
    browser = browser_of(boss)
    assert "只显示前 3 家" in browser.get(f"/groups/{top}").text
    office = house["office"].id
    for condition in (f"group={top}", f"group__below={top}", f"group={office}"):
        assert "查到 4" in browser.get(f"/companies?{condition}").text
    assert "查到 6" in browser.get(f"/contacts?company_id__group={top}").text


def test_the_page_says_what_it_leaves_out(house, people: People, browser_of: Callable[..., Browser]) -> None:
    li = house["li"]
    people.grant_group("staff", "core:company:query", "own")
    page = browser_of(li).get(f"/groups/{house['top'].id}").text
    assert "另有 1 家" in page
    assert "北方分公司" not in page
    people.grant_group("staff", "core:company:query", "all")
    people.grant_group("staff", "core:contact:query", "own")
    page = browser_of(li).get(f"/groups/{house['top'].id}").text
    assert "北方分公司" in page
    assert "有 1 家不在你的权限范围内" in page
    assert "未显示" in page
    assert browser_of(people.user("stranger", groups=())).get(f"/groups/{house['top'].id}").status_code == 403


def test_the_page_of_a_company_leads_to_its_group_and_one_alone_has_none(
    house, company_of, boss: User, browser_of: Callable[..., Browser]
) -> None:
    browser = browser_of(boss)
    assert f'href="/groups/{house["office"].id}"' in browser.get(f"/companies/{house['office'].id}").text
    alone = company_of("独立公司")
    assert "/groups/" not in browser.get(f"/companies/{alone.id}").text
    assert browser.get(f"/groups/{alone.id}").status_code == 200
    assert browser.get("/groups/999999").status_code == 404


def test_a_group_opens_as_a_list(house, boss: User, browser_of: Callable[..., Browser], people: People) -> None:
    page = browser_of(boss).get(f"/groups/{house['office'].id}").text
    assert f'href="/companies?group={house["office"].id}"' in page
    listed = browser_of(boss).get(f"/companies?group={house['office'].id}").text
    assert "查到 4" in listed
    assert "别的公司" not in listed
    assert "天津办事处" in listed.split("已选条件")[1][:600]  # the condition says which group by its name
    assert "查到 1" in browser_of(boss).get(f"/companies?group__ne={house['top'].id}").text
    people.grant_group("staff", "core:company:query", "own")
    assert "查到 3" in browser_of(house["li"]).get(f"/companies?group={house['top'].id}").text


# --- partners


def test_a_partner_is_shown_on_both_sides_with_the_direction(
    company_of, people: People, browser_of: Callable[..., Browser], as_system
) -> None:
    li = people.user("li")
    mine, theirs = company_of("甲酒厂", owner_id=li.id), company_of("乙包装厂")
    browser = browser_of(li)
    address = f"/companies/{mine.id}/partners"
    sent = {"other_id": str(theirs.id), "kind": "supplier", "note": "瓶盖"}
    assert browser.post(f"{address}/new", sent).status_code == 303
    page = browser.get(address).text
    assert "是本公司的供应商" in page
    assert "瓶盖" in page
    other = browser.get(f"/companies/{theirs.id}/partners").text
    assert "本公司是其供应商" in other
    assert "/delete" not in other
    again = browser.post(f"{address}/new", sent)
    assert again.status_code == 422
    assert "已经登记过" in again.text
    assert browser.post(f"{address}/new", {"other_id": str(mine.id), "kind": "partner"}).status_code == 422
    assert browser.post(f"{address}/new", {"other_id": str(theirs.id), "kind": "nothing"}).status_code == 422
    assert browser.post(f"{address}/new", {"other_id": str(theirs.id), "kind": "partner"}).status_code == 303
    assert "互为合作伙伴" in browser.get(f"/companies/{theirs.id}/partners").text
    with as_system() as session:
        first = session.scalars(select(CompanyRelation).order_by(CompanyRelation.id)).first()
    assert browser.post(f"/companies/{theirs.id}/partners/{first.id}/delete").status_code in (403, 404)
    assert browser.post(f"{address}/{first.id}/delete").status_code == 303
    assert "是本公司的供应商" not in browser.get(address).text


def test_only_who_may_change_a_customer_names_its_partners(
    company_of, people: People, browser_of: Callable[..., Browser], as_system
) -> None:
    li, wang = people.user("li"), people.user("wang")
    mine, theirs = company_of("甲酒厂", owner_id=li.id), company_of("乙包装厂", owner_id=wang.id)
    browser = browser_of(wang)
    sent = {"other_id": str(theirs.id), "kind": "supplier"}
    assert browser.get(f"/companies/{mine.id}/partners/new").status_code == 403
    assert browser.post(f"/companies/{mine.id}/partners/new", sent).status_code == 403
    with as_system() as session:
        assert session.scalars(select(CompanyRelation)).all() == []


# --- the picture


def test_a_parent_stands_beside_the_middle_of_what_is_below_it() -> None:
    drawn = tree(
        [(1, None, "集团"), (2, 1, "一"), (3, 1, "二"), (4, 3, "三"), (5, 1, "名字特别特别特别特别特别长的分公司")]
    )
    at = {box.id: box for box in drawn.boxes}
    assert at[1].y == (at[2].y + at[5].y) / 2
    assert at[3].y == at[4].y
    assert at[4].x > at[3].x > at[1].x == 0
    assert at[5].text.endswith("…")
    assert drawn.height == 3 * STEP
    assert drawn.width >= at[4].x + BOX
    assert drawn.path.count("M") == 4
