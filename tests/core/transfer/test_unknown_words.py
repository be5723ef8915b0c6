"""A word that no list knows refuses its row, leaves its cell empty, or is added to the list, as a person chooses."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.auth.models import DictionaryEntry
from core.customers.models import Company, Contact
from core.transfer.models import ImportRow
from core.transfer.unknown import MOST

TABLE = "企业名称,企业规模,客户考核\n甲酒业有限公司,特大,潜在客户\n乙酒业有限公司,大型,试用客户\n丙酒业有限公司,特大,\n"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "firms.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def look(imports):
    return imports.ask(lambda s: [(one.name[0], one.scale, one.standing) for one in s.scalars(select(Company))])


def entries(imports):
    return imports.ask(lambda s: sorted((one.dictionary, one.title) for one in s.scalars(select(DictionaryEntry))))


def codes(imports, batch):
    rows = imports.ask(lambda s: s.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).all())
    return [
        [one["code"] for part in ("errors", "notes") for one in (row.detail or {}).get(part, ())] for row in rows
    ]  # fmt: skip


def test_the_row_is_refused_unless_somebody_chooses_otherwise(imports, path):
    assert imports.run(path).count("error") == 3
    assert look(imports) == []


def test_the_cell_is_left_empty_and_the_dry_run_names_it(imports, path):
    foretold = imports.check(path, unknown="empty")
    told = foretold.checks["targets"]
    assert foretold.count("error") == 0
    assert (told["scale"]["noted"], told["scale"]["values"], told["standing"]["values"]) == (2, ["特大"], ["试用客户"])
    batch = imports.run(path, unknown="empty")
    assert codes(imports, batch) == [["left_empty"], ["left_empty"], ["left_empty"]]
    assert look(imports) == [("甲", None, "prospect"), ("乙", "large", "prospect"), ("丙", None, "prospect")]
    assert entries(imports) == []


def test_words_are_added_before_the_rows_are_read_and_only_once(imports, path):
    foretold = imports.check(path, unknown="add")
    assert (foretold.count("created"), entries(imports)) == (3, [])
    assert foretold.checks["targets"]["scale"]["values"] == ["特大"]
    imports.run(path, unknown="add")
    assert entries(imports) == [("scale", "特大"), ("standing", "试用客户")]
    added = imports.ask(lambda s: dict(s.execute(select(DictionaryEntry.title, DictionaryEntry.code)).all()))
    assert look(imports) == [
        ("甲", added["特大"], "prospect"), ("乙", "large", added["试用客户"]), ("丙", added["特大"], "prospect"),
    ]  # fmt: skip
    assert imports.run(path, unknown="add").count("unchanged") == 3
    assert len(entries(imports)) == 2


def test_only_who_keeps_the_dictionaries_adds_words(imports, people, path):
    clerk = people.user("clerk")
    assert imports.run(path, unknown="add", user_id=clerk.id).count("error") == 3
    people.grant(clerk, "core:dictionary:admin", "all")
    assert imports.run(path, unknown="add", user_id=clerk.id).count("created") == 3


def test_a_list_that_takes_no_words_refuses_and_a_column_astray_stops_the_import(imports, tmp_path):
    file = tmp_path / "firms.csv"
    file.write_text("企业名称,联系人,性别\n甲酒业有限公司,王建平,不详的\n", encoding="utf-8")
    refused = imports.run(file, unknown="add").count("error")
    assert (refused, imports.run(file, unknown="empty").count("created")) == (1, 1)
    rows = "".join(f"第{n}酒业有限公司,{n}号类\n" for n in range(MOST + 1))
    file.write_text(f"企业名称,企业规模\n{rows}", encoding="utf-8")
    begun = imports.begin(file, unknown="add")
    with pytest.raises(Exception, match=str(MOST)):
        imports.do(begun, "importing")
    assert (imports.batch(begun).state, entries(imports)) == ("failed", [])


def test_contacts_are_treated_alike_but_no_wish_is_left_out(imports, as_system, tmp_path):
    with as_system() as session:
        session.add(Company(name="甲酒业有限公司"))
    file = tmp_path / "people.csv"
    head = "姓名,企业名称,学历,勿扰方式\n"
    file.write_text(f"{head}王建平,甲酒业有限公司,夜大,\n李敏,甲酒业有限公司,,别打扰我家狗\n", encoding="utf-8")
    batch = imports.run(file, resource="contacts", unknown="empty")
    assert codes(imports, batch) == [["left_empty"], ["choice"]]
    assert imports.ask(lambda s: [(one.name, one.education) for one in s.scalars(select(Contact))]) == [
        ("王建平", None)
    ]
