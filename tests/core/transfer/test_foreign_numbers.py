"""An export of another register: its numbers are not ours, not even once we have given the same ones."""

from __future__ import annotations

import csv

import pytest
from sqlalchemy import select

from core.customers.imports.contacts.importer import ContactImporter
from core.customers.imports.importer import CompanyImporter
from core.customers.models import Company, Contact

A, B, C = "成都祥丰食品有限公司", "成都祥瑞食品有限公司", "成都祥和食品有限公司"


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """Let imports write one row at once, so that each finds what the one before it made."""
    for importer in (CompanyImporter, ContactImporter):
        monkeypatch.setattr(importer, "chunk", 1)


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def firms(imports):
    return imports.ask(
        lambda s: [
            (one.name, one.parent.name if one.parent else "") for one in s.scalars(select(Company).order_by(Company.id))
        ]
    )


def test_numbers_that_the_import_itself_gives_are_not_those_of_the_file(imports, tmp_path):
    """The first row gets the number of the second one here, whatever chunk that stands in."""
    rows = [(A, "KH-000002", "", ""), (B, "KH-000001", "", ""), (C, "KH-000003", A, "KH-000002")]
    path = write(tmp_path / "firms.csv", ("企业名称", "客户编号", "上级企业", "上级企业编号"), *rows)
    batch = imports.run(path, likely="off")
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 3}
    assert firms(imports) == [(A, ""), (B, ""), (C, A)]
    again = imports.run(path, likely="off")
    assert {name: count for name, count in again.counts.items() if count} == {"unchanged": 3}


def test_contacts_follow_their_customers_and_none_is_taken_for_another(imports, tmp_path):
    imports.run(
        write(tmp_path / "firms.csv", ("企业名称", "客户编号"), (A, "KH-000002"), (B, "KH-000001")), likely="off"
    )
    head = ("姓名", "联系人编号", "客户", "客户编号")
    path = write(
        tmp_path / "people.csv", head, ("王建平", "LX-000002", A, "KH-000002"), ("王建国", "LX-000001", B, "KH-000001")
    )
    batch = imports.run(path, resource="contacts")
    assert {name: count for name, count in batch.counts.items() if count} == {"created": 2}
    found = imports.ask(lambda s: [(one.name, one.company.name) for one in s.scalars(select(Contact))])
    assert sorted(found) == [("王建国", B), ("王建平", A)]


def test_a_contact_of_another_house_under_one_of_our_numbers_is_another_person(imports, as_system, tmp_path):
    with as_system() as session:
        first, second = Company(name=A), Company(name=B)
        session.add_all([first, second])
        session.flush()
        one = Contact(company_id=first.id, name="王建平")
        session.add(one)
        session.flush()
        code = one.code
    head = ("姓名", "联系人编号", "客户")
    batch = imports.run(write(tmp_path / "people.csv", head, ("王建国", code, B)), resource="contacts")
    assert batch.count("created") == 1
    renamed = imports.run(write(tmp_path / "people.csv", head, ("王建萍", code, A)), resource="contacts")
    assert renamed.count("updated") == 1
    found = imports.ask(lambda s: sorted((one.name, one.company.name) for one in s.scalars(select(Contact))))
    assert found == [("王建国", B), ("王建萍", A)]


def test_the_name_of_another_customer_under_one_of_our_numbers_waits_for_a_person(imports, as_system, tmp_path):
    with as_system() as session:
        first = Company(name=A, city="成都市")
        session.add_all([first, Company(name=B, city="成都市")])
        session.flush()
        code = first.code
    path = write(tmp_path / "firms.csv", ("企业名称", "客户编号", "城市"), (B, code, "成都市"))
    assert imports.run(path).count("review") == 1
    assert firms(imports) == [(A, ""), (B, "")]
