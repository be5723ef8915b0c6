"""Programs write what their person may write, by the forms and services of the pages."""

from __future__ import annotations

import contextvars
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.api.models import ApiToken
from core.auth.models import Audit, IdempotencyKey
from core.customers.models import Company, Contact, Phone
from core.privacy.queries.subject import subject_of
from core.privacy.services.erasing import erase
from plugins.journals.models import Publication

PROBLEM = "application/problem+json"
EVERYTHING = ["core:company", "core:contact", "journals:publication", "demo:visit"]


class Writer:
    """A program that writes with a token."""

    def __init__(self, program: Any) -> None:
        self.program = program
        self.keys = 0

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.program.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | None) else json.dumps(body)
        given = {"data": data, "content_type": "application/json"} if data is not None else {}
        client = self.program.app.test_client()
        return contextvars.Context().run(client.open, f"/api/v1/{address}", method=method, headers=sent, **given)

    def get(self, address: str) -> Any:
        return self.send("GET", address)

    def post(self, address: str, body: Any, key: str | None = None) -> Any:
        self.keys += 1
        return self.send("POST", address, body, Idempotency_Key=key or f"key-{self.keys}-{self.program.id}")

    def patch(self, address: str, body: Any, mark: str | None = None) -> Any:
        mark = mark or self.get(address).headers["ETag"]
        return self.send("PATCH", address, body, If_Match=mark)

    def delete(self, address: str, mark: str | None = None) -> Any:
        mark = mark or self.get(address).headers["ETag"]
        return self.send("DELETE", address, If_Match=mark)


@pytest.fixture
def writer_of(program_of):
    def make(user, writes=EVERYTHING, **values) -> Writer:
        return Writer(program_of(user, writes=list(writes), **values))

    return make


@pytest.fixture
def count(as_system):
    def counted(model=Company) -> int:
        with as_system() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    return counted


@pytest.fixture
def company(as_system):
    def read(id: int, *names: str) -> tuple[Any, ...]:
        with as_system() as session:
            found = session.get_one(Company, id)
            return tuple(getattr(found, name) for name in names)

    return read


def refused(answer, status, *fields):
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
    assert set(answer.json.get("errors", {})) == set(fields), answer.text
    return answer.json


# --- making -----------------------------------------------------------------------------------------------------------


def test_a_customer_is_made_with_its_lines_and_waits_for_its_check(writer_of, company, zhou, as_system):
    writer = writer_of(zhou)
    body = {
        "name": "蓉城食品有限公司",
        "division": "510100",
        "industries": [],
        "brands": ["蓉香", "锦味"],
        "headcount": 120,
        "founded_on": "2008-06-25",
        "registered_capital": "5000000.00",
        "phones": [{"number": "028-85550199", "note": "总机"}, {"kind": "mobile", "number": "13900001111"}],
        "emails": [{"address": "info@example.com"}],
        "addresses": [{"kind": "delivery", "text": "成都市高新区天府大道1号"}],
    }
    made = writer.post("companies", body)
    assert made.status_code == 201, made.text
    id = made.json["id"]
    assert made.headers["Location"] == f"/api/v1/companies/{id}"
    assert made.headers["ETag"] == writer.get(f"companies/{id}").headers["ETag"]
    assert made.json == writer.get(f"companies/{id}").json
    told = made.json
    assert (told["name"], told["city"], told["headcount"]) == ("蓉城食品有限公司", "成都市", 120)
    assert (told["founded_on"], told["registered_capital"]) == ("2008-06-25", "5000000.00")
    assert sorted(told["brands"]) == ["蓉香", "锦味"]
    assert [(one["kind"], one["note"]) for one in told["phones"]] == [("office", "总机"), ("mobile", None)]
    assert told["emails"][0]["address"] == "info@example.com"
    assert told["addresses"][0]["text"] == "成都市高新区天府大道1号"
    assert told["owner_id"]["id"] == zhou.id
    assert company(id, "review_state", "entered_by_id", "country", "standing") == (
        "submitted", zhou.id, "CN", "prospect",
    )  # fmt: skip
    with as_system() as session:
        line = session.scalars(select(Audit).where(Audit.kind == "create", Audit.entity == "core_company")).one()
    assert (line.user_id, line.note) == (zhou.id, f"API {writer.program.token[:12]}")


