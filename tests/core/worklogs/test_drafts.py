"""A report that was not handed in is its author's alone, on whatever way somebody comes to it."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from core.attachments.models import Attachment
from core.auth.access import access_of
from core.auth.models import Audit
from core.clock import local_today
from core.tasks.models import Task
from core.worklogs.models import WorkReport

SAID = "草稿里的话"
DOORS = (
    "/workreports/{id}",
    "/workreports/{id}/preview",
    "/workreports",
    "/tasks/new?of=workreport&id={id}",
    "/tasks/quick?here=/workreports/{id}",
    "/messages/new?kind=workreport&record={id}",
    "/attachments/add?of=workreport&id={id}",
    "/attachments/bin?of=workreport&id={id}",
    "/palette?q=%23{id}",
    "/search?q=%23{id}",
    "/admin/audit",
)


@pytest.fixture
def draft(house, browser_of, as_system):
    answer = browser_of(house.clerk).post("/worklogs/report/day", {"text": SAID, "plan": SAID})
    assert answer.status_code == 303
    with as_system() as session:
        return session.scalars(select(WorkReport.id)).one()


@pytest.fixture
def above(house, people):
    return [house.chief, people.user("boss", ("decision_maker",)), people.user("admin", ("system_administrator",))]


def test_nobody_above_reads_a_draft_by_any_door(house, draft, above, browser_of):
    for person in above:
        browser = browser_of(person)
        for door in DOORS:
            assert SAID not in browser.get(door.format(id=draft)).text, (person.username, door)
        browser.post("/stars", {"path": f"/workreports/{draft}", "title": "x"})
        assert SAID not in browser.get("/shortcuts").text, person.username


def test_nothing_is_hung_on_somebody_elses_draft(house, draft, above, browser_of, as_system):
    for person in above:
        browser = browser_of(person)
        files = {"of": "workreport", "id": draft, "files": (io.BytesIO(b"%PDF-1.4\n1"), "a.pdf")}
        assert browser.post("/attachments/add", files, content_type="multipart/form-data").status_code == 404
        about = {"resource": "workreport", "record_id": draft, "title": "看", "due_on": local_today().isoformat()}
        assert browser.post("/tasks/new", {**about, "assignee_id": person.id}).status_code in (404, 422)
    with as_system() as session:
        assert session.scalars(select(Attachment)).all() == []
        assert session.scalars(select(Task)).all() == []


def test_files_on_a_draft_come_into_sight_with_it(house, draft, above, browser_of, as_system):
    clerk = browser_of(house.clerk)
    files = {"of": "workreport", "id": draft, "files": (io.BytesIO(b"%PDF-1.4\n1"), "附件.pdf")}
    assert clerk.post("/attachments/add", files, content_type="multipart/form-data").status_code == 303
    assert "附件.pdf" in clerk.get("/attachments").text
    for person in above:
        assert "附件.pdf" not in browser_of(person).get("/attachments").text, person.username
    assert clerk.post(f"/workreports/{draft}/submit").status_code == 303
    for person in above:
        assert "附件.pdf" in browser_of(person).get("/attachments").text, person.username
        assert SAID in browser_of(person).get(f"/workreports/{draft}").text, person.username


def test_one_record_is_judged_as_the_list_is_narrowed(app, house, draft, above, as_system):
    zhike = app.extensions["zhike"]
    with as_system() as session:
        report = session.get(WorkReport, draft)
        enabled = zhike.registry.enabled(session)
        for person in (house.clerk, house.other, *above):
            access = access_of(session, person.id, zhike.registry.permissions, enabled)
            rows = select(WorkReport.id).where(access.condition("core:workreport:read", WorkReport))
            found = session.scalars(rows).all() == [draft]
            assert access.may("core:workreport:read", report) == found == (person is house.clerk), person.username


def test_the_trail_says_that_a_report_was_written_and_not_what(draft, as_system):
    with as_system() as session:
        line = session.scalars(select(Audit).where(Audit.entity == "core_workreport")).one()
        assert line.changes["text"] == line.changes["plan"] == ["•", "•"]
        assert line.changes["kind"] == [None, "day"]
