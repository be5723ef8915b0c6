"""Files as clerks make them: whatever their form, the same customers arrive, with nobody's help."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import select
from xlsxwriter import Workbook

from core.customers.models import Company, Contact, Email, Phone
from core.db import transaction, work
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.services import batches
from tests.core.transfer.files import text_of

COUNT = 12
COLUMNS = ("name", "address", "postcode", "contact", "title", "mobile", "phone", "fax", "email", "journal", "copies",
           "amount", "date")  # fmt: skip
TITLES = {
    "usual": "单位名称|通讯地址|邮编|联系人|职务|手机|电话|传真|邮箱|刊名|份数|金额|起订日期",
    "spaced": "客 户|地　址|邮 政 编 码|姓 名|职 位|手 机|电 话|传 真|电子邮件|刊 物|数 量|款 额|日 期",
    "long": "收报单位全称|详细地址（含门牌）|邮政编码|收报人姓名|职称/职务|手机号码|联系电话|传真号码|电子邮箱|"
    "报刊名称|订数|订费(元)|起订年月日",
    "english": "Company Name|Address|Zip|Contact Person|Title|Mobile No.|Tel|Fax|E-mail|Magazine|Copies|Amount|"
    "Start Date",
    "unknown": "甲方|在哪里|六位码|找谁|职务|手机|电话|传真|网上|刊名|份数|金额|起订",
}
DATES = ("2019-03-15", "2019/3/15", "2019.3.15", "20190315", "2019年3月15日", "19-3-15", "15/03/2019", "15-Mar-2019",
         "二〇一九年三月十五日", "43539", "２０１９－０３－１５", "2019-03-15 00:00:00")  # fmt: skip
DAY = dt.date(2019, 3, 15).isoformat()


def row(n):
    chance = random.Random(n)
    return {
        "name": f"试验{n}号食品有限公司",
        "address": f"四川省成都市武侯区人民南路{n + 10}号",
        "postcode": "610041",
        "contact": "张王李赵刘陈杨黄周吴徐孙"[n] + "小明",
        "title": "采购经理",
        "mobile": chance.choice(["1390000{:04d}", "139-0000-{:04d}", "+861390000{:04d}", "139 0000 {:04d}"]).format(n),
        "phone": chance.choice(["028-5555{:04d}转{}", "（028）5555{:04d}-{}", "0285555{:04d}(分机{})"]).format(
            n, n + 100
        ),
        "fax": f"5556{n:04d}",
        "email": f"a{n}@example.com",
        "journal": chance.choice(["《新食品》", "新食品"]),
        "copies": chance.choice(["3", "３", "3份", " 3 本"]),
        "amount": chance.choice(["￥1,286.00", "1286", "1286元", "1，286.00"]),
        "date": DATES[n],
    }


def table(titles="usual", order=COLUMNS):
    heads = dict(zip(COLUMNS, TITLES[titles].split("|"), strict=True))
    return [[heads[name] for name in order], *([row(n)[name] for name in order] for n in range(COUNT))]


def shuffled(seed):
    order = list(COLUMNS)
    random.Random(seed).shuffle(order)
    return order


def text(encoding, delimiter, titles, seed, before=()):
    def write(path):
        path.write_bytes(text_of([*before, *table(titles, shuffled(seed))], delimiter).encode(encoding))

    return write


def markup(path):
    rows = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in table("long", shuffled(5))
    )
    head = '<html><meta charset="gb2312"><table><tr><td colspan=13>订户一览表</td></tr>'
    path.write_bytes(f"{head}{rows}<tr><td>合计</td><td colspan=12>12户</td></tr></table></html>".encode("gb18030"))


def several_sheets(path):
    """Write a sheet that explains, and two of customers whose columns are in another order."""
    with Workbook(str(path)) as book:
        book.add_worksheet("说明").write(0, 0, "本表由发行部维护")
        for name, order, part in (("东区", COLUMNS, slice(0, 7)), ("西区", shuffled(6), slice(7, None))):
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, 12, f"{name}客户")
            head, *lines = table("usual", order)
            for place, line in enumerate([head, *lines[part]], start=1):
                sheet.write_row(place, 0, line)


def ledger(path):
    """Write two rows of merged headings, a merged province, subtotals, remarks, the headings once more, blank lines."""
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 14, "糖酒食品客户名录")
        for first, last, group in ((2, 6, "单位信息"), (7, 10, "联系方式"), (11, 14, "订阅情况")):
            sheet.merge_range(1, first, 1, last, group)
        sheet.merge_range(1, 0, 2, 0, "序号")
        sheet.merge_range(1, 1, 2, 1, "省份")
        head, *lines = table()
        sheet.write_row(2, 2, head)
        place = 3
        for start in (0, 6):
            for number, line in enumerate(lines[start : start + 6]):
                sheet.write(place + number, 0, start + number + 1)
                sheet.write_row(place + number, 2, line)
            sheet.merge_range(place, 1, place + 5, 1, "四川省")
            sheet.write(place + 6, 1, "小  计")
            sheet.write(place + 6, 13, 7716)
            sheet.write(place + 8, 2, "以下为补录" if start == 0 else "制表：发行部　审核：")
            if start == 0:
                sheet.write_row(place + 9, 2, head)
            place += 10


FORMS = {
    "csv": text("utf-8-sig", ",", "usual", 1),
    "semicolons": text("utf-8", ";", "spaced", 2),
    "gb18030": text("gb18030", ",", "long", 3, before=[["2019年度订户明细表"], [], ["制表：发行部", "", "2019-1-1"]]),
    "utf-16 with tabs": text("utf-16", "\t", "english", 4),
    "headings that say nothing": text("utf-8", ",", "unknown", 7),
    "page of html": markup,
    "several sheets": several_sheets,
    "ledger": ledger,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_customer_arrives_whatever_the_form(app, imports, tmp_path, form):
    path = tmp_path / "given"
    FORMS[form](path)
    batch = imports.run(path)
    assert (batch.made, batch.count("error"), batch.count("updated")) == (COUNT, 0, 0)
    with work(app.extensions["zhike"].database, reason="test") as unit:
        session = unit.session
        names = session.scalars(select(Company.name).order_by(Company.id)).all()
        assert sorted(names) == sorted(row(n)["name"] for n in range(COUNT))
        for n in range(COUNT):
            company = session.scalar(select(Company).where(Company.name == row(n)["name"]))
            assert (company.province, company.city, company.district) == ("四川省", "成都市", "武侯区")
            assert (company.postcode, company.address) == ("610041", row(n)["address"])
            person = session.scalar(select(Contact).where(Contact.company_id == company.id))
            assert (person.name, person.position_title) == (row(n)["contact"], "采购经理")
            numbers = session.execute(
                select(Phone.kind, Phone.digits, Phone.extension).where(Phone.company_id == company.id)
            )
            assert set(map(tuple, numbers)) == {
                ("mobile", f"1390000{n:04d}", None),
                ("office", f"0285555{n:04d}", str(n + 100)),
                ("fax", f"0285556{n:04d}", None),
            }
            assert session.scalar(select(Email.address).where(Email.company_id == company.id)) == f"a{n}@example.com"
            line = session.scalar(select(ImportRow).where(ImportRow.record_id == company.id))
            assert line.detail["kept"] == {
                "journals.publication": "新食品",
                "journals.copies": 3,
                "journals.amount": "1286.00",
                "journals.starts_on": DAY,
            }


def test_what_a_module_cannot_read_is_kept_as_text_and_noted(app, imports, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("单位名称,份数\n甲食品有限公司,若干\n", encoding="utf-8")
    assert imports.run(path).count("created") == 1
    with work(app.extensions["zhike"].database, reason="test") as unit:
        detail = unit.session.scalar(select(ImportRow.detail))
    assert detail["kept"] == {"journals.copies": "若干"}
    assert [one["code"] for one in detail["notes"]] == ["kept_text"]


def test_what_is_kept_for_a_module_outlives_the_notes_of_the_import(app, imports, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("单位名称,份数\n甲食品有限公司,若干\n乙食品有限公司,\n", encoding="utf-8")
    batch_id = imports.run(path).id
    database = app.extensions["zhike"].database
    with work(database, reason="test"), transaction() as session:
        session.get(ImportBatch, batch_id).updated_at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with work(database, reason="test"), transaction() as session:
        batches.clean(session, tmp_path)
    with work(database, reason="test") as unit:
        assert unit.session.scalars(select(ImportRow.detail)).all() == [{"kept": {"journals.copies": "若干"}}]


def test_another_extension_of_a_number_is_another_line(app, imports, tmp_path):
    path = tmp_path / "a.csv"
    lines = ("028-55550001", "028-55550001转12", "028-55550001转13", "028-55550001转12")
    path.write_text("单位名称,电话\n" + "".join(f"甲食品有限公司,{one}\n" for one in lines), encoding="utf-8")
    imports.run(path)
    with work(app.extensions["zhike"].database, reason="test") as unit:
        found = unit.session.scalars(select(Phone.extension).order_by(Phone.position)).all()
    assert found == [None, "12", "13"]


@pytest.mark.parametrize(
    "line",
    [
        "以下为补录,,",
        "小计,,3",
        "共计12户,,",
        "四川省,,",
        "一、华东地区,,",
        "第2页,,",
        "单位名称,联系人,电话",
        "--------,,",
    ],
)
def test_what_furnishes_a_table_is_no_customer(app, imports, tmp_path, line):
    path = tmp_path / "a.csv"
    path.write_text(f"单位名称,联系人,电话\n甲食品厂,张三,02855550001\n{line}\n乙食品厂,李四,02855550002\n", "utf-8")
    batch = imports.run(path)
    assert (batch.count("created"), batch.count("skipped"), batch.count("error")) == (2, 1, 0)


def test_a_customer_whose_name_begins_like_a_total_is_one(app, imports, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("单位名称,联系人\n合计划数码有限公司,张三\n单位招待所,李四\nTotal Foods,王五\n", encoding="utf-8")
    assert imports.run(path).count("created") == 3


def test_a_bad_row_is_named_with_its_reason(app, imports, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "单位名称,电话,邮编,邮箱\n甲厂,12,610000,x\n乙厂,,9,\n,02855550001,,\n丙厂,,610000,\n", encoding="utf-8"
    )
    batch = imports.run(path)
    assert (batch.count("created"), batch.count("error")) == (1, 3)
    with work(app.extensions["zhike"].database, reason="test") as unit:
        details = unit.session.scalars(
            select(ImportRow.detail).where(ImportRow.outcome == "error").order_by(ImportRow.number)
        )
        codes = [[one["code"] for one in detail["errors"]] for detail in details]
    assert codes == [["phone", "email"], ["postcode"], ["required"]]
