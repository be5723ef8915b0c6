"""Addresses of a file say who receives what is sent there, and for which days they count."""

from __future__ import annotations

import datetime as dt

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from core.customers.lines import AddressLine, read_address, write_address
from core.customers.models import Address, Company, Contact

DAY, END = dt.date(2026, 1, 2), dt.date(2026, 6, 30)
HEADINGS = {"companies": "企业名称,其他地址", "contacts": "企业名称,姓名,全部地址"}
RECORD = {"companies": "甲酒业有限公司", "contacts": "甲酒业有限公司,王建平"}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("recipient", ["", "王建平", "李敏（收发室）"])
@pytest.mark.parametrize("days", [(None, None), (DAY, None), (None, END), (DAY, END)])
def test_an_address_is_read_as_it_is_written(app, locale, recipient, days):
    with app.app_context(), force_locale(locale):
        line = write_address("成都市人民南路四段12号（川大旁）", recipient, *days)
    assert read_address(line) == AddressLine("成都市人民南路四段12号（川大旁）", recipient, *days)


def test_a_day_that_does_not_exist_stays_in_the_text():
    assert read_address("一号路（2026-02-31～）") == AddressLine("一号路（2026-02-31～）")


def look(session):
    rows = session.scalars(select(Address).order_by(Address.id))
    return [(row.text, row.recipient, row.valid_from, row.valid_to) for row in rows]


@pytest.mark.parametrize("plural", ["companies", "contacts"])
def test_what_a_file_says_anew_of_an_address_is_filled_in_and_taken_back(imports, as_system, tmp_path, plural):
    with as_system() as session:
        firm = Company(name="甲酒业有限公司")
        session.add(firm)
        session.flush()
        person = Contact(company_id=firm.id, name="王建平")
        session.add(person)
        session.flush()
        whose = {"company_id": firm.id, "contact_id": person.id if plural == "contacts" else None}
        session.add(Address(**whose, kind="delivery", text="成都市人民南路四段12号", valid_from=DAY))
    path = tmp_path / "rows.csv"

    def write(*lines):
        cell = "\n".join(lines)
        path.write_text(f'{HEADINGS[plural]}\n{RECORD[plural]},"{cell}"\n', encoding="utf-8")

    write(
        "送货地址 成都市人民南路四段12号（收件人：李敏）（2026年2月1日至2026-06-30）",
        "送货地址 绵阳市二环路2号（收：赵启明）",
    )
    before = imports.ask(look)
    batch = imports.run(path, resource=plural, existing="fill")
    assert batch.count("updated") == 1
    second = ("绵阳市二环路2号", "赵启明", None, None)
    assert imports.ask(look) == [("成都市人民南路四段12号", "李敏", DAY, END), second]
    over = imports.run(path, resource=plural)
    assert over.count("updated") == 1
    assert imports.ask(look) == [("成都市人民南路四段12号", "李敏", dt.date(2026, 2, 1), END), second]
    assert imports.run(path, resource=plural).count("unchanged") == 1
    imports.undo(over)
    assert imports.ask(look) == [("成都市人民南路四段12号", "李敏", DAY, END), second]
    write("送货地址 成都市人民南路四段12号（收件人：周海）")
    last = imports.run(path, resource=plural)
    assert imports.ask(look)[0][1] == "周海"
    imports.undo(last)
    assert imports.ask(look)[0][1] == "李敏"
    assert before == [("成都市人民南路四段12号", None, DAY, None)]
