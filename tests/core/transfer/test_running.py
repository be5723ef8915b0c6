"""What an import makes of the rows of a file."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import func, select

from core.auth.models import Audit
from core.bus.models import StoredEvent
from core.customers.models import Company, Contact, Email, ExternalReference, Phone, SearchDoc
from core.customers.queries import search_companies
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.services.reporting import error_table, write_report
from tests.core.transfer.files import HEADINGS, rows_of, write_csv

FULL = {
    "编号": "A-1",
    "单位名称": " 成都锦江 调味厂 ",
    "统一社会信用代码": "",
    "电话": "85551234 转 12；028-85551235",
    "传真": "028-85551236",
    "EMAIL": "Office@Example.cn",
    "省市": "四川成都",
    "地址": "武侯区人民南路1号",
    "主营": "酱油醋、竹编",
    "联系人": "单雨",
    "职务": "总经理",
    "手机": "139 0000 0001",
    "成立日期": "2010年5月6日",
    "注册资金": "500万元",
    "企业性质": "国有",
    "品牌": "锦江、蓉城",
    "曾用名": "红旗调味厂",
    "备注": "要样刊",
}


def uscc_of(number):
    """Make a valid credit code."""
    from core.customers.numbers import USCC_ALPHABET, USCC_DIGITS, USCC_WEIGHTS

    body = f"91510100MA{number:07d}"
    total = sum(weight * USCC_DIGITS[c] for weight, c in zip(USCC_WEIGHTS, body, strict=True))
    return body + USCC_ALPHABET[-total % 31]


def companies(session):
    return list(session.scalars(select(Company).order_by(Company.id)))


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def outcomes(batch):
    return {name: number for name, number in batch.counts.items() if number}


def test_a_row_becomes_a_company_with_all_that_belongs_to_it(imports, tmp_path):
    row = FULL | {"统一社会信用代码": uscc_of(1)}
    batch = imports.run(write_csv(tmp_path / "a.csv", [list(row), list(row.values())]))
    assert (batch.state, outcomes(batch)) == ("done", {"created": 1}), imports.ask(
        lambda s: s.scalar(select(ImportRow.detail))
    )

    def look(session):
        made = companies(session)[0]
        assert (made.name, made.name_key) == ("成都锦江 调味厂", "成都锦江调味厂")
        assert (made.province, made.city, made.district, made.area_code) == ("四川省", "成都市", "武侯区", "028")
        assert made.division_code == "510107"
        assert (made.uscc, made.founded_on.isoformat(), str(made.registered_capital)) == (
            uscc_of(1),
            "2010-05-06",
            "5000000.00",
        )
        assert (made.ownership, made.projects, made.remark) == ("state", "竹编", "要样刊")
        assert [one.code for one in made.industries] == ["food.seasoning"]
        assert [one.name for one in made.brands] == ["锦江", "蓉城"]
        assert [(one.kind, one.name) for one in made.aliases] == [("former", "红旗调味厂")]
        assert [(p.kind, p.number, p.contact_id is not None) for p in made.phones] == [
            ("office", "028-85551234-12", False),
            ("office", "028-85551235", False),
            ("fax", "028-85551236", False),
            ("mobile", "13900000001", True),
        ]
        assert [one.address_key for one in made.emails] == ["office@example.cn"]
        contact = made.primary_contact
        assert (contact.name, contact.position, contact.sort_key) == ("单雨", "general_manager", "shan yu")
        assert (made.code[:3], made.import_batch_id, made.source) == ("KH-", batch.id, "import")
        assert made.owner_id is None

    imports.ask(look)


def test_a_capital_given_as_a_band_fills_the_band(imports, tmp_path):
    headings = ["单位名称", "注册资金", "员工人数"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["甲", "1000万元以上", "50人以下"], ["乙", "80万", "60人"]]))
    look = imports.ask(
        lambda s: [(c.capital_band, c.registered_capital, c.headcount_band, c.headcount) for c in companies(s)]
    )
    assert [(a, b and str(b), c, d) for a, b, c, d in look] == [
        ("c1000", None, "h1", None),
        (None, "800000.00", None, 60),
    ]


def test_what_was_imported_is_found_by_part_of_its_name_and_by_initials(imports, tmp_path):
    imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(5)]), review_state="reviewed")
    for text in ("3号食品", "spyxgs"):
        found = imports.ask(
            lambda session, t=text: list(session.scalars(search_companies(select(Company), t, session)))
        )
        assert found, text


def test_the_second_import_of_a_file_changes_nothing(imports, tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(30)])
    imports.run(path)
    before = imports.ask(lambda s: [(c.id, c.version, c.updated_at) for c in companies(s)])
    again = imports.run(path)
    assert outcomes(again) == {"unchanged": 30}
    assert imports.ask(lambda s: [(c.id, c.version, c.updated_at) for c in companies(s)]) == before


def test_a_second_file_updates_by_the_id_of_its_source(imports, tmp_path):
    rows = rows_of(3)
    imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *rows]))
    rows[1][1] = "改名后的酒业有限公司"
    rows[2][2] = "028-66660000"
    batch = imports.run(write_csv(tmp_path / "b.csv", [HEADINGS, *rows]))
    assert outcomes(batch) == {"updated": 2, "unchanged": 1}

    def look(session):
        second, third = companies(session)[1:]
        assert (second.name, second.version) == ("改名后的酒业有限公司", 2)
        assert {phone.digits for phone in third.phones} == {"02855550003", "02866660000", "13900000003"}
        assert list(session.scalars(search_companies(select(Company.id), "改名后的", session))) == [second.id]

    imports.ask(look)


def test_filling_writes_into_blank_fields_only(imports, tmp_path):
    headings = ["单位名称", "城市", "邮编", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["锦江酒业", "成都市", "610041", ""]]))
    batch = imports.run(
        write_csv(tmp_path / "b.csv", [headings, ["锦江酒业", "成都市", "610099", "新备注"]]), existing="fill"
    )
    assert outcomes(batch) == {"updated": 1}
    assert imports.ask(lambda s: [(c.postcode, c.remark) for c in companies(s)]) == [("610041", "新备注")]


def test_every_change_of_an_update_stands_in_the_audit_trail(imports, tmp_path, people):
    clerk = people.user("clerk")
    headings = ["单位名称", "城市", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["锦江酒业", "成都市", "旧"]]), user_id=clerk.id)
    imports.run(write_csv(tmp_path / "b.csv", [headings, ["锦江酒业", "成都市", "新"]]), user_id=clerk.id)

    def look(session):
        line = session.scalar(select(Audit).where(Audit.kind == "edit", Audit.entity == "core_company"))
        assert (line.changes, line.user_id) == ({"remark": ["旧", "新"]}, clerk.id)
        runs = list(session.scalars(select(Audit).where(Audit.kind == "import").order_by(Audit.id)))
        assert [run.changes.get("created", 0) for run in runs] == [1, 0]
        assert runs[1].user_id == clerk.id

    imports.ask(look)


def test_one_event_tells_of_the_whole_import(imports, tmp_path):
    batch = imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(7)]))
    events = imports.ask(lambda s: [(e.name, e.payload) for e in s.scalars(select(StoredEvent))])
    told = {"batch_id": batch.id, "resource": "companies", "user_id": None, "created": 7, "updated": 0, "errors": 0}
    assert events == [("core.import_finished", told)]


@pytest.mark.parametrize(
    ("policy", "outcome", "number"), [("skip", "duplicate", 1), ("review", "review", 1), ("create", "created", 2)]
)
def test_a_row_of_the_same_name_and_city_follows_the_policy(imports, tmp_path, policy, outcome, number):
    headings = ["单位名称", "城市", "电话"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["锦江酒业", "成都市", ""]]))
    batch = imports.run(
        write_csv(tmp_path / "b.csv", [headings, ["锦江　酒业", "成都", "028-85551234"]]), duplicates=policy
    )
    assert outcomes(batch) == {outcome: 1}
    assert imports.ask(lambda s: count(s, Company)) == number


def test_two_companies_of_one_name_in_two_cities_or_with_two_codes_are_two(imports, tmp_path):
    headings = ["单位名称", "城市", "信用代码"]
    rows = [
        ["锦江酒业", "成都市", ""],
        ["锦江酒业", "绵阳市", ""],
        ["峨眉酒业", "成都市", uscc_of(1)],
        ["峨眉酒业", "成都市", uscc_of(2)],
    ]
    batch = imports.run(write_csv(tmp_path / "a.csv", [headings, *rows]))
    assert outcomes(batch) == {"created": 4}


def test_two_rows_with_two_contacts_of_one_company_make_one_company(imports, tmp_path):
    headings = ["单位名称", "城市", "联系人", "手机"]
    rows = [["锦江酒业", "成都市", "张莉", "13900000001"], ["锦江酒业", "成都市", "李明", "13900000002"]]
    batch = imports.run(write_csv(tmp_path / "a.csv", [headings, *rows, rows[0]]))
    assert outcomes(batch) == {"created": 1, "updated": 1, "unchanged": 1}
    assert imports.ask(lambda s: (count(s, Company), count(s, Contact), count(s, Phone))) == (1, 2, 2)


def test_an_existing_companys_code_keeps_another_row_from_taking_it(imports, tmp_path):
    headings = ["编号", "单位名称", "信用代码"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["1", "甲", uscc_of(1)], ["2", "乙", ""]]))
    batch = imports.run(write_csv(tmp_path / "b.csv", [headings, ["2", "乙", uscc_of(1)]]))
    assert outcomes(batch) == {"error": 1}


BAD = [
    ["", "13900000001", "2018-01-01", "", ""],
    ["乙酒业", "12345", "2018-01-01", "", ""],
    ["丙酒业", "13900000003", "昨天", "", ""],
    ["丁酒业", "13900000004", "2018-01-01", "没有的性质", ""],
    ["戊酒业", "13900000005", "2018-01-01", "", "911"],
    ["己" * 201, "", "", "", ""],
    ["庚酒业", "13900000007", "2018-01-01", "", "", "多出来的"],
]


def test_bad_rows_never_stop_good_ones_and_say_why(imports, tmp_path):
    headings = ["单位名称", "手机", "成立日期", "企业性质", "信用代码"]
    good = [["甲酒业", "13900000000", "2018-01-01", "国有", ""], ["辛酒业", "13900000008", "20180102", "", ""]]
    batch = imports.run(write_csv(tmp_path / "a.csv", [headings, good[0], *BAD, good[1]]))
    assert outcomes(batch) == {"created": 2, "error": 7}
    report = tmp_path / "errors.csv"
    assert imports.ask(lambda s: write_report(error_table(s, s.get(ImportBatch, batch.id)), report)) == 7
    lines = list(csv.reader(io.StringIO(report.read_text(encoding="utf-8-sig"))))
    assert lines[0][:5] == headings
    assert [line[:5] for line in lines[1:]] == [row[:5] for row in BAD]
    assert all(line[5] for line in lines[1:])


def test_a_corrected_report_is_imported_alone(imports, tmp_path):
    headings = ["单位名称", "手机"]
    batch = imports.run(write_csv(tmp_path / "a.csv", [headings, ["甲", "123"], ["乙", "13900000001"]]))
    report = tmp_path / "errors.xlsx"
    imports.ask(lambda s: write_report(error_table(s, s.get(ImportBatch, batch.id)), report))
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(report)).get_sheet_by_index(0).to_python()
    rows[1][1] = "13900000002"
    again = imports.run(write_csv(tmp_path / "b.csv", [[str(cell) for cell in row] for row in rows]))
    assert outcomes(again) == {"created": 1}


def test_a_cell_that_begins_like_a_formula_goes_out_harmless_and_comes_back_whole(imports, tmp_path):
    headings = ["单位名称", "手机"]
    batch = imports.run(write_csv(tmp_path / "a.csv", [headings, ["=1+1|cmd", "12"]]))
    report = tmp_path / "errors.csv"
    imports.ask(lambda s: write_report(error_table(s, s.get(ImportBatch, batch.id)), report))
    assert "'=1+1" in report.read_text(encoding="utf-8-sig")
    fixed = report.read_text(encoding="utf-8-sig").replace(",12,", ",13900000001,")
    (tmp_path / "b.csv").write_text(fixed, encoding="utf-8")
    imports.run(tmp_path / "b.csv")
    assert imports.ask(lambda s: [c.name for c in companies(s)]) == ["=1+1|cmd"]


def test_a_broken_character_refuses_its_row_alone(imports, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        "单位名称,城市\n甲酒业,成都市\n".encode("gb18030") * 1 + b"\xff\xff,\n" + "乙酒业,\n".encode("gb18030")
    )
    batch = imports.run(path)
    assert outcomes(batch) == {"created": 2, "error": 1}


def test_the_dry_run_writes_nothing_and_foretells_the_run(imports, tmp_path):
    headings = ["编号", "单位名称", "城市", "手机"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["1", "甲", "成都市", ""], ["2", "乙", "成都市", ""]]))
    rows = [
        ["1", "甲", "成都市", ""],
        ["2", "乙改名", "成都市", ""],
        ["3", "丙", "成都市", "13900000003"],
        ["3", "丙", "成都市", "13900000004"],
        ["4", "丁", "成都市", "12"],
    ]
    path = write_csv(tmp_path / "b.csv", [headings, *rows])
    foretold = imports.check(path)
    assert imports.ask(lambda s: (count(s, Company), count(s, SearchDoc))) == (2, 2)
    assert foretold.state == "checked"
    assert outcomes(foretold) == {"unchanged": 1, "updated": 2, "created": 1, "error": 1}
    assert foretold.checks["targets"]["contact_mobile"]["bad"] == 1
    assert foretold.checks["blank"] == [0, 0, 0, 2]
    done = imports.do(foretold.id, "importing")
    assert outcomes(done) == outcomes(foretold)


def test_a_row_that_the_database_refuses_is_left_out_alone(imports, tmp_path, monkeypatch):
    from core.customers.imports.matching import Matcher

    path = write_csv(tmp_path / "a.csv", [["单位名称", "信用代码"], *[[f"{n}号", uscc_of(n)] for n in range(20)]])
    imports.run(path)
    monkeypatch.setattr(Matcher, "_companies", staticmethod(lambda session, column, values: []))
    rows = [[f"新{n}号", uscc_of(5 if n == 7 else 100 + n)] for n in range(20)]
    batch = imports.run(write_csv(tmp_path / "b.csv", [["单位名称", "信用代码"], *rows]))
    assert outcomes(batch) == {"created": 19, "error": 1}
    assert imports.ask(lambda s: count(s, Company)) == 39


def test_a_company_in_the_bin_is_not_updated(imports, tmp_path, as_system):
    headings = ["编号", "单位名称"]
    path = write_csv(tmp_path / "a.csv", [headings, ["1", "甲"]])
    imports.run(path)
    from core.columns import utcnow

    with as_system() as session:
        session.scalar(select(Company)).deleted_at = utcnow()
    batch = imports.run(path)
    assert outcomes(batch) == {"created": 1}
    assert imports.ask(lambda s: s.scalar(select(ExternalReference.record_id))) == 2


def test_every_row_of_a_long_file_arrives_once(imports, tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(4500)])
    batch = imports.run(path)
    assert (batch.done, batch.made) == (4500, 4500)

    def look(session):
        assert count(session, Company) == 4500
        assert count(session, ExternalReference) == 4500
        assert count(session, SearchDoc) == 9000
        assert session.scalar(select(func.count(func.distinct(Company.code)))) == 4500
        assert count(session, ImportRow) == 4500
        assert count(session, Email) == 0

    imports.ask(look)


def test_an_import_that_was_stopped_goes_on_where_it_was(imports, tmp_path, monkeypatch):
    from core.customers.imports.importer import CompanyImporter
    from core.db import transaction, work
    from core.transfer.services import batches
    from core.transfer.services.running import run_batch

    monkeypatch.setattr(CompanyImporter, "chunk", 10)
    written = CompanyImporter.write
    batch_id = imports.begin(write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(50)]))
    parts = []

    def stopping(self, session, rows, options):
        written(self, session, rows, options)
        parts.append(len(rows))
        if len(parts) == 3:
            raise RuntimeError("the power went")

    monkeypatch.setattr(CompanyImporter, "write", stopping)
    with pytest.raises(RuntimeError):
        imports.do(batch_id, "importing")
    batch = imports.batch(batch_id)
    assert (batch.state, batch.phase, batch.done) == ("failed", "importing", 20)
    monkeypatch.setattr(CompanyImporter, "write", written)
    with work(imports.database, reason="test"), transaction() as session:
        batches.resume(session, session.get(ImportBatch, batch_id))
    run_batch(imports.database, batch_id)
    assert imports.batch(batch_id).made == 50
    assert imports.ask(lambda s: count(s, Company)) == 50