def test_a_repeat_makes_no_second_record_and_gets_the_same_answer(writer_of, count, zhou):
    writer = writer_of(zhou)
    first = writer.post("companies", {"name": "川江糖酒"}, key="one")
    again = writer.post("companies", {"name": "川江糖酒"}, key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json, again.headers["Location"]) == (first.json, first.headers["Location"])
    assert again.headers["ETag"] == first.headers["ETag"]
    assert count() == 1
    other = writer.post("companies", {"name": "岷江茶叶"}, key="one")
    refused(other, 422, "Idempotency-Key")
    assert count() == 1
    refused(writer.send("POST", "companies", {"name": "岷江茶叶"}), 400, "Idempotency-Key")
    assert count() == 1


def test_a_key_whose_request_was_refused_can_be_used_again(writer_of, count, zhou):
    writer = writer_of(zhou)
    refused(writer.post("companies", {"name": ""}, key="one"), 422, "name")
    assert count(IdempotencyKey) == 0
    assert writer.post("companies", {"name": "川江糖酒"}, key="one").status_code == 201


WRONG = [
    ({}, "name"),
    ({"name": "川江", "headcount": "many"}, "headcount"),
    ({"name": "川江", "headcount": [1]}, "headcount"),
    ({"name": {"a": 1}}, "name"),
    ({"name": "长" * 201}, "name"),
    ({"name": "川江", "founded_on": "2026-02-31"}, "founded_on"),
    ({"name": "川江", "registered_capital": "1.234"}, "registered_capital"),
    ({"name": "川江", "scale": "no such"}, "scale"),
    ({"name": "川江", "company_type": "no such"}, "company_type"),
    ({"name": "川江", "industries": ["no such"]}, "industries"),
    ({"name": "川江", "industries": "no such"}, "industries"),
    ({"name": "川江", "division": "999999"}, "division"),
    ({"name": "川江", "uscc": "91510100MA6CXXXX00"}, "uscc"),
    ({"name": "川江", "parent_id": 999999}, "parent_id"),
    ({"name": "川江", "owner_id": 999999}, "owner_id"),
    ({"name": "川江", "code": "K1"}, "code"),
    ({"name": "川江", "review_state": "reviewed"}, "review_state"),
    ({"name": "川江", "version": 3}, "version"),
    ({"name": "川江", "colour": "red"}, "colour"),
    ({"name": "川江", "phones": "028"}, "phones"),
    ({"name": "川江", "phones": [{"number": "x"}]}, "phones.0.number"),
    ({"name": "川江", "phones": [{"number": "85550142"}]}, "phones.0.number"),
    ({"name": "川江", "phones": [{"number": "028-85550142", "colour": 1}]}, "phones.0.colour"),
    ({"name": "川江", "phones": [{"number": "028-85550142", "do_not_use": "yes"}]}, "phones.0.do_not_use"),
    ({"name": "川江", "phones": [{"id": 1, "number": "028-85550142"}]}, "phones.0.id"),
    ({"name": "川江", "emails": [{"address": "x@y@z"}]}, "emails.0.address"),
]


