"""The table of places with what was changed in it (K-02): what follows a change, and what a rollback leaves."""

from __future__ import annotations

import pickle

import pytest
from sqlalchemy import delete, select, update

from core.auth.models import Audit, DivisionEntry, StateVersion
from core.customers.addresses import parse_address
from core.customers.data.divisions import below, division, divisions, find_division
from core.customers.data.edition import Changed, Edition, edition, of_places, use_edition
from core.customers.duplicates.names import place_in
from core.customers.forms.fields import match_divisions
from core.customers.imports.importer import CompanyImporter
from core.customers.imports.place import fill_place
from core.customers.lists import COMPANIES
from core.customers.models import Address, Company
from core.customers.places import place_words, present_names
from core.customers.queries import find_companies
from core.customers.queries.record import whole_address
from core.customers.services import update_company
from core.customers.services.divisions import (
    begin_change,
    merge_division,
    move_division,
    place_divisions,
    separate_division,
    write_divisions,
)
from core.db import transaction, work
from core.errors import Conflict, Refused
from core.state import bump, versions
from core.transfer.importer import Options, Row
from tests.core.fields.conftest import run_jobs

__all__ = ["run_jobs"]


@pytest.fixture(autouse=True)
def shipped():
    """Leave the table as it ships to whoever comes next in this process."""
    use_edition(Edition())
    yield
    use_edition(Edition())


@pytest.fixture
def look(app):
    """Begin a unit of work as a request does: counters are read, and what they say is followed."""

    def one():
        with work(app.extensions["zhike"].database, reason="test") as unit:
            versions(unit.session)

    return one


@pytest.fixture
def write(as_system, look):
    def one(*entries):
        with as_system() as session:
            begin_change(session)
            changed = write_divisions(session, entries)
        look()
        return changed

    return one


@pytest.fixture
def merge(as_system, look):
    def one(old, new, typed, **given):
        with as_system() as session:
            begin_change(session)
            merge_division(session, old, new, typed, **given)
        look()

    return one


def test_a_place_that_was_renamed_is_found_by_both_names(write):
    assert parse_address("成都市双流区机场路1号").district == "双流区"
    write({"code": "510116", "name": "空港区"})
    for address in ("成都市双流区机场路1号", "四川省成都市空港区机场路1号", "成都双流县华阳镇2号"):
        found = parse_address(address)
        assert (found.code, found.district) == ("510116", "空港区"), address
    assert find_division("四川省", "成都市", "双流区") == division("510116")
    assert [unit.name for unit in match_divisions("双流区")] == ["空港区"]
    assert division("510116").short_name == "空港"
    assert "空港" in place_words("空港区")
    assert "空港区" in present_names("双流区")
    assert place_in("成都市双流区机场路") == "510116"


def test_what_lies_in_a_renamed_city_bears_its_new_name(write):
    write({"code": "510600", "name": "德城市"})
    found = parse_address("四川省德阳市旌阳区岷江路1号")
    assert (found.city, found.district, found.code) == ("德城市", "旌阳区", "510603")
    assert find_division("四川省", "德阳市", "旌阳区").city == "德城市"
    write({"code": "510600", "name": "德阳市"})  # and back
    assert parse_address("四川省德城市旌阳区岷江路1号").city == "德阳市"
    assert find_division("四川省", "德城市", "") == division("510600")


def test_a_place_is_added_below_another(write, read):
    assert write({"code": "510190", "parent_code": "510100", "name": "临空区", "postcode": "610299"}) == {"510190"}
    found = parse_address("成都市临空区航天路1号")
    assert (found.code, found.province, found.city, found.postcode) == ("510190", "四川省", "成都市", "610299")
    assert below("510100")[-1].code == "510190"
    assert read(select(DivisionEntry.name)) == ["临空区"]
    write({"code": "441901", "parent_code": "441900", "name": "莞城区"})  # of a city that had no districts
    assert not division("441900").leaf
    assert division("441901").leaf


