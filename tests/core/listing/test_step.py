"""From a record to the next and the previous one of the list from which it was opened (ui.md 6.3)."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from core.customers.models import Company, Contact
from core.customers.services import create_company, create_contact, index_company

SPOKEN = [None, 5, 9, None, 5, 5, 1]
"""The day of January on which one spoke with each customer; equal and empty ones are the hard part of an order."""


@pytest.fixture
def clerk(people):
    return people.user("clerk", name="李敏")


@pytest.fixture
def companies(clerk, people, as_system):
    """Make customers of the clerk and one that is a colleague's, with equal and empty values to sort by."""
    other = people.user("other")
    with as_system() as session:
        made = []
        for number, day in enumerate(SPOKEN):
            owner = other.id if number == 5 else clerk.id
            made.append(create_company(session, {"name": f"糖酒{number}"}, by=owner, owner_id=owner))
            made[-1].last_contact_on = dt.date(2026, 1, day) if day else None
            create_contact(session, made[-1], {"name": f"人{number}"}, by=owner)
        for one in made:
            index_company(session, one)
        return [one.id for one in made]


def records(browser, address, kind="companies"):
    """Give the links of the rows of a list."""
    page = browser.get(address).text
    return [html.unescape(found) for found in re.findall(rf'<a class="name el" href="(/{kind}/[^"]*)"', page)]


def walk(browser, start, way):
    """Walk until the end; give what was passed."""
    passed = [start]
    while True:
        page = browser.get(passed[-1]).text
        step = re.search(rf'href="([^"]*/step/{way}[^"]*)"', page).group(1)
        there = browser.get(html.unescape(step)).location
        if there == passed[-1]:
            return passed
        passed.append(there)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sort=last_contact_on",
        "?sort=-last_contact_on,name",
        "?last_contact_on__empty=1&sort=-name",
        "?q=糖酒&sort=name",
        "?view=mine&sort=-name",
    ],
)
def test_the_walk_passes_the_list_in_its_order_both_ways(browser_of, clerk, companies, query):
    browser = browser_of(clerk)
    rows = records(browser, f"/companies{query}")
    assert len(rows) > 1
    assert walk(browser, rows[0], "next") == rows
    assert walk(browser, rows[-1], "previous") == rows[::-1]


def test_contacts_are_walked_too(browser_of, clerk, companies):
    browser = browser_of(clerk)
    rows = records(browser, "/contacts?sort=name", "contacts")
    assert len(rows) > 1
    assert walk(browser, rows[0], "next") == rows


def test_a_record_that_dropped_out_of_the_list_still_leads_on(browser_of, clerk, companies, as_system):
    browser = browser_of(clerk)
    rows = records(browser, "/companies?last_contact_on__empty=0&sort=name")
    with as_system() as session:
        session.get_one(Company, companies[2]).last_contact_on = None
    there = browser.get(rows[1].replace("?", "/step/next?")).location
    assert there == rows[2]


def test_opened_otherwise_a_record_offers_no_walk(browser_of, clerk, companies):
    page = browser_of(clerk).get(f"/companies/{companies[0]}").text
    assert "/step/" not in page


def test_what_is_not_understood_of_a_list_leads_nowhere(browser_of, clerk, companies):
    browser = browser_of(clerk)
    start = f"/companies/{companies[0]}"
    assert browser.get(f"{start}/step/next?list=nosuch%3D1").location == f"{start}?list=nosuch%3D1"
    assert browser.get(f"{start}/step/sideways?list=").status_code == 404
    assert browser.get("/companies/999999/step/next?list=").status_code == 404


def test_the_walk_keeps_to_what_a_person_may_see(browser_of, people, companies, as_system):
    with as_system() as session:
        contact = session.query(Contact.id).order_by(Contact.id).first()
    stranger = browser_of(people.user("stranger", groups=()))
    assert stranger.get(f"/companies/{companies[0]}/step/next?list=").status_code in (403, 404)
    assert stranger.get(f"/contacts/{contact.id}/step/next?list=").status_code in (403, 404)