@pytest.mark.parametrize(("body", "name"), WRONG)
def test_what_is_wrong_is_told_by_field_and_nothing_is_saved(writer_of, count, zhou, body, name):
    told = refused(writer_of(zhou).post("companies", body), 422, name)
    assert told["title"]
    assert told["errors"][name]
    assert count() == 0


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b'{"headcount": NaN}', b"[" * 100_000, b"\xff", '{"name": "川江"}'.encode("utf-16-le")],
)
def test_what_is_no_json_object_is_refused(writer_of, count, zhou, body):
    refused(writer_of(zhou).post("companies", body), 400)
    assert count() == 0


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('"headcount": 1e60000000', "headcount"),
        ('"short_name": 1e60000000', "short_name"),
        ('"headcount": 1e400', "headcount"),
        (f'"headcount": "{"9" * 400}"', "headcount"),
        ('"remark": "\\ud800"', "remark"),
        ('"remark": "\\u0000"', "remark"),
        ('"brands": ["蓉香", "a\\u0000b"]', "brands"),
        ('"brands": ["\\udfff"]', "brands"),
        ('"division": "5101\\u0000"', "division"),
        ('"industries": ["\\u0000"]', "industries"),
        ('"phones": [{"number": "028-85550142\\u0000"}]', "phones.0.number"),
        ('"phones": [{"number": "028-85550142", "kind": "\\u0000"}]', "phones.0.kind"),
        ('"emails": [{"address": "a\\u0000@example.com"}]', "emails.0.address"),
        ('"\\u0000": 1', "\0"),
        (f'"remark": "{"x" * 10_001}"', "remark"),
        ('"parent_id": "KH-000397"', "parent_id"),
        ('"parent_id": {}', "parent_id"),
        (f'"phones": [{"{}," * 200}{{}}]', "phones"),
    ],
)
def test_what_no_form_would_send_is_refused_by_field(writer_of, count, zhou, more, named):
    refused(writer_of(zhou).post("companies", f'{{"name": "川江", {more}}}'.encode()), 422, named)
    assert count() == 0


def test_a_choice_of_fields_that_cannot_be_given_is_refused_before_writing(writer_of, firm, count, company, zhou):
    writer = writer_of(zhou)
    refused(writer.post("companies?fields=bogus", {"name": "川江"}), 422, "fields")
    assert count() == 0
    id = firm("岷江", zhou)
    mark = writer.get(f"companies/{id}").headers["ETag"]
    refused(writer.patch(f"companies/{id}?fields=bogus", {"headcount": 9}, mark), 422, "fields")
    assert company(id, "headcount") == (None,)


def test_a_line_without_a_kind_has_the_usual_one(writer_of, firm, zhou):
    id, writer = firm("川江", zhou), writer_of(zhou)
    (line,) = writer.get(f"companies/{id}").json["phones"]
    answered = writer.patch(f"companies/{id}", {"phones": [{"id": line["id"], "kind": None}]})
    assert answered.status_code == 200, answered.json
    assert answered.json["phones"][0]["kind"] == "office"


def test_the_kind_of_a_number_that_one_does_not_see_whole_stays(writer_of, firm, zhou, as_system):
    id = firm("川江", zhou)
    with as_system() as session:
        number = session.scalars(select(Contact.id)).one()
        session.add(Phone(company_id=id, contact_id=number, kind="mobile", number="13812345678"))
    writer = writer_of(zhou)
    (line,) = writer.get(f"contacts/{number}").json["phones"]
    assert "*" in line["number"]
    refused(
        writer.patch(f"contacts/{number}", {"phones": [{"id": line["id"], "kind": "office"}]}), 422, "phones.0.kind"
    )
    assert "13812345678" not in writer.get(f"contacts/{number}").text


def test_a_line_that_names_nothing_is_refused_and_no_line_is_lost_in_silence(writer_of, firm, count, zhou):
    writer = writer_of(zhou)
    for lines, named in (
        ({"phones": [{"kind": "mobile", "note": "总机"}]}, "phones.0.number"),
        ({"emails": [{"address": "a@example.com"}, {"address": ""}]}, "emails.1.address"),
        ({"aliases": [{}]}, "aliases.0.name"),
    ):
        refused(writer.post("companies", {"name": "川江", **lines}), 422, named)
    assert count() == 0


def test_a_line_of_a_retired_kind_keeps_it(writer_of, firm, zhou, as_system):
    from core.auth.models import DictionaryEntry

    writer, id = writer_of(zhou), firm("川江", zhou)
    (line,) = writer.get(f"companies/{id}").json["phones"]
    with as_system() as session:
        session.execute(
            update(DictionaryEntry)
            .where(DictionaryEntry.dictionary == "phone_kind", DictionaryEntry.code == line["kind"])
            .values(retired=True)
        )
    kept = writer.patch(f"companies/{id}", {"phones": [{**line, "note": "总机"}]})
    assert kept.status_code == 200, kept.text
    assert (kept.json["phones"][0]["kind"], kept.json["phones"][0]["note"]) == (line["kind"], "总机")


