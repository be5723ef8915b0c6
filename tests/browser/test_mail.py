"""A mailing from a segment to the last letter, and a letter that comes back, as people do it in a browser."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from core.auth.models import User
from core.auth.passwords import hash_password
from core.bus.services import start_job
from core.columns import utcnow
from core.mail.models import Letter, MailTemplate
from core.mail.services.inbound import take_in
from core.mail.services.letters import SEND_JOB
from core.overlay import overlay
from core.tags.models import Segment
from tests.browser.conftest import DESKTOP, PHONE
from tests.core.mail.conftest import house, reading, send, sink
from tests.core.mail.test_mailings import crowd
from tests.core.mail.test_parse import REPORT

__all__ = ["crowd", "house", "reading", "send", "sink"]

SECRET = "correct horse battery staple"
TAKEN = "guest05@guests.example.com"


@pytest.fixture
def desk(house, crowd, people, as_system):
    """Give the author a password and an address, a second person, a segment, and limits that ask for both."""
    second = people.user("second", ("decision_maker",), name="韩梅")
    with as_system() as session:
        for key, value in (
            ("core.mail_site", "https://crm.press.example.com/"),
            ("core.mail_recipients_a_day", 5),
            ("core.mail_recipients_alone", 10),
        ):
            overlay().change_setting(session, key, value)
        boss = session.get_one(User, house.boss.id)
        boss.password_hash, boss.email = hash_password(SECRET), "boss@press.example.com"
        segment = Segment(resource="contacts", name="老客人", owner_id=boss.id, query="name__contains=客人")
        session.add(segment)
        session.flush()
        house.segment = segment.id
    house.second = second
    return house


@pytest.fixture
def minute_passes(as_system):
    """Let a minute pass for what limits the letters of one, and have the rest sent."""

    def go():
        with as_system() as session:
            gone = update(Letter).where(Letter.claimed_at.is_not(None))
            session.execute(gone.values(claimed_at=utcnow() - dt.timedelta(minutes=2)))
            start_job(session, SEND_JOB)

    return go


def test_a_mailing_from_its_segment_to_the_last_letter(desk, sink, open_page, reading, send, minute_passes):
    sink.after[TAKEN] = "gone"
    page = open_page(desk.boss, f"/segments/{desk.segment}")
    page.get_by_role("link", name="群发邮件").click()
    page.locator("[name=name]").fill("样刊寄出")
    page.locator("[name=kind]").select_option("information")
    page.locator("[name=purpose]").select_option("service")
    page.locator("[name=per_minute]").fill("8")
    page.locator("[name=subject]").fill("{称呼}，样刊已寄出")
    page.locator("[name=body]").fill("{称呼}：\n样刊已寄到{城市}，见 https://press.example.com/样刊")
    page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_contain_text("样刊寄出")

    # each recipient's letter, one after the other
    letter = page.locator(".card", has_text="样刊已寄到遵义市")
    expect(letter).to_contain_text("客人19，样刊已寄出")
    letter.get_by_role("link", name="下一位").click()
    expect(letter).to_contain_text("客人18，样刊已寄出")

    page.get_by_role("button", name="发一封测试给我").click()
    expect(page.locator(".toast").first).to_contain_text("测试")
    send()
    assert [address for address, _content in sink.taken] == ["boss@press.example.com"]

    # above the limits: the reason, the password, and a second person
    page.get_by_role("button", name="请另一人审批").click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    page.locator("[name=reason]").fill("二十年刊庆")
    page.locator("[name=password]").fill(SECRET)
    page.get_by_role("button", name="请另一人审批").click()
    expect(page.locator(".rh")).to_contain_text("待审批")
    number = page.url.rsplit("/", 1)[1].split("?")[0]
    other = open_page(desk.second, "/mailings?state=asked")
    other.get_by_role("link", name="样刊寄出").first.click()
    expect(other.locator("body")).to_contain_text("二十年刊庆")
    other.get_by_role("button", name="同意").click()
    expect(other.locator(".rh")).to_contain_text("已同意")
    send()
    assert len(sink.taken) == 1, "agreed to is not started"

    page.reload()
    page.get_by_role("button", name="发给 20 人").click()
    expect(page.locator(".rh")).to_contain_text("发送中")
    send()
    assert len(sink.taken) == 9
    expect(page.locator(".facts")).to_contain_text("已发送", timeout=20_000)  # the page follows by itself
    page.get_by_role("button", name="停下").click()
    expect(page.locator(".rh")).to_contain_text("已停")
    minute_passes()
    send()
    assert len(sink.taken) == 9
    page.get_by_role("button", name="继续").click()
    expect(page.locator(".rh")).to_contain_text("发送中")
    for _time in range(3):
        minute_passes()
        send()
    addresses = [address for address, _content in sink.taken[1:]]
    assert len(addresses) == len(set(addresses)) == 20

    # the one whose fate is not known is shown, and a person decides
    page.reload()
    page.get_by_role("link", name="存疑").first.click()
    expect(page.locator("tbody tr[data-id]")).to_have_count(1)
    page.locator("tbody tr[data-id] a").first.click()
    expect(page.locator("body")).to_contain_text(TAKEN)
    page.get_by_role("button", name="已送达，记为已发").click()
    expect(page.locator(".rh")).to_contain_text("已发")
    page.goto(page.url.rsplit("/letters", 1)[0] + f"/mailings/{number}")
    expect(page.locator(".rh")).to_contain_text("已发完")
    assert len(sink.taken) == 21


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_was_wrong_is_said_across_the_page_and_a_template_keeps_what_was_typed(
    desk, sink, open_page, as_system, viewport
):
    with as_system() as session:
        session.get_one(User, desk.boss.id).email = None
        session.add(MailTemplate(name="催稿", kind="information", subject="{单位}的稿件", body="请寄稿。"))
    page = open_page(desk.boss, "/mailings/new?of=contacts&name__contains=客人", viewport=viewport)
    page.locator("[name=name]").fill("四季度")
    page.get_by_role("button", name="催稿").click()
    expect(page.locator("[name=subject]")).to_have_value("{单位}的稿件")
    expect(page.locator("[name=name]")).to_have_value("四季度")
    page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_contain_text("四季度")
    page.get_by_role("button", name="发一封测试给我").click()
    note = page.locator(".note.bad")
    expect(note).to_contain_text("邮箱")
    assert note.bounding_box()["width"] > viewport["width"] / 2


def test_a_letter_that_comes_back_stands_with_the_customer_and_is_a_task(desk, sink, open_page, as_system):
    with as_system() as session:
        session.add(
            Letter(
                company_id=desk.mine, contact_id=desk.person, sender_id=desk.clerk.id, key="0123456789abcdef01234567",
                state="sent", address="Wang@river.example.com", address_key="wang@river.example.com", subject="样刊",
                sent_at=utcnow(),
            )
        )  # fmt: skip
        session.flush()
        take_in(session, REPORT % (b"failed", b"5.1.1", b"message/rfc822"))
    page = open_page(desk.clerk, f"/companies/{desk.mine}")
    expect(page.locator(".tl")).to_contain_text("Undelivered Mail Returned to Sender")
    page.goto(page.url.replace(f"/companies/{desk.mine}", "/tasks?view=mine"))
    line = page.get_by_role("link", name="发往 Wang@river.example.com 的邮件被退回，请核实正确地址")
    expect(line.first).to_be_visible()
    line.first.click()
    expect(page.locator("body")).to_contain_text("no such user")
    page.goto(page.url.rsplit("/tasks", 1)[0] + "/letters?view=mine")
    page.locator("tbody tr[data-id] a").first.click()
    expect(page.locator("body")).to_contain_text("退信")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_its_pages_have_no_accessibility_finding(desk, sink, open_page, findings, as_system, viewport):
    with as_system() as session:
        letter = Letter(
            company_id=desk.mine, contact_id=desk.person, sender_id=desk.clerk.id, key="a" * 24, state="doubtful",
            address="wang@river.example.com", address_key="wang@river.example.com", subject="样刊", reason="lost",
        )  # fmt: skip
        session.add(letter)
        session.flush()
        number = letter.id
    for user, address in (
        (desk.clerk, f"/letters/new?email={desk.mail}"),
        (desk.clerk, f"/letters/{number}"),
        (desk.boss, "/mailings"),
        (desk.boss, f"/mailings/new?of=contacts&segment={desk.segment}"),
    ):
        page = open_page(user, address, viewport=viewport)
        assert findings(page) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
