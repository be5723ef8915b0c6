"""`zhike import`, as scripts use it."""

from __future__ import annotations

import json

import click
import pytest
from sqlalchemy import func, select

from core.cli import cli
from core.customers.models import Company
from core.errors import Refused
from core.transfer.models import ImportBatch
from tests.core.transfer.files import HEADINGS, rows_of, write_csv


@pytest.fixture
def zhike(app, capsys):
    def run(*arguments):
        cli.main([str(one) for one in arguments], obj={"app": app}, standalone_mode=False)
        return capsys.readouterr()

    return run


def companies(imports):
    return imports.ask(lambda s: s.scalar(select(func.count(Company.id))))


def test_the_answer_for_machines_holds_the_figures_and_the_mapping(zhike, imports, tmp_path):
    said = zhike("import", "companies", write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(12)]), "--json")
    answer = json.loads(said.out)
    assert (answer["rows"], answer["created"], answer["errors"], answer["state"]) == (12, 12, 0, "done")
    assert answer["mapping"]["单位名称"] == "name"
    assert answer["mapping"]["客户编号"] == "external_id"
    assert "12 / 12" in said.err
    assert imports.ask(lambda s: set(s.scalars(select(Company.review_state)))) == {"reviewed"}


def test_english_headings_of_an_export_map_by_themselves(zhike, imports, tmp_path):
    headings = [
        "company_id",
        "name",
        "uscc",
        "reg_date",
        "province",
        "city",
        "district",
        "division_code",
        "address",
        "segment",
        "scope",
    ]
    row = [
        "D000001",
        "锦江酒业",
        "",
        "2007-10-11",
        "四川省",
        "成都市",
        "武侯区",
        "510107",
        "人民南路1号",
        "liquor",
        "白酒、啤酒",
    ]
    answer = json.loads(zhike("import", "companies", write_csv(tmp_path / "a.csv", [headings, row]), "--json").out)
    assert answer["mapping"] == {
        "company_id": "external_id",
        "name": "name",
        "uscc": "uscc",
        "reg_date": "founded_on",
        "province": "province",
        "city": "city",
        "district": "district",
        "division_code": "division_code",
        "address": "address",
        "segment": "industries",
        "scope": "projects",
    }

    def look(session):
        made = session.scalar(select(Company))
        assert ([one.code for one in made.industries], made.projects) == (["liquor"], "白酒、啤酒")
        assert (made.division_code, made.postcode, made.area_code) == ("510107", "610000", "028")

    imports.ask(look)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_mapping_can_be_given(zhike, imports, tmp_path, form):
    path = write_csv(tmp_path / "a.csv", [["甲", "乙", "丙"], ["锦江酒业", "x", "要样刊"]])
    mapping = tmp_path / f"mapping.{form}"
    given = {"甲": "name", "丙": "备注"}
    mapping.write_text(
        json.dumps(given) if form == "json" else "".join(f"{a},{b}\n" for a, b in given.items()), encoding="utf-8"
    )
    zhike("import", "companies", path, "--mapping", mapping)
    assert imports.ask(lambda s: s.execute(select(Company.name, Company.remark)).all()) == [("锦江酒业", "要样刊")]


def test_a_mapping_of_an_unknown_field_is_refused(zhike, tmp_path):
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"name": "nowhere"}', encoding="utf-8")
    with pytest.raises(Refused, match="nowhere"):
        zhike("import", "companies", write_csv(tmp_path / "a.csv", [["name"], ["x"]]), "--mapping", mapping)


def test_a_dry_run_writes_no_company_and_leaves_no_batch(zhike, imports, tmp_path, app):
    path = write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(3), ["K9", "坏", "12", "", "", "", "", "", ""]])
    report = tmp_path / "errors.xlsx"
    said = zhike("import", "companies", path, "--dry-run", "--report", report, "--json")
    answer = json.loads(said.out)
    assert (answer["created"], answer["errors"], answer["state"]) == (3, 1, "checked")
    assert companies(imports) == 0
    assert imports.ask(lambda s: s.scalar(select(func.count(ImportBatch.id)))) == 0
    assert not list((app.extensions["zhike"].config.files / "imports").glob("*"))
    assert report.stat().st_size > 1000


def test_refused_rows_are_reported_with_their_reason(zhike, tmp_path):
    report = tmp_path / "errors.csv"
    zhike(
        "import", "companies", write_csv(tmp_path / "a.csv", [["单位名称", "手机"], ["甲", "12"]]), "--report", report
    )
    assert report.read_text(encoding="utf-8-sig").splitlines()[1].startswith("甲,12,手机")


def test_an_unknown_resource_is_wrong_usage(zhike, tmp_path):
    with pytest.raises(click.BadParameter, match="companies"):
        zhike("import", "nothing", write_csv(tmp_path / "a.csv", [["name"], ["x"]]))


def test_a_file_that_is_no_table_is_refused(zhike, imports, tmp_path, app):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 20)
    with pytest.raises(Refused):
        zhike("import", "companies", path)
    assert not list((app.extensions["zhike"].config.files / "imports").glob("*"))


def test_a_file_without_a_column_of_names_is_refused(zhike, tmp_path):
    with pytest.raises(Refused):
        zhike("import", "companies", write_csv(tmp_path / "a.csv", [["邮编", "备注"], ["610000", "x"]]))


def test_a_word_that_no_list_knows_leaves_its_cell_empty_where_one_says_so(zhike, imports, tmp_path):
    rows = [("企业名称", "企业规模"), ("甲酒业有限公司", "特大"), ("乙酒业有限公司", "大")]
    path = write_csv(tmp_path / "a.csv", rows)
    answer = json.loads(zhike("import", "companies", path, "--unknown", "empty", "--json").out)
    assert (answer["created"], answer["errors"], answer["left_empty"]) == (2, 0, 1)