def test_nobody_who_was_erased_comes_back_under_another_name_first_or_behind_ten_numbers(
    writer_of, firm, zhou, as_system
):
    id = firm("川江", zhou)
    with as_system() as session:
        contact = Contact(company_id=id, name="郑试辛")
        session.add(contact)
        session.flush()
        session.add(Phone(company_id=id, contact_id=contact.id, kind="mobile", number="13612340001"))
        session.flush()
        erase(session, subject_of(session, "contact", contact.id), by=None, reason="要求")
    writer, his = writer_of(zhou), {"number": "13612340001"}
    refused(writer.post("contacts", {"company_id": id, "name": "郑试辛", "phones": [his]}), 422, "name")
    many = [{"number": f"028-8777{number:04}"} for number in range(10)]
    refused(writer.post("contacts", {"company_id": id, "name": "郑试辛", "phones": [*many, his]}), 422, "name")
    made = writer.post("contacts", {"company_id": id, "name": "占位"}).json["id"]
    refused(writer.patch(f"contacts/{made}", {"name": "郑试辛", "phones": [his]}), 422, "name")
    assert writer.get(f"contacts/{made}").json["name"] == "占位"


def test_a_body_is_json_and_no_larger_than_a_record(app, writer_of, count, zhou):
    writer = writer_of(zhou)
    sent = {"Authorization": f"Bearer {writer.program.token}", "Idempotency-Key": "x"}
    form = contextvars.Context().run(app.test_client().post, "/api/v1/companies", headers=sent, data={"name": "川江"})
    assert "application/json" in refused(form, 415)["title"]
    refused(writer.post("companies", {"name": "川江", "remark": "x" * 1_100_000}), 413)
    assert count() == 0


def test_a_contact_is_made_at_a_customer_that_its_person_finds(writer_of, firm, people, zhou, li, as_system):
    people.grant_group("staff", "core:company:query", "own")
    own, others = firm("自有", zhou), firm("他人", li)
    writer = writer_of(zhou)
    made = writer.post("contacts", {"name": "王建平", "company_id": own, "phones": [{"number": "13812345678"}]})
    assert made.status_code == 201, made.text
    assert made.json["company_id"]["id"] == own
    assert (made.json["phones"][0]["kind"], made.json["mobile"]) == ("mobile", "138****5678")
    assert made.json["phones"][0]["number"] == "138****5678"  # no private fields, no whole number
    for company in (others, 999_999, None, "x", True, {"id": others}):
        refused(writer.post("contacts", {"name": "李四", "company_id": company}), 422, "company_id")
    refused(writer.post("contacts", {"name": "李四"}), 422, "company_id")
    refused(writer.patch(f"contacts/{made.json['id']}", {"company_id": own}), 422, "company_id")
    with as_system() as session:
        assert session.scalar(select(func.count(Contact.id)).where(Contact.name == "李四")) == 0


def test_what_is_surely_there_already_is_told_and_made_with_a_reason_only(writer_of, people, count, zhou, as_system):
    people.grant(zhou, "core:company:duplicate", "all")
    writer = writer_of(zhou)
    body = {"name": "四川川江糖酒有限公司", "division": "510100", "phones": [{"number": "028-85550142"}]}
    first = writer.post("companies", body).json["id"]
    told = refused(writer.post("companies", body), 409)
    assert [one["id"] for one in told["candidates"]] == [first]
    assert told["candidates"][0]["name"] == body["name"]
    assert count() == 1
    made = writer.post("companies?duplicate_reason=分公司", body)
    assert made.status_code == 201, made.text
    with as_system() as session:
        line = session.scalars(select(Audit).where(Audit.kind == "duplicate")).one()
    assert (line.entity_id, line.note) == (made.json["id"], "分公司")
    person = {"name": "王建平", "company_id": first, "phones": [{"number": "13812345678"}]}
    writer.post("contacts", person)
    (twin,) = refused(writer.post("contacts", person), 409)["candidates"]
    assert (twin["company"], "code" in twin) == (body["name"], False)
    without = writer_of(zhou, writes=["core:contact"])
    refused(without.post("companies?duplicate_reason=x", body), 403)


