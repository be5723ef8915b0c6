"""The list page as a browser gets it."""

from __future__ import annotations

import html
import re

import pytest

from core.columns import utcnow


@pytest.fixture
def chief(people):
    """Make a decision maker, who sees everything."""
    return people.user("zhou", ["decision_maker"])


def ids(answer):
    """List the ids of the rows in their order."""
    return [int(i) for i in re.findall(r'<tr data-id="(\d+)"', answer.text)]


def names(answer):
    """List the titles of the rows in their order."""
    return re.findall(r'<a class="name el"[^>]*>([^<]*)</a>', answer.text)


def links(answer, text):
    """List the addresses of the links with a text."""
    return [html.unescape(a) for a in re.findall(rf'<a[^>]*href="([^"]+)"[^>]*>[^<]*{text}', answer.text)]


def test_a_list_shows_twenty_rows_and_leads_on(chief, firm, browser_of):
    for n in range(45):
        firm(f"川江源{n:02d}")
    browser = browser_of(chief)
    seen, address = [], "/firms"
    while address:
        answer = browser.get(address)
        assert answer.status_code == 200
        seen.append(ids(answer))
        found = re.search(r'href="([^"]+)"[^>]*rel="next"', answer.text)
        address = html.unescape(found[1]) if found else None
    assert [len(page) for page in seen] == [20, 20, 5]
    assert len({i for page in seen for i in page}) == 45


def test_a_list_carries_the_marks_that_others_rely_on(chief, firm, browser_of):
    made = firm("川江源")
    text = browser_of(chief).get("/firms").text
    assert re.search(r'<table class="tb[^"]*" data-resource="firms" data-total="1"', text)
    assert f'<tr data-id="{made.id}"' in text
    assert text.count("<h1>") == 1
    assert f'name="id" value="{made.id}" form="batch"' in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=川江", {"川江源", "川江春"}),
        ("standing=key&standing=customer", {"川江源", "锦城"}),
        ("standing__ne=key", {"川江春", "锦城"}),
        ("standing__in=key,customer&city=成都", {"川江源"}),
        ("city__starts=重", {"锦城"}),
        ("city__empty=1", {"川江春"}),
        ("city__empty=0", {"川江源", "锦城"}),
        ("headcount__between=5,10", {"川江源"}),
        ("headcount__between=,10", {"川江源", "川江春"}),
        ("headcount__gt=5&headcount__lt=100", {"锦城"}),
        ("owner_id=me", {"川江源"}),
        ("owner_id=none", {"锦城", "川江春"}),
        ("owner_id__ne=me", {"锦城", "川江春"}),
        ("owner_id=zhou", {"川江源"}),
        ("last_contact_on=2026-03-18", {"川江源"}),
        ("last_contact_on__lt=2026-03-18", {"锦城"}),
        ("last_contact_on__between=2026-01-01,2026-12-31", {"川江源"}),
        ("updated_at__between=today,", {"川江源", "川江春", "锦城"}),
        ("updated_at__lt=-1d", set()),
        ("updated_at=today", {"川江源", "川江春", "锦城"}),
        ("credit_limit=12.50", {"锦城"}),
        ("contact__contains=建平", {"川江源"}),
        ("contact__empty=1", {"锦城", "川江春"}),
        ("contact__ne=王建平", {"锦城", "川江春"}),
        ("roles=agent", {"锦城"}),
        ("roles__empty=1", {"川江源", "川江春"}),
        ("owner_name__contains=zhou", {"川江源"}),
        ("owner_name__empty=1", {"锦城", "川江春"}),
        ("name=%E5%B7%9D%E6%B1%9F%E6%BA%90", {"川江源"}),
        ("name__contains=%25", set()),
        ("standing=Key+account", {"川江源"}),
    ],
)
def test_conditions_narrow_a_list(chief, firm, as_system, browser_of, query, expected):
    import datetime as dt

    from core.customers.models import Contact

    one = firm("川江源", owner=chief, standing="key", city="成都", headcount=5, last_contact_on=dt.date(2026, 3, 18))
    firm("川江春", standing="prospect", headcount=1)
    firm(
        "锦城", standing="customer", city="重庆", headcount=50, credit_limit="12.5", roles=["partner", "agent"],
        last_contact_on=dt.date(2025, 3, 18),
    )  # fmt: skip
    with as_system() as session:
        session.add(Contact(company_id=one.id, name="王建平"))
    answer = browser_of(chief).get(f"/firms?{query}")
    assert answer.status_code == 200, re.findall(r'role="alert".*?</div>', answer.text)
    assert set(names(answer)) == expected


