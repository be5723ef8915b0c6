"""Canaries in private fields of somebody else's customers are on no page that others can reach (promise S3)."""

from __future__ import annotations

import html
import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from core.auth.models import Grant, Group
from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.services.index import index_company, index_contact

BIRD = "kanarienvogel"
MOST_PAGES = 400
LEAVES = re.compile(r"/logout|/static/|/preferences|locale=|theme=")


def hatch(session, owner_id: int) -> Company:
    """Make a reviewed customer with a canary in every private field of its contact."""
    company = Company(
        name="金丝雀酒业有限公司", owner_id=owner_id, entered_by_id=owner_id, review_state="reviewed", address="成都市"
    )
    session.add(company)
    session.flush()
    contact = Contact(
        company_id=company.id,
        name="王建平",
        review_state="reviewed",
        habits=f"{BIRD}-habits",
        hobbies=f"{BIRD}-hobbies",
        income_note=f"{BIRD}-income",
        social_relations=f"{BIRD}-relations",
        career=f"{BIRD}-career",
        major=f"{BIRD}-major",
    )
    session.add(contact)
    session.flush()
    session.add_all(
        [
            Phone(company_id=company.id, contact_id=contact.id, kind="private", number="13900009977"),
            Email(company_id=company.id, contact_id=contact.id, kind="private", address=f"{BIRD}@example.com"),
            Address(company_id=company.id, contact_id=contact.id, kind="home", text=f"{BIRD}-home"),
        ]
    )
    session.flush()
    index_company(session, company)
    index_contact(session, contact)
    return company


def crawl(browser, start: list[str]) -> dict[str, str]:
    """Read every page that links lead to, as a person could; give the text of each."""
    seen: dict[str, str] = {}
    queue = deque(start)
    while queue and len(seen) < MOST_PAGES:
        address = queue.popleft()
        if address in seen or LEAVES.search(address):
            continue
        answer = browser.get(address)
        text = answer.get_data(as_text=True)
        seen[address] = text
        assert answer.status_code < 500, address
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        for link in re.findall(r'(?:href|hx-get|data-load|data-combobox)="([^"#]+)"', text):
            target = urlsplit(urljoin(address, html.unescape(link)))
            if not target.netloc:
                queue.append(target.path + (f"?{target.query}" if target.query else ""))
    return seen


@pytest.fixture
def story(people, as_system):
    owner = people.user("owner")
    with as_system() as session:
        company = hatch(session, owner.id)
        contact_id = session.scalar(select(Contact.id))
    start = [
        "/",
        f"/companies/{company.id}",
        f"/contacts/{contact_id}",
        "/companies",
        "/contacts",
        f"/search?q={BIRD}",
        f"/companies?q={BIRD}",
        f"/contacts?q={BIRD}",
        "/search?q=9977",
        "/contacts?q=王建平&columns=name,habits,career",
        f"/contacts?habits__contains={BIRD}",
        "/contacts?sort=habits",
        f"/companies/{company.id}/history",
        f"/contacts/{contact_id}/history",
        f"/palette?q={BIRD}",
    ]
    return owner, start


def birds(pages: dict[str, str]) -> list[str]:
    return [a for a, text in pages.items() if re.search(rf"{BIRD}-\w+|{BIRD}@example|139\D?0000\D?9977", text)]


def test_the_owner_sees_his_canaries(story, browser_of):
    owner, start = story
    assert birds(crawl(browser_of(owner), start)) != []


@pytest.mark.parametrize("groups", [("staff",), ("finance",)])
def test_others_see_none_wherever_links_lead(story, people, browser_of, groups):
    _owner, start = story
    pages = crawl(browser_of(people.user("other", groups=groups)), start)
    assert len(pages) > len(start) / 2
    assert birds(pages) == []


def test_an_administrator_without_the_private_right_sees_none(story, people, as_system, browser_of):
    _owner, start = story
    chief = people.user("chief", groups=("system_administrator",))
    with as_system() as session:
        group_id = session.scalar(select(Group.id).where(Group.name == "system_administrator"))
        for noun in ("company", "contact"):
            session.add(Grant(group_id=group_id, code=f"core:{noun}:private", scope="none"))
        from core.state import bump

        bump(session, "rights")
    pages = {a: t for a, t in crawl(browser_of(chief), start).items() if not a.startswith("/search")}
    assert birds(pages) == []
