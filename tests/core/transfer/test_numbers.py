"""Contacts are known by their numbers, and no number ever means two people."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from sqlalchemy import select

from core.customers.models import Company, Contact, ExternalReference
from core.transfer.models import ImportRow

HEADS = ["联系人编号", "姓名", "公司名称"]
HOUSE = "川江源食品有限公司"


@pytest.fixture
def house(as_system):
    with as_system() as session:
        firm = Company(name=HOUSE, city="成都市", review_state="reviewed")
        session.add(firm)
        session.flush()
        return firm.id


@pytest.fixture
def load(imports, tmp_path):
    def run(*rows, **options):
        path = tmp_path / "people.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([HEADS, *rows])
        return imports.run(path, resource="contacts", **options)

    return run


def outcomes(imports, batch):
    def look(session):
        rows = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number))
        return [(row.outcome, *(e["code"] for e in (row.detail or {}).get("errors", ()))) for row in rows]

    return imports.ask(look)


def make(as_system, house, name):
    with as_system() as session:
        one = Contact(company_id=house, name=name)
        session.add(one)
        session.flush()
        return one.id


def test_a_number_that_was_taken_back_is_nobodys_afterwards(load, imports, house, as_system):
    batch = load(["", "王建平", HOUSE], ["", "李敏", HOUSE])
    gone = imports.ask(lambda s: set(s.scalars(select(Contact.id))))
    imports.undo(batch)
    made = {make(as_system, house, name) for name in ("王建军", "李明")}
    load(["", "赵启明", HOUSE])
    with as_system() as session:  # two at once
        session.add_all([Contact(company_id=house, name=name) for name in ("孙悦", "周海")])
    now = imports.ask(lambda s: set(s.scalars(select(Contact.id))))
    assert made < now
    assert len(now) == 5
    assert not gone & now


def test_a_customer_that_was_taken_back_leaves_its_history_to_nobody(imports, as_system, tmp_path):
    path = tmp_path / "houses.csv"
    path.write_text("企业名称,联系人\n川江源食品有限公司,王建平\n豫中调味有限公司,李敏\n", encoding="utf-8")
    batch = imports.run(path)
    gone = imports.ask(lambda s: set(s.scalars(select(Company.id))))
    imports.undo(batch)
    with as_system() as session:
        session.add_all([Company(name="锦绣食品厂"), Company(name="乐山酒业")])
    again = imports.run(path)
    now = imports.ask(lambda s: set(s.scalars(select(Company.id))))
    assert again.counts["created"] == 2
    assert len(now) == 4
    assert not gone & now


def test_a_number_that_nobody_has_is_kept_as_one_of_the_source(load, imports, house, as_system):
    row = ["LX-000050", "王建平", HOUSE]
    assert outcomes(imports, load(row)) == [("created",)]
    with as_system() as session:
        first = session.scalars(select(Contact)).one().id
        session.add(Contact(id=50, company_id=house, name="李秀英"))
    assert outcomes(imports, load(["LX-000050", "王建萍", HOUSE], existing="overwrite")) == [("updated",)]
    assert outcomes(imports, load(["LX-000050", "李秀英", HOUSE], existing="overwrite")) == [("unchanged",)]
    names = imports.ask(lambda s: {one.id: one.name for one in s.scalars(select(Contact))})
    assert names == {first: "王建萍", 50: "李秀英"}


@pytest.mark.parametrize("state", ["deleted", "merged"])
def test_a_number_of_the_source_leads_to_nobody_in_the_bin(load, imports, house, as_system, state):
    load(["A-7", "王建平", HOUSE])
    with as_system() as session:
        one = session.scalars(select(Contact)).one()
        one.deleted_at = dt.datetime.now(dt.UTC)
        other = Contact(company_id=house, name="王建萍")
        session.add(other)
        session.flush()
        if state == "merged":
            one.merged_into_id = other.id
        before, after = one.id, other.id
    batch = load(["A-7", "王建平", HOUSE], existing="fill")
    if state == "merged":
        assert outcomes(imports, batch) == [("unchanged",)]
        return
    assert outcomes(imports, batch) == [("created",)]
    holder = imports.ask(lambda s: s.scalar(select(ExternalReference.record_id)))
    assert holder not in (before, after)


def test_why_somebody_is_not_there_is_told_to_who_finds_him(load, imports, house, as_system, people):
    clerk, chief = people.user("clerk"), people.user("chief", ["system_administrator"])
    people.grant(clerk, "core:contact:query", "none")
    one = make(as_system, house, "王建平")
    with as_system() as session:
        found = session.get_one(Contact, one)
        found.deleted_at = dt.datetime.now(dt.UTC)
        number = found.code
    assert outcomes(imports, load([number, "王建平", HOUSE], user_id=clerk.id)) == [("error", "not_yours")]
    assert outcomes(imports, load([number, "王建平", HOUSE], user_id=chief.id)) == [("error", "in_bin")]
