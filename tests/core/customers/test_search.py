"""Search: what is found by what, in which order, by whom."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update

from core.customers.models import Alias, Company, Contact, Phone, SearchDoc
from core.customers.queries import find_companies, search_companies, search_contacts
from core.customers.queries.matching import MOST_WAYS, multiplied
from core.customers.services import index_company, remove_company, restore_company
from core.db import system_session


@pytest.fixture
def register(app, company_of, as_system):
    company_of("重庆江小白酒业有限公司", phones=["023-55551234"], contacts=["单小明"])
    company_of("成都锦城糖酒有限公司", uscc="91210504667256055G", emails=["sales@example.com"])
    company_of("成都锦城糖酒商贸有限公司", short_name="锦糖")
    company_of("北京成都小吃有限公司", contacts=["王建平"])
    company_of("乐清市ABC食品厂", phones=["13800000142"])
    with as_system() as session:
        company = session.scalar(select(Company).where(Company.name.startswith("乐清")))
        session.add(Alias(company=company, kind="former", name="瓯江罐头厂"))
        session.flush()
        index_company(session, company)


def names(app, text, limit=20):
    with system_session("test", database=app.extensions["zhike"].database) as session:
        return [hit.name for hit in find_companies(session, text, limit)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("成都锦城糖酒有限公司", "成都锦城糖酒有限公司"),
        ("成都锦城糖酒", "成都锦城糖酒有限公司"),
        ("小吃", "北京成都小吃有限公司"),
        ("吃", "北京成都小吃有限公司"),
        ("成都錦城糖酒", "成都锦城糖酒有限公司"),
        ("锦糖", "成都锦城糖酒商贸有限公司"),
        ("瓯江罐头", "乐清市ABC食品厂"),
        ("ａｂｃ食品", "乐清市ABC食品厂"),
        ("abc", "乐清市ABC食品厂"),
        ("小白 重庆", "重庆江小白酒业有限公司"),
        ("cqjxb", "重庆江小白酒业有限公司"),
        ("zqjxb", "重庆江小白酒业有限公司"),
        ("jxb", "重庆江小白酒业有限公司"),
        ("jiangxiaobai", "重庆江小白酒业有限公司"),
        ("chongqingj", "重庆江小白酒业有限公司"),
        ("yqs", "乐清市ABC食品厂"),
        ("lqs", "乐清市ABC食品厂"),
        ("王建平", "北京成都小吃有限公司"),
        ("wjp", "北京成都小吃有限公司"),
        ("单小明", "重庆江小白酒业有限公司"),
        ("023-5555 1234", "重庆江小白酒业有限公司"),
        ("55551234", "重庆江小白酒业有限公司"),
        ("0142", "乐清市ABC食品厂"),
        ("1380000", "乐清市ABC食品厂"),
        ("91210504667256055g", "成都锦城糖酒有限公司"),
        ("sales@example.com", "成都锦城糖酒有限公司"),
    ],
)
def test_a_customer_is_found_by(app, register, text, first):
    assert names(app, text)[:1] == [first]


def test_whole_names_come_before_beginnings_before_parts(app, register):
    assert names(app, "成都") == ["成都锦城糖酒有限公司", "成都锦城糖酒商贸有限公司", "北京成都小吃有限公司"]
    assert names(app, "成都锦城糖酒商贸有限公司")[0] == "成都锦城糖酒商贸有限公司"


def test_a_customer_is_found_by_its_number(app, register, as_system):
    with as_system() as session:
        company = session.scalar(select(Company).where(Company.name.startswith("北京")))
    assert names(app, company.code)[0] == company.name
    assert company.name in names(app, company.code.lower().replace("kh-0", ""))


@pytest.mark.parametrize(
    "text", ["", "   ", "***", "鱻鱻鱻", "酒*糖", "%", "_", "NEAR(酒 糖)", "qqqqq", '"', "酒 OR 鱻"]
)
def test_nothing_and_signs_of_the_query_language_find_nothing(app, register, text):
    assert names(app, text) == []


def test_the_limit_holds(app, register):
    assert len(names(app, "有限公司", 2)) == 2


def test_private_numbers_are_not_found(app, register, as_system):
    with as_system() as session:
        company = session.scalar(select(Company).where(Company.name.startswith("北京")))
        session.add(Phone(company=company, kind="private", number="13911112222"))
    assert names(app, "13911112222") == []
    assert names(app, "2222") == []


def test_the_index_follows_renaming_and_the_bin(app, register, as_system):
    with as_system() as session:
        company = session.scalar(select(Company).where(Company.name.startswith("北京")))
        company.name = "天津狗不理食品有限公司"
        index_company(session, company)
    assert names(app, "小吃") == []
    assert names(app, "狗不理") == ["天津狗不理食品有限公司"]
    with as_system() as session:
        remove_company(session, session.get(Company, company.id), by=None)
    assert names(app, "狗不理") == []
    with as_system() as session:
        restore_company(session, session.get(Company, company.id))
    assert names(app, "gbl") == ["天津狗不理食品有限公司"]


def test_every_record_has_one_document(app, register, as_system):
    with as_system() as session:
        for company in session.scalars(select(Company)):
            index_company(session, company)
        keys = session.execute(select(SearchDoc.resource, SearchDoc.record_id)).all()
        assert len(keys) == len(set(keys)) == 7


def test_what_waits_for_its_check_is_found_by_author_owner_and_reviewers_only(app, people, company_of, as_user):
    author, stranger = people.user("author"), people.user("stranger")
    boss = people.user("boss", ["decision_maker"])
    company_of("四川新酒有限公司", review_state="submitted", entered_by_id=author.id)
    for user, found in ((author, 1), (stranger, 0), (boss, 1)):
        with as_user(user) as session:
            assert len(find_companies(session, "新酒")) == found
            assert len(session.scalars(search_companies(select(Company), "新酒", session)).all()) == found


def test_contacts_that_wait_are_found_by_author_owner_and_reviewers_only(app, people, company_of, as_user, as_system):
    author, owner, stranger = people.user("author"), people.user("owner"), people.user("stranger")
    boss = people.user("boss", ["decision_maker"])
    company = company_of("四川新酒有限公司", contacts=["诸葛明轩"], owner_id=owner.id)
    for state, strangers in (("submitted", 0), ("returned", 0), ("reviewed", 1)):
        with as_system() as session:
            values = {"review_state": state, "entered_by_id": author.id}
            session.execute(update(Contact).where(Contact.company_id == company.id).values(**values))
        for user, found in ((author, 1), (owner, 1), (boss, 1), (stranger, strangers)):
            with as_user(user) as session:
                for text in ("诸葛明轩", "zgmx", "LX-000001", "四川新酒"):
                    people_found = session.scalars(search_contacts(select(Contact), text, session)).all()
                    assert len(people_found) == found, (state, user.username, text)
                assert len(find_companies(session, "诸葛明轩")) == found
                assert len(session.scalars(search_companies(select(Company), "诸葛明轩", session)).all()) == found


def test_lists_are_narrowed_by_the_same_words(app, register):
    with system_session("test", database=app.extensions["zhike"].database) as session:
        for text, expected in (("成都", 3), ("cqjxb", 1), ("1234", 1), ("王建平", 1), ("鱻", 0)):
            assert len(session.scalars(search_companies(select(Company), text, session)).all()) == expected, text
        for text, expected in (("王建平", 1), ("wjp", 1), ("成都小吃", 1), ("鱻", 0)):
            assert len(session.scalars(search_contacts(select(Contact), text, session)).all()) == expected, text


def test_a_frequent_word_is_found_by_walking_the_list(app, register, monkeypatch):
    monkeypatch.setattr("core.customers.queries.narrowing.COMMON_TERM", {"sqlite": 2, "postgresql": 2})
    with system_session("test", database=app.extensions["zhike"].database) as session:
        for text, expected in (("成都", 3), ("有限", 4), ("有限公司", 4), ("yxgs", 4), ("c", 3)):
            found = session.scalars(search_companies(select(Company), text, session).order_by(Company.id)).all()
            assert len(found) == expected, text


@pytest.mark.parametrize("text", ["锦江 三泰", "三泰 成都市", "四川 三泰食品", "成都 santai"])
def test_of_several_words_one_may_name_the_place(app, company_of, text):
    company_of("三泰食品有限公司", province="四川省", city="成都市", district="锦江区")
    company_of("三泰食品厂", province="辽宁省", city="沈阳市")
    assert names(app, text) == ["三泰食品有限公司"]
    assert names(app, "成都") == []


def test_a_name_without_its_place_counts_as_its_beginning(app, company_of):
    company_of("南京宝生源食品有限公司")
    company_of("博乐市博水缘食品有限责任公司")
    assert names(app, "bsysp")[0] in ("南京宝生源食品有限公司", "博乐市博水缘食品有限责任公司")
    company_of("唐山市香华食品有限公司")
    company_of("信香华食品有限公司")
    assert names(app, "香华食品")[0] == "唐山市香华食品有限公司"
    assert names(app, "xianghuashipin")[0] == "唐山市香华食品有限公司"


@pytest.fixture
def misspelled(app, company_of):
    company_of("枣庄市维佳食品有限公司", province="山东省", city="枣庄市")
    company_of("张家港市东海粮油工业有限公司", province="江苏省", city="苏州市", district="张家港市")
    company_of("昆明玉象食品有限公司", province="云南省", city="昆明市")
    company_of("襄阳三绿米业有限公司", province="湖北省", city="襄阳市", district="襄州区")
    company_of("桂林煜能商贸有限公司", province="广西壮族自治区", city="桂林市")
    company_of("海一饮料有限公司", province="海南省", city="三亚市")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("唯嘉食品", "枣庄市维佳食品有限公司"),  # characters that sound the same
        ("枣庄市唯佳食品有限公司", "枣庄市维佳食品有限公司"),
        ("维工食品", "枣庄市维佳食品有限公司"),  # a wrong one
        ("枣庄市佳食品有限公司", "枣庄市维佳食品有限公司"),  # a missing one
        ("东每海粮油", "张家港市东海粮油工业有限公司"),  # one too many
        ("玉食象品", "昆明玉象食品有限公司"),  # two swapped
        ("东粮工业", "张家港市东海粮油工业有限公司"),  # a short name
        ("三亚海一饮料", "海一饮料有限公司"),  # a place that is not in the name
        ("襄樊三绿米业", "襄阳三绿米业有限公司"),  # a former name of the place
        ("玉象shipin", "昆明玉象食品有限公司"),
        ("玉xiang食品", "昆明玉象食品有限公司"),
        ("玉象sp", "昆明玉象食品有限公司"),
        ("yu xiang shi pin", "昆明玉象食品有限公司"),
        ("yuxiangsipin", "昆明玉象食品有限公司"),  # sounds that are easily mistaken
        ("yunenshangmao", "桂林煜能商贸有限公司"),
        ("yuxiangshpin", "昆明玉象食品有限公司"),  # a letter is missing
        ("yuxiangshipni", "昆明玉象食品有限公司"),  # two are swapped
        ("sy海一饮料", "海一饮料有限公司"),  # the city in letters
        ("sanya海一饮料", "海一饮料有限公司"),
        ("syhyyl", "海一饮料有限公司"),
        ("sanyahaiyi", "海一饮料有限公司"),
        ("海一(三亚)饮料", "海一饮料有限公司"),
        ("海一三亚饮料", "海一饮料有限公司"),
        ("玉象食品 电话", "昆明玉象食品有限公司"),
        ("玉象食品张经理", "昆明玉象食品有限公司"),
    ],
)
def test_what_was_typed_not_quite_right_is_found_everywhere(app, misspelled, text, first):
    assert names(app, text)[:1] == [first]
    with system_session("test", database=app.extensions["zhike"].database) as session:
        assert first in [one.name for one in session.scalars(search_companies(select(Company), text, session))]


@pytest.mark.parametrize("text", ["水泥制品", "维维豆奶", "东方红", "nikon", "某某", "中路292号", "syshangmao", "电话"])
def test_what_is_too_far_from_every_name_is_not_found(app, misspelled, text):
    assert names(app, text) == []


def test_a_slip_is_not_looked_for_where_the_text_itself_is_found(app, misspelled, company_of):
    company_of("青岛唯嘉食品有限公司")
    assert names(app, "唯嘉食品") == ["青岛唯嘉食品有限公司"]


def test_a_slip_finds_no_more_than_its_finder_may_see(app, people, company_of, as_user):
    author, stranger = people.user("author"), people.user("stranger")
    company_of("四川新酒曲业有限公司", review_state="submitted", entered_by_id=author.id)
    for user, found in ((author, 1), (stranger, 0)):
        with as_user(user) as session:
            assert len(find_companies(session, "新久曲业")) == found
            assert len(session.scalars(search_companies(select(Company), "新久曲业", session)).all()) == found


def test_place_and_legal_form_do_not_count_when_matches_are_ranked(app, company_of):
    company_of("海南广成达饭业有限公司")
    company_of("广西南宁隆安县桂薯淀粉有限责任公司")
    assert names(app, "gsdf") == ["广西南宁隆安县桂薯淀粉有限责任公司"]
    company_of("大连新希食品贸易有限公司")
    company_of("欣兴食品(青岛)有限公司")
    assert names(app, "xxsp") == ["欣兴食品(青岛)有限公司", "大连新希食品贸易有限公司"]


def test_what_waits_for_the_index_on_postgresql_stays_short(app, as_system):
    with as_system() as session:
        if session.get_bind().dialect.name != "postgresql":
            pytest.skip("SQLite has no such list")
        told = session.scalar(text("SELECT reloptions FROM pg_class WHERE relname = 'ix_core_search_doc_tokens'"))
        limit = session.scalar(text("SHOW gin_pending_list_limit"))
    assert (told, limit) == (None, "256kB")


def test_rows_that_lie_apart_are_read_at_once_on_postgresql(app, as_system):
    with as_system() as session:
        if session.get_bind().dialect.name != "postgresql":
            pytest.skip("SQLite leaves it to the system")
        told, start = session.execute(
            text("SELECT setting, reset_val FROM pg_settings WHERE name = 'effective_io_concurrency'")
        ).one()
    assert told == ("200" if start == "1" else start)


def test_conditions_are_multiplied_out_as_far_as_there_are_few_ways():
    two, three = [("a",), ("b", "c")], [("x",), ("y",), ("c",)]
    (whole,) = multiplied([two, three])
    assert sorted(whole) == sorted([("a", "x"), ("a", "y"), ("a", "c"), ("b", "c", "x"), ("b", "c", "y"), ("b", "c")])
    many = [(str(number),) for number in range(MOST_WAYS)]
    whole, apart = multiplied([many, two, [("z",)]])
    assert whole == [("z", "a"), ("z", "b", "c")]
    assert apart == many
