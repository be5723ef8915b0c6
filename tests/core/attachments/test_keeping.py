"""Rows and files in step: merging, erasing, the bin, strays, what a backup holds."""

from __future__ import annotations

import datetime as dt
import os
import time

import pytest
from sqlalchemy import update

from core.attachments import services
from core.attachments.models import Attachment
from core.columns import utcnow
from core.customers.lists import CONTACTS
from core.customers.models import Company, Contact, Merge
from core.customers.services import Wish, merge_companies, undo_merge
from tests.core.attachments.conftest import PDF, picture


def test_a_merged_customer_keeps_his_files_and_undo_gives_them_back(desk, as_system):
    desk.send((PDF, "合同.pdf"))
    desk.send((picture(), "名片.png"), of="contact")
    before = [(a.record_id, a.company_id) for a in desk.all()]
    with as_system() as session:
        kept = Company(name="锦城糖酒", owner_id=desk.users["owner"].id)
        session.add(kept)
        session.flush()
        same = Contact(company=kept, name="罗承业")
        session.add(same)
        session.flush()
        target, person = kept.id, same.id
    with as_system() as session:
        merge = merge_companies(session, Wish(target, [desk.company], people={desk.contact: person}), by=None)
    assert [(a.resource, a.record_id, a.company_id) for a in desk.all()] == [
        ("company", target, target),
        ("contact", person, target),
    ]
    assert "合同.pdf" in desk.browser().get(f"/companies/{target}/attachments").text
    with as_system() as session:
        assert undo_merge(session, session.get_one(Merge, merge.id), by=None) == []
    assert [(a.record_id, a.company_id) for a in desk.all()] == before


def test_erasing_a_customer_takes_his_files_from_the_disk(desk, as_system, app):
    desk.send((PDF, "合同.pdf"), (picture(), "照片.png"))
    desk.send((picture((20, 20)), "名片.png"), of="contact", private="1")
    assert len(desk.on_disk()) == 7
    registry = app.extensions["zhike"].registry
    with as_system() as session:
        registry.before("before_customer_erase", session=session, customer=session.get_one(Company, desk.company))
        assert len(desk.on_disk()) == 7
    assert desk.all() == []
    assert desk.on_disk() == []


def test_a_file_that_another_customer_has_as_well_stays_for_him(desk, as_system):
    with as_system() as session:
        other = Company(name="另一家", owner_id=desk.users["owner"].id)
        session.add(other)
        session.flush()
        key = other.id
    desk.send((PDF, "价目表.pdf"))
    desk.send((PDF, "2026价目表.pdf"), id=key)
    assert len(desk.on_disk()) == 1
    with as_system() as session:
        assert services.erase_of_company(session, desk.company) == 1
    (left,) = desk.all()
    assert desk.browser().get(f"/attachments/{left.id}/file").data == PDF


def test_erasing_a_person_takes_the_persons_files_and_leaves_the_customers(desk, as_system):
    desk.send((PDF, "合同.pdf"))
    desk.send((picture(), "名片.png"), of="contact")
    with as_system() as session:
        assert services.erase_of_record(session, CONTACTS, desk.contact) == 1
    assert [a.name for a in desk.all()] == ["合同.pdf"]
    assert len(desk.on_disk()) == 1


def test_an_erasure_that_is_taken_back_leaves_the_files(desk, as_system):
    desk.send((PDF, "合同.pdf"))
    with pytest.raises(ZeroDivisionError), as_system() as session:
        services.erase_of_company(session, desk.company)
        raise ZeroDivisionError
    assert desk.browser().get(f"/attachments/{desk.all()[0].id}/file").data == PDF


def test_the_bin_is_emptied_after_its_days(desk, as_system):
    desk.send((PDF, "旧.pdf"), (picture(), "新.png"))
    old, new = desk.all()
    for one in (old, new):
        desk.browser().post(f"/attachments/{one.id}/delete")
    with as_system() as session:
        long_ago = utcnow() - dt.timedelta(days=services.BIN_DAYS + 1)
        session.execute(update(Attachment).where(Attachment.id == old.id).values(deleted_at=long_ago))
    with as_system() as session:
        assert services.empty_bin(session) == 1
    assert [a.name for a in desk.all()] == ["新.png"]
    assert len(desk.on_disk()) == 3


def test_strays_are_swept_and_what_came_just_now_is_left_alone(desk, as_system):
    desk.send((PDF, "合同.pdf"))
    store = desk.store
    (store.root / "ab").mkdir(exist_ok=True)
    stray, fresh, broken = store.path("ab" * 32), store.path("ab" * 31 + "cd"), store.incoming / "broken"
    for path in (stray, fresh, broken):
        path.write_bytes(b"x")
    long_ago = time.time() - 3 * 24 * 3600
    for path in (stray, broken, store.path(desk.all()[0].sha256)):
        os.utime(path, (long_ago, long_ago))
    with as_system() as session:
        assert services.sweep(session) == 2
    assert not stray.exists()
    assert not broken.exists()
    assert fresh.exists()
    assert store.path(desk.all()[0].sha256).exists()


def test_a_backup_learns_of_every_file_and_what_is_missing_is_named(desk, as_system):
    desk.send((PDF, "合同.pdf"), (PDF, "合同副本.pdf"), (picture(), "照片.png"))
    with as_system() as session:
        listed = list(services.stored_files(session))
        assert len(listed) == len(set(listed)) == 4
        assert all(path.is_file() for path in listed)
        assert list(services.missing_files(session)) == []
        gone = desk.all()[0].sha256
        desk.store.path(gone).unlink()
        assert list(services.missing_files(session)) == [gone]
    assert desk.browser().get(f"/attachments/{desk.all()[0].id}/file").status_code == 404
