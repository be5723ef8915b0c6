"""A file does not bring back who asked to be erased, and taking an import back does not either."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.customers.models import Company, Contact, Merge, Phone
from core.customers.services import Wish, merge_companies, undo_merge, update_company
from core.privacy.queries.subject import subject_of
from core.privacy.services import erase
from core.transfer.models import ImportRow
from core.transfer.places import place_of
from tests.core.transfer.files import write_csv

HEADINGS = ["编号", "单位名称", "城市", "联系人", "手机"]
FIRST = [
    ["1", "成都锦城糖酒", "成都市", "王建平", "13800000142"],
    ["2", "绵阳川江酒业", "绵阳市", "李秀英", "13900000199"],
]


def erase_wang(as_system):
    with as_system() as session:
        contact = session.scalars(select(Contact).where(Contact.name == "王建平")).one()
        erase(session, subject_of(session, "contact", contact.id), by=None, reason="来信要求")
        return contact.id


def test_a_row_that_holds_an_erased_person_is_refused_with_the_reason(imports, as_system, tmp_path):
    imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *FIRST]))
    erase_wang(as_system)
    again = [
        ["7", "成都锦城糖酒", "成都市", "王建平", "13800000142"],
        ["8", "乐山酒业", "乐山市", "王建平", "13700000000"],
    ]
    batch = imports.run(write_csv(tmp_path / "b.csv", [HEADINGS, *again]))
    assert (batch.count("error"), batch.count("created")) == (1, 1)  # a namesake elsewhere is another person
    with as_system() as session:
        line = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number == 2)).one()
        assert line.detail["errors"][0]["code"] == "erased"
        assert session.scalars(select(Phone.digits).where(Phone.digits == "13800000142")).all() == []


def test_the_imported_file_goes_and_the_import_can_still_be_taken_back(imports, as_system, tmp_path):
    batch = imports.run(write_csv(tmp_path / "a.csv", [HEADINGS, *FIRST]))
    kept = imports.ask(lambda session: place_of(session).stored(batch.folder).file)
    assert kept.exists()
    contact_id = erase_wang(as_system)
    assert not kept.exists()
    back = imports.undo(batch)
    assert (back.count("undone"), back.count("kept")) == (1, 1)
    with as_system() as session:
        assert session.get(Contact, contact_id).name == f"已删除的联系人 #{contact_id}"
        assert session.scalars(select(Contact.id).where(Contact.name == "王建平")).all() == []


HOUSES = ("成都锦城糖酒", "锦官城糖酒批发部", "锦城糖业")


@pytest.mark.parametrize("order", ["merged first", "erased first", "a chain", "taken back"])
@pytest.mark.parametrize("resource", ["companies", "contacts"])
def test_an_erased_person_is_known_by_every_name_of_his_house(imports, as_system, tmp_path, order, resource):
    with as_system() as session:
        houses = [Company(name=name, city="成都市") for name in HOUSES]
        session.add_all(houses)
        session.flush()
        session.add(Contact(company_id=houses[0].id, name="王建平"))
        ids = [one.id for one in houses]

    def merge(target, *sources):
        with as_system() as session:
            wish = Wish(target=ids[target], sources=[ids[one] for one in sources])
            return merge_companies(session, wish, by=None).id

    if order == "merged first":
        merge(0, 1, 2)
        erase_wang(as_system)
    elif order == "a chain":
        merge(1, 0)
        erase_wang(as_system)
        merge(2, 1)
    else:
        erase_wang(as_system)
        done = merge(1, 0, 2)
        if order == "taken back":
            with as_system() as session:
                undo_merge(session, session.get_one(Merge, done), by=None)
    headings = ["单位名称", "城市", "联系人" if resource == "companies" else "姓名"]
    rows = [[name, "成都市", "王建平"] for name in HOUSES]
    path = write_csv(tmp_path / "a.csv", [headings, *rows])
    batch = imports.run(path, resource=resource, missing="create", likely="create")
    known = 1 if order == "taken back" else 3
    assert batch.count("error") == known, batch.counts
    assert imports.ask(lambda s: len(s.scalars(select(Contact.id).where(Contact.name == "王建平")).all())) == 3 - known


@pytest.mark.parametrize("resource", ["companies", "contacts"])
@pytest.mark.parametrize("renamed", ["before and after", "after, twice"])
def test_an_erased_person_is_known_whatever_his_house_was_called_before_and_since(
    imports, as_system, tmp_path, renamed, resource
):
    with as_system() as session:
        house = Company(name=HOUSES[0], city="成都市")
        session.add(house)
        session.flush()
        session.add(Contact(company_id=house.id, name="王建平"))
        number = house.id

    def rename(name):
        with as_system() as session:
            update_company(session, session.get_one(Company, number), {"name": name}, by=None)

    if renamed == "before and after":
        rename(HOUSES[1])
        erase_wang(as_system)
    else:
        erase_wang(as_system)
        rename(HOUSES[1])
    rename(HOUSES[2])
    headings = ["单位名称", "城市", "联系人" if resource == "companies" else "姓名"]
    rows = [[name, "成都市", "王建平"] for name in (*HOUSES, "乐山酒业")]
    path = write_csv(tmp_path / "a.csv", [headings, *rows])
    batch = imports.run(path, resource=resource, missing="create", likely="create")
    assert (batch.count("error"), batch.count("created")) == (3, 1), batch.counts
