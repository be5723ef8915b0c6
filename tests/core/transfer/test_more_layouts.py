"""Tables as offices make them: notes above, several rows of headings, totals below, mixed columns, lost zeros."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from sqlalchemy import select
from xlsxwriter import Workbook

from core.customers.imports.persons import close_name
from core.customers.imports.place import postcode_apart
from core.customers.imports.reach import with_zero
from core.customers.models import Company, Contact
from core.customers.numbers import parse_phone, split_phones

ONE, TWO = "成都川江源食品有限公司", "郑州豫中调味品股份有限公司"


def write(tmp_path, rows):
    path = tmp_path / "firms.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def book(tmp_path, rows, merged=()):
    """Write a workbook; `merged` are ranges of cells (row, column, last row, last column) with their text."""
    path = tmp_path / "firms.xlsx"
    with Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        for *place, text in merged:
            sheet.merge_range(*place, text)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
    return path


def mapped(batch):
    return {heading: name for heading, name in zip(batch.headings, batch.mapping, strict=True) if name}


def companies(imports):
    return imports.ask(
        lambda s: [
            {
                "name": one.name,
                "phones": sorted((row.kind, row.digits) for row in one.phones),
                "people": sorted(row.name for row in one.contacts),
                "mails": [row.address for row in one.emails],
                "one": one,
            }
            for one in s.scalars(select(Company).order_by(Company.id))
        ]
    )


def test_titles_notes_two_rows_of_headings_serial_dates_and_totals(imports, tmp_path):
    rows = [
        [], ["制表：李敏   日期：2025-03-01"], [], [None, None, "电话", "传真", "地址", "注册资金（万元）", "登记日"],
        [1, ONE, "028-85550142", "028-85550143", "成都市武侯区人民南路四段10号", 500, 45000],
        [2, TWO, "0371-65551234", None, "郑州市金水区花园路8号", 1200.5, "43529.0"],
        ["合计", None, None, None, None, 1700.5], ["审核：王建平", None, None, None, "第1页 共1页"],
        ["资料来源：商务厅"],
    ]  # fmt: skip
    merged = [(0, 0, 0, 6, "2025年度客户通讯录"), (2, 0, 3, 0, "序号"), (2, 1, 3, 1, "单位名称"),
              (2, 2, 2, 4, "联系方式"), (2, 5, 2, 6, "企业情况")]  # fmt: skip
    batch = imports.run(book(tmp_path, rows, merged))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 2, "skipped": 3}
    first, second = (one["one"] for one in companies(imports))
    assert (first.name, int(first.registered_capital), first.founded_on) == (ONE, 5_000_000, dt.date(2023, 3, 15))
    assert (second.name, second.founded_on) == (TWO, dt.date(2019, 3, 5))


def test_a_line_that_numbers_the_columns_and_numbers_without_their_zero(imports, tmp_path):
    rows = [
        ["附件2"], [], ["企业名称（盖章）", "地  址", "负责人\n姓名", "电  话", "从业人员"],
        ["甲", "乙", "丙", "1", "2"],
        [ONE, "成都市武侯区人民南路四段10号 610041", "王　建平", 2885550142, 120],
        ["绵阳涪城酒业有限公司", "绵阳市涪城区二环路2号", "李 敏", 8165551234, "约20人"], ["注：以上资料由各市州提供"],
    ]  # fmt: skip
    batch = imports.run(book(tmp_path, rows, [(1, 0, 1, 4, "四川省糖酒企业名录")]))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 2, "skipped": 2}
    first, second = companies(imports)
    assert (first["phones"], first["people"]) == ([("office", "02885550142")], ["王建平"])
    assert (first["one"].address, first["one"].postcode) == ("成都市武侯区人民南路四段10号", "610041")
    assert (second["phones"], second["people"], second["one"].headcount) == ([("office", "08165551234")], ["李敏"], 20)


def test_one_column_holds_numbers_of_several_kinds_another_a_person_with_a_number(imports, tmp_path):
    rows = [
        ("参展单位", "电话/手机/传真", "联系人及电话", "通讯地址/邮编"),
        (ONE, "028-85550142/13900000142/028-85550143(传真)", "王建平 13900000143", "成都市人民南路10号（610041）"),
        (
            TWO,
            "0371-65551234（电话）0371-65551235（传真）",
            "李敏：13900000144；孙悦：13900000145",
            "邮编450000 郑州市花园路8号",
        ),
        ("武汉江城酒业有限公司", "０２７－８５５５０１４２－８００１（总机）", "", ""),
    ]
    batch = imports.run(write(tmp_path, rows))
    assert mapped(batch) == {
        "参展单位": "name", "电话/手机/传真": "phone", "联系人及电话": "contact", "通讯地址/邮编": "address",
    }  # fmt: skip
    first, second, third = companies(imports)
    assert first["phones"] == [("fax", "02885550143"), ("mobile", "13900000142"), ("mobile", "13900000143"),
                               ("office", "02885550142")]  # fmt: skip
    assert (first["one"].postcode, first["one"].address) == ("610041", "成都市人民南路10号")
    assert second["phones"] == [("fax", "037165551235"), ("mobile", "13900000144"), ("mobile", "13900000145"),
                                ("office", "037165551234")]  # fmt: skip
    assert (second["people"], second["one"].address) == (["孙悦", "李敏"], "郑州市花园路8号")
    assert third["phones"] == [("office", "02785550142")]


def test_cards_one_below_another_make_no_customers_of_their_labels(imports, tmp_path):
    card = [("企业名称", ONE), ("电话", "028-85550142"), ("地址", "人民南路10号"), ("联系人", "王建平"), ("传真", "")]
    batch = imports.run(write(tmp_path, [*card, (), *card]))
    assert batch.made == 1
    assert [one["name"] for one in companies(imports)] == [ONE]


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("Tel / Fax", "phone"), ("座机、手机", "contact_mobile"), ("联系电话及传真", "phone"),
        ("地址及邮编", "address"), ("从业人员", "headcount"), ("建立日期", "founded_on"), ("销售代表", "owner_id"),
    ],
)  # fmt: skip
def test_headings_that_name_several_things_or_go_by_another_word(imports, tmp_path, heading, target):
    batch = imports.batch(imports.begin(write(tmp_path, [("企业名称", heading), (ONE, ""), (TWO, "")])))
    assert mapped(batch).get(heading) in ((target,) if target != "contact_mobile" else ("phone", target))


@pytest.mark.parametrize(
    ("address", "apart"),
    [
        ("人民南路四段10号（610041）", ("人民南路四段10号", "610041")),
        ("人民南路10号 邮编：610041", ("人民南路10号", "610041")),
        ("610041 成都市人民南路10号", ("成都市人民南路10号", "610041")),
        ("人民南路10号610041室", ("人民南路10号610041室", "")),
        ("人民南路10号附13800001", ("人民南路10号附13800001", "")), ("（610041）", ("（610041）", "")),
    ],
)  # fmt: skip
def test_a_postcode_is_taken_off_an_address(address, apart):
    assert postcode_apart(address) == apart


@pytest.mark.parametrize(
    ("figure", "number"),
    [
        ("2885550142", "028-85550142"), ("1062345678", "010-62345678"), ("8165551234.0", "0816-5551234"),
        ("37165551234", "0371-65551234"), ("13900000142", "13900000142"), ("4008208820", "4008208820"),
        ("1234567890", "1234567890"), ("3900000142", "3900000142"), ("123456789", "123456789"),
    ],
)  # fmt: skip
def test_a_spreadsheet_takes_the_zero_of_an_area_code(figure, number):
    assert with_zero(figure) == number


def test_what_a_number_is_may_stand_in_brackets_behind_it():
    assert [parse_phone(one).shown for one in split_phones("027-85550142-8001（总机）、13900000142（微信同号）")] == [
        "027-85550142-8001", "13900000142",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王　建平", "王建平"),
        ("李 敏", "李敏"),
        ("王 建 平", "王建平"),
        ("王建平 李敏", "王建平 李敏"),
        ("O Neil", "O Neil"),
    ],
)
def test_a_name_spread_to_the_width_of_others_is_closed(text, name):
    assert close_name(text) == name


def test_a_landline_among_mobiles_is_an_office_number_for_customers_as_for_contacts(imports, tmp_path):
    rows = [("企业名称", "联系人", "手机"), (ONE, "王建平", "028-85550142")]
    imports.run(write(tmp_path, rows))
    rows = [("姓名", "企业名称", "手机"), ("李敏", ONE, "028-85550143")]
    imports.run(write(tmp_path, rows), resource="contacts")
    kinds = imports.ask(
        lambda s: [
            (one.name, [row.kind for row in one.phones]) for one in s.scalars(select(Contact).order_by(Contact.id))
        ]
    )
    assert kinds == [("王建平", ["office"]), ("李敏", ["office"])]


def test_groups_with_subtotals_signatures_and_marks_before_names(imports, tmp_path):
    rows = [
        ("序号", "单位", "邮箱"), ("一、白酒类",), ("1", "★成都川江源酒业有限公司", "mailto:a@example.com"),
        ("白酒类小计：2家",), ("2", TWO, "李敏 <c@example.com>"), ("总计：2家",), ("审批人：", "", "经办人：李敏"),
        ("备注:★为会员单位",), ("3", "武汉江城酒业有限公司", "没有邮箱"),
    ]  # fmt: skip
    batch = imports.run(write(tmp_path, rows))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 2, "skipped": 5, "error": 1}
    found = [(one["name"], one["mails"]) for one in companies(imports)]
    assert found == [("成都川江源酒业有限公司", ["a@example.com"]), (TWO, ["c@example.com"])]
