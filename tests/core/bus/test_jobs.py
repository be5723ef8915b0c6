"""Jobs: once for each due time, whatever clocks and workers do; what was missed is shown."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from core.auth.models import Department
from core.bus import jobs, start_job
from core.bus.jobs import due_runs, run_job, sweep_runs
from core.bus.lease import PAUSES, Superseded
from core.bus.models import JobClock, JobRun
from core.bus.schedule import parse
from core.columns import utcnow
from core.db import transaction, work
from core.errors import NotFound, Refused
from core.plugin import Job
from core.process import this_process
from tests.core.bus.conftest import Probe, traces
from tests.core.bus.test_events import switch

START = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)  # 10:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


def minutes(number):
    return START + dt.timedelta(minutes=number)


def count(session, **_):
    session.add(Department(name=f"run {len(traces(session)) + 1}"))
    return "counted"


def job(schedule="*/10 * * * *", run=count, **more):
    return Probe("probe", jobs=[Job(name="probe.count", title="Count", run=run, schedule=schedule, **more)])


def tick(bus, moment):
    """Let the clock look; give the runs of our job, leaving those of core."""
    made = jobs.tick(bus, moment)
    with work(bus.database, reason="test") as unit:
        return list(unit.session.scalars(select(JobRun.id).where(JobRun.id.in_(made), JobRun.job == "probe.count")))


def runs(as_system):
    with as_system() as session:
        rows = session.scalars(select(JobRun).where(JobRun.job == "probe.count").order_by(JobRun.tick)).all()
        return [(round((r.tick - START).total_seconds() / 60), r.state, r.ticks) for r in rows]


def test_each_due_time_is_run_once(bus, install, as_system):
    install(job())
    for minute in range(0, 35, 3):
        for run_id in tick(bus, minutes(minute)):
            assert run_job(bus, run_id) is True
            assert run_job(bus, run_id) is False
    assert runs(as_system) == [(10, "done", 1), (20, "done", 1), (30, "done", 1)]
    with as_system() as session:
        assert traces(session) == ["run 1", "run 2", "run 3"]
        assert set(session.scalars(select(JobRun.result).where(JobRun.job == "probe.count"))) == {"counted"}


def test_a_new_job_does_not_catch_up_with_the_past(bus, install, as_system):
    install(job("0 9 * * *"))
    assert tick(bus, START) == []
    assert runs(as_system) == []


def test_after_a_gap_the_newest_is_run_and_the_others_are_shown_as_missed(bus, install, as_system):
    install(job())
    tick(bus, START)
    (run_id,) = tick(bus, minutes(45))
    assert run_job(bus, run_id)
    assert runs(as_system) == [(30, "missed", 3), (40, "done", 1)]
    assert tick(bus, minutes(46)) == []


def test_two_clocks_at_once_never_double_a_due_time(bus, install, as_system, app):
    install(job("* * * * *"))
    tick(bus, START)
    made, errors = [], []

    def look():
        try:
            with app.app_context():
                for minute in range(1, 11):
                    made.extend(tick(bus, minutes(minute)))
        except Exception as error:
            errors.append(error)

    clocks = [threading.Thread(target=look) for _ in range(3)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert errors == []
    for run_id in set(made):
        run_job(bus, run_id)
    covered = runs(as_system)
    assert sum(ticks for _, _, ticks in covered) == 10
    with as_system() as session:
        assert len(traces(session)) == sum(1 for _, state, _ in covered if state == "done")


def test_a_clock_set_back_runs_nothing_twice(bus, install, as_system):
    install(job())
    for minute in (0, 10, 20, 5, 10, 15, 20, 25):
        for run_id in tick(bus, minutes(minute)):
            run_job(bus, run_id)
    assert runs(as_system) == [(10, "done", 1), (20, "done", 1)]


def test_a_clock_set_forward_and_back_skips_nothing_silently(bus, install, as_system):
    """Set a day ahead by mistake and corrected: what was taken as missed is run when it comes due."""
    install(job("0 * * * *"))
    tick(bus, START)
    for run_id in tick(bus, minutes(130)):
        run_job(bus, run_id)
    assert runs(as_system) == [(60, "missed", 1), (120, "done", 1)]
    for minute in (1, 60, 120, 180):
        for run_id in tick(bus, minutes(minute)):
            run_job(bus, run_id)
    assert runs(as_system) == [(60, "done", 1), (120, "done", 1), (180, "done", 1)]


def test_a_changed_schedule_counts_from_now(bus, install, as_system):
    install(job())
    tick(bus, START)
    with as_system() as session:
        session.execute(update(JobClock).where(JobClock.job == "probe.count").values(schedule="* * * * *"))
    assert tick(bus, minutes(25)) == []
    assert len(tick(bus, minutes(30))) == 1


def test_a_job_of_a_disabled_plugin_sleeps_and_misses_nothing(bus, install, as_system):
    install(job())
    tick(bus, START)
    switch(as_system, "probe", False)
    assert tick(bus, minutes(15)) == []
    switch(as_system, "probe", True)
    assert tick(bus, minutes(35)) == []
    assert len(tick(bus, minutes(40))) == 1
    assert runs(as_system) == [(40, "waiting", 1)]


def test_a_failing_job_is_tried_again_and_then_gives_up(bus, install, as_system):
    def fails(session):
        session.add(Department(name="half"))
        session.flush()
        raise Refused("no paper")

    install(job(run=fails))
    tick(bus, START)
    (run_id,) = tick(bus, minutes(10))
    for _ in range(len(PAUSES[JobRun]) + 1):
        with as_system() as session:
            session.get(JobRun, run_id).due_at = utcnow() - dt.timedelta(seconds=1)
        assert run_id in due_runs(bus)
        sweep_runs(bus)
    with as_system() as session:
        row = session.get(JobRun, run_id)
        assert (row.state, row.error, row.tries) == ("gave_up", "no paper", len(PAUSES[JobRun]) + 1)
        assert traces(session) == []
    assert due_runs(bus) == []


def test_a_job_can_be_asked_for_with_arguments(bus, install, as_system, people, as_user):
    install(job("", run=lambda session, *, number: session.add(Department(name=f"asked {number}"))))
    user = people.user("zhou")
    with as_user(user), transaction() as session:
        run = start_job(session, "probe.count", {"number": 7})
        with pytest.raises(NotFound):
            start_job(session, "probe.unknown")
    assert bus.told == [("run_job", run.id)]
    assert run_job(bus, run.id)
    with as_system() as session:
        assert traces(session) == ["asked 7"]
        assert session.get(JobRun, run.id).user_id == user.id
    switch(as_system, "probe", False)
    with as_user(user), transaction() as session, pytest.raises(Refused):
        start_job(session, "probe.count")


def test_a_long_job_goes_on_where_it_was(bus, install, as_system):
    stops = [True]

    def run(turn):
        for number in range(5):
            with turn.transaction() as session:
                if f"part {number}" in traces(session):
                    continue
                session.add(Department(name=f"part {number}"))
                turn.note(session, f"{number + 1} of 5")
            if number == 2 and stops:
                stops.clear()
                raise RuntimeError("the network went away")
        return "5 parts"

    install(job("", run=run, chunked=True))
    with as_system() as session:
        run_id = start_job(session, "probe.count").id
    assert run_job(bus, run_id) is False
    with as_system() as session:
        row = session.get(JobRun, run_id)
        assert (row.state, row.result, row.error) == ("waiting", "3 of 5", "RuntimeError: the network went away")
        row.due_at = utcnow()
    assert run_job(bus, run_id) is True
    with as_system() as session:
        assert traces(session) == [f"part {n}" for n in range(5)]
        row = session.get(JobRun, run_id)
        assert (row.state, row.result, row.error) == ("done", "5 parts", "")


def test_a_run_whose_worker_was_killed_goes_on_at_once_and_not_when_its_lease_ends(bus, install, as_system):
    install(job("", chunked=True, run=lambda turn: "done"))
    place, number, start = this_process().split("-")
    names = {
        "dead": f"{place}-{number}-{int(start) - 1}",
        "living": f"{place}-{number}-{start}",
        "elsewhere": f"0123456789ab-{number}-{int(start) - 1}",
        "died again": f"{place}-{number}-{int(start) - 1}",
    }
    ids = {}
    with as_system() as session:
        for about, worker in names.items():
            run = start_job(session, "probe.count")
            run.lease_until = utcnow() + dt.timedelta(seconds=60)
            run.worker, run.tries = worker, 2 if about == "died again" else 1
            session.flush()
            ids[about] = run.id
    sweep_runs(bus)
    with as_system() as session:
        assert {about: session.get(JobRun, run_id).state for about, run_id in ids.items()} == {
            "dead": "done",
            "living": "waiting",
            "elsewhere": "waiting",
            "died again": "waiting",
        }
        assert session.get(JobRun, ids["dead"]).worker == this_process()


def test_a_long_job_that_lost_its_lease_writes_nothing_more(bus, install, as_system):
    seen = []

    def run(turn):
        with turn.transaction() as session:
            session.add(Department(name="part 1"))
        with as_system() as session:  # another worker takes it over
            session.execute(update(JobRun).where(JobRun.id == turn.id).values(fence=JobRun.fence + 1))
        try:
            with turn.transaction() as session:
                session.add(Department(name="part 2"))
        except Superseded as error:
            seen.append(error)
            raise

    install(job("", run=run, chunked=True))
    with as_system() as session:
        run_id = start_job(session, "probe.count").id
    assert run_job(bus, run_id) is False
    assert len(seen) == 1
    with as_system() as session:
        assert traces(session) == ["part 1"]


def local(year, month, day, hour=0, minute=0, *, zone=SHANGHAI):
    return dt.datetime(year, month, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("0 3 * * *", (2026, 11, 21, 10, 0), (2026, 11, 22, 3, 0)),
        ("*/15 * * * *", (2026, 11, 21, 10, 0), (2026, 11, 21, 10, 15)),
        ("30 8 * * 1-5", (2026, 11, 20, 9, 0), (2026, 11, 23, 8, 30)),
        ("0 9 * * 7", (2026, 11, 21, 10, 0), (2026, 11, 22, 9, 0)),
        ("0 0 1 * *", (2026, 11, 21, 10, 0), (2026, 12, 1, 0, 0)),
        ("0 0 29 2 *", (2026, 11, 21, 10, 0), (2028, 2, 29, 0, 0)),
        ("0 9 13 * 5", (2026, 11, 21, 10, 0), (2026, 11, 27, 9, 0)),
        ("5,35 9-11/2 * 12 *", (2026, 11, 21, 10, 0), (2026, 12, 1, 9, 5)),
    ],
)
def test_schedules_are_read_as_cron_does_in_local_time(schedule, after, expected):
    assert parse(schedule).next(local(*after), SHANGHAI) == local(*expected)


def test_a_date_that_never_comes_is_never_due():
    assert parse("0 0 31 2 *").next(START, SHANGHAI) is None


@pytest.mark.parametrize(
    "wrong", ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "5-1 * * * *"]
)
def test_a_schedule_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError):
        parse(wrong)


def test_the_hour_that_the_clock_skips_or_repeats_is_due_once():
    zone = ZoneInfo("Europe/Berlin")
    daily = parse("30 2 * * *")
    skipped = list(daily.between(local(2026, 3, 28, 12, zone=zone), local(2026, 3, 29, 12, zone=zone), zone))
    repeated = list(daily.between(local(2026, 10, 24, 12, zone=zone), local(2026, 10, 25, 12, zone=zone), zone))
    assert len(skipped) == len(repeated) == 1
    hourly = parse("30 * * * *")
    night = list(hourly.between(local(2026, 10, 25, 0, zone=zone), local(2026, 10, 25, 6, zone=zone), zone))
    assert len(night) == 7


def test_a_schedule_that_cannot_be_read_breaks_its_plugin(bus, install):
    install(job("every day"))
    bus.check()
    assert "probe.count" in bus.registry.broken["probe"]