# --- changing ---------------------------------------------------------------------------------------------------------


def test_only_what_is_sent_changes_and_a_reviewed_record_goes_back_to_review(writer_of, firm, company, zhou, as_system):
    id = firm("川江", zhou, address="旧地址", headcount=7, remark="留着")
    writer = writer_of(zhou)
    changed = writer.patch(f"companies/{id}", {"headcount": 12, "website": "https://example.com"})
    assert changed.status_code == 200, changed.text
    assert (changed.json["headcount"], changed.json["remark"]) == (12, "留着")
    assert changed.headers["ETag"] == writer.get(f"companies/{id}").headers["ETag"]
    assert company(id, "address", "review_state") == ("旧地址", "submitted")
    assert len(changed.json["phones"]) == 1
    with as_system() as session:
        lines = list(session.scalars(select(Audit).where(Audit.kind == "edit", Audit.entity == "core_company")))
    (line,) = [one for one in lines if "headcount" in one.changes]
    assert (line.user_id, line.changes["headcount"]) == (zhou.id, [7, 12])
    assert line.note == f"API {writer.program.token[:12]}"
    emptied = writer.patch(f"companies/{id}", {"headcount": None, "remark": None})
    assert (emptied.json["headcount"], emptied.json["remark"]) == (None, None)


def test_a_stale_or_missing_mark_changes_nothing(people, writer_of, firm, company, zhou):
    people.grant(zhou, "core:company:delete", "all")
    id = firm("川江", zhou, headcount=7)
    writer = writer_of(zhou)
    mark = writer.get(f"companies/{id}").headers["ETag"]
    refused(writer.send("PATCH", f"companies/{id}", {"headcount": 8}), 428, "If-Match")
    refused(writer.send("DELETE", f"companies/{id}"), 428, "If-Match")
    assert writer.patch(f"companies/{id}", {"headcount": 9}, mark).status_code == 200
    for stale in (mark, '"99-abc"', "*", "x"):
        refused(writer.patch(f"companies/{id}", {"headcount": 10}, stale), 412)
        refused(writer.delete(f"companies/{id}", stale), 412)
    assert company(id, "headcount", "deleted_at") == (9, None)
    new = writer.get(f"companies/{id}").headers["ETag"]
    assert writer.patch(f"companies/{id}", {"headcount": 11}, f'"1-0", W/{new}').status_code == 200


def test_lines_with_a_number_are_changed_others_made_and_those_not_named_go(writer_of, firm, zhou, as_system):
    id = firm("川江", zhou)
    with as_system() as session:
        session.add(Phone(company_id=id, kind="fax", number="028-85550143"))
    writer = writer_of(zhou)
    main, fax = writer.get(f"companies/{id}").json["phones"]
    lines = [{"id": main["id"], "note": "找老周"}, {"kind": "mobile", "number": "13900001111"}]
    answered = writer.patch(f"companies/{id}", {"phones": lines})
    assert answered.status_code == 200, answered.json
    told = answered.json["phones"]
    assert [(one["kind"], one["number"], one["note"]) for one in told] == [
        ("office", main["number"], "找老周"),
        ("mobile", "13900001111", None),
    ]
    assert told[0]["id"] == main["id"]
    assert fax["id"] not in [one["id"] for one in told]
    refused(writer.patch(f"companies/{id}", {"phones": [{"id": fax["id"], "note": "x"}]}), 422, "phones.0.id")
    assert writer.patch(f"companies/{id}", {"phones": []}).json["phones"] == []


def test_private_lines_are_neither_told_nor_taken_away_where_they_are_not_seen(writer_of, firm, zhou, as_system):
    id = firm("川江", zhou)
    with as_system() as session:
        contact = session.scalars(select(Contact)).one()
        contact_id = contact.id
        for kind, number in (("mobile", "13812345678"), ("home", "028-85550177")):
            session.add(Phone(company_id=id, contact_id=contact_id, kind=kind, number=number))
        session.flush()
        private = {one.number for one in session.scalars(select(Phone)) if one.is_private}
    assert private
    writer = writer_of(zhou)
    assert not private & {one["number"] for one in writer.get(f"contacts/{contact_id}").json["phones"]}
    assert writer.patch(f"contacts/{contact_id}", {"phones": []}).status_code == 200
    with as_system() as session:
        numbers = session.scalars(select(Phone.number).where(Phone.contact_id == contact_id))
        assert set(numbers) == private


