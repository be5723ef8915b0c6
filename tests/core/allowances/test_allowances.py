"""Beyond the limit of a day a second person agrees, or nothing leaves (promise S8, requirement A-12)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, update

from core.allowances.models import Allowance
from core.allowances.queries import ALONE, granted
from core.auth.models import Audit, SignInAttempt
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company
from core.messages.models import Message
from core.overlay import overlay

EXPORTS = "core.export_rows_a_day"
PRINTS = "core.print_rows_a_day"
PASSWORD = "a password of one's own"


@pytest.fixture
def house(people, as_system):
    """Four customers of a clerk who may export them, three a day; all beyond that needs his head or the management."""
    clerk = people.user("zhou", ["staff"], password=PASSWORD)
    people.grant(clerk, "core:company:export", "all")
    people.grant(clerk, "core:company:print", "all")
    with as_system() as session:
        overlay().change_setting(session, EXPORTS, 3)
        overlay().change_setting(session, PRINTS, 3)
        overlay().change_setting(session, ALONE, 0)
        for number in range(4):
            made = Company(name=f"川江{number}", owner_id=clerk.id, entered_by_id=clerk.id, review_state="reviewed")
            session.add(made)
    return clerk


@pytest.fixture
def boss(people):
    return people.user("boss", ["decision_maker"], password=PASSWORD)


def ask(browser, **values):
    form = {
        "quota": EXPORTS, "rows": "1", "reason": "年会邀请", "what": "企业客户", "idempotency_key": "a" * 20,
        "password": PASSWORD,
    }  # fmt: skip
    return browser.post("/allowances/new", form | values)


def number_of(answer):
    assert answer.status_code == 303, re.findall(r'role="alert".*', answer.text)
    return int(answer.location.rsplit("/", 1)[1])


def decide(browser, id, agree="1", **values):
    return browser.post(f"/allowances/{id}/decide", {"agree": agree, "remark": "", **values})


def export(browser):
    return browser.post("/companies/export", {"query": "", "format": "csv", "column": ["name"]})


def states(as_system):
    with as_system() as session:
        return [(one.state, one.rows, one.day) for one in session.scalars(select(Allowance).order_by(Allowance.id))]


def test_who_meets_the_limit_asks_and_takes_out_what_was_agreed_to(house, boss, browser_of, as_system):
    clerk = browser_of(house)
    refused = export(clerk)
    assert refused.status_code == 422
    (link,) = re.findall(r'href="(/allowances/new\?[^"]+)"', refused.text)
    page = clerk.get(link.replace("&amp;", "&")).text
    assert 'name="rows"' in page
    assert 'value="1"' in page
    id = number_of(ask(clerk))
    assert export(clerk).status_code == 422
    chief = browser_of(boss)
    assert "年会邀请" in chief.get(f"/allowances/{id}").text
    assert decide(chief, id).status_code == 303
    assert states(as_system) == [("agreed", 1, local_today())]
    assert len(export(clerk).data.decode("utf-8-sig").split()) == 5
    assert export(clerk).status_code == 422  # it counts once
    with as_system() as session:
        kinds = set(session.scalars(select(Audit.kind).where(Audit.entity == "core_allowance")))
        titles = set(session.scalars(select(Message.title)))
    assert {"create", "edit"} <= kinds
    assert titles == {f"{house.name}申请增加 1 行", "已批准增加 1 行，当天有效"}


def test_up_to_a_second_limit_the_password_is_enough_and_above_it_nobody_is_alone(house, boss, browser_of, as_system):
    with as_system() as session:
        overlay().change_setting(session, ALONE, 3)
    clerk = browser_of(house)
    page = clerk.get(f"/allowances/new?quota={EXPORTS}&rows=1").text
    assert "今天还可自行增加 3 行" in page
    number_of(ask(clerk))
    assert export(clerk).status_code == 200
    number_of(ask(clerk, rows="2", quota=PRINTS, idempotency_key="b" * 20))  # a limit of its own
    number_of(ask(clerk, rows="3", idempotency_key="c" * 20))  # 1 of 3 is taken
    assert [state for state, _rows, _day in states(as_system)] == ["agreed", "agreed", "asked"]
    number_of(ask(clerk, rows="2", idempotency_key="d" * 20))  # while the other waits
    with as_system() as session:
        assert granted(session, house.id, EXPORTS, local_today()) == 3
        assert len(set(session.scalars(select(Message.title)))) == 1  # only what waits was told


def test_a_screen_left_open_does_not_guess_the_password(house, browser_of, as_system):
    clerk = browser_of(house)
    for _try in range(5):
        assert ask(clerk, password="guessed").status_code == 422
    waits = ask(clerk)
    assert waits.status_code == 422
    assert "尝试次数过多" in waits.text
    assert states(as_system) == []
    with as_system() as session:
        session.execute(update(SignInAttempt).values(tried_at=utcnow() - dt.timedelta(seconds=31)))
    number_of(ask(clerk))


def test_nobody_agrees_to_his_own_request_and_nobody_without_the_right(house, boss, people, browser_of, as_system):
    own = number_of(ask(browser_of(boss), rows="5"))
    assert decide(browser_of(boss), own).status_code == 422
    id = number_of(ask(browser_of(house)))
    assert decide(browser_of(house), id).status_code == 403
    other = people.user("li", ["staff"])
    assert browser_of(other).get(f"/allowances/{id}").status_code == 404
    assert decide(browser_of(other), id).status_code == 403
    assert [state for state, _rows, _day in states(as_system)] == ["asked", "asked"]


def test_what_is_refused_says_why_and_lets_nothing_out(house, boss, browser_of, as_system):
    id = number_of(ask(browser_of(house)))
    chief = browser_of(boss)
    assert decide(chief, id, "0").status_code == 422
    assert decide(chief, id, "0", remark="下周再说").status_code == 303
    assert decide(chief, id).status_code == 422  # it was answered
    assert "下周再说" in browser_of(house).get(f"/allowances/{id}").text
    assert export(browser_of(house)).status_code == 422
    assert states(as_system) == [("refused", 1, None)]


def test_what_was_agreed_to_counts_on_its_day_and_for_its_limit_only(house, boss, browser_of, as_system):
    id = number_of(ask(browser_of(house), rows="7"))
    decide(browser_of(boss), id)
    with as_system() as session:
        assert granted(session, house.id, EXPORTS, local_today()) == 7
        assert granted(session, house.id, PRINTS, local_today()) == 0
        assert granted(session, boss.id, EXPORTS, local_today()) == 0
        session.execute(update(Allowance).values(day=local_today() - dt.timedelta(days=1)))
    with as_system() as session:
        assert granted(session, house.id, EXPORTS, local_today()) == 0
    assert export(browser_of(house)).status_code == 422


def test_prints_beyond_the_limit_are_agreed_to_in_the_same_way(house, boss, browser_of):
    clerk = browser_of(house)
    form = {"resource": "companies", "template": "list", "query": ""}
    templates = re.findall(r"template=([\w.]+)", clerk.get("/print").text)
    form["template"] = next(one for one in templates if "list" in one)
    refused = clerk.post("/print", form)
    assert refused.status_code == 422
    assert f"quota={PRINTS}" in refused.text
    decide(browser_of(boss), number_of(ask(clerk, quota=PRINTS)))
    printed = clerk.post("/print", form)
    assert printed.mimetype == "application/pdf", re.findall(r'role="alert".*', printed.text)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"quota": "core.house_name"}, "quota"),
        ({"rows": "0"}, "rows"),
        ({"rows": "1.5"}, "rows"),
        ({"rows": "9999999"}, "rows"),
        ({"reason": " "}, "reason"),
        ({"password": ""}, "password"),
        ({"password": "another password"}, "password"),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_what_was_typed_stays(house, browser_of, as_system, values, named):
    answer = ask(browser_of(house), **values)
    assert answer.status_code == 422
    assert "企业客户" in answer.text
    assert f'id="{named}-error"' in answer.text
    assert states(as_system) == []


def test_one_request_at_a_time_and_one_for_each_form(house, browser_of, as_system):
    clerk = browser_of(house)
    first = number_of(ask(clerk))
    assert number_of(ask(clerk)) == first  # the same form sent twice
    assert ask(clerk, idempotency_key="b" * 20).status_code == 422
    assert clerk.post(f"/allowances/{first}/withdraw").status_code == 303
    assert clerk.post(f"/allowances/{first}/withdraw").status_code == 422
    number_of(ask(clerk, idempotency_key="c" * 20))
    assert [state for state, _rows, _day in states(as_system)] == ["withdrawn", "asked"]


def test_a_limit_that_is_none_needs_nobody(house, browser_of, as_system):
    with as_system() as session:
        overlay().change_setting(session, EXPORTS, 0)
    assert ask(browser_of(house)).status_code == 422
    assert export(browser_of(house)).status_code == 200


def test_a_head_answers_for_his_department_and_sees_what_waits(house, people, browser_of, as_system):
    sales = people.department("销售部")
    head = people.user("chen", ["supervisor"], department=sales)
    mine = people.user("wu", ["staff"], department=sales, password=PASSWORD)
    id, others = number_of(ask(browser_of(mine))), number_of(ask(browser_of(house)))
    page = browser_of(head).get("/allowances?view=asked").text
    assert f'data-id="{id}"' in page
    assert f'data-id="{others}"' not in page
    assert decide(browser_of(head), others).status_code == 404
    assert decide(browser_of(head), id).status_code == 303