@pytest.mark.parametrize("entry", [
    {"code": "510190", "parent_code": "510100", "name": "锦江区"},
    {"code": "440190", "parent_code": "510100", "name": "临空区"},
    {"code": "5101", "parent_code": "510100", "name": "临空区"},
    {"code": "510190", "parent_code": "510104", "name": "临空区"},
    {"code": "510190", "parent_code": "999999", "name": "临空区"},
    {"code": "510190", "parent_code": "510100", "name": ""},
    {"code": "510104", "name": "武侯区"},
    {"code": "510104", "name": ""},
    {"code": "510104", "postcode": "61000"[:3]},
    {"code": "510104", "area_code": "28"},
    {"code": "510104", "short_name": "锦" * 41},
    {"code": "510104", "name": "锦\x00官区"},
    {"code": "510104", "short_name": "锦\x00官"},
    {"code": "510104", "area_code": "0２8"},
    {"code": "51019１", "parent_code": "510100", "name": "临空区"},
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_other(write, read, entry):
    with pytest.raises(Refused):
        write({"code": "510105", "name": "青山区"}, entry)
    assert read(select(DivisionEntry)) == []
    assert division("510105").name == "青羊区"


def test_a_retired_place_stays_on_its_records_and_is_offered_to_no_new_one(write, company_of, as_system, look):
    old = company_of(
        "成都锦城糖酒有限公司", division_code="510104", province="四川省", city="成都市", district="锦江区"
    )
    write({"code": "510104", "retired": True})
    assert "510104" not in {unit.code for unit in below("510100")}
    assert match_divisions("锦江区") == []
    assert parse_address("成都市锦江区人民路1号").code == "510100"
    assert division("510104").name == "锦江区"
    with as_system() as session:
        known = session.get(Company, old.id)
        update_company(session, known, {"division_code": "510104", "address": "人民路2号"}, by=None)  # it has it
        assert known.district == "锦江区"
        other = Company(name="重庆山城食品有限公司")
        session.add(other)
        with pytest.raises(Refused, match="锦江区"):
            update_company(session, other, {"division_code": "510104"}, by=None)
    write({"code": "510104", "retired": False})
    assert parse_address("成都市锦江区人民路1号").code == "510104"


def test_what_lies_in_a_retired_place_is_not_offered_either(write):
    write({"code": "510600", "retired": True})
    assert below("510600") == []
    assert not any(unit.code.startswith("5106") for unit in divisions())
    assert [unit.name for unit in below("510600", retired=True)][:1] == ["旌阳区"]


def test_places_are_put_in_order(as_system, look):
    def order(change):
        with as_system() as session:
            begin_change(session)
            change(session)
        look()
        return [unit.code for unit in below("510100")][:3]

    assert order(lambda session: None) == ["510104", "510105", "510106"]
    assert order(lambda session: move_division(session, "510105", up=True)) == ["510105", "510104", "510106"]
    assert order(lambda session: place_divisions(session, {"510106": 1})) == ["510106", "510105", "510104"]
    assert order(lambda session: move_division(session, "510106", up=True)) == ["510106", "510105", "510104"]


def test_records_follow_a_renamed_city(write, company_of, run_jobs, as_system, read):
    one = company_of(
        "旌阳酒业有限公司", division_code="510603", province="四川省", city="德阳市", district="旌阳区",
        address="四川省德阳市旌阳区岷江西路1号",
    )  # fmt: skip
    with as_system() as session:
        session.add(Address(company_id=one.id, kind="warehouse", text="德阳市", division_code="510600", city="德阳市"))
        was = session.get(Company, one.id).version
    write({"code": "510600", "name": "德城市"})
    run_jobs()
    with as_system() as session:
        company = session.get(Company, one.id)
        assert (company.city, company.district, company.division_code) == ("德城市", "旌阳区", "510603")
        assert company.version == was + 1
        assert session.scalar(select(Address.city)) == "德城市"
        line = session.scalar(select(Audit).where(Audit.entity == "core_company", Audit.kind == "edit"))
        assert (line.entity_id, line.changes) == (one.id, {"city": ["德阳市", "德城市"]})
        for words in ("德城 旌阳酒业", "德阳 旌阳酒业"):
            assert [hit.id for hit in find_companies(session, words, 5)] == [one.id], words
    run_jobs()
    assert len(read(select(Audit).where(Audit.entity == "core_company", Audit.kind == "edit"))) == 1


def test_records_are_found_by_a_new_short_name(write, company_of, run_jobs, as_system):
    one = company_of("旌阳酒业有限公司", division_code="510603", province="四川省", city="德阳市", district="旌阳区")
    write({"code": "510603", "short_name": "旌城"})
    run_jobs()
    with as_system() as session:
        assert [hit.id for hit in find_companies(session, "旌城 旌阳酒业", 5)] == [one.id]
        assert session.get(Company, one.id).version == 1


def test_a_merged_place_leads_to_the_one_that_stays(merge, company_of, run_jobs, as_system, look):
    one = company_of("新津酒业有限公司", division_code="510118", province="四川省", city="成都市", district="新津区")
    merge("510118", "510116", "新津区")
    assert division("510118").name == "双流区"
    found = parse_address("成都市新津区五津西路1号")
    assert (found.code, found.district) == ("510116", "双流区")
    assert find_division("四川省", "成都市", "新津县") == division("510116")
    assert [unit.code for unit in match_divisions("新津")][:1] == ["510116"]
    taken: dict[str, str] = {}
    fill_place(Row(1, {}), {"division_code": "510118"}, taken)
    assert (taken["division_code"], taken["district"]) == ("510116", "双流区")
    run_jobs()
    with as_system() as session:
        company = session.get(Company, one.id)
        assert (company.division_code, company.district) == ("510116", "双流区")
        update_company(session, company, {"division_code": "510118"}, by=None)
        assert company.division_code == "510116"
    merge("510116", "510104", "双流区")  # and on
    assert division("510118").name == "锦江区"
    assert parse_address("成都市新津区五津西路1号").district == "锦江区"


@pytest.mark.parametrize(("old", "new", "typed"), [
    ("510118", "510118", "新津区"),
    ("510118", "510100", "新津区"),
    ("510118", "999999", "新津区"),
    ("510118", "510116", "新津"),
    ("510600", "510100", "德阳市"),  # districts lie in it
    ("510118", "110101", "新津区"),  # of another province
    ("441900", "510100", "东莞市"),
])  # fmt: skip
def test_what_cannot_be_merged_stays(merge, read, old, new, typed):
    with pytest.raises(Refused):
        merge(old, new, typed)
    assert read(select(DivisionEntry)) == []


def test_a_merge_is_taken_back_with_its_records(merge, company_of, run_jobs, as_system, look, read):
    def at(code="510118", district="新津区"):
        return {"division_code": code, "province": "四川省", "city": "成都市", "district": district}

    back = company_of("新津酒业有限公司", **at(), address="新津区五津西路1号")
    moved = company_of("邓双食品有限公司", **at())
    other = company_of("华阳糖酒有限公司", **at("510116", "双流区"))
    with as_system() as session:
        session.add(Address(company_id=other.id, kind="warehouse", text="花源镇2号", division_code="510118"))
    merge("510118", "510116", "新津区")
    run_jobs()
    with as_system() as session:
        update_company(session, session.get(Company, moved.id), {"division_code": "510104"}, by=None)
    merge("510116", "510107", "双流区")  # the one that stayed went on
    run_jobs()
    with as_system() as session:
        assert session.get(Company, back.id).division_code == "510107"
        begin_change(session)
        separate_division(session, "510118")
    look()
    assert division("510118").name == "新津区"
    run_jobs()
    with as_system() as session:
        company = session.get(Company, back.id)
        assert (company.division_code, company.district) == ("510118", "新津区")
        assert session.get(Company, moved.id).division_code == "510104"
        assert session.get(Company, other.id).division_code == "510107"
        assert session.scalar(select(Address.division_code)) == "510118"
        assert [hit.id for hit in find_companies(session, "新津 酒业", 5)] == [back.id]
    line = read(select(Audit.changes).where(Audit.entity == "core_company").order_by(Audit.id.desc()))[0]
    assert line == {"division_code": ["510107", "510118"], "district": ["武侯区", "新津区"]}
    with pytest.raises(Refused), as_system() as session:
        begin_change(session)
        separate_division(session, "510118")


def test_a_merge_is_not_taken_back_beside_a_place_of_the_same_name(merge, write, as_system):
    merge("510118", "510116", "新津区")
    write({"code": "510190", "parent_code": "510100", "name": "新津区"})
    with pytest.raises(Refused, match="新津区"), as_system() as session:
        begin_change(session)
        separate_division(session, "510118")


def test_a_place_goes_into_another_province_when_somebody_says_so(merge):
    with pytest.raises(Refused, match="北京市") as refused:
        merge("510118", "110101", "新津区")
    assert list(refused.value.fields) == ["into"]
    merge("510118", "110101", "新津区", elsewhere=True)
    assert division("510118").name == "东城区"


def test_another_process_learns_of_a_change_by_the_counter(as_system, look):
    with as_system() as session:  # as another process would: this one is told nothing
        session.add(DivisionEntry(code="510104", name="锦官区", former=[["2026-01-01", "锦江区"]]))
    look()
    assert division("510104").name == "锦江区"
    with as_system() as session:
        bump(session, "divisions")
    assert division("510104").name == "锦江区"  # nothing is read while a unit of work goes on
    look()
    assert division("510104").name == "锦官区"


def test_a_restored_database_is_followed_though_its_counter_is_lower(write, as_system, look):
    write({"code": "510104", "name": "锦官区"})
    write({"code": "510105", "name": "青山区"})
    with as_system() as session:  # the backup was made between the two
        session.execute(delete(DivisionEntry).where(DivisionEntry.code == "510105"))
        session.execute(
            update(StateVersion).where(StateVersion.name == "divisions").values(version=StateVersion.version - 1)
        )
    look()
    assert (division("510104").name, division("510105").name) == ("锦官区", "青羊区")


def test_a_rollback_leaves_nothing_in_memory(as_system, look):
    look()
    before = edition()
    with pytest.raises(RuntimeError), as_system() as session:
        begin_change(session)
        write_divisions(session, [{"code": "510104", "name": "锦官区"}])
        versions(session)
        assert division("510104").name == "锦江区"
        raise RuntimeError
    look()
    assert edition() is before
    assert division("510104").name == "锦江区"


def test_who_looked_before_others_changed_places_cannot_overwrite_it(as_system, app):
    with work(app.extensions["zhike"].database, reason="test") as unit:
        seen = versions(unit.session)["divisions"]
    with as_system() as session:
        begin_change(session, seen)
    with pytest.raises(Conflict), as_system() as session:
        begin_change(session, seen)


def test_databases_without_changes_share_what_was_worked_out():
    made = []
    probe = of_places(lambda: made.append(1))
    use_edition(Edition((), (1001, 0)))
    probe()
    use_edition(Edition((), (1002, 0)))
    probe()
    assert len(made) == 1
    use_edition(Edition((Changed("510104", name="锦官区"),), (1002, 1)))
    probe()
    use_edition(Edition((), (1003, 0)))
    probe()
    assert len(made) == 3


def test_what_was_made_of_an_old_edition_is_not_kept_for_a_new_one():
    made = []

    def make():
        name = division("510104").name
        if not made:  # as another thread may, meanwhile
            use_edition(Edition((Changed("510104", name="锦官区"),), (1004, 1)))
        made.append(1)
        return name

    probe = of_places(make)
    assert [probe(), probe(), probe()] == ["锦江区", "锦官区", "锦官区"]
    assert len(made) == 2


def test_the_process_that_reads_a_long_file_works_with_the_same_places(app, look, as_system):
    with as_system() as session:
        session.add(DivisionEntry(code="510104", name="锦官区"))
        bump(session, "divisions")
    look()
    with as_system() as session:
        reader = CompanyImporter(COMPANIES).reader(session, ["name", "division_code"], Options())
    sent = pickle.dumps(reader)
    use_edition(Edition())
    row = pickle.loads(sent).read([(1, ["成都锦城糖酒有限公司", "510104"])])[0]
    assert row.values["company"]["district"] == "锦官区"


def test_what_a_rolled_back_transaction_read_of_counters_is_forgotten(app):
    with work(app.extensions["zhike"].database, reason="test") as unit:
        before = dict(versions(unit.session))
        with pytest.raises(RuntimeError), transaction() as session:
            bump(session, "dictionaries")
            assert versions(session) != before
            raise RuntimeError
        assert versions(unit.session) == before


def test_an_address_that_says_its_place_by_a_former_name_is_not_told_it_twice(write, merge):
    assert whole_address("四川省", "成都市", "双流区", "成都市双流县华阳镇1号") == "四川省成都市双流县华阳镇1号"
    assert whole_address("四川省", "成都市", "双流区", "华阳镇1号") == "四川省成都市双流区华阳镇1号"
    write({"code": "510116", "name": "空港区"})
    merge("510118", "510116", "新津区")
    for text in ("成都市双流区机场路1号", "成都市新津区花源镇1号", "成都市空港区机场路1号"):
        assert whole_address("四川省", "成都市", "空港区", text) == f"四川省{text}"
    assert whole_address("北京市", "北京市", "东城区", "东单1号") == "北京市东城区东单1号"
