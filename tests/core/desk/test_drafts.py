"""Drafts: what somebody typed and did not save is kept, offered, restored and dropped, and nobody else sees it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import event, func, select, update

from core.columns import utcnow
from core.customers.models import Company, Contact
from core.desk import drafts
from core.desk.models import Draft
from core.desk.plugin import before_customer_erase


@pytest.fixture
def owner(people):
    """Make a clerk."""
    return people.user("owner", name="李敏")


@pytest.fixture
def mine(owner, browser_of):
    return browser_of(owner)


@pytest.fixture
def company(as_system, owner):
    """Make a customer of the clerk's with one phone number."""
    with as_system() as session:
        made = Company(name="成都锦城酒业有限公司", owner_id=owner.id, entered_by_id=owner.id)
        session.add(made)
        session.flush()
        return made.id


def fields(page: str) -> dict[str, str]:
    """Read the text fields and hidden fields of a page's form."""
    form = re.search(r'<form[^>]* id="f".*?</form>', page, re.S)[0]
    inputs = [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in re.findall(r"<input[^>]*>", form)]
    return {
        one["name"]: one.get("value", "")
        for one in inputs
        if "name" in one and one.get("type") not in ("checkbox", "radio")
    }


def keep(mine, of: str, /, **sent: object):
    """Keep a draft as the script of the page does."""
    return mine.post("/drafts", dict(sent), query_string={"of": of})