def test_a_field_that_is_not_seen_cannot_be_written(writer_of, firm, company, zhou, as_system):
    id = firm("川江", zhou, assets=Decimal(5))
    plain, whole = writer_of(zhou), writer_of(zhou, private=True)
    refused(plain.patch(f"companies/{id}", {"assets": "100.00"}), 422, "assets")
    refused(plain.post("companies", {"name": "岷江", "assets": "100.00"}), 422, "assets")
    assert company(id, "assets") == (Decimal(5),)
    assert whole.patch(f"companies/{id}", {"assets": "100.00"}).json["assets"] == "100.00"
    refused(whole.patch(f"companies/{id}", {"credit_limit": "1.00"}), 422, "credit_limit")


KINDS = [
    ("text", "甲", "乙", 5.5, False),
    ("long", "一\n二", "三", ["x"], True),
    ("number", 12.5, 7, "many", True),
    ("money", "1286.50", "0.00", "1.234", True),
    ("date", "2026-03-18", "2026-12-31", "2026-02-31", True),
    ("bool", True, False, "maybe", True),
    ("choice", 0, 1, "no such", True),
    ("choices", [0, 1], [1], "no list", True),
]


@pytest.mark.parametrize(("kind", "first", "then", "wrong", "fails"), KINDS)
@pytest.mark.parametrize("of", ["companies", "contacts"])
def test_an_own_field_of_each_kind_is_written_and_read_back(
    writer_of, firm, zhou, add_field, of, kind, first, then, wrong, fails
):
    name = add_field("自定", kind, of=of, choices=("金", "银") if kind in ("choice", "choices") else ())
    home = firm("川江", zhou)
    writer = writer_of(zhou)
    schema = writer.get("openapi.json").json["components"]["schemas"][f"{of}.edit"]["properties"][name]
    if kind in ("choice", "choices"):
        codes = [one for one in (schema.get("items") or schema)["enum"] if one is not None]
        first, then = ([codes[n] for n in one] if isinstance(one, list) else codes[one] for one in (first, then))
    body = {"name": "岷江茶叶"} if of == "companies" else {"name": "王建平", "company_id": home}
    made = writer.post(of, {**body, name: first})
    assert made.status_code == 201, made.text
    address = f"{of}/{made.json['id']}"
    assert writer.get(address).json[name] == first
    assert writer.patch(address, {name: then}).json[name] == then
    if fails:
        refused(writer.patch(address, {name: wrong}), 422, name)
    assert writer.get(address).json[name] == then
    assert writer.patch(address, {name: None}).json[name] is None


def test_an_own_field_that_is_needed_unique_or_hidden_holds_for_programs(writer_of, zhou, add_field):
    once = add_field("会员号", "text", only_once=True, required=True)
    hidden = add_field("底价", "money", field_class="private")
    writer = writer_of(zhou)
    refused(writer.post("companies", {"name": "川江"}), 422, once)
    assert writer.post("companies", {"name": "川江", once: "M1"}).status_code == 201
    refused(writer.post("companies", {"name": "岷江", once: "M1"}), 422, once)
    refused(writer.post("companies", {"name": "岷江", once: "M2", hidden: 1}), 422, hidden)


# --- deleting ---------------------------------------------------------------------------------------------------------


