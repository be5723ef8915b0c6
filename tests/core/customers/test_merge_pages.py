"""The duplicates workbench in the browser of a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from core.customers.jobs import find_duplicates
from core.customers.models import Company, Contact, Distinct, DuplicatePair, Merge
from core.customers.services import Wish, keep_pairs, merge_companies
from core.db import work
from core.tasks.models import Task
from core.testing.harness import Browser, People


def pair(as_system: Any, company_of: Callable[..., Company], **values: Any) -> tuple[Company, Company]:
    one = company_of("成都锦城糖酒有限公司", address="人民路1号", contacts=["王强"], phones=["028-85552290"], **values)
    other = company_of("锦城糖酒", address="解放路2号", contacts=["王强"], website="www.example.cn", **values)
    with as_system() as session:
        keep_pairs(session, [(one.id, other.id, 0.93, ["same_core", "same_phone"])])
    return one, other


def test_pairs_are_listed_compared_merged_and_taken_back(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    one, other = pair(as_system, company_of)
    boss, li = browser_of(people.user("boss", groups=("decision_maker",))), people.user("li")
    assert boss.post("/companies/duplicates/find").status_code == 303
    assert boss.post("/companies/duplicates/find").status_code == 422  # one search at a time
    page = boss.get("/companies/duplicates").text
    assert "上次查重" in page
    assert "锦城糖酒" in page
    assert "93 %" in page
    assert "1 对" in page
    narrowed = boss.get("/companies/duplicates?q=没有这家").text
    assert "没有符合条件的重复对" in narrowed
    assert "1 对" not in narrowed
    page = boss.get(f"/companies/merge?id={one.id}&id={other.id}").text
    assert "人民路1号" in page
    assert "解放路2号" in page
    answer = boss.post(
        "/companies/merge",
        {
            "id": [one.id, other.id], "target": one.id, "action": "merge", "take-country": other.id,
            f"version-{one.id}": one.version, f"version-{other.id}": other.version,
        },
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    assert boss.get(f"/companies/{other.id}").headers["Location"].endswith(f"/companies/{one.id}")
    assert boss.get(f"/companies/{other.id}/edit").headers["Location"].endswith(f"/companies/{one.id}/edit")
    assert boss.client.head(f"/companies/{other.id}/edit").headers["Location"].endswith(f"/companies/{one.id}/edit")
    led = boss.get(f"/contacts/new?company={other.id}").headers["Location"]
    assert led.endswith(f"/contacts/new?company={one.id}")
    task = {
        "title": "回访",
        "due_on": "+3",
        "company_id": other.id,
        "company_id-text": "锦城糖酒",
        "priority": "normal",
    }
    task |= {"assignee_id": li.id, "repeat": "", "source": "hand", "idempotency_key": "t1"}
    assert f'value="{one.id}"' in boss.get(f"/tasks/new?company={other.id}").text
    assert boss.post("/tasks/new", task).status_code == 303  # from a form that was open before
    for typed in ("endpoint=x", "_anchor=x", "_scheme=https", "_external=1", f"company={other.id}"):
        led = boss.get(f"/companies/{other.id}?{typed}").headers["Location"]
        assert led.endswith(f"/companies/{one.id}?{typed}"), led
    for typed in (f"company=0{other.id}", f"company={other.id}&company=7", f"endpoint=x&company={other.id}"):
        led = boss.get(f"/contacts/new?{typed}").headers["Location"]
        assert led.count("company=") == 1, led
        assert f"company={one.id}" in led
    late = boss.post(f"/companies/{other.id}/edit", {"name": "锦城糖酒商行", "version": other.version})
    assert late.status_code == 409
    assert "已并入另一家" in late.text
    assert f'data-id="{one.id}"' in boss.get(f"/companies?q=KH-{other.id:06d}").text
    assert f"/companies/{one.id}" in boss.get(f"/search?q=KH-{other.id:06d}").text
    with as_system() as session:
        kept = session.get_one(Company, one.id)
        assert (kept.address, kept.website) == ("解放路2号", "www.example.cn")
        assert session.scalars(select(Task.company_id)).all() == [one.id]
        merge = session.scalars(select(Merge)).one()
        assert merge.merged_by_id is not None
    assert "锦城糖酒" in boss.get("/companies/merges").text
    assert boss.post(f"/companies/merges/{merge.id}/undo").status_code == 303
    assert boss.get(f"/companies/{other.id}").status_code == 200


def test_a_form_that_names_a_customer_merged_twice_means_the_one_that_stayed(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    one, two, three = company_of("甲酒业"), company_of("乙酒业"), company_of("丙酒业")
    with as_system() as session:
        merge_companies(session, Wish(two.id, [one.id]), by=None)
        merge_companies(session, Wish(three.id, [two.id]), by=None)
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    for address in (f"/tasks/new?company={one.id}", f"/sms/new?company={one.id}"):
        page = boss.get(address).text
        assert f'value="{three.id}"' in page
        assert "丙酒业" in page
        assert "乙酒业" not in page


def test_whoever_may_not_delete_the_others_only_looks(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    clerk = people.user("clerk", groups=("staff",))
    one, other = pair(as_system, company_of, owner_id=clerk.id)
    browser = browser_of(clerk)
    assert 'value="merge"' not in browser.get(f"/companies/merge?id={one.id}&id={other.id}").text
    form = {"id": [one.id, other.id], "target": one.id, "action": "merge"}
    form |= {f"version-{c.id}": c.version for c in (one, other)}
    assert browser.post("/companies/merge", form).status_code == 403
    with as_system() as session:
        assert session.get_one(Company, other.id).is_alive


def test_a_customer_that_changed_meanwhile_is_not_merged_blindly(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    one, other = pair(as_system, company_of)
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    form = {"id": [one.id, other.id], "target": one.id, "action": "merge", f"version-{one.id}": 77}
    answer = boss.post("/companies/merge", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text or "note" in answer.text
    form |= {"take-country": other.id, "note": "同一地址", "person": []}  # nothing that was chosen is lost
    page = boss.post("/companies/merge", form).text
    assert f'name="take-country" value="{other.id}" checked' in page
    assert f'name="take-name" value="{one.id}" checked' in page
    assert 'value="同一地址"' in page
    assert re.search(r'name="person" value="[^"]*">', page)
    with as_system() as session:
        assert session.get_one(Company, other.id).is_alive


def test_a_pair_that_is_none_is_put_aside_and_may_come_back(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    one, other = pair(as_system, company_of)
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    assert boss.post("/companies/duplicates/distinct", {"one": other.id, "other": one.id}).status_code == 303
    with as_system() as session:
        assert session.scalars(select(DuplicatePair)).all() == []
        apart = session.scalars(select(Distinct)).one()
    assert "成都锦城糖酒有限公司 · 锦城糖酒" in boss.get("/companies/merges").text
    assert boss.post(f"/companies/distinct/{apart.id}/forget").status_code == 303
    with as_system() as session:
        assert session.scalars(select(Distinct)).all() == []


def test_pairs_of_customers_that_a_person_may_not_find_are_not_listed(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    pair(as_system, company_of)
    clerk = people.user("clerk", groups=())
    people.grant(clerk, "core:company:query", "own")
    people.grant(clerk, "core:company:edit", "own")
    assert "锦城糖酒" not in browser_of(clerk).get("/companies/duplicates").text


def test_the_search_finds_pairs_by_itself(app: Any, as_system: Any, company_of: Callable[..., Company]) -> None:

    company_of("成都锦城糖酒有限公司", phones=["028-85552290"], city="成都市", division_code="510100")
    company_of("成都锦城糖酒有限责任公司", phones=["028-85552290"], city="成都市", division_code="510100")

    class Turn:
        """Stands for the worker's turn."""

        transaction = staticmethod(as_system)

        @contextmanager
        def reading(self) -> Iterator[Any]:
            with work(app.extensions["zhike"].database, reason="test") as unit:
                yield unit.session

        def note(self, session: Any, text: str) -> None:
            self.text = text

    find_duplicates(Turn())
    with as_system() as session:
        assert len(session.scalars(select(DuplicatePair)).all()) == 1


