"""Rows that no key leads to a company are compared with the register and with the rows before them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.customers.duplicates.register import Register
from core.customers.duplicates.subjects import Given, subject
from core.customers.imports.alike import Alike
from core.customers.models import Alias, Company, DuplicatePair
from core.customers.queries.duplicates import all_companies
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.services.reviewing import decide_beforehand
from core.transfer.services.running import run_batch
from tests.core.transfer.files import text_of

HEADINGS = ["单位名称", "城市", "地址", "电话"]
SHOP = ["成都川江源食品有限公司", "成都市", "武侯区人民南路四段12号", "028-85550142"]
AGAIN = ["川江源食品公司", "成都市", "武侯区人民南路四段12号", "028-85550142"]
OTHER = ["成都锦绣包装印刷厂", "成都市", "青羊区光华村街55号", "028-85550777"]


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="客户.csv"):
        path = tmp_path / name
        path.write_text(text_of([HEADINGS, *rows]), encoding="utf-8-sig")
        return path

    return write


@pytest.fixture
def fresh(app, test_database):
    return lambda: test_database.reset(app)


def lines(imports, batch):
    return imports.ask(
        lambda s: {row.number: row for row in s.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))}
    )


def names(imports):
    return imports.ask(lambda s: list(s.scalars(select(Company.name).order_by(Company.id))))


def test_the_dry_run_says_which_company_a_row_is_like_and_why(imports, file):
    imports.run(file(SHOP))
    batch = imports.check(file(AGAIN, OTHER, name="b.csv"), likely="review")
    assert (batch.count("alike"), batch.count("created")) == (1, 1)
    alike = lines(imports, batch)[2].detail["alike"]
    assert alike["id"] == imports.ask(lambda s: s.scalar(select(Company.id)))
    assert alike["score"] > 0.9
    assert {"same_phone", "same_address"} <= set(alike["reasons"])


def test_a_row_like_an_earlier_row_of_the_file_is_found_too(imports, file):
    path = file(SHOP, OTHER, AGAIN)
    batch = imports.check(path, likely="review")
    assert batch.count("alike") == 1
    assert lines(imports, batch)[4].detail["alike"]["row"] == 2
    done = imports.run(path, likely="review")
    assert (done.count("created"), done.count("alike")) == (2, 1)


def test_review_makes_the_row_and_puts_the_pair_among_the_duplicates(imports, file):
    imports.run(file(SHOP))
    imports.run(file(AGAIN, name="b.csv"), likely="review")
    assert names(imports) == [SHOP[0], AGAIN[0]]
    pair = imports.ask(lambda s: s.scalars(select(DuplicatePair)).one())
    assert pair.company_id < pair.other_id
    assert pair.score > 0.9


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize(
    ("policy", "outcome", "number"),
    [("skip", "duplicate", 1), ("update", "updated", 1), ("create", "created", 2), ("off", "created", 2)],
)
def test_a_row_that_is_alike_follows_its_policy(imports, file, policy, outcome, number, within):
    if within:
        foretold = imports.check(file(SHOP, AGAIN), likely=policy)
        batch = imports.run(file(SHOP, AGAIN), likely=policy)
        row = lines(imports, batch)[3]
    else:
        imports.run(file(SHOP))
        foretold = imports.check(file(AGAIN, name="b.csv"), likely=policy)
        batch = imports.run(file(AGAIN, name="b.csv"), likely=policy)
        row = lines(imports, batch)[2]
    assert row.outcome == outcome
    assert len(names(imports)) == number
    assert foretold.counts == batch.counts
    assert imports.ask(lambda s: s.scalar(select(func.count(DuplicatePair.id)))) == 0


def test_a_company_that_is_only_alike_keeps_its_name_and_is_found_by_the_other(imports, file):
    imports.run(file(SHOP))
    imports.run(file(AGAIN, name="b.csv"), likely="update", existing="overwrite")
    assert names(imports) == [SHOP[0]]
    assert imports.ask(lambda s: s.scalars(select(Alias.name)).all()) == [AGAIN[0]]
    again = imports.run(file(AGAIN, name="b.csv"), likely="update", existing="overwrite")
    assert again.count("unchanged") == 1


def test_what_an_import_made_though_alike_goes_with_it(imports, file):
    imports.run(file(SHOP))
    batch = imports.run(file(AGAIN, name="b.csv"), likely="review")
    assert imports.undo(batch).count("undone") == 1
    assert names(imports) == [SHOP[0]]
    assert imports.ask(lambda s: s.scalar(select(func.count(DuplicatePair.id)))) == 0


def test_a_branch_and_a_namesake_elsewhere_are_not_alike(imports, file):
    imports.run(file(SHOP))
    branch = ["成都川江源食品有限公司绵阳分公司", "绵阳市", "涪城区临园路1号", ""]
    elsewhere = ["川江源食品有限公司", "哈尔滨市", "道里区中央大街9号", "0451-85550999"]
    batch = imports.run(file(branch, elsewhere, name="b.csv"), likely="skip")
    assert batch.count("created") == 2


@pytest.mark.parametrize(
    ("action", "count", "outcome"),
    [("updated", 1, "updated"), ("created", 2, "created"), ("duplicate", 1, "duplicate")],
)
def test_a_person_overrules_the_policy_for_one_row(imports, file, as_system, action, count, outcome):
    imports.run(file(SHOP))
    batch = imports.check(file(AGAIN, OTHER, name="b.csv"), likely="review")
    with as_system() as session:
        held = session.get(ImportBatch, batch.id)
        decide_beforehand(session, held, {2: (action, "two houses of one family")})
    done = imports.do(batch.id, "importing")
    assert lines(imports, done)[2].outcome == outcome
    assert len(names(imports)) == count + 1


def test_a_short_file_is_looked_up_and_finds_the_same(imports, file, monkeypatch):
    rows = [[f"成都{mark}号试验商贸公司", "成都市", f"试验路{n}号", ""] for n, mark in enumerate("甲乙丙丁戊己庚")]
    imports.run(file(SHOP, OTHER, *rows), likely="off")
    monkeypatch.setattr("core.customers.imports.alike.FEW", 1)
    batch = imports.run(file(AGAIN, name="b.csv"), likely="review")
    assert batch.count("alike") == 1
    assert lines(imports, batch)[2].detail["alike"]["id"] == imports.ask(
        lambda s: s.scalar(select(Company.id).where(Company.name == SHOP[0]))
    )


def varied(seed, count):
    """Give rows of companies, a third of them written anew with a slip."""
    chance = random.Random(seed)
    stems = [a + b for a in "川江源蜀锦华丰裕盛泰" for b in "香源记隆茂和德信义达"]
    places = [("成都市", "028"), ("绵阳市", "0816"), ("德阳市", "0838")]
    rows = []
    for n in range(count):
        if rows and chance.random() < 0.34:
            name, city, address, phone = chance.choice(rows)
            forms = [
                name.replace("有限公司", "公司"),
                name.replace("食品", "副食品"),
                name.removeprefix(city[:2]),
                name[:-1],
            ]
            rows.append([chance.choice(forms), city, address, phone if chance.random() < 0.6 else ""])
            continue
        city, area = chance.choice(places)
        trade = chance.choice(["食品", "酒业", "商贸", "糖业"])
        rows.append(
            [
                f"{city[:2]}{chance.choice(stems)}{trade}有限公司",
                city,
                f"{chance.choice(stems)}路{n}号",
                f"{area}-8555{n:04d}",
            ]
        )
    return rows


def everything(session):
    """Give all that an import leaves, but ids of rows and moments."""
    order = {one.id: n for n, one in enumerate(session.scalars(select(Company).order_by(Company.id)))}
    companies = [
        (
            one.name,
            one.city,
            one.address,
            sorted(alias.name for alias in one.aliases),
            sorted(phone.digits for phone in one.phones),
        )
        for one in session.scalars(select(Company).order_by(Company.id))
    ]
    pairs = sorted(
        (order[pair.company_id], order[pair.other_id], round(pair.score, 4))
        for pair in session.scalars(select(DuplicatePair))
    )
    rows = [
        (row.number, row.outcome, order.get(row.record_id))
        for row in session.scalars(select(ImportRow).order_by(ImportRow.number))
    ]
    return companies, pairs, rows


@pytest.mark.parametrize("policy", ["review", "update"])
def test_an_import_that_goes_on_decides_as_if_nothing_had_happened(imports, file, monkeypatch, fresh, policy):
    from core.transfer.services import running

    monkeypatch.setattr("core.customers.imports.importer.CompanyImporter.chunk", 40)
    path = file(*varied(7, 240))
    whole = imports.run(path, likely=policy)
    assert whole.count("alike") + whole.count("updated") > 20
    wanted = imports.ask(everything)
    fresh()
    batch_id = imports.begin(path, likely=policy)
    chunk, done = running._chunk, []

    def dies(*given):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(chunk(*given))

    monkeypatch.setattr(running, "_chunk", dies)
    with pytest.raises(KeyboardInterrupt):
        imports.do(batch_id, "importing")
    assert 0 < imports.batch(batch_id).position < 240
    monkeypatch.setattr(running, "_chunk", chunk)
    run_batch(imports.database, batch_id)
    assert imports.ask(everything) == wanted


def test_a_row_is_compared_as_the_company_made_of_it_will_be(imports, file):
    path = file(*varied(3, 120))
    seen = {}
    written = Alike.written

    def note(self, row):
        seen[row.record_id] = self.subject_of(row)._replace(id=row.record_id)
        written(self, row)

    Alike.written = note
    try:
        imports.run(path, likely="review")
    finally:
        Alike.written = written
    touched = imports.ask(lambda s: set(s.scalars(select(ImportRow.record_id).where(ImportRow.outcome == "updated"))))
    wanted = {id_: one for id_, one in seen.items() if id_ not in touched}
    assert len(wanted) > 50
    there = imports.ask(lambda s: {one.id: subject(one) for one in all_companies(s)})
    assert {id_: there[id_] for id_ in wanted} == wanted


NAMES = st.sampled_from(["川江源食品", "川江园食品", "蜀锦酒业", "蜀锦商贸", "江源食品", "成都蜀锦酒业"])
RECORDS = st.lists(
    st.tuples(st.integers(1, 6), NAMES, st.sampled_from(["510107", "510105", ""])), min_size=1, max_size=20
)


@settings(max_examples=60, deadline=None)
@given(RECORDS, NAMES)
def test_what_a_register_answers_depends_on_what_it_holds_alone(steps, asked):
    register, last = Register(), {}
    for id_, name, division in steps:
        one = subject(Given(id_, name + "有限公司", (), division, "", "", (), (), (), ""))
        if id_ in register and name.startswith("蜀锦商"):
            register.remove(id_)
            last.pop(id_)
            continue
        register.add(one)
        last[id_] = one
    other = Register()
    for id_ in sorted(last):
        other.add(last[id_])
    wanted = subject(Given(0, asked + "有限公司", (), "510107", "", "", (), (), (), ""))
    assert sorted(register.alike(wanted, least=0)) == sorted(other.alike(wanted, least=0))
