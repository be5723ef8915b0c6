"""What nobody needs any more is removed, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, update

from core.auth.models import IdempotencyKey, SignInAttempt, WebSession
from core.bus import publish, start_job
from core.bus.delivery import sweep
from core.bus.jobs import run_job
from core.bus.models import Delivery, JobRun, StoredEvent
from core.columns import utcnow
from tests.core.bus.conftest import Probe, write

NAME = "probe.thing_happened"


def ago(**parts):
    return utcnow() - dt.timedelta(**parts)


def run(bus, as_system, name):
    with as_system() as session:
        run_id = start_job(session, name).id
    assert run_job(bus, run_id)
    with as_system() as session:
        return session.get(JobRun, run_id).result


def count(as_system, model):
    with as_system() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_sign_ins_that_ended_go(bus, as_system, people):
    user = people.user("zhou")
    with as_system() as session:
        for name, seen, made in (
            ("now", ago(minutes=1), ago(hours=1)),
            ("idle", ago(minutes=31), ago(hours=1)),
            ("long", ago(minutes=1), ago(hours=13)),
        ):
            session.add(WebSession(token_hash=name, user_id=user.id, seen_at=seen, created_at=made))
    assert "2" in run(bus, as_system, "core.remove_sessions")
    with as_system() as session:
        assert session.scalars(select(WebSession.token_hash)).all() == ["now"]


def test_one_time_keys_go_after_a_day_and_failed_sign_ins_after_two(bus, as_system, people):
    user = people.user("zhou")
    with as_system() as session:
        for name, age in (("young", 23), ("old", 25)):
            session.add(IdempotencyKey(user_id=user.id, key=name, content_hash="", created_at=ago(hours=age)))
        for age in (1, 3):
            session.add(SignInAttempt(name_key="zhou", address="203.0.113.9", tried_at=ago(days=age)))
    assert "2" in run(bus, as_system, "core.remove_keys")
    with as_system() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["young"]
    assert count(as_system, SignInAttempt) == 1


def test_delivered_events_go_after_their_time_and_undelivered_ones_stay(bus, install, as_system):
    install(Probe("probe", hears=[write]))
    with as_system() as session:
        for number in range(4):
            publish(session, NAME, {"number": number})
    sweep(bus)
    with as_system() as session:
        ids = list(session.scalars(select(StoredEvent.id).order_by(StoredEvent.id)))
        session.execute(update(StoredEvent).where(StoredEvent.id != ids[0]).values(happened_at=ago(days=31)))
        session.execute(update(Delivery).where(Delivery.event_id == ids[1]).values(state="gave_up"))
        session.execute(update(Delivery).where(Delivery.event_id == ids[2]).values(state="waiting"))
        session.add(JobRun(job="probe.old", plugin="probe", state="done", due_at=ago(days=31)))
        session.add(JobRun(job="probe.old", plugin="probe", state="gave_up", due_at=ago(days=31), tick=ago(days=31)))
    assert "2" in run(bus, as_system, "core.remove_events")
    with as_system() as session:
        assert list(session.scalars(select(StoredEvent.id).order_by(StoredEvent.id))) == ids[:3]
        assert set(session.scalars(select(Delivery.event_id))) == set(ids[:3])
        assert session.scalars(select(JobRun.state).where(JobRun.job == "probe.old")).all() == ["gave_up"]


def test_sqlite_counts_tables_that_have_grown(bus, as_system, app):
    if not app.extensions["zhike"].database.is_sqlite:
        pytest.skip("PostgreSQL counts by itself")
    with as_system() as session:
        session.add_all(SignInAttempt(name_key=str(number), address="", tried_at=utcnow()) for number in range(40))
    run(bus, as_system, "core.take_stock")
    with app.extensions["zhike"].database.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT stat FROM sqlite_stat1 WHERE tbl = 'core_sign_in_attempt'").scalars()
        assert {one.split()[0] for one in told} == {"40"}
