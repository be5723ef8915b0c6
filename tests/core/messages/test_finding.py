"""Search of messages by the index: what is found, whose, and what is forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from core.auth.access import current_access
from core.customers.models import Company
from core.db import system_transaction
from core.listing.queries import list_page
from core.listing.state import ListState
from core.messages import finding, views
from core.messages.models import Message, MessageWords
from core.messages.resources import MESSAGE
from core.messages.services import Record, forget_customer, notify


@pytest.fixture
def found(as_user):
    """Give the titles that a person finds by what he types."""

    def go(person, typed, **more):
        with as_user(person) as session:
            page = list_page(session, MESSAGE, ListState(q=typed), current_access(), ("title",), **more)
            return (sorted(row["title"] for row in page.rows), page.count, page.over)

    return go


TYPED = [
    ("报价", ["川江源报价单", "报价 ABC-100"]),
    ("报价单", ["川江源报价单"]),
    ("价", ["川江源报价单", "报价 ABC-100"]),
    ("周五 报价", ["川江源报价单"]),
    ("abc-100", ["报价 ABC-100"]),
    ("ＡＢＣ", ["报价 ABC-100"]),
    ("，请", ["川江源报价单"]),
    ("价报", []),
    ("没有这句话", []),
    ("、", []),
]


@pytest.mark.parametrize(("typed", "titles"), TYPED)
@pytest.mark.parametrize("gathered", [2000, 0])
def test_every_word_must_stand_in_title_or_content_however_many_match(
    house, sent, found, monkeypatch, typed, titles, gathered
):
    monkeypatch.setattr(finding, "GATHERED", gathered)
    sent(house["chief"], [house["sales"]], "川江源报价单", content="周五以前，请发给客户")
    sent(house["chief"], [house["sales"]], "报价 ABC-100")
    sent(house["chief"], [house["sales2"]], "别人的报价")
    assert found(house["sales"], typed)[0] == titles


def test_the_index_is_asked_once_whether_words_are_common(app, house, sent, found, monkeypatch):
    monkeypatch.setattr(finding, "GATHERED", 1)
    for title in ("报价一", "报价二"):
        sent(house["chief"], [house["sales"]], title)
    engine = app.extensions["zhike"].database.engine
    asked = []

    def note(conn, cursor, statement, *more):
        asked.append("core_message_words" in statement or "core_message_fts" in statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for _time in range(2):
            assert found(house["sales"], "报价")[0] == ["报价一", "报价二"]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sum(asked) == 1


def test_the_index_gives_the_ids_without_looking_at_other_peoples_messages(house, sent, as_user, monkeypatch):
    kept = [sent(house["chief"], [house["sales"]], "会议室"), sent(house["chief"], [house["sales"]], "会议室二")]
    sent(house["chief"], [house["fair"]], "会议室")
    with as_user(house["sales"]) as session:
        tokens = [f"@{house['sales'].id}", "会议"]
        assert sorted(session.scalars(finding._matching(session, tokens))) == kept


def test_what_a_search_finds_is_counted_up_to_a_limit(house, sent, found):
    for number in range(25):
        sent(house["chief"], [house["sales"]], f"样刊{number}")
    assert found(house["sales"], "样刊", most=22)[1:] == (22, True)
    assert found(house["sales"], "样刊")[1:] == (25, False)


def test_the_index_forgets_a_customer_that_is_erased(house, app, found):
    with system_transaction("test", database=app.extensions["zhike"].database) as session:
        company = Company(name="川江源食品有限公司")
        session.add(company)
        session.flush()
        about = Record(kind="company", id=company.id, company_id=company.id)
        notify(session, [house["sales"].id], "川江源要求退款", module="core.tasks", record=about)
        forget_customer(session, company.id, company.name)
        words = session.scalars(select(MessageWords.tokens)).one()
        assert len(words) == 1  # the holder
    assert found(house["sales"], "川江")[0] == []


def test_the_index_forgets_what_was_read_before_in_the_same_transaction(house, app):
    with system_transaction("test", database=app.extensions["zhike"].database) as session:
        company = Company(name="川江源食品有限公司")
        session.add(company)
        session.flush()
        about = Record(kind="company", id=company.id, company_id=company.id)
        notify(session, [house["sales"].id], "川江源要求退款", module="core.tasks", record=about)
        seen = session.scalars(select(Message)).one()
        forget_customer(session, company.id, company.name)
        assert len(session.scalars(select(MessageWords.tokens)).one()) == 1  # the holder
        assert seen.title == "—"


def test_the_centre_counts_up_to_a_limit_and_says_so(house, sent, browser_of, monkeypatch):
    monkeypatch.setattr(views, "COUNTED", 60)
    for number in range(60):
        sent(house["chief"], [house["sales"]], f"样刊{number}")
    browser = browser_of(house["sales"])
    assert "60 条信息" in browser.get("/messages?folder=inbox").get_data(as_text=True)
    sent(house["chief"], [house["sales"]], "样刊")
    assert "60 条以上" in browser.get("/messages?folder=inbox").get_data(as_text=True)
