"""Files say how people must not be reached and what they agreed to; both come in, go out, and are taken back."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from sqlalchemy import select

from core.customers.models import Address, Bar, Company, Consent, Contact, Phone
from core.customers.queries.barring import barred_contacts, barred_methods, consenting
from core.customers.wishes import Wish, channel_words, read_wishes
from core.transfer.models import ImportRow

HEADS = ["姓名", "公司名称", "手机"]
DAY = dt.date(2026, 3, 5)


@pytest.fixture
def people_of(as_system):
    """Two contacts of a customer, of whom the first has a mobile."""
    with as_system() as session:
        firm = Company(name="川江源食品有限公司", city="成都市", review_state="reviewed")
        session.add(firm)
        session.flush()
        for name in ("王建平", "李敏"):
            session.add(Contact(company_id=firm.id, name=name))
        session.flush()
        wang = session.scalars(select(Contact).where(Contact.name == "王建平")).one()
        session.add(Phone(company_id=firm.id, contact_id=wang.id, kind="mobile", number="13900000142"))
        return firm.id


@pytest.fixture
def load(imports, tmp_path):
    """Import contacts: headings beside name and customer, and rows."""

    def run(headings, *rows, **options):
        path = tmp_path / "people.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([[*HEADS, *headings], *rows])
        return imports.run(path, resource="contacts", **options)

    return run


def bars(imports):
    return imports.ask(
        lambda s: [
            (s.get(Contact, one.contact_id).name, one.channel, one.reason, one.set_on)
            for one in s.scalars(select(Bar).order_by(Bar.id))
        ]
    )


def faults(imports, batch):
    def look(session):
        rows = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.outcome == "error"))
        return [(e["code"], e["column"]) for row in rows for e in (row.detail or {}).get("errors", ())]

    return imports.ask(look)


@pytest.mark.parametrize(
    ("said", "channels"),
    [
        ("是", ["all"]), ("√", ["all"]), ("否", []), ("电话", ["call"]), ("电话、短信", ["call", "sms"]),
        ("勿打电话", ["call"]), ("拒收短信；拒收邮件", ["sms", "mail"]), ("不要邮寄", ["post"]), ("全部", ["all"]),
        ("do not call", ["call"]), ("E-mail, SMS", ["mail", "sms"]), ("拒收电子邮件", ["mail"]),
    ],
)  # fmt: skip
def test_what_must_not_be_done_is_heard_in_many_words(said, channels):
    assert [one.channel for one in read_wishes(said, channel_words({}))] == channels


def test_a_wish_has_its_reason_and_day():
    (one,) = read_wishes("电话：本人要求（2026-03-05）", channel_words({}))
    assert one == Wish("call", "本人要求", DAY)
    with pytest.raises(ValueError, match="鸽子"):
        list(read_wishes("鸽子", channel_words({})))


def test_bars_come_with_reason_and_day_hold_at_once_and_are_taken_back(load, imports, people_of):
    batch = load(
        ["拒收短信", "勿打电话", "拒收原因", "拒收日期"],
        ["王建平", "川江源食品有限公司", "", "是", "", "本人来电", "2026-03-05"],
        ["李敏", "川江源食品有限公司", "", "2026年3月5日", "不想被打扰", "", ""],
        ["赵启明", "川江源食品有限公司", "13900000143", "否", "", "", ""],
    )
    assert (batch.counts["updated"], batch.counts["created"]) == (2, 1), faults(imports, batch)
    found = bars(imports)
    assert found[0] == ("王建平", "sms", "本人来电", DAY)
    assert found[1][:2] == ("李敏", "call")
    assert found[1][2] == "不想被打扰"
    assert found[2] == ("李敏", "sms", "导入文件注明", DAY)
    assert len(found) == 3
    ids = imports.ask(lambda s: [one.id for one in s.scalars(select(Contact).order_by(Contact.id))])
    assert set(imports.ask(lambda s: barred_contacts(s, "sms", ids))) == set(ids[:2])
    imports.undo(batch)
    assert bars(imports) == []


def test_do_not_contact_bars_every_channel_and_is_taken_back(load, imports, people_of):
    batch = load(["勿扰"], ["王建平", "川江源食品有限公司", "", "是"], ["赵启明", "川江源食品有限公司", "", "Y"])
    marked = lambda s: {one.name: one.do_not_contact for one in s.scalars(select(Contact))}  # noqa: E731
    assert imports.ask(marked) == {"王建平": True, "李敏": False, "赵启明": True}
    assert sorted(one[:2] for one in bars(imports)) == [("王建平", "all"), ("赵启明", "all")]
    again = load(["勿扰"], ["王建平", "川江源食品有限公司", "", "是"])
    assert again.counts["unchanged"] == 1
    imports.undo(batch)
    assert imports.ask(marked) == {"王建平": False, "李敏": False}
    assert bars(imports) == []


def test_what_was_lifted_since_is_not_said_again(load, imports, people_of, as_system):
    row = ["王建平", "川江源食品有限公司", "", "电话：本人要求（2026-03-05）"]
    load(["勿扰方式"], row)
    with as_system() as session:
        session.scalars(select(Bar)).one().lifted_at = dt.datetime.now(dt.UTC)
    assert load(["勿扰方式"], row).counts["unchanged"] == 1
    assert imports.ask(lambda s: len(s.scalars(select(Bar)).all())) == 1


def test_one_number_must_not_be_used(load, imports, people_of):
    batch = load(
        ["勿用号码"],
        ["王建平", "川江源食品有限公司", "", "13900000142 电话、短信：本人 要求（2026-03-05）"],
        ["赵启明", "川江源食品有限公司", "13900000143", "13900000143 短信"],
    )
    numbers = lambda s: {  # noqa: E731
        one.number: (one.do_not_use, one.do_not_sms, one.do_not_use_reason) for one in s.scalars(select(Phone))
    }
    assert imports.ask(numbers) == {
        "13900000142": (True, True, "本人 要求"), "13900000143": (False, True, "导入文件注明")
    }  # fmt: skip
    ids = imports.ask(lambda s: [one.id for one in s.scalars(select(Phone))])
    assert len(imports.ask(lambda s: barred_methods(s, "sms", ids))) == 2
    imports.undo(batch)
    assert imports.ask(numbers) == {"13900000142": (False, False, None)}


CONSENT = ["同意短信", "同意邮件", "同意用途", "同意内容", "同意日期", "同意方式"]


def test_consents_come_for_their_purposes_with_wording_and_day(load, imports, people_of):
    batch = load(
        CONSENT,
        ["王建平", "川江源食品有限公司", "", "是", "否", "展会邀请、广告", "同意接收展会短信", "2026-03-05", "名片"],
        ["李敏", "川江源食品有限公司", "", "是", "", "展会邀请", "", "2026-03-05", ""],
        ["赵启明", "川江源食品有限公司", "", "是", "", "", "同意", "", ""],
        ["孙悦", "川江源食品有限公司", "", "同意", "", "展会邀请", "同意", "2099-01-01", ""],
    )
    assert (batch.counts["updated"], batch.counts["error"]) == (1, 3)
    assert faults(imports, batch) == [
        ("required", "consent_wording"), ("required", "consent_purpose"), ("future", "consent_sms"),
    ]  # fmt: skip

    def look(session):
        rows = session.scalars(select(Consent).order_by(Consent.channel, Consent.purpose))
        return [(one.channel, one.purpose, one.given, one.wording, one.way, one.stated_on) for one in rows]

    text = "同意接收展会短信"
    assert imports.ask(look) == [
        ("mail", "advertising", False, text, "card", DAY), ("mail", "fair", False, text, "card", DAY),
        ("sms", "advertising", True, text, "card", DAY), ("sms", "fair", True, text, "card", DAY),
    ]  # fmt: skip
    imports.undo(batch)
    assert imports.ask(look) == []


def test_an_older_statement_of_a_file_does_not_count_over_a_later_one(load, imports, people_of, as_system):
    with as_system() as session:
        one = session.scalars(select(Contact).where(Contact.name == "王建平")).one()
        said = {"channel": "sms", "purpose": "fair", "way": "phone", "stated_on": dt.date(2026, 4, 1)}
        session.add(Consent(company_id=one.company_id, contact_id=one.id, given=False, **said))
        number = one.id
    row = ["王建平", "川江源食品有限公司", "", "是", "", "展会邀请", "同意", "2026-03-05", "名片"]
    assert load(CONSENT, row).counts["unchanged"] == 1
    assert imports.ask(lambda s: consenting(s, "sms", "fair", [number])) == {number: False}
    row[7] = "2026-05-01"
    assert load(CONSENT, row).counts["updated"] == 1
    assert imports.ask(lambda s: consenting(s, "sms", "fair", [number])) == {number: True}


def test_a_contact_of_whom_somebody_wrote_down_a_wish_since_stays(load, imports, people_of, as_system):
    batch = load(["拒收短信"], ["赵启明", "川江源食品有限公司", "", "是"])
    with as_system() as session:
        one = session.scalars(select(Contact).where(Contact.name == "赵启明")).one()
        session.add(Bar(company_id=one.company_id, contact_id=one.id, channel="call", reason="来电要求", set_on=DAY))
    imports.undo(batch)
    assert imports.ask(lambda s: s.scalar(select(Contact.id).where(Contact.name == "赵启明"))) is not None
    assert [one[:2] for one in bars(imports)] == [("赵启明", "sms"), ("赵启明", "call")]


def test_who_may_not_change_a_contact_says_nothing_of_his_wishes(load, imports, people_of, people):
    clerk = people.user("clerk")
    batch = load(["勿扰"], ["王建平", "川江源食品有限公司", "", "是"], user_id=clerk.id)
    assert batch.counts["error"] == 1
    assert bars(imports) == []


def test_an_address_with_blanks_and_brackets_is_known_in_its_line(load, imports, people_of, as_system):
    text = "武侯区 人民南路（东侧）12号"
    with as_system() as session:
        one = session.scalars(select(Contact).where(Contact.name == "王建平")).one()
        session.add(Address(company_id=one.company_id, contact_id=one.id, kind="delivery", text=text))
    assert load(["勿用号码"], ["王建平", "川江源食品有限公司", "", f"{text} 邮寄：退件"]).counts["updated"] == 1
    assert imports.ask(lambda s: s.scalars(select(Address.do_not_use)).all()) == [True]
