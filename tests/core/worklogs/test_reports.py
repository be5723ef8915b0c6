"""Reports draft themselves from the log, are handed in, read and commented on."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, update

from core.auth.models import User
from core.clock import local_today, start_of
from core.columns import utcnow
from core.overlay import overlay
from core.worklogs.models import WorkLog, WorkReport
from core.worklogs.queries.reports import period
from core.worklogs.reminders import OWED, handed_in, owed_reports

DAY = dt.timedelta(days=1)


@pytest.fixture
def day(house, as_system):
    """Write two entries of the clerk yesterday."""
    day = local_today() - dt.timedelta(days=1)
    with as_system() as session:
        for hour, text in ((9, "对方要报价"), (15, "同意续订")):
            log = WorkLog(kind="call", text=text, author_id=house.clerk.id, company_id=house.mine)
            log.happened_at = start_of(day) + dt.timedelta(hours=hour)
            log.next_step, log.next_on = "发报价", local_today() + dt.timedelta(days=2)
            session.add(log)
    return day


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [("day", "2026-03-18", "2026-03-18"), ("week", "2026-03-16", "2026-03-22"), ("month", "2026-03-01", "2026-03-31")],
)
def test_a_period_is_the_day_the_week_from_monday_or_the_month(kind, first, last):
    assert [day.isoformat() for day in period(kind, dt.date(2026, 3, 18))] == [first, last]


def test_a_report_drafts_itself_and_nothing_is_saved_by_looking(house, day, browser_of, as_system):
    page = browser_of(house.clerk).get(f"/worklogs/report/day?on={day}").get_data(as_text=True)
    assert "四川川江源酒业有限公司" in page
    assert "对方要报价" in page
    assert "发报价" in page
    with as_system() as session:
        assert session.scalars(select(WorkReport)).all() == []


def test_a_draft_is_its_authors_alone_until_it_is_handed_in(house, day, browser_of, as_system):
    clerk, chief = browser_of(house.clerk), browser_of(house.chief)
    assert clerk.post(f"/worklogs/report/day?on={day}", {"text": "回访两家"}).status_code == 303
    with as_system() as session:
        report = session.scalars(select(WorkReport)).one()
        key, version = report.id, report.version
    assert chief.get(f"/workreports/{key}").status_code == 404
    assert str(key) not in chief.get("/workreports").get_data(as_text=True).partition("<tbody")[2]
    sent = {"text": "回访两家，续订一家", "version": version, "then": "submit"}
    assert clerk.post(f"/worklogs/report/day?on={day}", sent).status_code == 303
    page = chief.get(f"/workreports/{key}").get_data(as_text=True)
    assert "续订一家" in page
    assert browser_of(house.other).get(f"/workreports/{key}").status_code == 404


def test_a_supervisor_comments_which_reads_the_report(house, day, browser_of, as_system):
    clerk, chief = browser_of(house.clerk), browser_of(house.chief)
    clerk.post(f"/worklogs/report/day?on={day}", {"text": "回访两家", "then": "submit"})
    with as_system() as session:
        key = session.scalars(select(WorkReport.id)).one()
    answer = chief.post(f"/workreports/{key}/remarks", {"text": "报价今天发出", "idempotency_key": "k" * 20})
    assert answer.status_code == 303
    assert "报价今天发出" in clerk.get(f"/workreports/{key}").get_data(as_text=True)
    with as_system() as session:
        report = session.get_one(WorkReport, key)
        assert (report.read_by_id, report.read_at is not None) == (house.chief.id, True)
    told = f"批注了 {day:%m-%d} 的工作报告"
    assert told in clerk.get("/messages?folder=system").get_data(as_text=True)
    assert told not in chief.get("/messages?folder=system").get_data(as_text=True)
    clerk.post(f"/workreports/{key}/remarks", {"text": "已发出", "idempotency_key": "l" * 20})
    page = chief.get("/messages?folder=system").get_data(as_text=True)
    assert told in page
    assert f"/workreports/{key}" in page


def test_a_report_saved_elsewhere_meanwhile_is_not_overwritten(house, day, browser_of, as_system):
    clerk = browser_of(house.clerk)
    clerk.post(f"/worklogs/report/day?on={day}", {"text": "第一稿"})
    late = clerk.post(f"/worklogs/report/day?on={day}", {"text": "另一稿", "version": "99"})
    assert late.status_code == 422
    assert "另一稿" in late.get_data(as_text=True)
    with as_system() as session:
        assert session.scalars(select(WorkReport.text)).one() == "第一稿"


def test_a_period_to_come_has_no_report(house, browser_of, as_system):
    day = local_today() + dt.timedelta(days=3)
    answer = browser_of(house.clerk).post(f"/worklogs/report/day?on={day}", {"text": "x"})
    assert answer.status_code == 422
    with as_system() as session:
        assert session.scalars(select(WorkReport)).all() == []


def test_the_board_shows_a_supervisor_his_people_and_leads_to_their_entries(house, day, browser_of):
    page = browser_of(house.chief).get("/worklogs/board").get_data(as_text=True)
    assert "clerk" in page
    assert "other" not in page.partition("<tbody")[2]
    assert f"author_id={house.clerk.id}" in page
    sums = re.findall(r'num b"><a href="([^"]+)">(\d+)</a>', page)
    assert sums
    for address, number in sums:
        found = browser_of(house.chief).get(address.replace("&amp;", "&")).get_data(as_text=True)
        assert f'data-total="{number}"' in found
    person = browser_of(house.chief).get(f"/worklogs/people/{house.clerk.id}").get_data(as_text=True)
    assert "四川川江源酒业有限公司" in person
    assert browser_of(house.chief).get(f"/worklogs/people/{house.other.id}").status_code == 404


def test_whoever_has_not_handed_in_a_report_that_is_owed_is_reminded_until_he_has(house, people, as_system, as_user):
    friday = dt.date(2026, 3, 20)
    people.user("boss", ("decision_maker",))  # nobody's report
    with as_system() as session:
        session.execute(update(User).values(created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
        assert list(owed_reports(session, friday - DAY, friday + 7 * DAY)) == [], "nothing is asked for"
        overlay().change_setting(session, OWED, "day,week")
        found = list(owed_reports(session, friday, friday + 3 * DAY))
    assert [(one.user_id, one.text, one.due_on) for one in found] == [
        (house.clerk.id, "补交 03-20 的日报", dt.date(2026, 3, 23)),
        (house.clerk.id, "补交 03-16 至 03-22 的周报", dt.date(2026, 3, 23)),
    ]
    with as_system() as session:
        values = {"author_id": house.clerk.id, "kind": "day", "starts_on": friday, "ends_on": friday, "text": "忙"}
        report = WorkReport(**values)
        session.add(report)
        session.flush()
        assert list(handed_in(session, [one.key for one in found])) == [], "a draft is none"
        report.submitted_at = utcnow()
        session.flush()
        assert list(handed_in(session, [one.key for one in found])) == [found[0].key]
        again = owed_reports(session, friday, friday + 3 * DAY)
        assert [one.text for one in again] == ["补交 03-16 至 03-22 的周报"]
        session.execute(update(User).values(created_at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC)))
        assert list(owed_reports(session, friday, friday + 3 * DAY)) == [], "he was not here yet"
