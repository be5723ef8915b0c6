"""Records as cards of labels with values, one below another or a sheet each; a unit in a line above the table."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from sqlalchemy import select
from xlsxwriter import Workbook

from core.customers.models import Company, Contact
from core.transfer.models import ImportRow
from core.transfer.tables.keyed import are_cards, pairs_of, records_of

KNOWN = frozenset({"企业名称", "电话", "传真", "地址", "联系人", "职务", "总经理", "手机"})


def book(tmp_path, *sheets):
    path = tmp_path / "cards.xlsx"
    with Workbook(str(path)) as made:
        for rows in sheets:
            sheet = made.add_worksheet()
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value:
                        sheet.write(number, column, value)
    return path


def card(number, **more):
    return [
        ["企业名称：", f"成都川江源{number}食品有限公司", "联系人：", "王建平", "职务：", "总经理"],
        ["电  话：", f"028-8555014{number}", "传真：", "", "手机：", f"1390000014{number}"],
        ["地    址：", f"成都市武侯区人民南路四段{number}号"],
        ["业务特色：", f"特色{number}"],
        *([["电话：", more["second"]]] if "second" in more else []),
    ]


def companies(imports):
    return imports.ask(lambda s: list(s.scalars(select(Company).order_by(Company.id))))


def test_cards_one_below_another_become_a_customer_each(imports, tmp_path):
    rows = [["客户登记卡"], [], *card(1, second="028-85550149"), [], ["第二张"], *card(2), *card(3)]
    batch = imports.run(book(tmp_path, rows))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 3}
    assert batch.headings == ["企业名称", "联系人", "职务", "电 话", "传真", "手机", "地 址", "业务特色"]
    assert batch.mapping[-1] == ""
    first, second, third = companies(imports)
    assert (first.name, second.name, third.name) == tuple(f"成都川江源{n}食品有限公司" for n in (1, 2, 3))
    assert (third.city, third.address) == ("成都市", "成都市武侯区人民南路四段3号")
    numbers = imports.ask(lambda s: sorted(one.digits for one in s.get(Company, first.id).phones))
    assert numbers == ["02885550141", "02885550149", "13900000141"]
    assert imports.ask(lambda s: s.scalars(select(Contact.name)).all()) == ["王建平"] * 3


def test_rows_of_cards_are_numbered_by_the_line_where_they_begin(imports, tmp_path):
    wrong = card(2)
    wrong[1][1] = "没有"
    batch = imports.run(book(tmp_path, [["登记卡"], *card(1), [], *wrong]))
    assert (batch.counts["created"], batch.counts["error"]) == (1, 1)
    held = select(ImportRow.number).where(ImportRow.batch_id == batch.id, ImportRow.outcome == "error")
    assert imports.ask(lambda s: s.scalars(held).all()) == [7]


def beside(*cards, gap=1):
    """Put cards side by side, with empty columns between them; some may have more lines than others."""
    width = max(len(row) for one in cards for row in one)
    height = max(map(len, cards))
    lines = [[one[n] if n < len(one) else [] for one in cards] for n in range(height)]
    return [[cell for row in line for cell in [*row, *[""] * (width - len(row) + gap)]] for line in lines]


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_cards_side_by_side_become_a_customer_each(imports, tmp_path, gap):
    rows = [
        ["客户登记卡"],
        *beside(card(1), card(2, second="028-85550149"), gap=gap),
        [],
        *beside(card(3), card(4), gap=gap),
        *card(5),
    ]
    batch = imports.run(book(tmp_path, rows))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 5}
    made = companies(imports)
    assert [one.name for one in made] == [f"成都川江源{n}食品有限公司" for n in range(1, 6)]
    assert [one.address for one in made] == [f"成都市武侯区人民南路四段{n}号" for n in range(1, 6)]
    numbers = imports.ask(lambda s: [sorted(p.digits for p in s.get(Company, one.id).phones) for one in made])
    assert numbers[1] == ["02885550142", "02885550149", "13900000142"]
    assert numbers[4] == ["02885550145", "13900000145"]


def test_half_a_row_of_cards_and_errors_among_them(imports, tmp_path):
    wrong = card(3)
    wrong[1][1] = "没有"
    blank = [["企业名称：", ""], ["电话：", ""], ["地址：", ""]]
    rows = [["登记卡"], *beside(card(1), card(2)), *beside(wrong, blank)]
    batch = imports.run(book(tmp_path, rows))
    assert (batch.counts["created"], batch.counts["error"]) == (2, 1)
    held = select(ImportRow.number).where(ImportRow.batch_id == batch.id, ImportRow.outcome == "error")
    assert imports.ask(lambda s: s.scalars(held).all()) == [6]


def test_a_sheet_for_each_card(imports, tmp_path):
    batch = imports.run(book(tmp_path, card(1), card(2), [*card(3), ["电子邮件：", "a@example.com"]]))
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 3}
    mails = imports.ask(lambda s: [row.address for one in s.scalars(select(Company)) for row in one.emails])
    assert mails == ["a@example.com"]


def test_a_text_of_labels_and_values(imports, tmp_path):
    path = tmp_path / "cards.txt"
    lines = ["企业名称：成都川江源食品有限公司", "电话：028-85550142", "地址：成都市武侯区人民南路四段10号", ""]
    other = ["企业名称：郑州豫中调味品股份有限公司", "电话：0371-65551234", "经营项目：酱油,醋,味精"]
    path.write_text("\n".join([*lines, *other]), encoding="utf-8")
    batch = imports.run(path)
    assert batch.counts["created"] == 2, batch.headings
    assert [one.name for one in companies(imports)] == ["成都川江源食品有限公司", "郑州豫中调味品股份有限公司"]


@pytest.mark.parametrize(
    "rows",
    [
        [["企业名称", "电话", "地址"], ["甲公司", "028-85550142", "人民路1号"]],
        [["姓名", "职务", "手机"], ["王建平", "联系人", "13900000142"], ["李敏", "总经理", "13900000143"]],
        [
            ["序号", "说明", "备用"],
            ["1", "电话", "028-85550142"],
            ["2", "传真", "028-85550143"],
            ["3", "地址", "人民路"],
        ],
        [["企业名称"], ["甲公司"], ["乙公司"]],
    ],
    ids=["table", "words in a column", "labels not in front", "one column"],
)
def test_tables_are_none(rows):
    assert not are_cards(rows, lambda cell: cell in KNOWN)


def test_a_value_is_one_whatever_word_it_is():
    def known(cell):
        return cell.strip("：") in KNOWN

    assert pairs_of(["职务", "总经理", "电话", "", "传真", "028-1"], known) == [
        ("职务", "总经理"),
        ("电话", ""),
        ("传真", "028-1"),
    ]
    assert pairs_of(["地址", "地址", "人民路1号", "人民路1号"], known) == [("地址", "人民路1号")]
    assert list(records_of([["电话", "1"], ["手机", "2"], [], ["手机", "3"]], ["电话", "手机"])) == [
        ["1", "2"], [], [], ["", "3"],
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["单位：万元", "（金额单位: 人民币万元）", "制表：李敏  单位：万元"])
def test_a_unit_above_the_table_counts_for_amounts(imports, tmp_path, line):
    rows = [["2025年度客户名录"], [line], ["企业名称", "注册资金", "资产（元）", "员工人数"]]
    rows += [["成都川江源食品有限公司", 500, 70000, 80], ["郑州豫中调味品股份有限公司", "1200.5", "80000", 90]]
    path = tmp_path / "firms.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    batch = imports.run(path)
    assert batch.headings[1] == "注册资金（万元）"
    first, second = companies(imports)
    assert (first.registered_capital, second.registered_capital) == (5_000_000, 12_005_000)
    assert (first.assets, first.headcount) == (Decimal(70000), 80)