def restore(mine, address: str):
    """Press the button of the offer."""
    answer = mine.post(address, {"draft_restore": "1"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def count(as_system):
    with as_system() as session:
        return session.scalar(select(func.count()).select_from(Draft))


def test_a_draft_is_kept_offered_restored_and_dropped_by_saving(mine, company, as_system):
    address = f"/companies/{company}/edit"
    page = mine.get(address).get_data(as_text=True)
    assert f'data-draft="/drafts?of={address}"' in page, re.findall("<main[^>]*>", page)
    assert "draft_restore" not in page
    sent = fields(page) | {"address": "锦江区春熙路1号"}
    answer = keep(mine, address, **sent).get_data(as_text=True)
    assert re.fullmatch(r"(Draft kept|草稿已存) \d\d:\d\d", answer)
    page = mine.get(address).get_data(as_text=True)
    assert 'name="draft_restore"' in page
    assert "锦江区春熙路1号" not in page, "offered, not taken"
    page = restore(mine, address)
    assert "锦江区春熙路1号" in page
    assert "data-changed" in page
    assert 'aria-invalid="true"' not in page
    with as_system() as session:
        assert session.get(Company, company).address is None, "nothing is saved by restoring"
    sent = fields(page)
    assert sent["draft_kept"] == address
    assert mine.post(address, sent).status_code == 303
    with as_system() as session:
        assert session.get(Company, company).address == "锦江区春熙路1号"
    assert count(as_system) == 0
    assert "draft_restore" not in mine.get(address).get_data(as_text=True)


def test_a_half_typed_form_comes_back_with_its_lines_and_without_complaints(mine, company, as_system):
    address = f"/contacts/new?company={company}"
    blank = fields(mine.get(address).get_data(as_text=True))
    lines = {"phones-0-number": "13800138000", "phones-1-number": "13900139000", "phones-1-kind": "mobile"}
    keep(mine, address, **blank | lines | {"name": "", "position_title": "采购经理"})
    page = restore(mine, address)
    sent = fields(page)
    assert {name: sent[name] for name in ("phones-0-number", "phones-1-number", "position_title")} == {
        "phones-0-number": "13800138000",
        "phones-1-number": "13900139000",
        "position_title": "采购经理",
    }
    assert 'aria-invalid="true"' not in page, "the missing name is told when it is sent"
    assert sent["idempotency_key"] not in ("", blank["idempotency_key"])
    assert mine.post(address, sent).status_code == 422
    assert count(as_system) == 1, "what was not saved stays"
    with as_system() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 0
    assert mine.post(address, sent | {"name": "王芳"}).status_code == 303
    assert count(as_system) == 0


def test_a_complete_draft_is_not_saved_by_showing_it(mine, company, as_system):
    for address, name in (("/companies/new", "绵阳新城糖业有限公司"), (f"/contacts/new?company={company}", "王芳")):
        keep(mine, address, **fields(mine.get(address).get_data(as_text=True)) | {"name": name})
        assert fields(restore(mine, address))["name"] == name
    with as_system() as session:
        assert session.scalar(select(func.count()).select_from(Company)) == 1
        assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_nobody_else_sees_it(mine, company, people, browser_of, as_system):
    address = f"/companies/{company}/edit"
    keep(mine, address, name="成都锦城", remark="不要外传")
    boss = browser_of(people.user("he", groups=("decision_maker",), name="何建国"))
    assert "draft_restore" not in boss.get(address).get_data(as_text=True)
    assert boss.post(address, {"draft_restore": "1"}).status_code == 303, "nothing to restore: back to the page"
    boss.post("/drafts/drop", {"of": address})
    assert count(as_system) == 1


def test_the_page_of_a_fault_leads_to_it(mine, app, monkeypatch):
    def fail(*_arguments: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("core.customers.views.companies.near_of_form", fail)
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    page = mine.post("/companies/new", {"draft_kept": "/companies/new"})
    assert page.status_code == 500
    assert re.search(r'<a [^>]*href="/companies/new"[^>]*>(<svg.*?</svg>)?(<span>)?查看已存的草稿', page.text)
    assert "查看已存的草稿" not in mine.post("/companies/new", {"draft_kept": "//evil.example/"}).text


def test_it_is_discarded(mine, company, as_system):
    address = f"/companies/{company}/edit"
    keep(mine, address, name="成都锦城")
    answer = mine.post("/drafts/drop", {"of": address})
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert count(as_system) == 0


def test_what_must_not_be_kept_is_not(mine, as_system):
    keep(mine, "/companies/new", name="甲", password="geheim", idempotency_key="y")
    with as_system() as session:
        assert session.scalar(select(Draft.content)) == [["name", "甲"]]
    assert "data-draft=" not in mine.get("/account/tokens/new").get_data(as_text=True), "it asks for the password"
    assert "data-draft=" not in mine.get("/companies").get_data(as_text=True), "no form"


def test_size_number_and_addresses_are_bounded(mine, as_system):
    assert "草稿" not in keep(mine, "/companies/new", remark="长" * drafts.LONGEST).get_data(as_text=True)[:2]
    for address in ("//evil.example/x", "/nowhere", "/companies/new?q=" + "x" * 300, ""):
        keep(mine, address, name="甲")
    assert count(as_system) == 0
    for number in range(drafts.MOST + 3):
        keep(mine, f"/companies/new?phone={number}", name="甲")
    keep(mine, f"/companies/new?phone={number}", name="乙")
    with as_system() as session:
        kept = list(session.scalars(select(Draft.address).order_by(Draft.id)))
    assert len(kept) == drafts.MOST
    assert "/companies/new?phone=0" not in kept, "the oldest went"


def test_old_ones_go(mine, as_system):
    for number in range(2):
        keep(mine, f"/companies/new?phone={number}", name="甲")
    with as_system() as session:
        old = utcnow() - drafts.KEPT - dt.timedelta(minutes=1)
        session.execute(update(Draft).where(Draft.address.like("%=0")).values(kept_at=old))
        drafts.remove_drafts(session)
        assert list(session.scalars(select(Draft.address))) == ["/companies/new?phone=1"]


def test_erasing_takes_everybodys_drafts_about_the_record(mine, company, as_system):
    for address, sent in (
        (f"/companies/{company}/edit", {"name": "x"}),
        (f"/contacts/new?company={company}", {"name": "x"}),
        ("/tasks/new", {"title": "拜访成都锦城酒业有限公司"}),
        ("/worklogs/new", {"company_id": str(company)}),
        ("/companies/new", {"name": "别的"}),
        (f"/companies/{company}0/edit", {"name": "别的"}),
    ):
        keep(mine, address, **sent)
    with as_system() as session:
        before = session.scalar(select(func.count()).select_from(Draft))
        before_customer_erase(session, session.get(Company, company))
        left = set(session.scalars(select(Draft.address)))
    assert (before, left) == (6, {"/companies/new", f"/companies/{company}0/edit"})


def test_a_contact_that_is_changed_comes_back_with_its_private_fields(mine, owner, company, as_system):
    with as_system() as session:
        made = Contact(company_id=company, name="王芳", entered_by_id=owner.id)
        session.add(made)
        session.flush()
        address = f"/contacts/{made.id}/edit"
    sent = fields(mine.get(address).get_data(as_text=True)) | {"hobbies": "书法", "emails-0-address": "wf@example.com"}
    keep(mine, address, **sent)
    page = restore(mine, address)
    assert fields(page)["emails-0-address"] == "wf@example.com"
    assert "书法" in page
    assert mine.post(address, fields(page)).status_code == 303


def test_only_pages_with_a_form_ask_for_drafts_and_once(mine, company, app, as_system):
    said: list[str] = []

    def note(conn: object, cursor: object, statement: str, *more: object) -> None:
        if "core_draft" in statement:
            said.append(statement.split(None, 1)[0])

    engine = app.extensions["zhike"].database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for address in ("/", "/companies", f"/companies/{company}", "/contacts", "/account/tokens/new"):
            mine.get(address)
        assert said == []
        sent = fields(mine.get("/companies/new").get_data(as_text=True)) | {"name": "绵阳新城糖业有限公司"}
        assert said == ["SELECT"]
        assert mine.post("/companies/new", sent).status_code == 303
        assert said == ["SELECT"], "no draft, nothing to drop"
        again = {**sent, "name": "绵阳新城食品有限公司", "idempotency_key": "another", "draft_kept": "/companies/new"}
        assert mine.post("/companies/new", again).status_code == 303
        assert said == ["SELECT", "DELETE"]
    finally:
        event.remove(engine, "before_cursor_execute", note)


FORMS = ["/tasks/new", "/worklogs/new", "/journals/publications/new", "/journals/subscriptions/new", "/letters/new"]


@pytest.mark.parametrize("address", FORMS)
def test_every_form_page_offers_and_shows_its_draft(people, browser_of, address, as_system):
    mine = browser_of(people.user("he", groups=("decision_maker", "administrator"), name="何建国"))
    keep(
        mine, address, title="给锦城回电", subject="给锦城回电", text="给锦城回电", name="给锦城回电", note="给锦城回电"
    )
    assert 'name="draft_restore"' in mine.get(address).get_data(as_text=True)
    assert "给锦城回电" in restore(mine, address)
