"""An import is taken back whole, but for what people have changed since."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.auth.models import Audit
from core.customers.models import Alias, Company, Contact, ExternalReference, Need, Phone, SearchDoc
from core.customers.queries import search_companies
from core.errors import Refused
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.services import batches, undoing
from tests.core.transfer.files import HEADINGS, rows_of, write_csv

TABLES = (Company, Contact, Phone, Alias, SearchDoc, ExternalReference)


def counts(session):
    return [session.scalar(select(func.count()).select_from(model)) for model in TABLES]


def state_of(session):
    return [
        (
            c.name,
            c.name_key,
            c.postcode,
            c.remark,
            c.founded_on,
            sorted(p.digits for p in c.phones),
            [n.name for n in c.contacts],
        )
        for c in session.scalars(select(Company).order_by(Company.id))
    ]


def test_new_records_go_with_all_that_belongs_to_them(imports, tmp_path):
    batch = imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(2300)]))
    back = imports.undo(batch)
    assert back.state == "undone"
    assert (back.count("undone"), back.count("kept")) == (2300, 0)
    assert imports.ask(counts) == [0] * len(TABLES)


def test_updates_get_their_old_values(imports, tmp_path):
    headings = ["编号", "单位名称", "城市", "电话", "联系人", "邮编", "备注", "成立日期", "曾用名"]
    first = [
        ["1", "甲酒业", "成都市", "028-1111111", "张", "610000", "旧", "2001-01-01", ""],
        ["2", "乙酒业", "", "", "", "", "", "", ""],
    ]
    imports.run(write_csv(tmp_path / "a.csv", [headings, *first]))
    before, rows = imports.ask(state_of), imports.ask(counts)
    second = [
        ["1", "丙酒业", "成都市", "028-2222222", "李", "610041", "新", "2002-02-02", "甲甲"],
        ["2", "乙酒业", "绵阳市", "0816-2222222", "王", "", "加", "", ""],
        ["3", "戊酒业", "", "", "", "", "", "", ""],
    ]
    batch = imports.run(write_csv(tmp_path / "b.csv", [headings, *second]))
    assert batch.count("updated") == 2
    back = imports.undo(batch)
    assert (back.count("undone"), back.count("kept")) == (3, 0)
    assert imports.ask(state_of) == before
    assert imports.ask(counts) == rows

    def look(session):
        assert session.scalar(search_companies(select(Company.name), "甲酒", session)) == "甲酒业"
        assert session.scalar(search_companies(select(Company.name), "丙酒", session)) is None
        kinds = list(session.scalars(select(Audit.kind).where(Audit.kind.like("import%")).order_by(Audit.id)))
        assert kinds == ["import", "import", "import_undo", "import_undone"]

    imports.ask(look)


def test_two_rows_that_changed_one_company_are_taken_back_in_turn(imports, tmp_path):
    headings = ["单位名称", "城市", "联系人", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["甲", "成都市", "", "原来"]]))
    before = imports.ask(state_of)
    rows = [["甲", "成都市", "张", "一"], ["甲", "成都市", "李", "二"]]
    batch = imports.run(write_csv(tmp_path / "b.csv", [headings, *rows]))
    assert batch.count("updated") == 2
    imports.undo(batch)
    assert imports.ask(state_of) == before


def change(session):
    session.scalar(select(Company).where(Company.name.like("%2号%"))).remark = "由人改过"


def attach(session):
    import datetime as dt

    company = session.scalar(select(Company).where(Company.name.like("%2号%")))
    session.add(Need(company_id=company.id, kind="fair", noted_on=dt.date(2026, 11, 1)))


def call(session):
    company = session.scalar(select(Company).where(Company.name.like("%2号%")))
    session.add(Phone(company=company, kind="office", number="028-99999999"))


@pytest.mark.parametrize("touch", [change, attach, call])
def test_a_record_that_somebody_touched_since_is_left(imports, tmp_path, as_system, touch):
    batch = imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(3)]))
    with as_system() as session:
        touch(session)
    back = imports.undo(batch)
    assert (back.count("undone"), back.count("kept")) == (2, 1)
    assert imports.ask(lambda s: [c.name for c in s.scalars(select(Company))]) == ["试验2号食品有限公司"]


def test_an_update_that_somebody_wrote_over_is_left(imports, tmp_path, as_system):
    headings = ["单位名称", "城市", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["甲", "成都市", "旧"]]))
    batch = imports.run(write_csv(tmp_path / "b.csv", [headings, ["甲", "成都市", "新"]]))
    with as_system() as session:
        session.scalar(select(Company)).postcode = "610099"
    back = imports.undo(batch)
    assert back.count("kept") == 1
    assert imports.ask(lambda s: s.scalar(select(Company.remark))) == "新"


def test_after_the_days_it_cannot_be_taken_back(imports, tmp_path, as_system, app):
    import datetime as dt

    from core.columns import utcnow

    batch = imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *rows_of(2)]))
    files = app.extensions["zhike"].config.files
    with as_system() as session:
        session.get(ImportBatch, batch.id).updated_at = utcnow() - dt.timedelta(days=8)
        session.flush()
        assert batches.clean(session, files) == 1
    assert not (files / "imports" / batch.folder).exists()
    with as_system() as session, pytest.raises(Refused):
        batches.start(session, session.get(ImportBatch, batch.id), "undoing")


def test_a_company_made_and_changed_by_one_file_goes_whole(imports, tmp_path, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 2)
    headings = ["单位名称", "城市", "联系人", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["乙", "成都市", "", "原来"]]))
    before, rows = imports.ask(state_of), imports.ask(counts)
    batch = imports.run(
        write_csv(
            tmp_path / "b.csv",
            [
                headings,
                ["甲", "成都市", "张", "一"],
                ["乙", "成都市", "钱", "一"],
                ["丙", "成都市", "孙", "一"],
                ["乙", "成都市", "周", "二"],
                ["甲", "成都市", "李", "二"],
            ],
        )
    )
    assert (batch.count("created"), batch.count("updated")) == (2, 3)
    back = imports.undo(batch)
    assert (back.count("undone"), back.count("kept")) == (5, 0)
    assert imports.ask(state_of) == before
    assert imports.ask(counts) == rows


def test_of_a_trial_no_line_is_left_beside_those_of_the_import(imports, tmp_path):
    headings = ["单位名称", "城市", "联系人", "刊名", "份数"]
    rows = [["甲酒业", "成都市", "张", "中国酒", "2"], ["乙酒业", "成都市", "钱", "中国酒", "1"]]
    rows.append(["甲酒业", "成都市", "李", "中国酒", "1"])
    path = write_csv(tmp_path / "a.csv", [headings, *rows])
    batch_id = imports.begin(path)
    assert imports.do(batch_id, "checking").count("created") == 2
    batch = imports.do(batch_id, "importing")
    lines = imports.ask(lambda s: s.scalars(select(ImportRow.number).where(ImportRow.batch_id == batch_id)).all())
    assert sorted(lines) == [2, 3, 4]
    back = imports.undo(batch)
    assert (back.count("undone"), back.count("kept")) == (3, 0)
    assert imports.ask(counts) == [0] * len(TABLES)


HISTORY = ["单位名称", "城市", "备注", "邮编", "联系人", "电话"]


def history(imports, tmp_path):
    """Import one customer three times over; give the batches, with the state before each."""
    files = [
        ["甲酒业", "成都市", "原来", "", "", ""],
        ["甲酒业", "成都市", "第一次", "610011", "张三", "028-85550141"],
        ["甲酒业", "成都市", "第二次", "", "李四", "028-85550142"],
    ]
    found = []
    for number, row in enumerate(files):
        before = imports.ask(state_of)
        found.append((imports.run(write_csv(tmp_path / f"{number}.csv", [HISTORY, row])), before))
    return found


def remark_and_postcode(imports):
    return imports.ask(lambda s: tuple(s.execute(select(Company.remark, Company.postcode)).one()))


def test_two_imports_of_one_company_are_taken_back_the_earlier_first(imports, tmp_path):
    _made, (first, before), (second, _between) = history(imports, tmp_path)
    back = imports.undo(first)
    assert (back.count("undone"), back.count("kept")) == (1, 0)
    assert remark_and_postcode(imports) == ("第二次", "610000")  # what the later one wrote stays
    back = imports.undo(second)
    assert (back.count("undone"), back.count("kept")) == (1, 0)
    assert imports.ask(state_of) == before


def test_imports_that_built_on_each_other_are_taken_back_one_by_one(imports, tmp_path):
    (made, nothing), (first, before), (second, between) = history(imports, tmp_path)
    for batch, state in ((second, between), (first, before), (made, nothing)):
        back = imports.undo(batch)
        assert (back.count("undone"), back.count("kept")) == (1, 0)
        assert imports.ask(state_of) == state
    assert imports.ask(lambda s: s.scalars(select(Company)).all()) == []


def test_what_a_person_changed_between_two_imports_stays(imports, tmp_path, as_system):
    headings = ["单位名称", "城市", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["甲", "成都市", "旧"]]))
    first = imports.run(write_csv(tmp_path / "b.csv", [headings, ["甲", "成都市", "新"]]))
    with as_system() as session:
        session.scalar(select(Company)).postcode = "610099"
    second = imports.run(write_csv(tmp_path / "c.csv", [headings, ["甲", "成都市", "更新"]]))
    assert imports.undo(first).count("kept") == 1
    assert imports.undo(second).count("undone") == 1
    assert remark_and_postcode(imports) == ("新", "610099")


def test_the_first_import_of_a_company_stays_while_a_later_one_holds(imports, tmp_path):
    (made, _nothing), (first, _before), (second, _between) = history(imports, tmp_path)
    imports.undo(second)
    assert imports.undo(made).count("kept") == 1
    imports.undo(first)
    assert remark_and_postcode(imports) == ("原来", "610000")


def test_two_rows_of_an_earlier_import_let_a_later_one_stand(imports, tmp_path):
    headings = ["单位名称", "城市", "备注"]
    imports.run(write_csv(tmp_path / "a.csv", [headings, ["甲", "成都市", "旧"]]))
    before = imports.ask(state_of)
    rows = [["甲", "成都市", "一"], ["甲", "成都市", "二"]]
    first = imports.run(write_csv(tmp_path / "b.csv", [headings, *rows]))
    second = imports.run(write_csv(tmp_path / "c.csv", [headings, ["甲", "成都市", "三"]]))
    assert imports.undo(first).count("undone") == 2
    assert remark_and_postcode(imports) == ("三", "610000")
    assert imports.undo(second).count("undone") == 1
    assert imports.ask(state_of) == before
