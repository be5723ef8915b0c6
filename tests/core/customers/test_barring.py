"""Who must not be reached, and what people agreed to."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from core.auth.models import Audit
from core.clock import local_today
from core.customers.models import Address, Bar, Company, Consent, Contact, Email, Phone
from core.customers.prints import label_context
from core.customers.queries import (
    barred_companies,
    barred_contacts,
    barred_methods,
    barred_values,
    consenting,
    consents_of,
    current_consents,
)
from core.customers.services import Wish, bar, change_employer, lift, merge_companies


@pytest.fixture
def wang(clerk, company_of, as_system, read):
    """A contact with a mobile, an e-mail and an address, at a customer of the clerk."""
    company = company_of("成都锦城糖酒", owner_id=clerk.id, contacts=["王建平"])
    with as_system() as session:
        contact = session.scalars(select(Contact)).one()
        held = session.get(Company, company.id)
        session.add_all(
            [
                Phone(company=held, contact=contact, kind="mobile", number="13800000142"),
                Email(company=held, contact=contact, kind="office", address="wang@example.com"),
                Address(company=held, contact=contact, kind="delivery", text="人民路 1 号", postcode="610000"),
            ]
        )
    return read(select(Contact))[0]


def test_a_number_is_barred_for_calls_and_for_short_messages_apart(clerk, browser_of, wang, read, as_system):
    phone = read(select(Phone))[0]
    browser = browser_of(clerk)
    assert browser.get(f"/phones/{phone.id}/bar").status_code == 200
    answer = browser.post(f"/phones/{phone.id}/bar", {"channels": ["sms"], "reason": "说过不要短信"})
    assert answer.status_code == 303
    held = read(select(Phone))[0]
    assert (held.do_not_use, held.do_not_sms, held.do_not_use_reason) == (False, True, "说过不要短信")
    assert (held.do_not_use_on, held.do_not_use_by_id) == (local_today(), clerk.id)
    with as_system() as session:
        assert barred_methods(session, "call", [phone.id]) == {}
        why = barred_methods(session, "sms", [phone.id])[phone.id]
        assert (why.level, why.reason, why.by_id) == ("method", "说过不要短信", clerk.id)
    page = browser.get(f"/contacts/{wang.id}").text
    assert "不要发短信 · 说过不要短信" in page
    assert "tel:13800000142" in page  # it may still be called


def test_a_bar_needs_a_reason_and_is_gone_when_nothing_is_ticked(clerk, browser_of, wang, read):
    phone = read(select(Phone))[0]
    browser = browser_of(clerk)
    assert browser.post(f"/phones/{phone.id}/bar", {"channels": ["call"], "reason": ""}).status_code == 422
    assert not read(select(Phone))[0].do_not_use
    browser.post(f"/phones/{phone.id}/bar", {"channels": ["call", "sms"], "reason": "投诉"})
    assert "tel:13800000142" not in browser.get(f"/contacts/{wang.id}").text
    browser.post(f"/phones/{phone.id}/bar", {"reason": "本人要求恢复"})
    held = read(select(Phone))[0]
    assert (held.do_not_use, held.do_not_sms, held.do_not_use_reason, held.do_not_use_on) == (False, False, None, None)
    trail = [line.changes for line in read(select(Audit).where(Audit.entity == "core_phone", Audit.kind == "edit"))]
    assert [line["do_not_use"] for line in trail] == [[False, True], [True, False]]  # who said what stays on record


def test_a_tick_in_the_form_of_the_contact_notes_day_and_author(clerk, as_user, wang, read):
    from core.customers.services import update_contact
    from core.db import transaction

    phone = read(select(Phone))[0]
    with as_user(clerk), transaction() as session:
        contact = session.get(Contact, wang.id)
        line = {"id": phone.id, "kind": "mobile", "number": "13800000142", "do_not_use": True}
        update_contact(session, contact, {"phones": [line]}, by=clerk.id)
    held = read(select(Phone))[0]
    assert (held.do_not_use, held.do_not_use_on, held.do_not_use_by_id) == (True, local_today(), clerk.id)


def test_a_person_is_barred_from_a_channel_and_may_be_reached_again(clerk, browser_of, wang, read, as_system):
    browser = browser_of(clerk)
    assert browser.get(f"/contacts/{wang.id}/bar").status_code == 200
    form = {"channel": "mail", "reason": "来信要求", "idempotency_key": "b1"}
    assert browser.post(f"/contacts/{wang.id}/bar", form).status_code == 303
    assert browser.post(f"/contacts/{wang.id}/bar", form).status_code == 303
    held = read(select(Bar))
    assert [(one.channel, one.reason, one.set_by_id) for one in held] == [("mail", "来信要求", clerk.id)]
    with as_system() as session:
        assert barred_contacts(session, "call", [wang.id]) == {}
        assert barred_contacts(session, "mail", [wang.id])[wang.id].level == "person"
        email = session.scalars(select(Email)).one()
        assert barred_methods(session, "mail", [email.id])[email.id].reason == "来信要求"
        assert barred_values(session, "mail", ["WANG@example.com", "li@example.com"]).keys() == {"WANG@example.com"}
    page = browser.get(f"/contacts/{wang.id}").text
    assert "不要发信 · 来信要求" in page
    assert "mailto:" not in page
    assert browser.post(f"/bars/{held[0].id}/lift", {"reason": ""}).status_code == 422
    assert browser.post(f"/bars/{held[0].id}/lift", {"reason": "本人来电"}).status_code == 303
    lifted = read(select(Bar))[0]
    assert (lifted.lift_reason, lifted.lifted_by_id) == ("本人来电", clerk.id)
    with as_system() as session:
        assert barred_contacts(session, "mail", [wang.id]) == {}
    assert "本人来电" in browser.get(f"/contacts/{wang.id}/consents").text


def test_every_channel_sets_the_flag_of_the_contact(clerk, browser_of, wang, read):
    browser = browser_of(clerk)
    browser.post(f"/contacts/{wang.id}/bar", {"channel": "all", "reason": "本人要求"})
    assert read(select(Contact))[0].do_not_contact
    browser.post(f"/bars/{read(select(Bar))[0].id}/lift", {"reason": "恢复"})
    assert not read(select(Contact))[0].do_not_contact


def test_a_whole_company_is_barred_with_its_people_and_gets_no_label(clerk, browser_of, wang, as_system, as_user):
    with as_system() as session:
        company = session.get(Company, wang.company_id)
        company.address, company.postcode = "糖坊街 3 号", "610000"
    browser = browser_of(clerk)
    browser.post(f"/companies/{wang.company_id}/bar", {"channel": "post", "reason": "不收纸质刊物"})
    with as_system() as session:
        assert barred_companies(session, "post", [wang.company_id])[wang.company_id].reason == "不收纸质刊物"
        assert barred_contacts(session, "post", [wang.id])[wang.id].level == "company"
    with as_user(clerk) as session:
        label = label_context(session, [wang.company_id])[0]
    assert "不收纸质刊物" in label["problem"]
    page = browser.get(f"/companies/{wang.company_id}/profile").text
    assert "不要邮寄 · 不收纸质刊物" in page


def test_the_list_of_contacts_shows_and_finds_who_must_not_be_reached(clerk, browser_of, company_of, wang):
    company_of("绵阳川江酒业", owner_id=clerk.id, contacts=["李秀英"])
    browser = browser_of(clerk)
    browser.post(f"/contacts/{wang.id}/bar", {"channel": "call", "reason": "本人要求"})
    found = browser.get("/contacts?bars=call").text
    assert "王建平" in found
    assert "李秀英" not in found
    assert "勿打电话" in found
    none = browser.get("/contacts?bars=sms").text
    assert "王建平" not in none


def test_nobody_bars_at_anothers_customer(people, browser_of, wang, read):
    other = browser_of(people.user("li"))
    assert other.post(f"/contacts/{wang.id}/bar", {"channel": "all", "reason": "x"}).status_code == 403
    phone = read(select(Phone))[0]
    assert other.get(f"/phones/{phone.id}/bar").status_code == 404
    assert read(select(Bar)) == []


def test_what_somebody_asked_for_outlives_a_merge(company_of, as_system):
    one = company_of("成都锦城糖酒有限公司", phones=["028-85552290"])
    other = company_of("锦城糖酒公司", phones=["028-85552290"])
    with as_system() as session:
        later = session.scalars(select(Phone).where(Phone.company_id == other.id)).one()
        later.do_not_use, later.do_not_use_reason, later.do_not_use_on = True, "投诉", dt.date(2026, 3, 1)
        bar(session, session.get(Company, other.id), None, "mail", "不要邮件", by=None)
    with as_system() as session:
        merge_companies(session, Wish(target=one.id, sources=[other.id]), by=None)
    with as_system() as session:
        kept = session.scalars(select(Phone)).one()
        assert (kept.company_id, kept.do_not_use, kept.do_not_use_reason) == (one.id, True, "投诉")
        assert barred_companies(session, "mail", [one.id]).keys() == {one.id}


def test_wishes_go_along_to_another_employer(clerk, company_of, as_system, wang):
    there = company_of("绵阳川江酒业")
    with as_system() as session:
        contact = session.get(Contact, wang.id)
        bar(session, contact.company, contact, "call", "本人要求", by=clerk.id)
        old = bar(session, contact.company, contact, "post", "暂时", by=clerk.id)
        lift(session, old, "恢复", by=clerk.id)
        values = {"on": local_today()}
        made = change_employer(session, contact, session.get(Company, there.id), values, by=clerk.id)
        assert barred_contacts(session, "call", [made.id])[made.id].reason == "本人要求"
        assert barred_contacts(session, "post", [made.id]) == {}


AGREED = {
    "given": "yes",
    "channel": "mail",
    "purpose": "advertising",
    "way": "paper",
    "stated_on": "2026-03-18",
    "wording": "同意接收展会和刊物的推广邮件",
    "evidence": "登记表 12 号",
}


def test_consent_is_kept_word_by_word_and_taking_it_back_is_a_new_line(clerk, browser_of, wang, read, as_system):
    browser = browser_of(clerk)
    assert browser.get(f"/contacts/{wang.id}/consents/new").status_code == 200
    assert browser.post(f"/contacts/{wang.id}/consents/new", {**AGREED, "idempotency_key": "c1"}).status_code == 303
    with as_system() as session:
        assert consenting(session, "mail", "advertising", [wang.id]) == {wang.id: True}
        assert consenting(session, "sms", "advertising", [wang.id]) == {}
    taken = {**AGREED, "given": "no", "wording": "", "way": "phone", "evidence": "", "idempotency_key": "c2"}
    assert browser.post(f"/contacts/{wang.id}/consents/new", taken).status_code == 303
    with as_system() as session:
        assert consenting(session, "mail", "advertising", [wang.id]) == {wang.id: False}
        said = consents_of(session, wang.id)
        assert [one.given for one in said] == [False, True]
        assert [one.given for one in current_consents(said)] == [False]
    first = read(select(Consent).order_by(Consent.id))[0]
    assert (first.wording, first.evidence, first.taken_by_id) == (AGREED["wording"], "登记表 12 号", clerk.id)
    page = browser.get(f"/contacts/{wang.id}/consents").text
    assert "同意接收展会和刊物的推广邮件" in page
    found = browser.get("/contacts?consent=advertising.mail.no").text
    assert "王建平" in found
    assert "王建平" not in browser.get("/contacts?consent=advertising.mail.yes").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"wording": ""}, "wording"), ({"stated_on": "2999-01-01"}, "stated_on"), ({"way": "x"}, "way")],
)
def test_a_statement_without_proof_is_refused(clerk, browser_of, wang, read, wrong, field):
    answer = browser_of(clerk).post(f"/contacts/{wang.id}/consents/new", {**AGREED, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert read(select(Consent)) == []
