"""An import changes what the person who imports may change, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.auth.models import Audit
from core.customers.models import Company, Contact, SearchDoc
from core.customers.services import index_company
from core.review.models import ReviewStep


@pytest.fixture
def shops(people, as_system):
    clerk, other = people.user("clerk"), people.user("other")
    with as_system() as session:
        for name, owner in (("甲酒业有限公司", clerk), ("乙酒业有限公司", other)):
            company = Company(name=name, owner_id=owner.id, entered_by_id=owner.id, review_state="reviewed")
            session.add(company)
            session.flush()
            index_company(session, company)
    return clerk


@pytest.mark.parametrize("existing", ["fill", "overwrite"])
def test_rows_of_others_customers_are_refused_with_their_reason(imports, shops, as_system, tmp_path, existing):
    path = tmp_path / "shops.csv"
    path.write_text(
        "企业名称,网址\n甲酒业有限公司,https://a.example\n乙酒业有限公司,https://b.example\n", encoding="utf-8"
    )
    batch = imports.run(path, user_id=shops.id, existing=existing)
    assert (batch.counts["updated"], batch.counts["error"]) == (1, 1)
    with as_system() as session:
        found = dict(session.execute(select(Company.name, Company.website)).all())
    assert found == {"甲酒业有限公司": "https://a.example", "乙酒业有限公司": None}


def test_the_trial_run_says_so_beforehand(imports, shops, tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,网址\n乙酒业有限公司,https://b.example\n", encoding="utf-8")
    batch = imports.check(path, user_id=shops.id)
    assert batch.counts["error"] == 1


def test_a_command_imports_as_the_program(imports, shops, tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,网址\n乙酒业有限公司,https://b.example\n", encoding="utf-8")
    assert imports.run(path).counts["updated"] == 1


@pytest.fixture
def reviewed(imports, shops, as_system, people, tmp_path):
    """Import over a reviewed company that somebody else entered, as a person who may change but not review it."""
    people.grant(shops, "core:company:edit", "all")
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,网址,电话\n乙酒业有限公司,https://b.example,028-85550142\n", encoding="utf-8")
    batch = imports.run(path, user_id=shops.id)
    assert batch.counts["updated"] == 1
    return batch


def look(session):
    company = session.scalars(select(Company).where(Company.name == "乙酒业有限公司")).one()
    common = session.scalar(
        select(SearchDoc.common).where(SearchDoc.resource == "company", SearchDoc.record_id == company.id)
    )
    steps = session.scalars(select(ReviewStep.kind).where(ReviewStep.record_id == company.id)).all()
    return company.review_state, common, list(steps), company.website, [phone.digits for phone in company.phones]


def test_a_reviewed_customer_that_an_import_changes_waits_for_review_again(imports, reviewed):
    assert imports.ask(look) == ("submitted", False, ["submitted"], "https://b.example", ["02885550142"])


def test_taking_the_import_back_restores_values_and_review(imports, reviewed):
    assert imports.undo(reviewed).count("undone") == 1
    assert imports.ask(look) == ("reviewed", True, [], None, [])


def test_the_history_says_which_import_changed_what_and_added_which_number(imports, reviewed):
    def trail(session):
        note = f"import {reviewed.id}"
        rows = session.execute(select(Audit.entity, Audit.kind, Audit.changes).where(Audit.note == note))
        return {(entity, kind): set(changes) for entity, kind, changes in rows}

    found = imports.ask(trail)
    assert {"website", "review_state"} <= found["core_company", "edit"]
    assert {"number", "kind"} <= found["core_phone", "create"]


def test_what_a_reviewer_imports_stays_reviewed(imports, shops, people, tmp_path):
    for code in ("core:company:edit", "core:company:review"):
        people.grant(shops, code, "all")
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,网址\n乙酒业有限公司,https://b.example\n", encoding="utf-8")
    imports.run(path, user_id=shops.id)
    assert imports.ask(look)[:3] == ("reviewed", True, [])


# --- contacts


def people_of(imports):
    return imports.ask(
        lambda session: session.execute(select(Contact.name, Contact.hobbies).order_by(Contact.id)).tuples().all()
    )


def test_contacts_come_only_where_the_person_enters_them_by_hand_too(imports, shops, browser_of, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("姓名,单位名称\n王建平,甲酒业有限公司\n李秀英,乙酒业有限公司\n", encoding="utf-8")
    batch = imports.run(path, resource="contacts", user_id=shops.id)
    assert (batch.counts["created"], batch.counts["error"]) == (1, 1)
    assert people_of(imports) == [("王建平", None)]
    errors = browser_of(shops).get(f"/contacts/import/{batch.id}/errors.csv").get_data().decode("utf-8-sig")
    assert "你无权在这家客户名下录入联系人" in errors
    assert imports.run(path, resource="contacts").counts["created"] == 1


def test_what_is_private_is_neither_overwritten_nor_guessed_by_whom_it_is_hidden_from(
    imports, shops, people, browser_of, tmp_path
):
    head, row = "姓名,单位名称,爱好\n", "王建平,甲酒业有限公司,{}\n"
    path = tmp_path / "people.csv"
    path.write_text(head + row.format("钓鱼"), encoding="utf-8")
    assert imports.run(path, resource="contacts", user_id=shops.id).counts["created"] == 1
    typist = people.user("typist", ("decision_maker",))
    people.grant(typist, "core:contact:private", "none")
    for guess in ("钓鱼", "下棋"):
        path.write_text(head + row.format(guess), encoding="utf-8")
        batch = imports.check(path, resource="contacts", user_id=typist.id)
        assert (batch.counts["unchanged"], batch.counts["updated"], batch.counts["error"]) == (0, 0, 1), guess
        assert imports.run(path, resource="contacts", user_id=typist.id).counts["error"] == 1
    assert people_of(imports) == [("王建平", "钓鱼")]
    path.write_text("姓名,单位名称,家庭地址\n王建平,甲酒业有限公司,成都市人民南路四段12号\n", encoding="utf-8")
    batch = imports.run(path, resource="contacts", user_id=typist.id)
    assert batch.counts["error"] == 1
    errors = browser_of(typist).get(f"/contacts/import/{batch.id}/errors.csv").get_data().decode("utf-8-sig")
    assert "家庭地址属于敏感信息" in errors
    path.write_text("姓名,单位名称,部门\n王建平,甲酒业有限公司,销售部\n", encoding="utf-8")
    assert imports.run(path, resource="contacts", user_id=typist.id).counts["updated"] == 1


def test_a_customers_private_particulars_are_held_likewise(imports, shops, people, tmp_path):
    typist = people.user("typist", ("decision_maker",))
    people.grant(typist, "core:company:private", "none")
    path = tmp_path / "shops.csv"
    path.write_text("企业名称,资产,网址\n甲酒业有限公司,1000,https://a.example\n", encoding="utf-8")
    batch = imports.check(path, user_id=typist.id)
    assert "assets" in batch.mapping, batch.mapping
    assert (batch.counts["updated"], batch.counts["error"]) == (0, 1)
    assert imports.check(path, user_id=shops.id).counts["updated"] == 1
