"""Claiming, releasing, the public pool and its rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.models import Audit, User
from core.bus.delivery import sweep
from core.bus.jobs import run_job
from core.bus.services import start_job
from core.clock import local_today
from core.columns import utcnow
from core.customers import settings
from core.customers.models import Company, OwnerChange
from core.customers.queries.pool import Rules, endangered, falling, rules_of
from core.customers.services import claim_companies, claim_company, create_company, release_companies
from core.db import transaction
from core.errors import Forbidden, Refused
from core.messages.models import Message, MessageCopy
from core.overlay import overlay
from core.testing.harness import Browser, People

DAY = dt.timedelta(days=1)


@pytest.fixture
def set_to(as_system: Any) -> Callable[..., None]:
    def change(**values: Any) -> None:
        with as_system() as session:
            overlay().change_settings(session, {getattr(settings, name): value for name, value in values.items()})
            if "COUNT_FROM" not in values:  # as once the owners were warned
                overlay().change_setting(session, settings.COUNT_FROM, "")

    return change


@pytest.fixture
def changes(as_system: Any) -> Callable[[Company], list[tuple[int | None, int | None, int | None]]]:
    def of(company: Company) -> list[tuple[int | None, int | None, int | None]]:
        with as_system() as session:
            rows = select(OwnerChange).where(OwnerChange.company_id == company.id).order_by(OwnerChange.id)
            return [(one.before_id, one.after_id, one.changed_by_id) for one in session.scalars(rows)]

    return of


def claim_as(as_user: Any, user: User, *companies: Company) -> Any:
    with as_user(user), transaction() as session:
        return claim_companies(session, [one.id for one in companies], by=user.id)


def test_a_customer_is_claimed_shown_released_and_claimed_by_another(
    company_of: Any, people: People, browser_of: Callable[..., Browser], changes: Any
) -> None:
    li, wang = people.user("li", name="李四"), people.user("wang", name="王五")
    people.grant(li, "core:company:assign", "own")
    company = company_of("成都锦城糖酒有限公司")
    page = browser_of(li).get(f"/companies/{company.id}").text
    assert f"/companies/{company.id}/claim" in page
    assert browser_of(li).post(f"/companies/{company.id}/claim").status_code == 303
    theirs = browser_of(wang).get(f"/companies/{company.id}").text
    assert f"李四，{local_today().isoformat()} 起" in theirs
    assert f"/companies/{company.id}/claim" not in theirs
    refused = browser_of(wang).post(f"/companies/{company.id}/claim")
    assert refused.status_code == 422
    assert "<b>李四 已经挂牌了这家客户。</b>" in refused.text
    assert "处要改" not in refused.text
    assert browser_of(wang).post(f"/companies/{company.id}/release", {"reason": "想要"}).status_code == 403
    assert browser_of(li).post(f"/companies/{company.id}/release").status_code == 422
    assert browser_of(li).post(f"/companies/{company.id}/release", {"reason": "搬走了"}).status_code == 303
    assert "搬走了" in browser_of(wang).get(f"/companies/{company.id}").text
    assert browser_of(wang).post(f"/companies/{company.id}/claim").status_code == 303
    assert changes(company) == [(None, li.id, li.id), (li.id, None, li.id), (None, wang.id, wang.id)]


def test_a_reviewed_customer_stays_reviewed_whoever_looks_after_it(
    company_of: Any, people: People, as_user: Any, as_system: Any, browser_of: Callable[..., Browser]
) -> None:
    li, chief = people.user("li", name="李四"), people.user("chief", ["decision_maker"], name="何总")
    company = company_of("成都锦城糖酒有限公司", review_state="reviewed", created_at=utcnow() - 300 * DAY)
    claim_as(as_user, li, company)
    with as_user(chief), transaction() as session:
        release_companies(session, [company.id], by=chief.id, reason="另派他人")
    with as_system() as session:
        assert session.get_one(Company, company.id).review_state == "reviewed"
    told = browser_of(li).get(f"/companies/{company.id}").text
    assert "业务员 公海 → 李四" in told
    assert "业务员 李四 → 公海" in told
    assert "另派他人" in told
    history = browser_of(chief).get(f"/companies/{company.id}/history").text
    assert "挂牌时间" not in history


def test_several_are_claimed_at_once_and_the_others_are_told(
    company_of: Any, people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    free, taken = company_of("一号公司"), company_of("二号公司", owner_id=wang.id)
    browser = browser_of(li)
    answer = browser.post("/companies/batch", {"action": "claim", "id": [free.id, taken.id], "query": "view=free"})
    assert answer.status_code == 303, answer.text
    page = browser.get("/companies").text
    assert "已挂牌 1 家客户" in page
    assert "1 家已有业务员" in page
    with as_system() as session:
        assert session.get_one(Company, free.id).owner_id == li.id
        assert session.get_one(Company, taken.id).owner_id == wang.id


def test_without_the_right_nothing_is_claimed(company_of: Any, people: People, as_user: Any) -> None:
    li = people.user("li")
    people.grant(li, "core:company:claim", "none")
    company = company_of("一号公司")
    with pytest.raises(Forbidden), as_user(li), transaction() as session:
        claim_company(session, company.id, by=li.id)


def test_a_supervisor_gives_customers_of_the_pool_to_his_people_only(
    company_of: Any, people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    sales, other = people.department("销售部"), people.department("财务部")
    boss = people.user("boss", groups=("supervisor",), department=sales)
    li, stranger = people.user("li", department=sales), people.user("stranger", department=other)
    company = company_of("一号公司", entered_by_id=stranger.id)
    sent = {"action": "claim", "id": company.id, "query": "view=free", "confirmed": "1"}
    browser = browser_of(boss)
    asked = browser.post("/companies/batch", {"action": "claim", "id": company.id, "query": "view=free"}).text
    assert f'value="{li.id}"' in asked
    assert f'value="{stranger.id}"' not in asked
    assert browser.post("/companies/batch", {**sent, "owner_id": stranger.id}).status_code in (403, 422)
    assert browser_of(li).post("/companies/batch", {**sent, "owner_id": boss.id}).status_code in (403, 422)
    with as_system() as session:
        assert session.get_one(Company, company.id).owner_id is None
    assert browser.post("/companies/batch", {**sent, "owner_id": li.id}).status_code == 303
    with as_system() as session:
        assert session.get_one(Company, company.id).owner_id == li.id


def test_nobody_claims_more_than_the_limits(
    company_of: Any, people: People, as_user: Any, as_system: Any, set_to: Any
) -> None:
    li = people.user("li")
    firms = [company_of(f"{n}号公司") for n in range(5)]
    with as_system() as session:  # what he enters himself is no claim
        create_company(session, {"name": "自己录入的公司"}, by=li.id, owner_id=li.id)
    set_to(CLAIMS_A_DAY=2)
    claim_as(as_user, li, firms[0])
    with pytest.raises(Refused, match="还可挂牌 1 家"):
        claim_as(as_user, li, firms[1], firms[2])
    claim_as(as_user, li, firms[1])
    with pytest.raises(Refused, match="还可挂牌 0 家"):
        claim_as(as_user, li, firms[2])
    set_to(CLAIMS_A_DAY=0, MOST_OWNED=4)
    claim_as(as_user, li, firms[2])
    with pytest.raises(Refused, match="你已有 4 家"):
        claim_as(as_user, li, firms[3])


def test_the_previous_owner_is_locked_out_for_a_while(
    company_of: Any, people: People, as_user: Any, as_system: Any, set_to: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    people.grant(li, "core:company:assign", "own")
    company = company_of("一号公司", owner_id=li.id)
    set_to(LOCKOUT_DAYS=30)
    with as_user(li), transaction() as session:
        release_companies(session, [company.id], by=li.id, reason="没有意向")
    with pytest.raises(Refused, match=(local_today() + 30 * DAY).isoformat()), as_user(li), transaction() as session:
        claim_company(session, company.id, by=li.id)
    assert claim_as(as_user, li, company).locked == {company.id: local_today() + 30 * DAY}
    with as_system() as session:
        session.scalars(select(OwnerChange)).one().changed_at = utcnow() - 31 * DAY
    assert [one.id for one in claim_as(as_user, li, company).done] == [company.id]
    assert claim_as(as_user, wang, company).taken


def test_the_pool_is_a_list_with_when_why_and_whose(
    company_of: Any, people: People, browser_of: Callable[..., Browser], as_user: Any
) -> None:
    li = people.user("li", name="李四")
    people.grant(li, "core:company:assign", "own")
    company_of("新来公司", created_at=utcnow() - 40 * DAY)
    company_of("有主公司", owner_id=li.id)
    gone = company_of("放弃公司", owner_id=li.id)
    with as_user(li), transaction() as session:
        release_companies(session, [gone.id], by=li.id, reason="电话停机")
    browser = browser_of(people.user("wang"))
    answer = browser.get("/companies/pool?standing=prospect")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/companies?view=free&standing=prospect")
    page = browser.get("/companies?view=free").text
    assert "电话停机" in page
    assert "李四" in page
    assert "有主公司" not in page
    for query, found in (
        ("in_pool_since=today", "放弃公司"), ("in_pool_since__lt=-30d", "新来公司"), ("last_owner=李四", "放弃公司"),
        ("last_owner__empty=1", "新来公司"), ("in_pool_since__between=-50d,-30d", "新来公司"),
    ):  # fmt: skip
        page = browser.get(f"/companies?view=free&{query}").text
        assert [name for name in ("放弃公司", "新来公司") if f">{name}<" in page] == [found], query


# --- the rules


def test_when_a_customer_falls() -> None:
    rules = Rules(idle=90, untouched=30, exempt=("key",))
    since = dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)

    def day(rules: Rules = rules, standing: str = "prospect", contact: dt.date | None = None) -> dt.date | None:
        return rules.falls_on(owner_id=1, standing=standing, held_since=since, last_contact_on=contact)

    assert day() == dt.date(2026, 2, 9)
    assert day(contact=dt.date(2025, 12, 1)) == dt.date(2026, 2, 9)
    assert day(contact=dt.date(2026, 1, 20)) == dt.date(2026, 4, 20)
    assert day(standing="key") is None
    assert day(Rules()) is None
    assert day(Rules(idle=90, count_from=dt.date(2026, 3, 1))) == dt.date(2026, 5, 30)


def held(company_of: Any, owner: User) -> list[Company]:
    """Make customers of every kind that the rules tell apart."""
    now, today = utcnow(), local_today()
    kinds = [
        {"claimed_at": now - days * DAY, "last_contact_on": contact, "standing": standing}
        for days in (1, 20, 29, 30, 31, 80, 200)
        for contact in (None, today, today - 25 * DAY, today - 89 * DAY, today - 90 * DAY, today - 400 * DAY)
        for standing in ("prospect", "key")
    ]
    kinds.append({"claimed_at": None, "created_at": now - 100 * DAY})
    made = [company_of(f"{n}号公司", owner_id=owner.id, **kind) for n, kind in enumerate(kinds)]
    return [*made, company_of("公海里的", claimed_at=None, created_at=now - 500 * DAY)]


@pytest.mark.parametrize("chosen", [{"IDLE_DAYS": 90}, {"UNTOUCHED_DAYS": 30}, {"IDLE_DAYS": 90, "UNTOUCHED_DAYS": 30}])
def test_what_the_database_finds_is_what_the_rule_says(
    company_of: Any, people: People, as_system: Any, set_to: Any, chosen: dict[str, int]
) -> None:
    companies = held(company_of, people.user("li"))
    set_to(**chosen)
    with as_system() as session:
        rules = rules_of(session)
        days = falling(session, [one.id for one in companies])
        assert len({day for day in days.values() if day}) > 2
        for ahead in (-60, -1, 0, 1, 5, 30, 90):
            day = local_today() + ahead * DAY
            found = set(session.scalars(select(Company.id).where(rules.fallen_by(session, day))))
            assert found == {id_ for id_, on in days.items() if on is not None and on <= day}, ahead
        covered = set(session.scalars(select(Company.id).where(rules.covered(session))))
        assert covered == {id_ for id_, on in days.items() if on is not None}


def run(app: Any, as_system: Any) -> None:
    with as_system() as session:
        started = start_job(session, "core.release_to_pool").id
    assert run_job(app.extensions["zhike"].bus, started)


def test_a_rule_that_begins_lets_nothing_fall_before_its_owner_was_warned(
    app: Any, company_of: Any, people: People, as_system: Any, browser_of: Callable[..., Browser], changes: Any
) -> None:
    li, admin = people.user("li"), browser_of(people.user("root", groups=("system_administrator",)))
    today = local_today()
    old = company_of("久未联系", owner_id=li.id, claimed_at=utcnow() - 900 * DAY, last_contact_on=today - 400 * DAY)
    key = "core.pool_idle_days"
    assert admin.post("/admin/settings", {key: "90", "core.pool_warn_days": "7"}).status_code == 303
    run(app, as_system)
    assert changes(old) == []
    with as_system() as session:
        assert falling(session, [old.id]) == {old.id: today + 7 * DAY}
        assert endangered(session, li.id, 5)[0] == 1
    assert admin.post("/admin/settings", {key: "30"}).status_code == 303
    with as_system() as session:
        assert falling(session, [old.id]) == {old.id: today + 7 * DAY}
    assert admin.post("/admin/settings", {key: "90", "core.pool_count_from": ""}).status_code == 303
    with as_system() as session:
        assert falling(session, [old.id]) == {old.id: today - 310 * DAY}


def test_the_job_puts_customers_into_the_pool_once_and_says_why(
    app: Any, company_of: Any, people: People, as_system: Any, set_to: Any, changes: Any
) -> None:
    li = people.user("li")
    today = local_today()
    quiet = company_of("久未联系", owner_id=li.id, claimed_at=utcnow() - 300 * DAY, last_contact_on=today - 91 * DAY)
    busy = company_of("常联系", owner_id=li.id, claimed_at=utcnow() - 300 * DAY, last_contact_on=today - 3 * DAY)
    late = company_of("后到期", owner_id=li.id, claimed_at=utcnow() - 300 * DAY, last_contact_on=today - 3 * DAY)
    key = company_of("大客户", owner_id=li.id, standing="key", claimed_at=utcnow() - 300 * DAY)
    run(app, as_system)
    assert changes(quiet) == []
    set_to(IDLE_DAYS=90)
    run(app, as_system)
    with as_system() as session:
        session.get_one(Company, late.id).last_contact_on = today - 95 * DAY
    run(app, as_system)
    sweep(app.extensions["zhike"].bus)
    assert changes(quiet) == [(li.id, None, None)]
    assert changes(busy) == changes(key) == []
    with as_system() as session:
        assert session.get_one(Company, quiet.id).owner_id is None
        reason = session.scalars(select(OwnerChange.reason).where(OwnerChange.company_id == quiet.id)).one()
        assert (today - 91 * DAY).isoformat() in reason
        lines = select(Audit).where(Audit.entity == "core_company", Audit.kind == "edit", Audit.entity_id == quiet.id)
        assert [line.changes["owner_id"] for line in session.scalars(lines)] == [[li.id, None]]
        told = session.execute(select(Message.title, Message.content, MessageCopy.user_id).join(MessageCopy)).all()
        assert [tuple(one) for one in told] == [("你有 2 家客户已放入公海", "久未联系\n后到期", li.id)]


def test_a_day_that_cannot_be_read_lets_nothing_fall(as_system: Any, set_to: Any) -> None:
    set_to(IDLE_DAYS=90, COUNT_FROM="next week")
    with as_system() as session:
        assert not rules_of(session).on


def test_the_owner_is_warned_on_the_workbench_and_on_the_page(
    company_of: Any, people: People, browser_of: Callable[..., Browser], as_user: Any, set_to: Any
) -> None:
    li = people.user("li")
    today = local_today()
    near = company_of("快掉了", owner_id=li.id, claimed_at=utcnow() - 200 * DAY, last_contact_on=today - 86 * DAY)
    company_of("还早", owner_id=li.id, claimed_at=utcnow() - 200 * DAY, last_contact_on=today - 60 * DAY)
    set_to(IDLE_DAYS=90)
    with as_user(li) as session:
        assert endangered(session, li.id, 5) == (1, [(near.id, "快掉了", today + 4 * DAY)])
    browser = browser_of(li)
    assert "快掉了" in browser.get("/").text
    assert (today + 4 * DAY).isoformat() in browser.get(f"/companies/{near.id}").text
    page = browser.get("/companies?view=falling").text
    assert "快掉了" in page
    assert "还早" not in page
    set_to(IDLE_DAYS=90, WARN_DAYS=30)
    with as_user(li) as session:
        assert endangered(session, li.id, 5)[0] == 2
    assert "还早" in browser.get("/companies?view=falling").text
    set_to(IDLE_DAYS=90, WARN_DAYS=4)
    with as_user(li) as session:
        assert endangered(session, li.id, 5)[0] == 1
    assert "快掉了" in browser.get("/companies?view=falling").text


def test_a_supervisor_who_hands_over_from_the_pool_is_told_how(
    people: People, browser_of: Callable[..., Browser], company_of: Any
) -> None:
    pooled = company_of("公海酒业")
    chief = browser_of(people.user("chief", groups=("supervisor",)))
    page = chief.post("/companies/batch", {"action": "assign", "id": str(pooled.id)})
    assert page.status_code == 422
    assert "公海客户请用“挂牌”分派给同事" in page.text
