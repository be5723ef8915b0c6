"""Tables in which something is there several times: whole tables side by side, contacts, names in two parts."""

from __future__ import annotations

import csv

import pytest
from xlsxwriter import Workbook

from core.customers.imports.persons import people_in
from core.customers.imports.place import phones_apart
from core.customers.models import Company, Contact
from core.transfer.tables.header import blocks_in, folded_heading

ONE, TWO, THREE = "成都川江源食品有限公司", "郑州豫中调味品股份有限公司", "武汉云梦糖业有限公司"


@pytest.fixture
def arrived(imports, tmp_path):
    """Import rows and give each customer's contacts with their titles and numbers, by its name."""

    def run(*rows):
        path = tmp_path / "given.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
        assert imports.run(path).count("error") == 0
        return imports.ask(
            lambda session: {
                one.name: [
                    " ".join(filter(None, (who.name, who.position_title, *(phone.digits for phone in who.phones))))
                    for who in session.query(Contact).filter_by(company_id=one.id).order_by(Contact.id)
                ]
                for one in session.query(Company)
            }
        )

    return run


def test_tables_side_by_side_are_read_one_below_the_other(arrived):
    found = arrived(
        ["客户通讯录", "", "", "", "", "", ""],
        ["单位名称", "联系人", "手机", "", "单位名称", "联系人", "手机"],
        [ONE, "王建平", "13900000142", "", TWO, "李敏", "13900000143"],
        [THREE, "赵军", "13900000144", "", "", "", ""],
    )
    assert found == {ONE: ["王建平 13900000142"], TWO: ["李敏 13900000143"], THREE: ["赵军 13900000144"]}


def test_sheets_whose_headings_mean_the_same_are_read_together(imports, tmp_path):
    path = tmp_path / "given.xlsx"
    with Workbook(str(path)) as book:
        for name, rows in (
            ("经销商", [["经销商名称", "联系人", "手机", "省份"], [ONE, "王建平", "13900000142", "四川省"]]),
            ("厂家", [["电话", "厂家名称", "负责人", "邮箱"], ["0371-55550001", TWO, "李敏", "a@example.com"]]),
            ("选项", [["省份", "手机"], ["四川省", ""], ["河南省", ""]]),
        ):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    batch = imports.run(path)
    assert (batch.count("created"), batch.count("error")) == (2, 0)
    found = imports.ask(
        lambda session: [
            (one.name, one.contacts[0].name, [row.digits for row in one.phones], [row.address for row in one.emails])
            for one in session.query(Company).order_by(Company.id)
        ]
    )
    assert found == [
        (ONE, "王建平", ["13900000142"], []),
        (TWO, "李敏", ["037155550001"], ["a@example.com"]),
    ]


@pytest.mark.parametrize(
    ("row", "starts"),
    [
        (["单位", "电话", "单位", "电话"], [0, 2]),
        (["单位", "电话", "", "单位", "电话"], [0, 3]),
        (["单位", "姓名", "电话", "姓名", "电话"], []),
        (["单位", "单位"], []),
        (["", ""], []),
    ],
)
def test_headings_that_begin_once_more_tell_where_tables_begin(row, starts):
    assert blocks_in(row, lambda cell: cell in ("单位", "姓名", "电话")) == starts


def test_each_of_several_contacts_has_columns_of_his_own(arrived):
    heads = ["客户名称", "姓名", "职务", "手机", "姓名", "职务", "手机"]
    found = arrived(
        ["", "联系人一", "联系人一", "联系人一", "联系人二", "联系人二", "联系人二"],
        heads,
        [ONE, "王建平", "经理", "13900000142", "李敏", "会计", "13900000143"],
        [TWO, "", "", "", "赵军", "厂长", "13900000144"],
    )
    assert found == {
        ONE: ["王建平 经理 13900000142", "李敏 会计 13900000143"],
        TWO: ["赵军 厂长 13900000144"],
    }


def test_counted_headings_go_together_in_their_order(arrived):
    found = arrived(
        ["客户名称", "联系人1", "联系人2", "手机1", "手机2"], [ONE, "王建平", "李敏", "13900000142", "13900000143"]
    )
    assert found == {ONE: ["王建平 13900000142", "李敏 13900000143"]}


def test_a_cell_may_say_once_more_what_it_is(arrived):
    assert arrived(["客户名称", "联系人"], [ONE, "联系人：王建平"]) == {ONE: ["王建平"]}


def test_a_second_department_is_no_second_contact(arrived):
    found = arrived(["客户名称", "联系人", "部门", "二级部门"], [ONE, "王建平", "市场部", "一科"])
    assert found == {ONE: ["王建平"]}


def test_headings_of_other_programs_are_known(arrived):
    found = arrived(
        ["Title", "First Name", "Last Name", "Company", "Job Title", "Business Phone", "Mobile Phone"],
        ["", "建平", "王", ONE, "采购经理", "028-55550001", "13900000142"],
        ["", "John", "Smith", TWO, "", "", ""],
    )
    assert found == {ONE: ["王建平 采购经理 13900000142"], TWO: ["John Smith"]}


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("王建平/13900000142", ["王建平 13900000142"]),
        ("王建平/采购经理", ["王建平 采购经理"]),
        ("王建平经理", ["王建平 经理"]),
        ("王芳财务经理 13900000142", ["王芳 财务经理 13900000142"]),
        ("王经理", []),
        ("陈总经理", []),
        ("欧阳经理", []),
    ],
)
def test_a_title_or_a_number_right_behind_a_name_is_told_apart(cell, people):
    assert [" ".join(one.values()) for one in people_in(cell)] == people


def test_a_name_is_freed_of_its_number_and_of_remarks(imports, tmp_path):
    path = tmp_path / "a.csv"
    lines = (
        f"12、{ONE}",
        f"{TWO}（VIP）",
        f"{THREE}(原：武汉云梦糖厂)",
        "甲乙食品公司（上海）",
        "青岛隆鑫(原青岛人民印刷厂)",
    )
    path.write_text("单位名称,联系人\n" + "".join(f"{line},陈建国先生\n" for line in lines), encoding="utf-8")
    imports.run(path)
    found = imports.ask(
        lambda session: [
            (one.name, one.remark, [alias.name for alias in one.aliases], one.contacts[0].name)
            for one in session.query(Company).order_by(Company.id)
        ]
    )
    assert found == [
        (ONE, None, [], "陈建国"),
        (TWO, "VIP", [], "陈建国"),
        (THREE, None, ["武汉云梦糖厂"], "陈建国"),
        ("甲乙食品公司（上海）", None, [], "陈建国"),
        ("青岛隆鑫(原青岛人民印刷厂)", None, ["青岛人民印刷厂"], "陈建国"),
    ]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("武侯区人民路1号 028-55550001", ("武侯区人民路1号", "028-55550001")),
        ("武侯区人民路1号，电话：02855550001", ("武侯区人民路1号", "02855550001")),
        ("武侯区人民路1号、13900000142", ("武侯区人民路1号", "13900000142")),
        ("武侯区人民路1号028栋", ("武侯区人民路1号028栋", "")),
        ("028-55550001", ("028-55550001", "")),
    ],
)
def test_numbers_behind_an_address_are_told_apart(cell, parts):
    assert phones_apart(cell) == parts


def test_headings_in_traditional_characters_are_those_in_simplified_ones():
    assert [folded_heading(one) for one in ("聯絡電話", "公司名稱", "傳 真", "郵遞區號")] == [
        "联络电话",
        "公司名称",
        "传真",
        "邮递区号",
    ]