def test_what_is_deleted_lies_in_the_bin(people, writer_of, firm, company, zhou):
    people.grant(zhou, "core:company:delete", "all")
    id = firm("川江", zhou)
    writer = writer_of(zhou)
    gone = writer.delete(f"companies/{id}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert company(id, "deleted_by_id") == (zhou.id,)
    assert writer.get(f"companies/{id}").status_code == 404
    refused(writer.patch(f"companies/{id}", {"headcount": 1}, '"2-0"'), 404)
    refused(writer.delete(f"companies/{id}", '"2-0"'), 404)


def test_a_rule_that_refuses_the_bin_is_told(people, writer_of, firm, company, zhou):
    people.grant(zhou, "core:company:delete", "all")
    id = firm("川江", zhou)
    firm("川江分公司", zhou, parent_id=id)
    assert "川江分公司" in refused(writer_of(zhou).delete(f"companies/{id}"), 422)["detail"]
    assert company(id, "deleted_at") == (None,)


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_token_writes_only_what_was_chosen_for_it(writer_of, firm, count, zhou, company):
    id = firm("川江", zhou, headcount=7)
    for writes in ([], ["core:contact"]):
        writer = writer_of(zhou, writes=writes)
        refused(writer.post("companies", {"name": "岷江"}), 403)
        refused(writer.patch(f"companies/{id}", {"headcount": 8}), 403)
        refused(writer.delete(f"companies/{id}"), 403)
    assert count() == 1
    assert company(id, "headcount") == (7,)


def test_a_token_writes_no_more_than_its_person(people, writer_of, firm, zhou, li, company):
    own, other = firm("自有", zhou, headcount=1), firm("他人", li, headcount=1)
    writer = writer_of(zhou)
    refused(writer.patch(f"companies/{other}", {"headcount": 2}), 403)
    refused(writer.delete(f"companies/{other}"), 403)
    people.grant_group("staff", "core:company:query", "own")
    mark = writer.get(f"companies/{own}").headers["ETag"]
    refused(writer.patch(f"companies/{other}", {"headcount": 2}, mark), 404)
    refused(writer.delete(f"companies/{other}", mark), 404)
    refused(writer.patch("companies/999999", {"headcount": 2}, mark), 404)
    people.grant(zhou, "core:company:edit", "none")
    refused(writer.patch(f"companies/{own}", {"headcount": 2}, mark), 403)
    people.grant(zhou, "core:company:create", "none")
    refused(writer.post("companies", {"name": "岷江"}), 403)
    assert company(own, "headcount") == company(other, "headcount") == (1,)


def test_nobody_is_given_a_customer_through_the_interface(writer_of, zhou, li, root):
    writer = writer_of(zhou)
    refused(writer.post("companies", {"name": "川江", "owner_id": li.id}), 422, "owner_id")
    assert writer.post("companies", {"name": "川江", "owner_id": None}).json["owner_id"] is None
    assert writer.post("companies", {"name": "岷江", "owner_id": {"id": zhou.id}}).json["owner_id"]["id"] == zhou.id
    refused(writer_of(root).post("companies", {"name": "锦江", "owner_id": li.id}), 422, "owner_id")


def test_no_cookie_writes(browser_of, firm, zhou, count, company):
    id = firm("川江", zhou, headcount=7)
    browser = browser_of(zhou)
    sent = {"Idempotency-Key": "k", "If-Match": '"1-0"'}
    for method, address in (("post", "companies"), ("patch", f"companies/{id}"), ("delete", f"companies/{id}")):
        answer = browser.client.open(f"/api/v1/{address}", method=method, json={"name": "岷江"}, headers=sent)
        refused(answer, 401)
    assert count() == 1
    assert company(id, "name") == ("川江",)


def test_writing_is_counted_as_reading_is(writer_of, zhou, as_system, count):
    from core.overlay import overlay

    with as_system() as session:
        overlay().change_setting(session, "core.api_rows_a_day", 1)
    writer = writer_of(zhou)
    made = writer.post("companies", {"name": "川江"})
    assert made.status_code == 201
    assert int(made.headers["RateLimit-Remaining"]) == int(made.headers["RateLimit-Limit"]) - 1
    refused(writer.post("companies", {"name": "岷江"}), 429)
    assert count() == 1
    with as_system() as session:
        overlay().change_setting(session, "core.api_requests_a_minute", 0)
        session.execute(update(ApiToken).values(day=dt.date(2020, 1, 1)))
    refused(writer.post("companies", {"name": "岷江"}), 429)
    assert count() == 1


# --- other resources --------------------------------------------------------------------------------------------------


def test_a_publication_of_a_plugin_is_written_by_its_form_and_services(writer_of, root, as_system):
    writer = writer_of(root)
    body = {"title": "食品周刊", "code": "SPZK", "frequency": "weekly", "price": "12.50"}
    made = writer.post("journals/publications", body)
    assert made.status_code == 201, made.text
    address = f"journals/publications/{made.json['id']}"
    assert made.headers["Location"] == f"/api/v1/{address}"
    assert writer.patch(address, {"price": 15}).json["price"] == "15.00"
    with as_system() as session:
        kept = session.scalars(select(Publication)).one()
        assert (kept.title, kept.closing_days, kept.active) == ("食品周刊", 10, True)
        assert kept.issues
    refused(writer.post("journals/publications", {**body, "code": "X"}), 422, "title")
    refused(writer.post("journals/publications", {"title": "另一刊"}), 422, "code", "frequency", "price")
    refused(writer.patch(address, {"frequency": "monthly"}), 422, "frequency")
    refused(writer.patch(address, {"price": -1}), 422, "price")
    answer = writer.delete(address)
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"


def test_a_resource_that_does_not_declare_how_answers_405(writer_of, root):
    writer = writer_of(root, writes=["journals:issue"])
    for method, address in (
        ("POST", "journals/issues"),
        ("PATCH", "journals/issues/1"),
        ("DELETE", "journals/issues/1"),
    ):
        answer = writer.send(method, address, {}, Idempotency_Key="k", If_Match='"1-0"')
        refused(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "Allow" in refused(writer.send("PUT", "companies", {}), 405)["detail"]
    refused(writer.get("core/companies"), 404)
    refused(writer.post("nothing", {}), 404)


def test_nothing_is_written_of_a_plugin_that_is_switched_off(writer_of, root, app, as_system, count):
    from core.admin.plugins import switch_plugin
    from core.migrate import Migrations

    writer = writer_of(root)
    zhike = app.extensions["zhike"]
    migrations = Migrations(zhike.config.database_url, zhike.registry)
    with as_system() as session:
        switch_plugin(session, zhike.registry, migrations, "journals", on=False)
    body = {"title": "食品周刊", "code": "SPZK", "frequency": "weekly", "price": "12.50"}
    refused(writer.post("journals/publications", body), 404)
    refused(writer.send("PATCH", "journals/publications/1", {"price": 1}, If_Match='"1-0"'), 404)
    assert count(Publication) == 0


# --- description ------------------------------------------------------------------------------------------------------


def test_the_description_has_the_methods_that_one_may_use(writer_of, browser_of, zhou):
    described = writer_of(zhou, writes=["core:company"]).get("openapi.json").json
    company, contact = (described["paths"][f"/api/v1/{one}"] for one in ("companies", "contacts"))
    assert "post" in company
    assert "post" not in contact
    body = described["components"]["schemas"]["companies.create"]
    assert body["required"] == ["name"]
    assert body["properties"]["name"]["maxLength"] == 200
    assert set(body["properties"]["scale"]["enum"]) > {None}
    assert "assets" not in body["properties"]
    assert "code" not in body["properties"]
    assert body["properties"]["phones"]["items"]["properties"]["number"]["type"] == ["string", "null"]
    assert {"owner_id", "standing"} <= set(body["properties"])
    changed = described["components"]["schemas"]["companies.edit"]["properties"]
    assert not {"owner_id", "standing"} & set(changed)
    names = {one["name"] for one in company["post"]["parameters"]}
    assert names == {"Idempotency-Key", "duplicate_reason"}
    record = described["paths"]["/api/v1/companies/{id}"]
    assert {one["name"] for one in record["patch"]["parameters"]} == {"id", "If-Match", "duplicate_reason"}
    assert {"200", "403", "404", "409", "412", "428"} <= set(record["patch"]["responses"])
    whole = browser_of(zhou).get("/api/v1/openapi.json").json
    assert "post" in whole["paths"]["/api/v1/contacts"]
    assert whole["components"]["schemas"]["contacts.create"]["required"] == ["company_id", "name"]
