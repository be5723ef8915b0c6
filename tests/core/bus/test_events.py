"""Events: stored with what caused them, delivered once to each who hears them, whatever fails."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from core.auth.models import Department, PluginState
from core.bus import publish
from core.bus.delivery import deliver, sweep
from core.bus.lease import LEASE, PAUSES, claim
from core.bus.models import Delivery, StoredEvent
from core.bus.payload import WrongPayload, dump, load
from core.bus.services import replay, replay_failed
from core.columns import utcnow
from core.db import session, transaction
from core.errors import GuardBreach, Refused
from core.plugin import EventType
from core.state import bump
from tests.core.bus.conftest import Probe, traces, write

NAME = "probe.thing_happened"


def emit(as_system, *numbers):
    with as_system() as session:
        for number in numbers:
            publish(session, NAME, {"number": number})


def states(as_system):
    with as_system() as session:
        return [(d.subscriber, d.state, d.tries) for d in session.scalars(select(Delivery).order_by(Delivery.id))]


def make_due(as_system):
    """Let the pauses and leases pass."""
    past = utcnow() - dt.timedelta(seconds=1)
    with as_system() as session:
        session.execute(update(Delivery).values(due_at=past))
        session.execute(update(Delivery).where(Delivery.lease_until.is_not(None)).values(lease_until=past))


def switch(as_system, name, on):
    with as_system() as session:
        session.merge(PluginState(name=name, enabled=on))
        bump(session, "plugins")


def test_a_published_event_is_delivered_and_its_effect_is_there_once(bus, install, as_system):
    install(Probe("probe", hears=[write]))
    emit(as_system, 1)
    (told,) = bus.told
    assert told[0] == "deliver"
    assert deliver(bus, told[1]) is True
    assert deliver(bus, told[1]) is False
    with as_system() as session:
        assert traces(session) == ["event 1"]
    assert states(as_system) == [("probe.write", "done", 1)]


def test_a_rolled_back_save_leaves_no_event_and_tells_nobody(bus, install, as_system):
    install(Probe("probe", hears=[write]))
    with pytest.raises(ZeroDivisionError), as_system() as session:
        publish(session, NAME, {"number": 1})
        session.flush()
        1 / 0
    with as_system() as session:
        assert session.scalar(select(func.count()).select_from(StoredEvent)) == 0
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert bus.told == []


def test_an_event_outside_a_transaction_is_refused(bus, install, app, people, as_user):
    install(Probe("probe"))
    with as_user(people.user("zhou")), pytest.raises(GuardBreach):
        publish(session(), NAME, {"number": 1})


def test_the_person_who_caused_an_event_is_known_to_the_handler(bus, install, people, as_user, as_system):
    seen = []

    def look(session, event):
        seen.append((event.name, event["number"], event.user_id, event.happened_at.tzinfo))

    install(Probe("probe", hears=[look]))
    user = people.user("zhou")
    with as_user(user), transaction() as writing:
        publish(writing, NAME, {"number": 7})
    assert sweep(bus) == 1
    assert seen == [(NAME, 7, user.id, dt.UTC)]


def test_a_failing_subscriber_neither_blocks_others_nor_loses_its_event(bus, install, as_system):
    broken = [True]

    def fails(session, event):
        session.add(Department(name="half an effect"))
        session.flush()
        if broken[0]:
            raise RuntimeError("the printer is on fire")

    install(Probe("probe", hears=[write]), Probe("other", hears=[fails]))
    emit(as_system, 1, 2)
    assert sweep(bus) == 2
    with as_system() as session:
        assert traces(session) == ["event 1", "event 2"]
        failed = session.scalars(select(Delivery).where(Delivery.plugin == "other")).all()
        assert [d.error for d in failed] == ["RuntimeError: the printer is on fire"] * 2
        assert all(d.due_at > utcnow() for d in failed)
    broken[0] = False
    with as_system() as session:
        session.execute(update(Delivery).values(due_at=utcnow()).where(Delivery.event_id == failed[0].event_id))
    assert sweep(bus) == 1
    with as_system() as session:
        assert traces(session) == ["event 1", "event 2", "half an effect"]


def test_pauses_grow_and_end_in_giving_up_which_a_person_can_start_again(bus, install, as_system, people, as_user):
    broken = [True]

    def fails(session, event):
        if broken[0]:
            raise Refused("the year is closed")
        write(session, event)

    install(Probe("probe", hears=[fails]))
    emit(as_system, 1)
    waits = []
    for _ in range(len(PAUSES[Delivery]) + 1):
        make_due(as_system)
        assert sweep(bus) == 0
        with as_system() as session:
            row = session.scalars(select(Delivery)).one()
            waits.append(round((row.due_at - utcnow()).total_seconds()))
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[:3] == list(PAUSES[Delivery][:3])
    assert (row.state, row.error) == ("gave_up", "the year is closed")
    make_due(as_system)
    assert sweep(bus) == 0
    broken[0] = False
    with as_user(people.user("zhou")), transaction() as writing:
        replay(writing, writing.scalars(select(Delivery)).one())
    assert bus.told[-1] == ("deliver", row.id)
    assert deliver(bus, row.id)
    with as_system() as session:
        assert traces(session) == ["event 1"]
        with pytest.raises(Refused):
            replay(session, session.scalars(select(Delivery)).one())


def test_everything_that_gave_up_is_started_again_at_once(bus, install, as_system):
    install(Probe("probe", hears=[write]))
    emit(as_system, *range(30))
    with as_system() as session:
        session.execute(update(Delivery).values(state="gave_up"))
    assert sweep(bus) == 0
    bus.told.clear()
    with as_system() as session:
        assert replay_failed(session, plugin="nobody") == 0
        assert replay_failed(session, plugin="probe") == 30
    assert bus.told == [("sweep",)]
    assert sweep(bus) == 30


def test_a_worker_that_lost_its_lease_cannot_finish(bus, install, as_system):
    """The first worker stalls after its claim; a second one takes over; the first one's effect must not be saved."""
    stalled: list[int] = []

    def handler(session, event):
        if not stalled:
            stalled.append(1)
            session.add(Department(name="effect of the first"))
        write(session, event)

    install(Probe("probe", hears=[handler]))
    emit(as_system, 1)
    delivery_id = bus.told[0][1]
    first = claim(bus, Delivery, delivery_id)
    assert claim(bus, Delivery, delivery_id) is None
    make_due(as_system)
    second = claim(bus, Delivery, delivery_id)
    assert second.fence > first.fence
    from core.bus.delivery import _handle
    from core.bus.lease import Superseded

    with pytest.raises(Superseded):
        _handle(bus, first)
    _handle(bus, second)
    with as_system() as session:
        assert traces(session) == ["effect of the first", "event 1"]
    with pytest.raises(Superseded):
        _handle(bus, second)


