"""Rows of a list stand together by a field, each group under a heading that leads to its list."""

from __future__ import annotations

import html
import re

import pytest

from core.customers.models import Company
from core.customers.services.index import index_company

RATED = ("key", "customer", "key", "prospect", "customer", "key")


@pytest.fixture
def clerk(people, as_system):
    """Make a clerk with customers of three ratings."""
    user = people.user("clerk")
    with as_system() as session:
        for number, standing in enumerate(RATED):
            company = Company(name=f"客户{number}", standing=standing, owner_id=user.id, entered_by_id=user.id)
            session.add(company)
            session.flush()
            index_company(session, company)
    return user


def groups(page: str) -> list[tuple[str, str, str]]:
    """Read the headings: words, count and address."""
    found = re.findall(r'scope="rowgroup"[^>]*><a href="([^"]+)">(.*?)</a> <span class="num t3">([\d,]+)', page)
    return [(re.sub(r"<[^>]+>", "", words), count, html.unescape(href)) for href, words, count in found]


def test_rows_stand_together_and_each_heading_opens_its_list_with_the_same_number(clerk, browser_of):
    browser = browser_of(clerk)
    page = browser.get("/companies?grouped=standing").get_data(as_text=True)
    found = groups(page)
    assert sorted((words, count) for words, count, _href in found) == [
        ("客户", "2"),
        ("潜在客户", "1"),
        ("重点客户", "3"),
    ]
    for _words, count, href in found:
        opened = browser.get(href).get_data(as_text=True)
        assert "rowgroup" not in opened
        assert len(re.findall(r'<tr data-id="', opened)) == int(count)


def test_grouping_and_sorting_go_together(clerk, browser_of):
    page = browser_of(clerk).get("/companies?grouped=standing&sort=name").get_data(as_text=True)
    names = re.findall(r'class="name el" href="[^"]+">(客户\d)', page)
    assert [RATED[int(name[-1])] for name in names] == sorted(RATED)
    assert names == ["客户1", "客户4", "客户0", "客户2", "客户5", "客户3"]


def test_a_saved_view_keeps_its_grouping_and_can_be_seen_without(clerk, browser_of):
    browser = browser_of(clerk)
    browser.post("/companies/views/new", {"query": "grouped=standing", "name": "按考核", "shared": "private"})
    tabs = browser.get("/companies").get_data(as_text=True)
    number = re.search(r"view=(\d+)", tabs).group(1)
    page = browser.get(f"/companies?view={number}").get_data(as_text=True)
    assert len(groups(page)) == 3
    plain = re.search(r'href="([^"]+)"[^>]*><span>不分组', page)
    assert plain is not None
    without = browser.get(html.unescape(plain.group(1))).get_data(as_text=True)
    assert groups(without) == []
    assert "已改动" in without


@pytest.mark.parametrize("name", ["nonsense", "name'; --", "address"])
def test_what_cannot_be_grouped_by_is_told(clerk, browser_of, name):
    assert browser_of(clerk).get("/companies", query_string={"grouped": name}).status_code == 422