@pytest.mark.parametrize(
    "query",
    [
        "headcount=many",
        "headcount__gt=1e400",
        "headcount=99999999999999999999",
        "credit_limit__gt=1.234",
        "last_contact_on=soon",
        "last_contact_on__lt=99999d",
        "updated_at=0001-01-01",
        "last_contact_on__between=2026-13-01,",
        "owner_id=99999999999999999999999",
        "standing=nowhere",
        "name__gt=1",
        "roles__contains=x",
        "contact=" + "x" * 600,
        "sort=contact",
        "view=99",
        "view=nowhere",
        "nothing=1",
    ],
)
def test_what_cannot_be_done_is_told_in_words(chief, firm, browser_of, query):
    firm("川江源")
    answer = browser_of(chief).get(f"/firms?{query}")
    assert answer.status_code in (200, 422)
    assert ids(answer) == []
    assert ('role="alert"' in answer.text) == (answer.status_code == 422)


def test_an_empty_result_says_which_condition_to_drop(chief, firm, browser_of):
    firm("川江源", city="成都", standing="key")
    text = browser_of(chief).get("/firms?city=成都&standing=prospect").text
    assert "去掉“Rating”后有 1 条" in text
    assert 'href="/firms?city=%E6%88%90%E9%83%BD"' in text


def test_each_condition_is_a_chip_that_can_be_taken_away(chief, firm, browser_of):
    firm("川江源", city="成都", standing="key")
    text = browser_of(chief).get("/firms?city=成都&city=重庆&standing=key").text
    assert "<b>City</b> 成都 或 重庆" in text
    assert 'href="/firms?standing=key"' in text


def test_a_heading_sorts_and_says_so(chief, firm, browser_of):
    for name in ("b", "a", "c"):
        firm(name)
    browser = browser_of(chief)
    answer = browser.get("/firms?sort=name")
    assert names(answer) == ["a", "b", "c"]
    assert re.search(r'<th[^>]*aria-sort="ascending"[^>]*><a class="sort" href="/firms\?sort=-name"', answer.text)
    assert names(browser.get("/firms?sort=-name")) == ["c", "b", "a"]


def test_a_second_heading_sorts_besides(chief, firm, browser_of):
    for name, city in (("b", "x"), ("a", "y"), ("c", "x")):
        firm(name, city=city)
    browser = browser_of(chief)
    assert names(browser.get("/firms?sort=city,-name")) == ["c", "b", "a"]
    assert 'data-also="/firms?sort=city%2Cname"' in browser.get("/firms?sort=city").text


def test_sums_are_those_of_the_whole_result(chief, firm, browser_of):
    for n in range(25):
        firm(f"f{n}", headcount=10)
    text = browser_of(chief).get("/firms").text
    assert "合计（查到的 25 firms）" in text
    assert '<td class="num r">250</td>' in text


