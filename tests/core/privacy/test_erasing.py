"""A person is erased everywhere, and nothing brings him back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.auth.audit import sealed
from core.auth.models import Audit
from core.columns import token_number
from core.customers.models import Company, Contact, Merge, Phone
from core.customers.services import create_contact, restore_contact, undo_merge, update_contact
from core.db import system_session
from core.errors import Refused
from core.messages.models import MessageWords
from core.privacy.models import Erasure
from core.privacy.queries.subject import person_ids, subject_of
from core.privacy.queries.suppressed import Person, erased_people
from core.privacy.services import erase, erase_again, hold, preview, release
from core.privacy.services.erasing import keys_of
from core.privacy.services.files import wipe
from core.testing.rows import contents
from tests.core.privacy.conftest import NAME


@pytest.fixture
def read(app):
    def one(statement):
        with system_session("test", database=app.extensions["zhike"].database) as session:
            return session.scalars(statement).all()

    return one


@pytest.fixture
def erased(app, as_system, traces):
    """The person of all those traces, erased with the hooks of all modules."""
    registry = app.extensions["zhike"].registry
    with as_system() as session:
        hooks = registry.takers("before_contact_erase", session)
        made = erase(
            session, subject_of(session, "contact", traces.contact), by=None, reason="来信", contact_hooks=hooks
        )
        number = made.id
    wipe(app.extensions["zhike"].database)
    return number


def left(everything, texts):
    found = everything()
    return [text for text in texts if text in found]


def test_a_person_is_every_contact_he_was(as_system, traces):
    with as_system() as session:
        ids = person_ids(session, traces.moved)
        merged = session.scalars(select(Contact.id).where(Contact.merged_into_id == traces.contact)).one()
    assert set(ids) == {traces.contact, traces.moved, merged}


def test_no_text_about_an_erased_person_is_left_anywhere(everything, traces, erased):
    assert left(everything, traces.texts) == []


def test_the_index_of_messages_forgets_an_erased_person_and_remembers_one_who_is_released(read, as_system, traces, app):
    pair = NAME[:2] if app.extensions["zhike"].database.engine.dialect.name == "sqlite" else token_number(NAME[:2])

    def known():
        return [pair in one for one in read(select(MessageWords.tokens).order_by(MessageWords.message_id))]

    assert any(known())
    with as_system() as session:
        held = hold(session, subject_of(session, "contact", traces.contact), by=None, reason="核实").id
    assert not any(known())
    with as_system() as session:
        release(session, session.get_one(Erasure, held), by=None)
    assert any(known())


def test_the_traces_were_there_before(everything, traces):
    found = everything()
    assert [text for text in traces.texts if text not in found] == []


def test_others_keep_what_is_said_of_them(read, traces, erased):
    other = read(select(Contact).where(Contact.name == "李秀英"))[0]
    assert other.introduction == "另一个人"
    assert [one.digits for one in read(select(Phone))] == ["13900000199"]
    house = read(select(Company).where(Company.id == traces.company))[0]
    assert (house.name, house.general_manager) == ("成都锦城糖酒", None)


def test_rows_that_must_be_kept_carry_a_neutral_name(read, traces, erased):
    contact = read(select(Contact).where(Contact.id == traces.contact))[0]
    assert contact.name == f"已删除的联系人 #{traces.contact}"
    assert contact.erased_at is not None
    assert contact.deleted_at is not None


def test_the_trail_is_whole_after_an_erasure_and_tells_of_it(read, traces, erased):
    lines = read(select(Audit))
    assert [line.id for line in lines if not sealed(line)] == []
    told = [line for line in lines if line.kind == "erase" and line.entity == "core_contact"]
    assert [line.entity_id for line in told] == [traces.contact]
    assert "core_phone" in told[0].changes


def test_the_preview_tells_the_tables_and_changes_nothing(as_system, traces):
    with as_system() as session:
        before = contents(session.connection())
        counts = preview(session, subject_of(session, "contact", traces.contact))
        assert contents(session.connection()) == before
    assert counts["core_contact"] == 3
    assert counts["core_phone"] >= 2
    assert {"core_audit", "core_consent", "core_merge_entry", "core_import_row", "core_event"} <= counts.keys()


def test_undoing_the_merge_does_not_bring_him_back(as_system, everything, read, traces, erased):
    with as_system() as session:
        undo_merge(session, session.get(Merge, traces.merge), by=None)
    assert left(everything, traces.texts) == []
    gone = read(select(Contact).where(Contact.erased_at.is_not(None)))
    assert all(one.deleted_at for one in gone)
    assert {one.id for one in gone} & {one.primary_contact_id for one in read(select(Company))} == set()


def test_an_erased_person_is_neither_changed_nor_taken_out_of_the_bin(as_system, traces, erased):
    with as_system() as session:
        contact = session.get(Contact, traces.contact)
        with pytest.raises(Refused):
            update_contact(session, contact, {"hobbies": "x"}, by=None)
        with pytest.raises(Refused):
            restore_contact(session, contact)


def test_who_was_erased_is_known_again_by_his_marks_alone(as_system, everything, traces, erased):
    with as_system() as session:
        people = {
            1: Person(traces.texts[0], "成都锦城糖酒"),
            2: Person(traces.texts[0], "别的公司", phones=["138-7777-0142"]),
            3: Person(traces.texts[0], "别的公司"),
            4: Person("李秀英", "成都锦城糖酒", phones=["13877770142"]),
        }
        assert erased_people(session, people).keys() == {1, 2}


def test_a_restored_backup_is_erased_again(as_system, everything, traces, app, test_database, people):
    database = app.extensions["zhike"].database
    with as_system() as session:
        merged = session.scalars(select(Contact.id).where(Contact.merged_into_id == traces.contact)).one()
    # the list is what is kept apart from backups: make it on the same data, then take the erasure back by rolling back
    keys = []
    with pytest.raises(RuntimeError), as_system() as session:
        erase(session, subject_of(session, "contact", traces.contact), by=None, reason="")
        keys = keys_of(session)
        raise RuntimeError("the older backup")
    assert traces.texts[0] not in str(keys)
    assert traces.texts[0] in everything()
    with as_system() as session:
        assert set(erase_again(session, keys)) >= {traces.contact, traces.moved} - {merged}
    wipe(database)
    assert left(everything, traces.texts) == []
    with as_system() as session:
        assert erase_again(session, keys) == []


def test_a_namesake_under_the_old_number_is_left_alone(as_system, traces, erased):
    with as_system() as session:
        company = session.get(Company, traces.company)
        made = create_contact(session, company, {"name": "王建"}, by=None)
        assert erase_again(session) == []
        assert made.erased_at is None


def test_a_held_person_is_hidden_and_comes_back_whole(as_system, everything, read, traces):
    grown = {"core_contact": ("version", "updated_at", "deleted_at"), "core_privacy_erasure": ("kept",)}
    with as_system() as session:
        before = contents(session.connection(), without={**grown, "core_company": ("version", "updated_at")})
        made = hold(session, subject_of(session, "contact", traces.contact), by=None, reason="有争议")
        number = made.id
    contact = read(select(Contact).where(Contact.id == traces.contact))[0]
    assert contact.name.startswith("已删除的联系人")
    assert (contact.held_at is None, contact.hobbies, contact.is_alive) == (False, None, False)
    assert read(select(Phone).where(Phone.contact_id == traces.contact)) == []
    with as_system() as session:
        release(session, session.get(Erasure, number), by=None)
    with as_system() as session:
        after = contents(session.connection(), without={**grown, "core_company": ("version", "updated_at")})
        for name in ("core_contact", "core_phone", "core_email", "core_address", "core_consent", "core_contact_bar"):
            assert after[name] == before[name], name
        assert [line.id for line in session.scalars(select(Audit)) if not sealed(line)] == []


def test_who_is_held_can_be_erased_for_good(as_system, everything, traces, app):
    with as_system() as session:
        hold(session, subject_of(session, "contact", traces.contact), by=None, reason="")
    with as_system() as session:
        erase(session, subject_of(session, "contact", traces.contact), by=None, reason="")
    wipe(app.extensions["zhike"].database)
    assert left(everything, traces.texts) == []


def test_the_people_of_a_company_are_erased_and_the_house_stays(as_system, everything, read, traces, app):
    with as_system() as session:
        session.get(Company, traces.company).remark = "canary-remark"
    with as_system() as session:
        hooks = app.extensions["zhike"].registry.takers("before_customer_erase", session)
        erase(session, subject_of(session, "company", traces.company), by=None, reason="", company_hooks=hooks)
    house = read(select(Company).where(Company.id == traces.company))[0]
    assert (house.name, house.remark, house.general_manager) == ("成都锦城糖酒", None, None)
    people = read(select(Contact).where(Contact.company_id == traces.company))
    assert {one.erased_at is not None for one in people} == {True}
    assert "canary-remark" not in "\n".join(str(line.changes) for line in read(select(Audit)))
