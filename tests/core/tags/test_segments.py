"""Segments: made of a list's conditions, a condition everywhere, frozen, shared, watched, within the row scope."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.bus.jobs import run_job
from core.bus.models import StoredEvent
from core.bus.services import start_job
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company, Contact
from core.customers.services import Wish, merge_companies, undo_merge
from core.db import transaction
from core.errors import Forbidden, NotFound, Refused
from core.tags.models import Segment, SegmentDay, SegmentMember
from core.tags.queries import segment_ids
from core.tags.queries.segments import find_segment, resource_of
from core.tags.services import add_tags
from core.tags.services.segments import freeze, make_segment, redefine
from core.tasks.models import Task


@pytest.fixture
def made(as_user: Any) -> Any:
    def made(user: Any, name: str, query: str, **more: Any) -> int:
        with as_user(user), transaction() as session:
            companies = resource_of("companies")
            return make_segment(session, current_access(), companies, name=name, query=query, **more).id

    return made


@pytest.fixture
def night(app: Any, as_system: Any) -> Any:
    """Let the nightly job look at the segments."""

    def night() -> None:
        bus = app.extensions["zhike"].bus
        with as_system() as session:
            number = start_job(session, "core.look_at_segments").id
        assert run_job(bus, number)

    return night


def ids_of(as_user: Any, user: Any, segment: int) -> list[int]:
    with as_user(user) as session:
        return segment_ids(session, segment)


def test_the_conditions_of_a_list_are_kept_as_a_segment_with_a_live_count(house, firm, browser_of, as_user):
    firm("成都锦城糖酒有限公司", standing="key")
    firm("泸州江阳酒业有限公司")
    browser = browser_of(house.zhou)
    listed = browser.get("/companies?standing=key").text
    assert "/segments/new?of=companies&amp;standing=key" in listed
    page = browser.get("/segments/new?of=companies&standing=key").text
    assert "重点客户" in page
    sent = {"of": "companies", "query": "standing=key", "name": "重点", "shared": "private", "idempotency_key": "a"}
    answer = browser.post("/segments/new", sent)
    assert answer.status_code == 303
    detail = browser.get(answer.location)
    assert "成都锦城" in detail.text
    assert "泸州江阳" not in detail.text
    firm("遵义红楼酒业有限公司", standing="key")
    number = int(answer.location.rsplit("/", 1)[1])
    assert len(ids_of(as_user, house.zhou, number)) == 2
    assert browser.post("/segments/new", sent).location == answer.location, "sent twice, made once"


def test_a_segment_is_a_condition_in_any_list_combined_and_negated(house, firm, made, browser_of):
    firm("成都锦城糖酒有限公司", standing="key", city="成都")
    firm("泸州江阳酒业有限公司", standing="key", city="泸州")
    firm("遵义红楼酒业有限公司", city="遵义")
    number = made(house.zhou, "重点", "standing=key")
    browser = browser_of(house.zhou)
    both = browser.get(f"/companies?segment={number}&city=成都").text
    assert "成都锦城" in both
    assert "泸州江阳" not in both
    rest = browser.get(f"/companies?segment__ne={number}").text
    assert "遵义红楼" in rest
    assert "成都锦城" not in rest
    made(house.zhou, "重点在泸州", f"segment={number}&city=泸州")
    nested = browser.get("/companies?segment=重点在泸州").text
    assert "泸州江阳" in nested
    assert "成都锦城" not in nested


def test_lists_of_what_belongs_to_customers_are_narrowed_by_their_segments_and_tags(
    house, firm, made, browser_of, as_system, as_user
):
    key = firm("成都锦城糖酒有限公司", standing="key", owner_id=house.zhou.id)
    other = firm("泸州江阳酒业有限公司", owner_id=house.zhou.id)
    with as_system() as session:
        for name, company_id in (("王建平", key), ("李国强", other)):
            session.add(Contact(company_id=company_id, name=name, review_state="reviewed"))
            session.add(Task(title=f"{name}的事", company_id=company_id, assignee_id=house.zhou.id, due_at=utcnow()))
        session.add(Task(title="无客户的事", assignee_id=house.zhou.id, due_at=utcnow()))
    number = made(house.zhou, "重点", "standing=key")
    with as_user(house.zhou), transaction() as session:
        add_tags(session, current_access(), "company", [key], ["赠刊"])
    browser = browser_of(house.zhou)
    for condition in (f"customer_segment={number}", "customer_tags=赠刊"):
        assert "王建平" in (page := browser.get(f"/contacts?{condition}").text)
        assert "李国强" not in page
        assert "王建平的事" in (page := browser.get(f"/tasks?{condition}&view=all").text)
        assert "李国强的事" not in page
    left = browser.get(f"/tasks?customer_segment__ne={number}&view=all").text
    assert "李国强的事" in left
    assert "无客户的事" in left
    assert "王建平的事" not in left
    boss = browser_of(house.boss)
    for address in (
        "/journals/subscriptions", "/journals/dispatches", "/worklogs", "/attachments", "/letters", "/inmails", "/sms",
    ):  # fmt: skip
        assert boss.get(f"{address}?customer_tags=赠刊").status_code == 200, address


def test_a_condition_on_the_customer_tells_nothing_of_one_that_is_not_found(
    house, firm, people, as_system, as_user, browser_of
):
    helper = people.user("helper", (), name="小陈")
    for code in ("core:company:query", "core:task:query"):
        people.grant(helper, code, "own")
    hidden = firm("泸州江阳酒业有限公司")
    with as_system() as session:
        session.add(Task(title="代办的事", company_id=hidden, assignee_id=helper.id, due_at=utcnow()))
    with as_user(house.zhou), transaction() as session:
        add_tags(session, current_access(), "company", [hidden], ["黑名单"])
    browser = browser_of(helper)
    assert "代办的事" in browser.get("/tasks?view=all").text
    for condition in ("customer_tags=黑名单", "customer_tags__ne=黑名单", "customer_tags__empty=0"):
        assert "代办的事" not in browser.get(f"/tasks?{condition}&view=all").text, condition
    assert "代办的事" in browser_of(house.boss).get("/tasks?customer_tags=黑名单&view=all").text


def test_a_key_word_belongs_to_the_conditions(house, firm, made, as_user):
    one = firm("成都锦城糖酒有限公司")
    firm("泸州江阳酒业有限公司")
    number = made(house.zhou, "锦城", "q=锦城")
    assert ids_of(as_user, house.zhou, number) == [one]
    with as_user(house.zhou), transaction() as session:
        other = make_segment(
            session, current_access(), resource_of("companies"), name="不是锦城", query=f"segment__ne={number}"
        )
        assert one not in segment_ids(session, other.id)


def test_a_segment_cannot_be_defined_by_itself(house, firm, made, as_user):
    number = made(house.zhou, "重点", "standing=key")
    other = made(house.zhou, "重点中的", f"segment={number}")
    with as_user(house.zhou), transaction() as session:
        for query in (f"segment={number}", f"segment={other}", "segment__ne=重点中的"):
            with pytest.raises(Refused):
                redefine(session, current_access(), find_segment(session, number), query)


def test_nobody_gets_more_out_of_a_segment_than_he_may_find(people, house, firm, made, as_user):
    mine = firm("成都锦城糖酒有限公司", standing="key", owner_id=house.li.id)
    firm("泸州江阳酒业有限公司", standing="key")
    number = made(house.boss, "重点", "standing=key", audience="everybody")
    assert len(ids_of(as_user, house.li, number)) == 2
    people.grant_group("staff", "core:company:query", "own")
    assert ids_of(as_user, house.li, number) == [mine]
    frozen = made(house.boss, "名单", "", audience="everybody", ids=ids_of(as_user, house.boss, number))
    assert ids_of(as_user, house.li, frozen) == [mine]


def test_a_condition_on_a_field_that_is_hidden_from_somebody_tells_him_nothing(people, house, firm, made, browser_of):
    firm("成都锦城糖酒有限公司", credit_rating="aaa", owner_id=house.li.id)
    firm("泸州江阳酒业有限公司", credit_rating="aaa", owner_id=house.zhou.id)
    number = made(house.boss, "信用好", "credit_rating=aaa", audience="everybody")
    listed = browser_of(house.zhou).get(f"/companies?segment={number}").text
    assert "泸州江阳" in listed
    assert "成都锦城" not in listed
    people.grant(house.zhou, "core:company:private", "none")
    assert browser_of(house.zhou).get(f"/companies?segment={number}").status_code == 422


def test_a_private_segment_is_no_condition_for_others_and_its_page_is_not_found(house, firm, made, browser_of, as_user):
    number = made(house.zhou, "年末回访", "standing=key")
    stranger = browser_of(house.li)
    assert stranger.get(f"/segments/{number}").status_code == 404
    assert stranger.get(f"/companies?segment={number}").status_code == 422
    assert "年末回访" not in stranger.get("/segments").text
    with as_user(house.li) as session, pytest.raises(NotFound):
        segment_ids(session, number)


def test_sharing_with_a_group_and_the_department_reaches_just_those(people, house, made, browser_of):
    by_department = made(house.zhou, "部门的", "standing=key", audience="department")
    assert browser_of(house.li).get(f"/segments/{by_department}").status_code == 200
    assert browser_of(house.boss).get(f"/segments/{by_department}").status_code == 404
    with pytest.raises(Forbidden):
        made(house.zhou, "全公司的", "standing=key", audience="everybody")
    assert browser_of(house.li).post(f"/segments/{by_department}/delete").status_code == 403


def test_a_frozen_segment_keeps_todays_members_and_takes_more_by_hand(house, firm, made, browser_of, as_user):
    one = firm("成都锦城糖酒有限公司", standing="key")
    number = made(house.zhou, "重点", "standing=key")
    with as_user(house.zhou), transaction() as session:
        kept = freeze(session, current_access(), find_segment(session, number), "年末重点").id
    later = firm("泸州江阳酒业有限公司", standing="key")
    assert ids_of(as_user, house.zhou, number) == [one, later]
    assert ids_of(as_user, house.zhou, kept) == [one]
    browser = browser_of(house.zhou)
    sent = {"id": later, "action": "segment", "confirmed": "1", "segment_id": kept}
    assert browser.post("/companies/batch", sent).status_code == 303
    assert ids_of(as_user, house.zhou, kept) == [one, later]
    assert browser.post(f"/segments/{kept}/out", {"id": one}).status_code == 303
    assert ids_of(as_user, house.zhou, kept) == [later]
    sent = {"id": one, "action": "segment", "confirmed": "1", "segment_id": "", "name": "新名单"}
    assert browser.post("/companies/batch", sent).status_code == 303
    with as_user(house.zhou) as session:
        assert session.scalar(select(Segment.frozen).where(Segment.name == "新名单")) is True


def test_a_segment_needs_a_condition(house, made):
    with pytest.raises(Refused):
        made(house.zhou, "alle", "")
    with pytest.raises(Refused):
        made(house.zhou, "unklar", "nothing=1")


def test_one_by_which_another_is_defined_is_not_deleted(house, made, browser_of):
    number = made(house.zhou, "重点", "standing=key")
    made(house.zhou, "重点中的", f"segment={number}")
    browser = browser_of(house.zhou)
    assert browser.post(f"/segments/{number}/delete").status_code == 422
    assert browser.get(f"/segments/{number}").status_code == 200


def test_the_conditions_of_a_segment_are_replaced_from_the_list(house, firm, made, browser_of, as_user):
    firm("成都锦城糖酒有限公司", standing="key")
    other = firm("泸州江阳酒业有限公司", standing="lost")
    number = made(house.zhou, "关注", "standing=key")
    sent = {"of": "companies", "query": "standing=lost", "replaces": number}
    assert browser_of(house.zhou).post("/segments/new", sent).status_code == 303
    assert ids_of(as_user, house.zhou, number) == [other]


def test_who_enters_a_watched_segment_is_told_once_and_growth_is_kept(house, firm, made, night, as_system, browser_of):
    firm("成都锦城糖酒有限公司", standing="key")
    number = made(house.zhou, "重点", "standing=key", watched=True)
    night()
    with as_system() as session:
        assert session.scalars(select(StoredEvent).where(StoredEvent.name == "core.segment_entered")).all() == []
    later = firm("泸州江阳酒业有限公司", standing="key")
    night()
    night()
    with as_system() as session:
        events = session.scalars(select(StoredEvent).where(StoredEvent.name == "core.segment_entered")).all()
        assert [event.payload["record_id"] for event in events] == [later]
        assert events[0].payload["owner_id"] == house.zhou.id
        day = session.scalar(select(SegmentDay).where(SegmentDay.segment_id == number))
        assert day.members == 2
        session.add(SegmentDay(segment_id=number, day=day.day - dt.timedelta(days=1), members=1))
        session.get(Company, later).standing = "lost"
    night()
    with as_system() as session:
        session.get(Company, later).standing = "key"
    night()
    with as_system() as session:
        events = session.scalars(select(StoredEvent).where(StoredEvent.name == "core.segment_entered")).all()
        assert [event.payload["record_id"] for event in events] == [later, later], "he left and came back"
    page = browser_of(house.zhou).get(f"/segments/{number}").text
    assert "<svg" in page
    assert "<path d=" in page


def test_how_a_segment_grew_is_for_its_owner_who_was_counted_for(house, firm, made, browser_of, as_system):
    firm("成都锦城糖酒有限公司", standing="key")
    number = made(house.boss, "重点", "standing=key", audience="everybody")
    today = local_today()
    with as_system() as session:
        for back in range(3):
            day = today - dt.timedelta(days=back)
            session.add(SegmentDay(segment_id=number, day=day, members=7_310 + back))
    assert "7,312" in browser_of(house.boss).get(f"/segments/{number}").text
    page = browser_of(house.zhou).get(f"/segments/{number}")
    assert page.status_code == 200
    assert "7,31" not in page.text


def test_a_merged_customer_is_in_a_frozen_segment_once(house, firm, made, as_user, as_system):
    one, other = firm("成都锦城糖酒有限公司"), firm("成都锦城糖酒公司")
    number = made(house.zhou, "名单", "", ids=[one, other])
    with as_system() as session:
        merge = merge_companies(session, Wish(target=one, sources=[other]), by=None)
    assert ids_of(as_user, house.zhou, number) == [one]
    with as_system() as session:
        undo_merge(session, session.merge(merge), by=None)
        rows = session.scalars(select(SegmentMember.record_id).where(SegmentMember.segment_id == number)).all()
        assert sorted(rows) == [one, other]