def test_two_pairs_of_one_name_can_be_told_apart(
    as_system: Any, company_of: Callable[..., Company], people: People, browser_of: Callable[..., Browser]
) -> None:
    one, other = company_of("甲酒业", contacts=["王强"]), company_of("甲酒业", contacts=["王强", "王强"])
    page = browser_of(people.user("boss", groups=("decision_maker",))).get(
        f"/companies/merge?id={one.id}&id={other.id}"
    )
    with as_system() as session:
        for contact in session.scalars(select(Contact)):
            assert f'href="/contacts/{contact.id}"' in page.text
            assert contact.code in page.text


def test_remarks_of_all_are_kept_unless_somebody_chooses_one(as_system, company_of, browser_of, people, read) -> None:
    firms = [("锦城糖酒", "赠阅"), ("锦城糖酒商行", "欠款未结"), ("锦城副食", "赠阅")]
    ids = [company_of(name, remark=remark, introduction=f"{name}简介").id for name, remark in firms]
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    page = boss.get(f"/companies/merge?id={ids[0]}&id={ids[1]}&id={ids[2]}").text
    assert 'name="take-remark" value="0" checked' in page
    assert 'name="take-introduction" value="0">' in page
    sent = {"id": ids, "target": ids[0], "action": "merge", "take-remark": "0", "take-introduction": ids[1]}
    sent |= {f"version-{one}": 1 for one in ids}
    assert boss.post("/companies/merge", sent).status_code == 303
    (kept,) = read(select(Company).where(Company.id == ids[0]))
    assert (kept.remark, kept.introduction) == ("赠阅\n欠款未结", "锦城糖酒商行简介")
    refused = boss.post("/companies/merge", {"id": ids, "target": ids[0], "action": "merge", "take-name": "0"})
    assert refused.status_code == 404  # merged already
