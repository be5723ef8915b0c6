"""Customer types by rule and by hand: rules, what they would change, their history, what a person chose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.models import PluginState, User
from core.bus.delivery import sweep
from core.bus.jobs import run_job
from core.bus.models import JobRun
from core.bus.services import start_job
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company, Contact, StandingChange
from core.customers.services import change_standing, record_contact
from core.errors import Refused
from core.overlay import overlay
from core.standing import queries
from core.standing.jobs import JOB
from core.standing.models import StandingRule
from core.standing.services import apply_rules, apply_rules_to, save_rule
from core.standing.settings import HAND_DAYS
from core.state import bump
from core.testing.harness import Browser, People

DAY = dt.timedelta(days=1)
OLD = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def asks(figure: str, op: str, number: int | None = None) -> dict[str, Any]:
    return {"figure": figure, "op": op, "number": number}


@pytest.fixture
def company_of(as_system: Any) -> Callable[..., Company]:
    def make(name: str, **values: Any) -> Company:
        with as_system() as session:
            company = Company(name=name, **{"review_state": "reviewed", "created_at": OLD, **values})
            session.add(company)
        return company

    return make


@pytest.fixture
def rule_of(as_system: Any) -> Callable[..., int]:
    def make(name: str, before: str, after: str, *conditions: dict[str, Any], active: bool = True) -> int:
        with as_system() as session:
            made = save_rule(
                session, None, name=name, before=before.split(","), after=after, conditions=conditions, active=active
            )
            return made.id

    return make


@pytest.fixture
def work(as_system: Any) -> Callable[[], int]:
    """Let the rules work once over all customers; give how many changed."""

    def run() -> int:
        count, last = 0, 0
        while True:
            with as_system() as session:
                some, upto = apply_rules(session, last, 2)
            count += some
            if upto is None:
                return count
            last = upto

    return run


@pytest.fixture
def seen(as_system: Any) -> Callable[[Company], tuple[str, list[StandingChange]]]:
    def of(company: Company) -> tuple[str, list[StandingChange]]:
        with as_system() as session:
            rows = select(StandingChange).where(StandingChange.company_id == company.id).order_by(StandingChange.id)
            return session.get_one(Company, company.id).standing, list(session.scalars(rows))

    return of


def test_a_rule_changes_whoever_meets_it_and_tells_so_in_the_history(company_of, rule_of, work, seen) -> None:
    quiet = company_of("一号公司", standing="customer", last_contact_on=local_today() - 200 * DAY)
    lively = company_of("二号公司", standing="customer", last_contact_on=local_today() - 20 * DAY)
    other = company_of("三号公司", standing="partner", last_contact_on=local_today() - 200 * DAY)
    rule = rule_of("久未联系", "customer,regular", "lost", asks("core.contacted", "ago", 180))
    assert work() == 1
    standing, [change] = seen(quiet)
    assert standing == "lost"
    assert (change.before, change.after, change.rule_id, change.rule) == ("customer", "lost", rule, "久未联系")
    assert change.changed_by_id is None
    assert "180" in change.reason
    assert seen(lively) == ("customer", [])
    assert seen(other) == ("partner", [])
    assert work() == 0


@pytest.mark.parametrize(
    ("days", "met"), [(89, False), (90, True), (91, True)]
)  # fmt: skip
def test_none_for_so_many_days_counts_whole_days(company_of, rule_of, work, days: int, met: bool) -> None:
    company_of("一号公司", standing="customer", last_contact_on=local_today() - days * DAY)
    rule_of("久未联系", "customer", "lost", asks("core.contacted", "ago", 90))
    assert work() == int(met)


@pytest.mark.parametrize(("days", "met"), [(89, False), (90, True)])
def test_whoever_was_never_contacted_is_counted_from_the_day_of_entry(
    company_of, rule_of, work, days: int, met: bool
) -> None:
    company_of("一号公司", standing="customer", created_at=utcnow() - days * DAY)
    rule_of("久未联系", "customer", "lost", asks("core.contacted", "ago", 90))
    assert work() == int(met)


def test_all_conditions_must_be_so_and_the_first_rule_counts(
    company_of, rule_of, work, seen, as_system, people: People
) -> None:
    li = people.user("li")
    owned, free = company_of("一号公司", owner_id=li.id), company_of("二号公司")
    for company in (owned, free):
        with as_system() as session:
            session.add(Contact(company_id=company.id, name="邓晓梅"))
            session.add(Contact(company_id=company.id, name="走了的人", invalid=True))
    rule_of("两个联系人", "prospect", "key", asks("core.contacts", "least", 2))
    rule_of("有人管", "prospect", "target", asks("core.contacts", "least", 1), asks("core.owned", "is"))
    rule_of("没人管", "prospect", "customer", asks("core.contacts", "most", 1), asks("core.owned", "not"))
    assert work() == 2
    assert seen(owned)[0] == "target"
    assert seen(free)[0] == "customer"


def test_a_customer_changes_once_in_a_run_though_the_next_rule_would_go_on(company_of, rule_of, work, seen) -> None:
    company = company_of("一号公司")
    rule_of("第一步", "prospect", "target", asks("core.owned", "not"))
    rule_of("第二步", "target", "customer", asks("core.owned", "not"))
    assert work() == 1
    assert seen(company)[0] == "target"
    assert work() == 1
    assert seen(company)[0] == "customer"


def test_rules_that_lead_back_and_forth_change_a_customer_once_a_day_each_and_are_told(
    company_of, rule_of, work, seen, people: People, browser_of: Callable[..., Browser]
) -> None:
    company = company_of("一号公司")
    rule_of("去", "prospect", "target", asks("core.owned", "not"))
    rule_of("回", "target", "prospect", asks("core.contacts", "most", 3))
    assert [work() for _ in range(4)] == [1, 1, 0, 0]
    assert len(seen(company)[1]) == 2
    root = people.user("root", groups=("system_administrator",))
    assert "“去”和“回”互相来回" in browser_of(root).get("/admin/standing").text


def test_what_somebody_chose_is_left_alone_for_the_days_of_the_setting(
    company_of, rule_of, work, seen, as_system, people: People, browser_of: Callable[..., Browser]
) -> None:
    li = people.user("li")
    company = company_of("一号公司", owner_id=li.id)
    with as_system() as session:
        change_standing(session, session.get_one(Company, company.id), "customer", by=li.id, reason="当面谈定")
    rule_of("久未联系", "customer", "lost", asks("core.contacted", "ago", 30))
    assert work() == 0
    root = people.user("root", groups=("system_administrator", "decision_maker"))
    assert "另有 1 家符合规则但不变更" in browser_of(root).get("/admin/standing").text
    until = (local_today() + 91 * DAY).isoformat()
    assert until in browser_of(li).get(f"/companies/{company.id}/history").text
    with as_system() as session:
        session.scalars(select(StandingChange)).one().changed_at = utcnow() - 89 * DAY
    assert work() == 0
    with as_system() as session:
        session.scalars(select(StandingChange)).one().changed_at = utcnow() - 92 * DAY
    assert work() == 1
    assert seen(company)[0] == "lost"


def test_with_the_setting_at_nothing_rules_change_at_once(company_of, rule_of, work, as_system, people: People) -> None:
    li = people.user("li")
    company = company_of("一号公司")
    with as_system() as session:
        change_standing(session, session.get_one(Company, company.id), "customer", by=li.id)
        overlay().change_setting(session, HAND_DAYS, 0)
    rule_of("久未联系", "customer", "lost", asks("core.contacted", "ago", 30))
    assert work() == 1


def test_a_rule_that_is_switched_off_does_nothing(company_of, rule_of, work) -> None:
    company_of("一号公司")
    rule_of("停着", "prospect", "target", asks("core.owned", "not"), active=False)
    assert work() == 0


def test_a_rule_rests_while_the_module_of_its_figure_is_switched_off(
    company_of, rule_of, work, as_system, people: People, browser_of: Callable[..., Browser]
) -> None:
    company_of("一号公司")
    rule_of("从未订阅", "prospect", "target", asks("journals.subscriptions", "most", 0))
    with as_system() as session:
        session.add(PluginState(name="journals", enabled=False))
        bump(session, "plugins")
    assert work() == 0
    root = people.user("root", groups=("system_administrator", "decision_maker"))
    page = browser_of(root).get("/admin/standing").text
    assert "暂停" in page
    assert "累计订阅次数" in page
    with as_system() as session:
        session.get_one(PluginState, "journals").enabled = True
        bump(session, "plugins")
    assert work() == 1


def test_after_an_event_the_one_customer_is_asked(company_of, rule_of, seen, as_system, app) -> None:
    company, other = company_of("一号公司", standing="lost"), company_of("二号公司", standing="lost")
    rule_of("又联系上了", "lost", "target", asks("core.contacted", "within", 7))
    with as_system() as session:
        session.get_one(Company, other.id).last_contact_on = local_today()
        record_contact(session, session.get_one(Company, company.id), local_today())
    sweep(app.extensions["zhike"].bus)
    assert seen(company)[0] == "target"
    assert seen(other)[0] == "lost"
    with as_system() as session:
        assert not apply_rules_to(session, company.id)


def test_the_job_changes_all_and_says_how_many(company_of, rule_of, seen, as_system, app) -> None:
    companies = [company_of(f"{n}号公司") for n in range(3)]
    rule_of("起步", "prospect", "target", asks("core.owned", "not"))
    with as_system() as session:
        run = start_job(session, JOB)
    run_job(app.extensions["zhike"].bus, run.id)
    assert [seen(one)[0] for one in companies] == ["target"] * 3


# --- pages


FORM = {
    "name": "首次订阅", "before": ["prospect", "target"], "after": "customer", "active": "1",
    "conditions-0-figure": "journals.subscriptions", "conditions-0-op": "least", "conditions-0-number": "1",
}  # fmt: skip


@pytest.fixture
def root(people: People) -> User:
    return people.user("root", groups=("system_administrator", "decision_maker"))


def test_an_administrator_writes_a_rule_sees_whom_it_would_change_and_lets_it_work(
    company_of, root: User, browser_of: Callable[..., Browser], as_system, seen, app
) -> None:
    company = company_of("一号公司")
    company_of("二号公司", standing="key")
    browser = browser_of(root)
    form = {**FORM, "conditions-0-op": "most", "conditions-0-number": "0"}
    assert browser.post("/admin/standing/new", form).status_code == 303
    with as_system() as session:
        rule = session.scalars(select(StandingRule)).one()
        assert (rule.before, rule.after, rule.active) == (["prospect", "target"], "customer", True)
        assert rule.conditions == [asks("journals.subscriptions", "most", 0)]
    page = browser.get("/admin/standing").text
    assert "累计订阅次数 ≤ 0" in page
    assert f'href="/companies?rule_due={rule.id}">1</a>' in page
    listed = browser.get(f"/companies?rule_due={rule.id}").text
    assert "一号公司" in listed
    assert "二号公司" not in listed
    assert browser.post("/admin/standing/run").status_code == 303
    with as_system() as session:
        number = session.scalars(select(JobRun.id)).one()
    assert run_job(app.extensions["zhike"].bus, number)
    assert seen(company)[0] == "customer"
    told = browser.get(f"/companies/{company.id}").text
    assert "规则“首次订阅”" in told
    assert "客户类型 潜在客户 → 客户" in told
    assert "修改了 1 个字段" not in told
    assert "规则“首次订阅”" in browser.get(f"/companies/{company.id}/history").text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "请填写名称"),
        ({"before": []}, "请从列表中选择"),
        ({"after": "target"}, "请选一个不在起始类型之内的类型"),
        ({"conditions-0-figure": ""}, "规则至少要有一个条件"),
        ({"conditions-0-op": "ago"}, "不能这样比较"),
        ({"conditions-0-number": ""}, "请填整数"),
        ({"conditions-0-number": "-1"}, "请填整数"),
        ({"conditions-0-number": "9" * 30}, "请填整数"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_and_nothing_saved(
    root: User, browser_of: Callable[..., Browser], as_system, change: dict[str, Any], said: str
) -> None:
    answer = browser_of(root).post("/admin/standing/new", {**FORM, **change})
    assert answer.status_code == 422
    assert said in answer.text
    with as_system() as session:
        assert session.scalars(select(StandingRule)).all() == []


def test_rules_are_changed_moved_switched_and_deleted(
    rule_of, root: User, browser_of: Callable[..., Browser], as_system
) -> None:
    first = rule_of("甲", "prospect", "target", asks("core.owned", "is"))
    second = rule_of("乙", "prospect", "customer", asks("core.owned", "is"))
    browser = browser_of(root)
    assert browser.post(f"/admin/standing/{second}/move", {"way": "up"}).status_code == 303
    assert browser.post(f"/admin/standing/{first}/switch", {"on": "0"}).status_code == 303
    with as_system() as session:
        assert [one.name for one in queries.rules(session)] == ["乙", "甲"]
        assert [one.name for one in queries.working(session)] == ["乙"]
        version = session.get_one(StandingRule, first).version
    form = {**FORM, "name": "丙", "version": str(version)}
    assert browser.post(f"/admin/standing/{first}", form).status_code == 303
    stale = browser.post(f"/admin/standing/{first}", {**form, "name": "丁"})
    assert stale.status_code == 422
    assert "刚被别人修改过" in stale.text
    assert browser.post(f"/admin/standing/{second}/delete").status_code == 303
    with as_system() as session:
        assert [one.name for one in queries.rules(session)] == ["丙"]
    assert browser.get("/admin/standing/999999").status_code == 404


def test_a_rule_without_figure_or_type_is_refused_by_the_service(as_system) -> None:
    values = {"name": "甲", "before": ["prospect"], "conditions": [asks("core.owned", "is")], "active": True}
    with as_system() as session:
        with pytest.raises(Refused):
            save_rule(session, None, **{**values, "after": "nothing"})
        with pytest.raises(Refused):
            save_rule(session, None, **{**values, "after": "target", "conditions": [asks("core.nothing", "is")]})


def test_staff_do_not_see_the_rules(people: People, browser_of: Callable[..., Browser]) -> None:
    browser = browser_of(people.user("li"))
    assert browser.get("/admin/standing").status_code == 403
    assert browser.post("/admin/standing/run").status_code == 403


def test_selected_customers_get_another_type_with_the_reason(
    company_of, people: People, browser_of: Callable[..., Browser], seen
) -> None:
    li = people.user("li")
    companies = [company_of(f"{n}号公司", owner_id=li.id) for n in range(2)]
    sent = {"action": "rate", "id": [one.id for one in companies], "standing": "key", "reason": "年度评选"}
    answer = browser_of(li).post("/companies/batch", {**sent, "query": "", "confirmed": "1"})
    assert answer.status_code == 303, answer.text
    for one in companies:
        standing, [change] = seen(one)
        assert (standing, change.reason, change.changed_by_id, change.rule) == ("key", "年度评选", li.id, "")
