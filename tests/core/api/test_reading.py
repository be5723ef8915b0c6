"""Programs read what their person sees, by the query words of the list."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from core.api import services
from core.api.queries import narrowed
from core.auth.access import access_of
from core.auth.models import Audit
from core.customers.models import Company, Contact, Phone
from core.db import transaction, work
from core.errors import Forbidden, GuardBreach
from core.listing.models import ListPreference
from tests.core.api.conftest import SECRET_LIMIT


def shown_ids(page) -> list[int]:
    return [int(found) for found in re.findall(r'<tr[^>]*data-id="(\d+)"', page.text)]


QUERIES = (
    "",
    "q=糖酒",
    "view=mine",
    "city=成都&sort=-name",
    "sort=name,-updated_at",
    "name__contains=酒",
    "owner_id=me",
    "headcount__between=3,8",
    "contact__empty=0",
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("scope", ["all", "own"])
def test_a_list_holds_the_rows_of_the_list_page_in_its_order(
    people, program_of, browser_of, firm, zhou, li, scope, query
):
    people.grant_group("staff", "core:company:query", scope)
    for n, name in enumerate(("川江糖酒", "锦江糖酒", "岷江酒业", "沱江茶叶")):
        firm(name, (zhou, li)[n % 2], city=("成都", "重庆")[n // 2], headcount=n * 3)
    page = browser_of(zhou).get(f"/companies?{query}")
    assert page.status_code == 200
    assert [one["id"] for one in program_of(zhou).items(f"companies?{query}")] == shown_ids(page)


def test_what_the_list_refuses_is_refused_with_its_parameter(program_of, zhou):
    program = program_of(zhou)
    for query, name in (("colour=red", "colour"), ("size=7", "size"), ("sort=colour", "sort"), ("view=x", "view")):
        answer = program.get(f"companies?{query}")
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
        assert answer.json["status"] == 422
        assert list(answer.json["errors"]) == [name]
        assert answer.json["title"]
    assert program.get("companies?fields=name,colour").json["errors"].keys() == {"fields"}
    assert program.get("companies?after=nonsense").status_code == 422


def test_all_rows_come_without_gap_or_double(program_of, firm, zhou, as_system):
    made = {firm(f"公司{n:03}", zhou, last_contact_on=dt.date(2026, 1, n % 3) if n % 3 else None) for n in range(107)}
    for sort in ("name", "-last_contact_on", "last_contact_on,-name", "-updated_at"):
        ids = [one["id"] for one in program_of(zhou).items(f"companies?size=20&sort={sort}&fields=name")]
        assert len(ids) == 107
        assert set(ids) == made
    first = program_of(zhou).get("companies?size=50&fields=name&last_contact_on__empty=0").json
    assert len(first["items"]) == 50
    assert set(first["items"][0]) == {"id", "name"}
    assert first["next"].startswith("/api/v1/companies?")
    assert "fields=name" in first["next"]


def test_private_and_secret_fields_do_not_reach_whom_they_are_hidden_from(program_of, firm, zhou, li, root):
    own = firm("自有", zhou, credit_limit=SECRET_LIMIT, legal_representative="自有法人")
    other = firm("他人", li, credit_limit=SECRET_LIMIT, legal_representative="他人法人")
    program = program_of(zhou, private=True)
    told = {one["id"]: one for one in program.items("companies?fields=name,credit_limit")}
    assert told[own]["credit_limit"] == "987654.32"
    assert "credit_limit" not in told[other]
    assert "credit_limit" not in program.get(f"companies/{other}").json
    assert [one["id"] for one in program.items("companies?credit_limit__gt=1")] == [own]
    contacts = {one["company_id"]["id"]: one for one in program.items("contacts?fields=company_id,hobbies")}
    assert contacts[own]["hobbies"] == "钓鱼自有"
    assert "hobbies" not in contacts[other]
    for address in ("companies", "contacts"):  # without being named nothing private is in a list
        assert "987654" not in program.get(address).text
        assert "钓鱼" not in program.get(address).text
    plain = program_of(zhou)  # a token without private fields has none of its person's own either
    assert "credit_limit" not in plain.get(f"companies/{own}").json
    assert plain.get("companies?fields=credit_limit").status_code == 422
    assert plain.get("companies?credit_limit__gt=1").status_code == 422
    assert plain.get("companies?sort=credit_limit").status_code == 422
    assert plain.get("colleagues?fields=password_hash").status_code == 422
    assert program_of(root, private=True).get(f"companies/{other}").json["credit_limit"] == "987654.32"


def test_mobile_numbers_are_masked_as_in_files(program_of, firm, zhou, li, as_system):
    mine, others = firm("自有", zhou), firm("他人", li)
    with as_system() as session:
        for contact in list(session.scalars(select(Contact))):
            phone = Phone(kind="mobile", number="13812345678", company_id=contact.company_id, contact_id=contact.id)
            session.add(phone)
    told = {one["company_id"]["id"]: one for one in program_of(zhou, private=True).items("contacts")}
    assert told[mine]["mobile"] == "13812345678"
    assert "13812345678" not in str(told[others])


def test_rows_beyond_the_scope_are_neither_listed_nor_found(people, program_of, firm, zhou, li):
    people.grant_group("staff", "core:company:query", "own")
    own, other = firm("自有", zhou), firm("他人", li)
    program = program_of(zhou)
    assert [one["id"] for one in program.items("companies")] == [own]
    assert program.get(f"companies/{own}").status_code == 200
    refused = program.get(f"companies/{other}")
    assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")
    assert refused.json == program.get("companies/999999").json


def test_what_was_deleted_is_not_found(program_of, firm, zhou, as_system):
    gone = firm("旧客户", zhou)
    with as_system() as session:
        session.execute(update(Company).where(Company.id == gone).values(deleted_at=dt.datetime.now(dt.UTC)))
    program = program_of(zhou)
    assert program.items("companies") == []
    assert program.get(f"companies/{gone}").status_code == 404


def test_a_token_reads_the_resources_chosen_for_it_and_no_more_than_its_person(people, program_of, firm, zhou):
    firm("自有", zhou)
    program = program_of(zhou, nouns=["core:contact"])
    refused = program.get("companies")
    assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
    (contact,) = program.items("contacts?fields=name,company_id")
    assert contact["name"] == "自有联系人"
    assert contact["company_id"] is None  # whom it may not find it does not name
    whole = program_of(zhou)
    assert whole.get("companies").status_code == 200
    people.grant(zhou, "core:company:query", "none")
    assert whole.get("companies").status_code == 403


def test_an_own_field_of_administrators_is_column_filter_and_sort(program_of, firm, zhou, add_field, run_jobs):
    number = add_field("会员号", "number", sortable=True)
    level = add_field("级别", "choice", choices=("金", "银"))
    hidden = add_field("底价", "money", field_class="private")
    run_jobs()
    for n in range(3):
        firm(f"会员{n}", zhou, custom={number: n, hidden: 77_700})
    program = program_of(zhou)
    assert [one[number] for one in program.items(f"companies?sort=-{number}")] == [2, 1, 0]
    assert [one["name"] for one in program.items(f"companies?{number}__gt=1")] == ["会员2"]
    assert [set(one) for one in program.items(f"companies?{number}=1&fields={number}")] == [{"id", number}]
    assert all(one[level] is None for one in program.items("companies"))
    described = program.get("openapi.json").json["components"]["schemas"]["companies"]["properties"]
    assert described[number]["title"] == "会员号"
    assert hidden not in described
    assert "777.00" not in program.get("companies").text
    assert program.get(f"companies?fields={hidden}").status_code == 422
    with_private = program_of(zhou, private=True)
    assert {one[hidden] for one in with_private.items(f"companies?fields={hidden}")} == {"777.00"}


def test_one_record_has_a_mark_by_which_it_is_not_sent_twice(program_of, firm, zhou, as_system):
    number = firm("川江", zhou)
    program = program_of(zhou)
    first = program.get(f"companies/{number}")
    mark = first.headers["ETag"]
    assert mark.startswith('"1-')
    again = program.get(f"companies/{number}", If_None_Match=mark)
    assert (again.status_code, again.data) == (304, b"")
    with as_system() as session:
        session.get_one(Company, number).city = "成都"
    changed = program.get(f"companies/{number}", If_None_Match=mark)
    assert (changed.status_code, changed.json["city"]) == (200, "成都")
    assert changed.headers["ETag"].startswith('"2-')


def test_looks_at_private_values_and_lists_are_put_on_record(program_of, firm, zhou, as_system):
    number = firm("川江", zhou, credit_limit=SECRET_LIMIT)

    def lines(kind: str) -> list[Audit]:
        with as_system() as session:
            return list(session.scalars(select(Audit).where(Audit.kind == kind).order_by(Audit.id)))

    plain, program = program_of(zhou), program_of(zhou, private=True)
    plain.get(f"companies/{number}")
    program.get("companies?city=成都")
    assert lines("view") == []
    (listed,) = lines("api")
    assert (listed.user_id, listed.entity, listed.note) == (zhou.id, "core_company", program.token[:12])
    assert listed.changes["query"] == [None, "city=%E6%88%90%E9%83%BD"]
    assert listed.changes["rows"] == [None, 0]
    program.get(f"companies/{number}")
    program.get("companies?fields=credit_limit")
    assert [(one.user_id, one.entity_id, one.company_id) for one in lines("view")] == [(zhou.id, number, number)] * 2
    mark = program.get(f"companies/{number}").headers["ETag"]
    seen = len(lines("view"))
    program.get(f"companies/{number}", If_None_Match=mark)
    assert len(lines("view")) == seen


def test_where_nothing_can_be_written_reading_goes_on_but_for_what_is_private(program_of, firm, zhou, monkeypatch):
    number = firm("川江", zhou, credit_limit=SECRET_LIMIT)
    program = program_of(zhou, private=True)

    def full(*_arguments, **_more):
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    for name in ("count_call", "count_rows_given"):
        monkeypatch.setattr(services, name, full)
    assert [one["id"] for one in program.items("companies")] == [number]
    refused = program.get(f"companies/{number}")
    assert (refused.status_code, refused.mimetype) == (507, "application/problem+json")
    assert "987654" not in refused.text


def test_a_programs_rights_write_nothing_whatever_was_decided(app, zhou):
    zhike = app.extensions["zhike"]
    with work(zhike.database, reason="test") as unit:
        whole = access_of(unit.session, zhou.id, zhike.registry.permissions, zhike.registry.enabled(unit.session))
    mine = narrowed(whole, zhike.registry.resources(), ["core:company"], private=True)
    assert {code for code in mine.scopes if code.startswith("core:company:")} == {
        "core:company:query",
        "core:company:read",
        "core:company:read_reviewed",
        "core:company:private",
    }
    with work(zhike.database, actor=mine) as unit:
        unit.info["may_write"] = True
        with pytest.raises(Forbidden), transaction() as writing:
            writing.add(Company(name="不该有", owner_id=zhou.id, entered_by_id=zhou.id))
        unit.session.rollback()
        with pytest.raises(GuardBreach), transaction() as writing:
            writing.add(ListPreference(user_id=zhou.id, resource="companies", values={}))


def test_a_plugin_that_is_off_is_not_found(app, program_of, root, as_system):
    from core.auth.models import PluginState
    from core.state import bump

    program = program_of(root)
    assert program.get("journals/publications").status_code == 200
    with as_system() as session:
        session.add(PluginState(name="journals", enabled=False))
        bump(session, "plugins")
    for address in ("journals/publications", "journals/publications/1", "nothing", "journals/nothing", "a/b/c/d"):
        answer = program.get(address)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), address
    assert not [path for path in program.get("openapi.json").json["paths"] if "journals" in path]


def test_every_resource_answers_as_it_is_described(app, program_of, root, firm):
    firm("川江", root, credit_limit=SECRET_LIMIT, headcount=7)
    program = program_of(root, private=True)
    described = program.get("openapi.json").json
    for path, operations in described["paths"].items():
        if path.endswith("{id}"):
            continue
        answer = program.get(path.removeprefix("/api/v1/"))
        assert answer.status_code == 200, (path, answer.text)
        told = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
        schema = described["components"]["schemas"][told["items"]["items"]["$ref"].rsplit("/", 1)[1]]
        for one in answer.json["items"]:
            assert set(one) <= set(schema["properties"])
            for name, value in one.items():
                assert fits(value, schema["properties"][name]), (path, name, value)
            whole = program.get(f"{path.removeprefix('/api/v1/')}/{one['id']}")
            assert whole.status_code == 200
            assert set(one) <= set(whole.json) <= set(schema["properties"])
    assert program.get("openapi.json").json["openapi"] == "3.1.0"


def fits(value, schema) -> bool:
    """Tell whether a value is of a described type."""
    if "anyOf" in schema:
        return value is None or set(value) == {"id", "name"}
    types = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list, "null": type(None)}
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, types[one]) for one in wanted):
        return False
    return value is None or "pattern" not in schema or re.match(schema["pattern"], value) is not None


def test_hostile_values_give_no_server_error(program_of, firm, zhou):
    firm("川江", zhou)
    program = program_of(zhou)
    for query in (
        "q=%00", "q=%27%3B--", "city=%ED%A0%80", "size=99999999999999999999", "headcount__between=,", "fields=,,",
        "fields=%00", "after=%00", "owner_id=99999999999999999999", "sort=-,-", "view=%7E", "x_1=1",
    ):  # fmt: skip
        assert program.get(f"companies?{query}").status_code in (200, 422), query
    for last in ("0", "99999999999999999999", "-1", "x", "1/2", "%00"):
        assert program.get(f"companies/{last}").status_code == 404, last


def test_phones_are_asked_where_neither_their_customers_nor_anything_private_is_seen(people, program_of, firm, zhou):
    firm("自有", zhou)
    for scope in ("all", "own"):
        people.grant_group("staff", "core:contact:query", scope)
        for query in ("q=13812345678", "mobile__contains=5678", "mobile=13812345678"):
            for nouns in (["core:contact"], ["core:contact", "core:company"]):
                answer = program_of(zhou, nouns=nouns).get(f"contacts?{query}")
                assert (answer.status_code, answer.json.get("items")) == (200, []), (scope, query, nouns)


def test_long_queries_are_cut_in_the_trail(program_of, firm, zhou, as_system):
    firm("川江", zhou)
    program = program_of(zhou)
    program.get("companies?" + "&".join(f"city={n}{'x' * 200}" for n in range(40)))
    assert len(program.get(f"companies?fields={'name,' * 900}").json["items"]) == 1
    with as_system() as session:
        lines = list(session.scalars(select(Audit).where(Audit.kind == "api").order_by(Audit.id)))
    assert [len(one.changes["query"][1]) for one in lines] == [2000, len("fields=name")]


def test_a_condition_that_no_customer_meets_finds_nothing_within_a_narrow_scope(people, program_of, firm, zhou):
    people.grant_group("staff", "core:company:query", "own")
    firm("自有", zhou)
    answer = program_of(zhou).get("companies?falls_on=2020-01-01")
    assert (answer.status_code, answer.json.get("items")) == (200, [])