def test_a_fragment_is_the_list_alone_and_says_its_address(chief, firm, browser_of):
    firm("川江源")
    answer = browser_of(chief).get("/firms?sort=name", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert ids(answer)
    assert answer.headers["HX-Push-Url"] == "/firms?sort=name"
    assert "HX-Request" in answer.headers["Vary"]


def test_the_full_form_leads_to_a_plain_address(chief, firm, browser_of):
    firm("川江源")
    answer = browser_of(chief).get(
        "/firms?q=&op.city=starts&v.city=成&set.last_contact_on=lt:-90d&op.headcount=eq&v.headcount="
    )
    assert answer.status_code == 302
    assert answer.location == "/firms?last_contact_on__lt=-90d&city__starts=%E6%88%90"


def test_columns_are_kept_for_each_person(chief, people, firm, browser_of):
    firm("川江源", city="成都")
    browser = browser_of(chief)
    answer = browser.post("/firms/set", {"query": "sort=name", "column": ["headcount", "city", "nothing", "remark"]})
    assert answer.status_code == 303
    assert answer.location == "/firms?sort=name"
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', browser.get("/firms").text)
    assert heads == ["Name", "Staff", "City"]
    assert "Rating" in browser_of(people.user("li", ["decision_maker"])).get("/firms").text
    browser.post("/firms/set", {"query": "", "column": ["headcount", "city"], "move": "city:up"})
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', browser.get("/firms").text)
    assert heads == ["Name", "City", "Staff"]
    browser.post("/firms/set", {"query": "", "reset": "1"})
    assert "data-also" in browser.get("/firms").text


def test_the_full_form_stays_open_for_who_opened_it(chief, firm, browser_of):
    firm("川江源")
    browser = browser_of(chief)
    assert 'name="op.city"' not in browser.get("/firms").text
    browser.post("/firms/set", {"query": "", "more": "1"})
    assert 'name="op.city"' in browser.get("/firms?city__starts=成").text
    browser.post("/firms/set", {"query": "", "more": ""})
    assert 'name="op.city"' not in browser.get("/firms").text


def test_typed_text_is_shown_and_never_run(chief, firm, browser_of):
    firm('<script>alert("x")</script>', city='"><b>')
    browser = browser_of(chief)
    for address in ("/firms", "/firms?q=<script>", "/firms?city=%22%3E%3Cb%3E", '/firms?sort="><b>', '/firms?"><i>=1'):
        text = browser.get(address).text
        assert "<script>alert" not in text
        assert '"><b>' not in text
        assert '"><i>' not in text


def test_a_page_of_twenty_is_light(chief, firm, browser_of):
    for n in range(25):
        firm(f"四川川江源酒业股份有限公司{n}", city="成都")
    browser = browser_of(chief)
    assert len(browser.get("/firms").data) < 60_000


def test_without_the_right_there_is_no_list(people, browser_of):
    browser = browser_of(people.user("zhao", ()))
    for address in (
        "/firms",
        "/firms/filter",
        "/firms/columns",
        "/firms/export",
        "/firms/views/new",
        "/firms/options/city",
    ):
        assert browser.get(address).status_code == 403


def test_choices_of_a_field_are_found_while_typing(chief, firm, browser_of):
    firm("川江源")
    firm("锦城")
    browser = browser_of(chief)
    assert "Key account" in browser.get("/firms/options/standing?q=key").text
    text = browser.get("/firms/options/parent_id?q=川").text
    assert "川江源" in text
    assert "锦城" not in text
    assert browser.get("/firms/options/nothing?q=x").status_code == 404


def test_a_row_is_previewed_beside_the_list_as_far_as_its_fields_may_be_seen(people, firm, browser_of):
    clerk = people.user("li", ["staff"])
    mine = firm("川江源", owner=clerk, credit_limit=120_000, headcount=7391)
    theirs = firm("锦城", owner=people.user("wang"), headcount=8462)
    browser, inside = browser_of(clerk), {"headers": {"HX-Request": "true"}}
    shown = dict(re.findall(r'<tr data-id="(\d+)" data-preview="([^"]+)"', browser.get("/firms").text))
    drawer = browser.get(shown[str(mine.id)], **inside)
    assert drawer.status_code == 200
    assert f'href="/firms/{mine.id}?list="' in drawer.text
    assert "川江源" in drawer.text
    assert "7,391" in drawer.text
    assert "<html" not in drawer.text
    assert "8,462" not in browser.get(shown[str(theirs.id)], **inside).text
    whole = browser.get(shown[str(mine.id)])
    assert whole.status_code == 303
    assert whole.headers["Location"] == f"/firms/{mine.id}?list="


def test_what_a_list_does_not_show_has_no_preview(people, firm, browser_of):
    li = people.user("li", ["staff"])
    people.grant_group("staff", "core:company:query", "own")
    gone = firm("旧", owner=li, deleted_at=utcnow())
    theirs = firm("锦城", owner=people.user("wang"))
    browser = browser_of(li)
    for number in (gone.id, theirs.id, 10**9):
        assert browser.get(f"/firms/{number}/preview", headers={"HX-Request": "true"}).status_code == 404


def test_a_list_without_record_pages_has_no_preview(chief, browser_of):
    assert "data-preview" not in browser_of(chief).get("/persons").text
    assert browser_of(chief).get("/persons/1/preview").status_code == 404
