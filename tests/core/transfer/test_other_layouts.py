"""Cells and headings that files bring: several people in one, units in headings, shortened numbers, odd dates."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.customers.imports.persons import people_in
from core.customers.models import Company, Contact, Phone
from core.customers.numbers import parse_phone, split_phones
from core.transfer.values import read_date, read_decimal, read_since, unit_in


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("0571-88551234/5/6", ["0571-88551234", "0571-88551235", "0571-88551236"]),
        ("0571-88551234～6", ["0571-88551234", "0571-88551235", "0571-88551236"]),
        ("0571-88551234、35、36", ["0571-88551234", "0571-88551235", "0571-88551236"]),
        ("（0571）88551234、88551240", ["0571-88551234", "0571-88551240"]),
        ("0571-88551234转801或802", ["0571-88551234-801", "0571-88551234-802"]),
        ("88551234-801,802", ["88551234-801", "88551234-802"]),
        ("总机：021-62345678，分机：123", ["021-62345678-123"]),
        ("电话:0571-88551234 传真:0571-88551235", ["0571-88551234", "0571-88551235"]),
        ("T:0571-88551234 M:13900000142", ["0571-88551234", "13900000142"]),
        ("13900000142或13900000143", ["13900000142", "13900000143"]),
        ("0571-88551234 88551235", ["0571-88551234", "0571-88551235"]),
        ("13900000142.0", ["13900000142"]),
        ("O571-88551234", ["0571-88551234"]),
        ("852-23456789", ["+852 2345 6789"]),
        ("886-2-23456789", ["+886 2 2345 6789"]),
        ("13900000142(微信同号)", ["13900000142"]),
        ("010-62345678-8001", ["010-62345678-8001"]),
    ],
)
def test_several_numbers_in_a_cell_are_told_apart_and_written_out(cell, numbers):
    assert [parse_phone(one).shown for one in split_phones(cell)] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "贰零壹玖年叁月伍日", "2019年3月5日星期二", "2019年3月5日（周二）", "2019/3/5 下午 3:00", "20190305 10:00",
        "'19-03-05", "民国108年3月5日", "Mar 5, 2019", "March 5th, 2019", "2019-03-05T00:00:00Z",
        "2019-03-05 00:00:00.000", "43529.0", "2019、3、5", "二〇一九.三.五",
    ],
)  # fmt: skip
def test_dates_are_read_as_people_and_programs_write_them(text):
    assert read_date(text) == dt.date(2019, 3, 5)


def test_of_a_year_or_a_quarter_the_first_day_counts_where_something_began():
    assert [read_since(one) for one in ("1998年", "1998", "一九九八年", "2019年第3季度")] == [
        dt.date(1998, 1, 1), dt.date(1998, 1, 1), dt.date(1998, 1, 1), dt.date(2019, 7, 1),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="1998"):
        read_date("1998")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("五百万元", 5_000_000), ("壹佰万元", 1_000_000), ("RMB 500", 500), ("人民币500万元", 5_000_000),
        ("约500万", 5_000_000), ("500（万元）", 5_000_000), ("120名员工", 120), ("100余人", 100), ("一百二十人", 120),
        ("两千零五", 2005), ("十五", 15), ("3千", 3000),
    ],
)  # fmt: skip
def test_numbers_are_read_with_words_about_them(text, number):
    assert read_decimal(text) == Decimal(number)


@pytest.mark.parametrize("text", ["(500)", "500万美元", "100-500万", "很多"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_decimal(text)


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("注册资金（万元）", "万"),
        ("资产(单位:千元)", "千"),
        ("注册资金/万元", "万"),
        ("注册资金", ""),
        ("百货（公司）", ""),
    ],
)
def test_a_heading_names_its_unit(heading, unit):
    assert unit_in(heading) == unit


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("王建平", []), ("王 建平", []), ("欧阳 娜娜", []), ("财务部 王建平", []), ("王总", []), ("John Smith", []),
        ("王建平、李敏", ["王建平", "李敏"]), ("王建平/李敏", ["王建平", "李敏"]), ("王建平 李敏", ["王建平", "李敏"]),
        ("王建平（总经理）13900000142、李敏", ["王建平 总经理 13900000142", "李敏"]),
        ("王建平 总经理 13900000142\n李敏 13900000143", ["王建平 总经理 13900000142", "李敏 13900000143"]),
        ("王建平 13900000142", ["王建平 13900000142"]), ("陈建国先生、李敏女士", ["陈建国", "李敏"]),
    ],
)  # fmt: skip
def test_people_in_a_cell_are_told_apart(cell, people):
    assert [" ".join(one.values()) for one in people_in(cell)] == people


def test_a_file_of_another_make_arrives_whole_and_is_taken_back(imports, tmp_path):
    path = tmp_path / "house.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(
            [
                ["企业名称", "联系人", "手机", "电话", "注册资金（万元）", "成立时间", "职工人数"],
                ["川江源食品有限公司", "王建平、李敏", "13900000142/13900000143", "028-85550142/3 传真:85550149",
                 "500", "1998年", "约120人"],
                ["豫中调味有限公司", "赵启明（厂长）13900000144\n孙悦", "", "0371-85550142转801或802",
                 "80.5万元", "2001", "80"],
                ["锦绣食品厂", "周海", "13900000145", "", "300元", "", ""],
            ]
        )  # fmt: skip

    def look(session):
        return {
            one.name: (
                one.registered_capital, one.founded_on, one.headcount,
                sorted((row.kind, row.number, row.contact.name if row.contact else "") for row in one.phones),
                [(row.name, row.position_title) for row in one.contacts], one.primary_contact.name,
            )
            for one in session.scalars(select(Company))
        }  # fmt: skip

    batch = imports.run(path)
    assert batch.counts["created"] == 3
    found = imports.ask(look)
    assert found["川江源食品有限公司"] == (
        Decimal("5000000.00"), dt.date(1998, 1, 1), 120,
        [("fax", "028-85550149", ""), ("mobile", "13900000142", "王建平"), ("mobile", "13900000143", "李敏"),
         ("office", "028-85550142", ""), ("office", "028-85550143", "")],
        [("王建平", None), ("李敏", None)], "王建平",
    )  # fmt: skip
    assert found["豫中调味有限公司"] == (
        Decimal("805000.00"), dt.date(2001, 1, 1), 80,
        [("mobile", "13900000144", "赵启明"), ("office", "0371-85550142-801", ""), ("office", "0371-85550142-802", "")],
        [("赵启明", "厂长"), ("孙悦", None)], "赵启明",
    )  # fmt: skip
    assert found["锦绣食品厂"][0] == Decimal("300.00")
    again = imports.run(path)
    assert again.counts["unchanged"] == 3
    assert imports.ask(look) == found
    imports.undo(batch)
    assert imports.ask(lambda s: [*s.scalars(select(Contact)), *s.scalars(select(Phone))]) == []


def test_others_of_a_cell_come_to_a_customer_that_is_there_and_go_again(imports, as_system, tmp_path):
    with as_system() as session:
        session.add(Company(name="川江源食品有限公司", city="成都市"))
    path = tmp_path / "house.csv"
    path.write_text("企业名称,联系人\n川江源食品有限公司,王建平、李敏\n", encoding="utf-8")
    batch = imports.run(path)
    names = lambda s: sorted(s.scalars(select(Contact.name)))  # noqa: E731
    assert imports.ask(names) == ["李敏", "王建平"]
    imports.undo(batch)
    assert imports.ask(names) == []
