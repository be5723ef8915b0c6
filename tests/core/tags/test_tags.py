"""Tags: on the record, in bulk, as column, facet, export and import; renamed, merged, private."""

from __future__ import annotations

import csv
import io
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.auth.models import Audit
from core.customers.models import Contact
from core.customers.services import Wish, merge_companies, undo_merge
from core.customers.text import name_key
from core.db import transaction
from core.errors import Forbidden, Refused
from core.listing.models import ListView
from core.tags.models import Segment, SegmentMember, Tag, Tagging
from core.tags.queries.segments import segment_choices, visible_segments
from core.tags.queries.tags import all_tags, matching_tags, tags_of
from core.tags.services import add_tags
from core.tags.services.tags import merge_tags


def names(session: Any, record_id: int, entity: str = "company") -> list[str]:
    return [one.name for one in tags_of(session, entity, [record_id]).get(record_id, [])]


@pytest.fixture
def put(as_user: Any) -> Any:
    def put(user: Any, record_id: int, *tags: str, **more: Any) -> None:
        with as_user(user), transaction() as session:
            add_tags(session, current_access(), "company", [record_id], tags, **more)

    return put


def test_a_tag_is_put_on_by_its_name_and_taken_off_on_the_record(house, firm, browser_of, as_user):
    one = firm("成都锦城糖酒有限公司")
    browser = browser_of(house.zhou)
    answer = browser.post(f"/tags/on/company/{one}", {"tag": "年货大户、需要赠刊"})
    assert answer.status_code == 303
    assert answer.location.endswith(f"/companies/{one}")
    page = browser.get(f"/companies/{one}").text
    assert "年货大户" in page
    assert "需要赠刊" in page
    with as_user(house.zhou) as session:
        assert names(session, one) == ["年货大户", "需要赠刊"]
        number = session.scalar(select(Tag.id).where(Tag.name == "年货大户"))
    browser.post(f"/tags/on/company/{one}", {"off": number})
    with as_user(house.zhou) as session:
        assert names(session, one) == ["需要赠刊"]