def test_a_handler_that_kills_its_worker_every_time_gives_up(bus, install, as_system):
    install(Probe("probe", hears=[write]))
    emit(as_system, 1)
    for _ in range(len(PAUSES[Delivery]) + 1):
        assert claim(bus, Delivery, bus.told[0][1]) is not None
        make_due(as_system)
    assert sweep(bus) == 0
    assert [state for _, state, _ in states(as_system)] == ["gave_up"]


def test_a_disabled_plugin_is_skipped_when_published_and_waits_when_switched_off_later(bus, install, as_system):
    install(Probe("probe"), Probe("other", hears=[write]))
    emit(as_system, 1)
    switch(as_system, "other", False)
    emit(as_system, 2)
    assert sweep(bus) == 0
    assert deliver(bus, bus.told[0][1]) is False
    assert states(as_system) == [("other.write", "waiting", 0)]
    switch(as_system, "other", True)
    assert sweep(bus) == 1
    with as_system() as session:
        assert traces(session) == ["event 1"]


def test_a_handler_that_is_gone_is_named(bus, install, as_system):
    install(Probe("probe", hears=[write]))
    emit(as_system, 1)
    with as_system() as session:
        session.execute(update(Delivery).values(subscriber="probe.old_name"))
    assert sweep(bus) == 0
    with as_system() as session:
        assert "probe.old_name does not hear" in session.scalars(select(Delivery)).one().error


def test_two_handlers_of_one_name_break_the_plugin_and_nothing_else(bus, install, as_system):
    install(Probe("probe"), Probe("other", hears=[write, write]))
    bus.check()
    assert "other.write" in bus.registry.broken["other"]
    emit(as_system, 1)
    assert states(as_system) == []


def test_an_event_published_by_a_handler_stands_or_falls_with_it(bus, install, as_system):
    def chain(session, event):
        if event["number"] < 3:
            publish(session, NAME, {"number": event["number"] + 1})
        write(session, event)

    install(Probe("probe", hears=[chain]))
    emit(as_system, 1)
    assert sweep(bus) == 3
    with as_system() as session:
        assert traces(session) == ["event 1", "event 2", "event 3"]


def test_many_workers_at_once_do_each_delivery_once(bus, install, as_system, app):
    install(Probe("probe", hears=[write]))
    emit(as_system, *range(40))
    errors = []

    def run():
        try:
            with app.app_context():
                sweep(bus)
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=run) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    while sweep(bus):
        pass
    assert errors == []
    with as_system() as session:
        assert len(traces(session)) == 40
    assert {state for _, state, _ in states(as_system)} == {"done"}


def test_a_payload_is_held_to_its_declaration():
    event = EventType(
        name="ads.order_confirmed",
        title="",
        fields={"order_id": int, "paid_on": dt.date | None, "amount": Decimal, "ids": list[int], "at": dt.datetime},
    )
    at = dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)
    good = {"order_id": 7, "paid_on": dt.date(2026, 11, 21), "amount": Decimal("96900.10"), "ids": [1, 2], "at": at}
    stored = dump(event, good)
    assert stored == {
        "order_id": 7, "paid_on": "2026-11-21", "amount": "96900.10", "ids": [1, 2], "at": "2026-11-21T08:30:00+00:00"
    }  # fmt: skip
    assert load(event, stored) == good
    assert load(event, dump(event, {**good, "paid_on": None}))["paid_on"] is None
    for wrong in (
        {"order_id": "7"},
        {"order_id": True},
        {"amount": 1.5},
        {"paid_on": at},
        {"at": at.replace(tzinfo=None)},
        {"ids": [object()]},
        {"customer": "somebody"},
    ):
        with pytest.raises(WrongPayload):
            dump(event, {**good, **wrong})
    with pytest.raises(WrongPayload, match="publish ids"):
        dump(event, {**good, "ids": list(range(5000))})


def test_an_undeclared_event_is_refused(bus, install, as_system):
    with pytest.raises(KeyError), as_system() as session:
        publish(session, "probe.unheard_of", {})


def test_a_lease_outlives_the_claim_only_shortly():
    assert dt.timedelta(seconds=5) <= LEASE <= dt.timedelta(seconds=60)
