"""Adding, seeing, changing and taking files, by who may."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.attachments.models import Attachment
from core.auth.models import Audit
from core.clock import local_today
from core.customers.models import Company
from core.db import transaction
from core.errors import Forbidden, GuardBreach
from core.tasks.services import Wanted, finish_task, give_task
from core.testing.harness import Browser
from core.worklogs.services import add_log, save_report
from tests.core.attachments.conftest import PDF, picture


def test_several_files_are_attached_at_once_and_shown_with_count_and_preview(desk):
    answer = desk.send((PDF, "2026年度合同.pdf"), (picture(), "展位照片.png"))
    assert answer.status_code == 303
    assert answer.location == f"/companies/{desk.company}/attachments"
    page = desk.browser().get(answer.location).text
    assert "2026年度合同.pdf" in page
    assert "展位照片.png" in page
    one, other = desk.all()
    assert f"/attachments/{other.id}/small" in page
    assert f"/attachments/{one.id}/small" not in page
    assert re.search(r'附件 <span class="cnt num">2<', page)
    assert "上传了附件 2026年度合同.pdf" in desk.browser().get(f"/companies/{desk.company}").text


def test_the_page_of_a_contact_shows_its_files_and_the_customers_tab_names_whose_they_are(desk):
    desk.send((picture(form="JPEG"), "名片.jpg"), of="contact")
    assert "名片.jpg" in desk.browser().get(f"/contacts/{desk.contact}").text
    tab = desk.browser().get(f"/companies/{desk.company}/attachments").text
    assert "名片.jpg" in tab
    assert "罗承业" in tab


def test_tasks_entries_of_the_log_and_reports_carry_files(desk, as_system):
    day = local_today()
    with as_system() as session:
        owner = desk.users["owner"].id
        (task,) = give_task(session, Wanted(title="取合同", due_on=day, company_id=desk.company), [owner], by=owner)
        log = add_log(session, author_id=owner, kind="visit", company_id=desk.company, text="看了展位")
        report = save_report(session, "day", day, "一天", "", by=owner, version=None)
        records = {"task": task.id, "worklog": log.id, "workreport": report.id}
    browser = desk.browser()
    for noun, key in records.items():
        page = f"/{noun}s/{key}"
        assert f'name="of" value="{noun}"' in browser.get(page).text
        assert desk.send((picture(), f"{noun}.png"), of=noun, id=key).location == page
        made = desk.all()[-1]
        assert f"/attachments/{made.id}/small" in browser.get(page).text
        browser.post(f"/attachments/{made.id}/delete")
        gone = browser.get(page).text
        assert f"/attachments/{made.id}/small" not in gone
        assert f"/attachments/bin?of={noun}" in gone
        browser.post(f"/attachments/{made.id}/restore")
        assert f"/attachments/{made.id}/small" in browser.get(page).text
    refused = browser.post(f"/worklogs/{records['worklog']}/delete")
    assert refused.status_code == 422
    assert "这条日志带有附件" in refused.text
    tab = browser.get(f"/companies/{desk.company}/attachments").text
    assert "task.png" in tab
    assert "worklog.png" in tab
    assert "workreport.png" not in tab
    (file,) = (one.id for one in desk.all() if one.resource == "worklog")
    browser.post(f"/attachments/{file}/delete")
    assert browser.post(f"/worklogs/{records['worklog']}/delete").status_code == 303
    assert "worklog" not in {one.resource for one in desk.all()}  # nothing is left of it in the bin


def test_the_next_task_of_a_row_stays_where_files_hang_on_it(desk, as_system):
    day = local_today()
    with as_system() as session:
        owner = desk.users["owner"].id
        (task,) = give_task(session, Wanted(title="周报", due_on=day, repeat="weekly"), [owner], by=owner)
        finish_task(session, task, by=owner, result="")
        session.flush()
        first, following = task.id, task.followed_by
    desk.send((picture(), "样张.png"), of="task", id=following)
    browser = desk.browser()
    assert browser.post(f"/tasks/{first}/reopen").status_code == 303
    assert "样张.png" in browser.get(f"/tasks/{following}").text


def test_what_is_refused_is_named_with_its_reason_and_the_rest_is_kept(desk):
    answer = desk.send((PDF, "合同.pdf"), (b"MZ\x90", "发票.pdf"), (b"x", "a.exe"))
    assert answer.status_code == 422
    assert "发票.pdf：内容与扩展名 .pdf 不符" in answer.text
    assert "a.exe：这里不收 .exe" in answer.text
    assert "已上传 1 个文件。未能上传" in answer.text
    assert [one.name for one in desk.all()] == ["合同.pdf"]


def test_nothing_chosen_is_told(desk):
    answer = desk.send()
    assert answer.status_code == 422
    assert "请至少选择一个文件" in answer.text


def test_a_form_that_is_sent_twice_attaches_once(desk):
    for _ in range(2):
        assert desk.send((PDF, "合同.pdf"), idempotency_key="k-1").status_code == 303
    assert len(desk.all()) == 1
    assert len(desk.on_disk()) == 1


def test_a_file_is_handed_out_so_that_no_browser_runs_it(desk):
    desk.send((PDF, "合同 终稿（盖章）.pdf"))
    (one,) = desk.all()
    answer = desk.browser().get(f"/attachments/{one.id}/file")
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    kept = answer.headers["Content-Disposition"]
    assert kept.startswith("attachment;")
    assert "filename*=UTF-8''%E5%90%88%E5%90%8C%20%E7%BB%88%E7%A8%BF%EF%BC%88%E7%9B%96%E7%AB%A0%EF%BC%89.pdf" in kept
    part = desk.browser().get(f"/attachments/{one.id}/file", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"%PDF")


def test_who_took_a_file_is_on_record(desk, as_system):
    desk.send((PDF, "合同.pdf"))
    (one,) = desk.all()
    desk.browser("chief").get(f"/attachments/{one.id}/file")
    with as_system() as session:
        (line,) = session.scalars(select(Audit).where(Audit.kind == "download"))
        assert (line.user_id, line.entity_id, line.company_id) == (desk.users["chief"].id, one.id, desk.company)


@pytest.mark.parametrize("of", ["company", "contact"])
def test_who_does_not_read_the_record_finds_none_of_its_files(desk, of):
    desk.send((picture(), "私下协议.png"), of=of)
    (one,) = desk.all()
    other = desk.browser("other")
    for address in ("", "/file", "/small", "/large"):
        assert other.get(f"/attachments/{one.id}{address}").status_code == 404
    for action in ("", "/delete", "/restore"):
        assert other.post(f"/attachments/{one.id}{action}").status_code == 404
    assert other.get(f"/attachments/add?of={of}&id={one.record_id}").status_code == 404
    assert desk.send((PDF, "a.pdf"), of=of, who="other").status_code == 404
    assert "私下协议" not in other.get("/attachments").text
    assert "私下协议" not in other.get("/attachments?q=私下").text
    assert "私下协议" not in other.get(f"/companies/{desk.company}").text
    assert "私下协议" not in other.get(f"/companies/{desk.company}/attachments").text
    assert "私下协议" in desk.browser("owner").get("/attachments").text


def test_who_reads_but_does_not_write_the_record_sees_its_files_and_changes_none(desk, as_system):
    desk.send((PDF, "合同.pdf"))
    (one,) = desk.all()
    with as_system() as session:
        session.get_one(Company, desk.company).review_state = "reviewed"
    other = desk.browser("other")
    assert other.get(f"/attachments/{one.id}/file").data == PDF
    assert 'name="files"' not in other.get(f"/companies/{desk.company}/attachments").text
    assert other.post(f"/attachments/{one.id}/delete").status_code == 403
    assert desk.send((PDF, "b.pdf"), who="other").status_code == 403


def test_a_private_file_is_found_by_those_alone_who_see_what_is_private(desk, people):
    people.grant(desk.users["owner"], "core:company:private", "own")
    desk.send((PDF, "身份证.pdf"), private="1")
    (one,) = desk.all()
    assert one.private
    assert desk.browser("owner").get(f"/attachments/{one.id}").status_code == 200
    people.grant(desk.users["chief"], "core:company:private", "none")
    chief = desk.browser("chief")
    assert chief.get(f"/companies/{desk.company}/attachments").status_code == 200
    assert chief.get(f"/attachments/{one.id}").status_code == 404
    assert "身份证" not in chief.get("/attachments").text
    assert "身份证" not in chief.get(f"/companies/{desk.company}").text


def test_the_page_that_says_who_may_see_a_file_says_who_opens_it(desk, people):
    people.grant(desk.users["chief"], "core:company:private", "none")
    desk.send((PDF, "合同.pdf"))
    desk.send((PDF, "身份证.pdf"), private="1")
    administrator = Browser(desk.app, people.user("admin", ("system_administrator",)))
    told = []
    for file in desk.all():
        page = administrator.get(f"/admin/access?resource=attachments&record={file.id}").text
        for name, user in desk.users.items():
            opens = desk.browser(name).get(f"/attachments/{file.id}").status_code == 200
            row = re.search(rf'<tr data-id="{user.id}">.*?</tr>', page, re.DOTALL)[0]
            assert set(re.findall(r'data-allowed="(\w+)"', row)) == {"yes" if opens else "no"}, (name, file.name)
            assert ("随所附的记录可见" if opens else "此人不能打开所附的记录") in row
            alone = administrator.get(f"/admin/access?resource=attachments&record={file.id}&user={user.id}").text
            assert ('data-id="core:attachment:read" data-allowed="yes"' in alone) == opens
            told.append((name, file.private, opens))
    assert ("other", False, False) in told
    assert ("chief", False, True) in told
    assert ("chief", True, False) in told


def test_who_sees_nothing_private_cannot_mark_a_file_so(desk, people):
    people.grant(desk.users["owner"], "core:company:private", "none")
    desk.send((PDF, "合同.pdf"), private="1")
    (one,) = desk.all()
    assert not one.private
    desk.browser().post(f"/attachments/{one.id}", {"title": "合同", "private": "1", "version": "1"})
    assert [(a.title, a.private) for a in desk.all()] == [("合同", False)]


def test_title_and_note_are_changed_and_nobody_overwrites_another(desk):
    desk.send((PDF, "scan0001.pdf"))
    (one,) = desk.all()
    address = f"/attachments/{one.id}"
    version = re.search(r'name="version"[^>]*value="(\d+)"', desk.browser().get(address).text)[1]
    assert (
        desk.browser().post(address, {"title": "授权书", "note": "原件在档案室", "version": version}).status_code == 303
    )
    late = desk.browser("chief").post(address, {"title": "别的", "version": version})
    assert late.status_code == 422
    assert "没有覆盖任何内容" in late.text
    (now,) = desk.all()
    assert (now.title, now.note, now.name) == ("授权书", "原件在档案室", "scan0001.pdf")


def test_the_list_finds_files_by_name_title_and_note(desk):
    desk.send((PDF, "scan0001.pdf"), (PDF, "发票.pdf"))
    one, _other = desk.all()
    desk.browser().post(f"/attachments/{one.id}", {"title": "授权书", "note": "原件在档案室", "version": "1"})
    for word in ("scan", "授权", "档案室"):
        page = desk.browser().get(f"/attachments?q={word}").text
        assert "scan0001.pdf" in page, word
        assert "发票.pdf" not in page, word


def test_a_removed_file_lies_in_the_bin_and_comes_back(desk):
    desk.send((PDF, "合同.pdf"))
    (one,) = desk.all()
    browser = desk.browser()
    assert browser.post(f"/attachments/{one.id}/delete").status_code == 303
    tab = browser.get(f"/companies/{desk.company}/attachments").text
    assert "合同.pdf 已放入回收站" in tab
    assert f'<li data-id="{one.id}">' not in tab
    assert "合同.pdf" in browser.get(f"/attachments/bin?of=company&id={desk.company}").text
    assert "合同.pdf" not in browser.get("/attachments").text
    assert browser.post(f"/attachments/{one.id}/restore").status_code == 303
    assert f'<li data-id="{one.id}">' in browser.get(f"/companies/{desk.company}/attachments").text


def test_a_person_and_the_house_have_their_quotas(desk, setting):
    setting("core.attachment_person_mb", 1)
    assert desk.send((b"PK\x03\x04" + bytes(900_000), "a.zip")).status_code == 303
    refused = desk.send((b"PK\x03\x04" + bytes(200_000), "b.zip"))
    assert refused.status_code == 422
    assert "b.zip：你的附件总量上限 1.0 MB，还剩 145 KB。" in refused.text
    assert desk.send((PDF, "c.pdf"), who="chief").status_code == 303
    setting("core.attachment_total_mb", 1)
    refused = desk.send((b"PK\x03\x04" + bytes(200_000), "d.zip"), who="chief")
    assert "附件空间共 1.0 MB，还剩 145 KB" in refused.text
    assert len(desk.on_disk()) == len(desk.all()) == 2


def test_of_several_files_those_are_kept_for_which_there_is_room(desk, setting):
    setting("core.attachment_person_mb", 1)
    desk.send((b"PK\x03\x04" + bytes(900_000), "a.zip"))
    answer = desk.send((b"PK\x03\x04" + bytes(200_000), "b.zip"), (PDF, "c.pdf"), (b"MZ", "d.pdf"))
    assert answer.status_code == 422
    assert "已上传 1 个文件。未能上传：" in answer.text
    assert "b.zip：你的附件总量上限" in answer.text
    assert "d.pdf：内容与扩展名 .pdf 不符" in answer.text
    assert [one.name for one in desk.all()] == ["a.zip", "c.pdf"]
    assert len(desk.on_disk()) == 2


def test_what_lies_in_the_bin_is_deleted_for_good_which_makes_room(desk, setting, as_system):
    setting("core.attachment_person_mb", 1)
    desk.send((b"PK\x03\x04" + bytes(900_000), "a.zip"))
    owner, key = desk.browser(), desk.all()[0].id
    assert owner.post(f"/attachments/{key}/purge").status_code == 422
    owner.post(f"/attachments/{key}/delete")
    assert desk.send((b"PK\x03\x04" + bytes(200_000), "b.zip")).status_code == 422
    page = owner.get(f"/attachments/bin?of=company&id={desk.company}").text
    assert f'action="/attachments/{key}/purge"' in page
    assert desk.browser("other").post(f"/attachments/{key}/purge").status_code == 404
    assert owner.post(f"/attachments/{key}/purge").status_code == 303
    assert desk.all() == []
    assert desk.on_disk() == []
    assert desk.send((b"PK\x03\x04" + bytes(200_000), "b.zip")).status_code == 303
    with as_system() as session:
        line = session.scalars(select(Audit).where(Audit.entity == "core_attachment", Audit.kind == "delete")).one()
        assert line.changes["name"] == ["a.zip", None]


def test_an_administrator_sees_whose_files_take_how_much_room(desk, setting, people):
    setting("core.attachment_person_mb", 1)
    setting("core.attachment_total_mb", 2)
    desk.send((b"PK\x03\x04" + bytes(1_000_000), "a.zip"))
    desk.send((PDF, "c.pdf"))
    desk.browser().post(f"/attachments/{desk.all()[1].id}/delete")
    page = Browser(desk.app, people.user("root", ("system_administrator",))).get("/attachments/use").text
    assert "全部附件上限 2.0 MB，已用 977 KB（48%）。" in page
    assert "每人上限 1.0 MB。" in page
    assert "95 %" in page
    assert f"/attachments?uploaded_by_id={desk.users['owner'].id}" in page
    assert desk.browser().get("/attachments/use").status_code == 403


def test_an_ending_that_the_administrator_took_out_is_refused(desk, setting):
    setting("core.attachment_types", "pdf html svg")
    assert desk.send((picture(), "a.png")).status_code == 422
    assert desk.send((b"<html>", "a.html")).status_code == 422
    assert desk.send((PDF, "a.pdf")).status_code == 303


def test_a_transaction_that_fails_leaves_no_file(desk, monkeypatch):
    from core.attachments import services

    def fail(*arguments, **more):
        kept(*arguments, **more)
        raise RuntimeError("the database went away")

    kept = services.attach
    monkeypatch.setattr(services, "attach", fail)
    assert desk.send((picture(), "a.png"), (PDF, "b.pdf")).status_code == 500
    assert desk.all() == []
    assert desk.on_disk() == []


def test_the_locks_hold_below_the_pages(desk, as_user):
    """Whatever a view forgets: a session finds and writes only what hangs on records of its person."""
    desk.send((PDF, "合同.pdf"), of="contact")
    with as_user(desk.users["other"]) as session:
        assert session.scalars(select(Attachment)).all() == []
        assert session.get(Attachment, desk.all()[0].id) is None
    values = {
        "resource": "company",
        "record_id": desk.company,
        "name": "a",
        "kind": "document",
        "size": 1,
        "sha256": "0",
    }
    with as_user(desk.users["other"]), pytest.raises(Forbidden), transaction() as session:
        session.add(Attachment(**values))
    with as_user(desk.users["owner"]), pytest.raises(GuardBreach), transaction() as session:
        session.add(Attachment(**{**values, "resource": "nothing"}))


def test_a_file_cannot_be_hung_on_the_record_of_somebody_else(desk, as_user, as_system):
    desk.send((PDF, "合同.pdf"))
    with as_system() as session:
        theirs = Company(name="别人的客户", owner_id=desk.users["other"].id)
        session.add(theirs)
        session.flush()
        key = theirs.id
    with as_user(desk.users["owner"]), pytest.raises(Forbidden), transaction() as session:
        session.get_one(Attachment, desk.all()[0].id).record_id = key


def test_files_of_a_customer_in_the_bin_are_found_by_those_who_may_take_him_out(desk, people):
    desk.send((PDF, "合同.pdf"))
    (one,) = desk.all()
    assert desk.browser("chief").post(f"/companies/{desk.company}/delete", {"reason": "重复"}).status_code == 303
    assert desk.browser("owner").get(f"/attachments/{one.id}").status_code == 404
    assert "合同.pdf" not in desk.browser("owner").get("/attachments").text
    assert desk.browser("chief").get(f"/attachments/{one.id}").status_code == 200
    assert "合同.pdf" in desk.browser("chief").get("/attachments").text