def test_the_card_alone_is_answered_to_a_part_request(house, firm, browser_of):
    one = firm("成都锦城糖酒有限公司")
    answer = browser_of(house.zhou).post(f"/tags/on/company/{one}", {"tag": "老朋友"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "老朋友" in answer.text


def test_a_tag_is_found_by_pinyin_and_by_initials_however_it_is_written(house, firm, put, as_user):
    put(house.zhou, firm("成都锦城糖酒有限公司"), "年货大户", "ＶＩＰ客户")
    with as_user(house.zhou) as session:
        for typed in ("nhdh", "nianhuo", "大户", "年货"):
            assert [one.name for one in matching_tags(session, typed, 5)] == ["年货大户"]
        assert [one.name for one in matching_tags(session, "vip", 5)] == ["ＶＩＰ客户"]
    put(house.zhou, firm("泸州江阳酒业有限公司"), "vip客户")
    with as_user(house.zhou) as session:
        assert session.scalars(select(Tag.name).order_by(Tag.name)).all().count("ＶＩＰ客户") == 1
        assert not session.scalar(select(Tag.id).where(Tag.name == "vip客户"))


def test_who_may_not_change_a_customer_puts_only_private_tags_on_it(house, firm, browser_of, as_user):
    one = firm("成都锦城糖酒有限公司")
    stranger = browser_of(house.li)
    assert stranger.post(f"/tags/on/company/{one}", {"tag": "大户"}).status_code == 403
    assert stranger.post(f"/tags/on/company/{one}", {"tag": "要盯的", "private": "1"}).status_code == 303
    assert "要盯的" in stranger.get(f"/companies/{one}").text
    assert "要盯的" not in browser_of(house.zhou).get(f"/companies/{one}").text
    assert "要盯的" not in browser_of(house.boss).get("/tags").text
    with as_user(house.zhou) as session:
        number = session.scalar(select(Tag.id).where(Tag.name == "要盯的"))
    listed = browser_of(house.boss).get(f"/companies?tags={number}")
    assert listed.status_code == 422, "another's private tag is no condition"
    assert stranger.get(f"/companies?tags={number}").status_code == 200


def test_a_customer_that_is_not_found_cannot_be_tagged(people, firm, browser_of):
    one = firm("成都锦城糖酒有限公司")
    user = people.user("narrow")
    people.grant_group("staff", "core:company:query", "own")
    assert browser_of(user).post(f"/tags/on/company/{one}", {"tag": "x", "private": "1"}).status_code == 404


def test_without_the_right_nobody_makes_a_tag_for_everybody(people, house, firm, put, as_user):
    one = firm("成都锦城糖酒有限公司")
    put(house.chief, one, "大户")
    people.grant(house.zhou, "core:tag:create", "none")
    put(house.zhou, firm("泸州江阳酒业有限公司", owner_id=house.zhou.id), "大户")
    with pytest.raises(Forbidden):
        put(house.zhou, one, "新词")
    put(house.zhou, one, "我的新词", private=True)


def test_tags_are_put_on_and_taken_off_in_bulk_from_the_list(house, firm, browser_of, as_user):
    ids = [firm(f"第{n}糖酒公司") for n in range(3)] + [firm("别人的公司", owner_id=house.li.id)]
    browser = browser_of(house.zhou)
    sent = {"ids": ",".join(map(str, ids)), "action": "tag", "confirmed": "1", "tags": "展会认识,大户"}
    assert browser.post("/companies/batch", sent).status_code == 303
    with as_user(house.zhou) as session:
        assert [names(session, one) for one in ids] == [["大户", "展会认识"]] * 3 + [[]]
        number = session.scalar(select(Tag.id).where(Tag.name == "大户"))
    sent = {"ids": ",".join(map(str, ids[:2])), "action": "untag", "confirmed": "1", "tag_ids": str(number)}
    assert browser.post("/companies/batch", sent).status_code == 303
    with as_user(house.zhou) as session:
        assert [names(session, one) for one in ids] == [["展会认识"], ["展会认识"], ["大户", "展会认识"], []]


def test_the_list_shows_tags_as_a_column_and_is_narrowed_by_them(house, firm, put, browser_of):
    put(house.zhou, firm("成都锦城糖酒有限公司"), "大户")
    firm("泸州江阳酒业有限公司")
    browser = browser_of(house.zhou)
    for query, found, not_found in (
        ("tags=大户", "成都锦城", "泸州江阳"),
        ("tags__ne=大户", "泸州江阳", "成都锦城"),
        ("tags__empty=1", "泸州江阳", "成都锦城"),
        ("tags__empty=0", "成都锦城", "泸州江阳"),
    ):
        page = browser.get(f"/companies?{query}")
        assert page.status_code == 200, query
        assert found in page.text, query
        assert not_found not in page.text, query
    assert browser.get("/companies?tags=没有这个").status_code == 422


def test_tags_are_exported_by_name(house, firm, put, browser_of):
    put(house.boss, firm("成都锦城糖酒有限公司"), "大户", "展会认识")
    data = {"format": "csv", "column": ["name", "tags"], "query": "", "encoding": "utf-8"}
    answer = browser_of(house.boss).post("/companies/export", data)
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][1] == "标签"
    assert rows[1][1] == "大户、展会认识"


def test_a_change_of_tags_stands_in_the_history_of_the_customer_but_a_private_one_does_not(
    house, firm, put, browser_of, as_system
):
    one = firm("成都锦城糖酒有限公司")
    put(house.zhou, one, "大户")
    put(house.zhou, one, "要盯的", private=True)
    page = browser_of(house.boss).get(f"/companies/{one}/history").text
    assert "大户" in page
    assert "要盯的" not in page
    with as_system() as session:
        lines = session.scalars(select(Audit).where(Audit.entity == "core_company", Audit.entity_id == one)).all()
        assert [line.changes for line in lines if "tags" in line.changes] == [{"tags": [None, "大户"]}]


def test_a_merged_customer_hands_its_tags_over_and_undoing_gives_them_back(house, firm, put, as_system):
    one, other = firm("成都锦城糖酒有限公司"), firm("成都锦城糖酒公司")
    put(house.zhou, one, "大户")
    put(house.zhou, other, "大户", "展会认识")
    with as_system() as session:
        merge = merge_companies(session, Wish(target=one, sources=[other]), by=None)
        assert names(session, one) == ["大户", "展会认识"]
        assert names(session, other) == []
        undo_merge(session, merge, by=None)
        assert names(session, one) == ["大户"]
        assert names(session, other) == ["大户", "展会认识"]


def test_merging_two_tags_keeps_each_record_once(house, firm, put, browser_of, as_user):
    one, other = firm("成都锦城糖酒有限公司"), firm("泸州江阳酒业有限公司")
    put(house.chief, one, "大户", "大客户")
    put(house.chief, other, "大客户")
    with as_user(house.chief) as session:
        ids = dict(session.execute(select(Tag.name, Tag.id)).all())
    browser = browser_of(house.chief)
    assert browser.post(f"/tags/{ids['大客户']}/merge", {"into": ids["大户"]}).status_code == 303
    with as_user(house.chief) as session:
        assert names(session, one) == names(session, other) == ["大户"]
        assert session.get(Tag, ids["大客户"]) is None


def test_views_and_segments_ask_for_the_tag_that_stays(house, firm, put, browser_of, as_user, as_system):
    one, other = firm("成都锦城糖酒有限公司"), firm("泸州江阳酒业有限公司")
    put(house.chief, one, "大户")
    put(house.chief, other, "大客户")
    with as_user(house.chief) as session:
        ids = dict(session.execute(select(Tag.name, Tag.id)).all())
    gone, stays = ids["大客户"], ids["大户"]
    with as_system() as session:
        named = {"name": "大", "owner_id": house.chief.id}
        session.add(ListView(resource="companies", query=f"tags__in={gone}%2C{stays}", **named))
        session.add(Segment(resource="contacts", query="customer_tags=大客户", **named))
    browser = browser_of(house.chief)
    refused = browser.post(f"/tags/{gone}/delete")
    assert refused.status_code == 422
    assert "分群“大”用到了这个标签" in unescape(refused.text)
    assert "删除并从 1 条记录取下" in refused.text
    nothing = browser.post(f"/tags/{gone}/merge", {"into": ""})
    assert nothing.status_code == 422
    assert 'value="大客户"' in nothing.text, "the page itself, with what is wrong"
    assert browser.post(f"/tags/{gone}/merge", {"into": stays}).status_code == 303
    with as_system() as session:
        assert session.scalar(select(ListView.query)) == f"tags__in={stays}"
        assert session.scalar(select(Segment.query)) == f"customer_tags={stays}"


def test_a_shared_tag_is_not_merged_into_a_private_one(house, firm, put, as_user):
    one = firm("成都锦城糖酒有限公司")
    put(house.chief, one, "大户")
    put(house.chief, one, "我的", private=True)
    with as_user(house.chief), transaction() as session:
        rows = {tag.name: tag for tag in session.scalars(select(Tag))}
        with pytest.raises(Refused):
            merge_tags(session, rows["大户"], rows["我的"])


def test_a_tag_is_renamed_coloured_and_retired_by_those_who_may(house, firm, put, browser_of, as_user):
    one = firm("成都锦城糖酒有限公司")
    put(house.zhou, one, "大户")
    with as_user(house.zhou) as session:
        number, version = session.execute(select(Tag.id, Tag.version)).one()
    sent = {"name": "重点大户", "tone": "v", "retired": "y", "version": version, "idempotency_key": "k1"}
    assert browser_of(house.zhou).post(f"/tags/{number}", sent).status_code == 403
    chief = browser_of(house.chief)
    assert chief.post(f"/tags/{number}", sent).status_code == 303
    assert chief.post(f"/tags/{number}", {**sent, "name": "又改", "idempotency_key": "k2"}).status_code == 422
    with as_user(house.chief) as session:
        tag = session.get(Tag, number)
        assert (tag.name, tag.tone, tag.retired) == ("重点大户", "v", True)
        assert matching_tags(session, "zd", 5) == []
    with pytest.raises(Refused):
        put(house.zhou, one, "重点大户")
    assert 'class="tag v"' in chief.get(f"/companies/{one}").text


def test_the_page_of_tags_counts_what_the_list_behind_the_figure_shows(house, firm, put, browser_of):
    for name in ("成都锦城糖酒有限公司", "泸州江阳酒业有限公司"):
        put(house.zhou, firm(name), "大户")
    gone = firm("已删的公司", deleted_at=None)
    put(house.zhou, gone, "大户")
    page = browser_of(house.boss).get("/tags").text
    assert ">3</a>" in page
    assert "/companies?tags=" in page


def test_a_contact_bears_tags_of_its_own(house, firm, browser_of, as_system, as_user):
    one = firm("成都锦城糖酒有限公司")
    with as_system() as session:
        contact = Contact(company_id=one, name="王海", review_state="reviewed")
        session.add(contact)
        session.flush()
        number = contact.id
    browser = browser_of(house.zhou)
    assert browser.post(f"/tags/on/contact/{number}", {"tag": "关键人"}).status_code == 303
    assert "关键人" in browser.get(f"/contacts/{number}").text
    assert "王海" in browser.get("/contacts?tags=关键人").text
    with as_user(house.zhou) as session:
        assert session.scalars(select(Tagging.entity)).all() == ["contact"]


def test_what_is_typed_with_markup_stays_text(house, firm, browser_of):
    one = firm("成都锦城糖酒有限公司")
    browser = browser_of(house.zhou)
    browser.post(f"/tags/on/company/{one}", {"tag": "<b>&\"'x"})
    page = browser.get(f"/companies/{one}").text
    assert "<b>&" not in page
    assert "&lt;b&gt;" in page
    listed = browser.get("/companies?tags__empty=0").text
    assert "<b>&" not in listed


def test_too_many_or_too_long_tags_are_refused_with_the_card(house, firm, browser_of):
    one = firm("成都锦城糖酒有限公司")
    browser = browser_of(house.zhou)
    for typed in ("", "长" * 41, ",".join(f"t{n}" for n in range(30))):
        answer = browser.post(f"/tags/on/company/{one}", {"tag": typed})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_an_erased_person_bears_no_tags_and_is_in_no_list(house, firm, as_system, app):
    one = firm("成都锦城糖酒有限公司")
    with as_system() as session:
        contact = Contact(company_id=one, name="王海", review_state="reviewed")
        segment = Segment(resource="contacts", name="名单", frozen=True)
        session.add_all((contact, segment))
        session.flush()
        tag = Tag(name="难缠")
        session.add(tag)
        session.flush()
        session.add(Tagging(tag_id=tag.id, entity="contact", record_id=contact.id))
        session.add(SegmentMember(segment_id=segment.id, entity="contact", record_id=contact.id))
        session.flush()
        app.extensions["zhike"].registry.before("before_contact_erase", session=session, contact=contact, neutral="—")
        assert session.scalars(select(Tagging.id)).all() == session.scalars(select(SegmentMember.id)).all() == []


def test_tags_and_segments_stand_by_pinyin(house, as_system, as_user):
    names = ("赠刊单位", "展会认识", "价格敏感", "A类")
    with as_system() as session:
        for name in names:
            session.add(Tag(name=name, name_key=name_key(name), tone="p"))
            session.add(Segment(name=name, resource="companies", query="", owner_id=house.zhou.id, audience="private"))
    with as_user(house.zhou) as session:
        wanted = ["A类", "价格敏感", "赠刊单位", "展会认识"]
        assert [one.name for one in all_tags(session).values()] == wanted
        assert [title for _id, title in segment_choices("company")(session)] == wanted
        assert [one.name for one in visible_segments(session)] == wanted
