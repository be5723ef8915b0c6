"""The administrator's screen of events and jobs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.bus import publish
from core.bus.delivery import sweep
from core.bus.jobs import run_job
from core.bus.lease import PAUSES
from core.bus.models import Delivery, JobRun
from core.plugin import Job
from core.testing.harness import Browser
from core.web import new_key
from tests.core.bus.conftest import Probe, write
from tests.core.bus.test_events import make_due

NAME = "probe.thing_happened"


@pytest.fixture
def admin(app, people):
    return Browser(app, people.user("root", groups=("system_administrator",)))


def fail(session, event):
    raise RuntimeError("<the printer> is on fire")


def give_up(bus, as_system):
    for _ in range(len(PAUSES[Delivery]) + 1):
        make_due(as_system)
        sweep(bus)


def test_events_are_listed_with_their_deliveries_and_can_be_filtered(bus, install, as_system, admin):
    install(Probe("probe", hears=[write]), Probe("other", hears=[fail]))
    with as_system() as session:
        publish(session, NAME, {"number": 1, "name": "糖酒<会>"})
    sweep(bus)
    page = admin.get("/admin/bus").text
    for text in ("A thing happened", "probe.write", "other.fail", "糖酒&lt;会&gt;", "&lt;the printer&gt; is on fire"):
        assert text in page
    assert "<会>" not in page
    assert '<td class="s12 wrap">{' in page  # a long payload does not push the deliveries out of the window
    assert "系统设置" in page.partition("<h1")[0].rpartition("crumb")[2]
    assert "probe.write" in admin.get(f"/admin/bus?name={NAME}&state=done").text
    assert "probe.write" not in admin.get("/admin/bus?state=gave_up").text
    for wrong in ("state=x", "number=0"):
        assert admin.get(f"/admin/bus?{wrong}").status_code == 404
    assert "probe.write" in admin.get(f"/admin/bus?before={10**30}").text  # a number that no database holds is none


def test_a_long_list_is_paged(bus, install, as_system, admin):
    install(Probe("probe"))
    with as_system() as session:
        for number in range(60):
            publish(session, NAME, {"number": number})
    page = admin.get("/admin/bus").text
    assert page.count("<tr data-id") == 50
    assert "before=11" in page
    assert admin.get("/admin/bus?before=11").text.count("<tr data-id") == 10


def test_what_gave_up_is_shown_with_its_reason_and_started_again(bus, install, as_system, admin):
    install(Probe("probe"), Probe("other", hears=[fail]))
    with as_system() as session:
        publish(session, NAME, {"number": 1})
        publish(session, NAME, {"number": 2})
    give_up(bus, as_system)
    page = admin.get("/admin/bus/failures").text
    assert page.count("is on fire") == 2
    with as_system() as session:
        first, second = session.scalars(select(Delivery.id).order_by(Delivery.id))
    bus.told.clear()
    assert admin.post(f"/admin/bus/deliveries/{first}/replay").status_code == 303
    assert bus.told == [("deliver", first)]
    assert admin.post("/admin/bus/replay").status_code == 303
    assert bus.told == [("deliver", first), ("deliver", second)]
    assert admin.post("/admin/bus/deliveries/999999/replay").status_code == 404
    with as_system() as session:
        assert set(session.scalars(select(Delivery.state))) == {"waiting"}


def test_jobs_are_listed_and_run_on_demand_once_for_each_press(bus, install, as_system, admin):
    install(Probe("probe", jobs=[Job(name="probe.count", title="Count", run=lambda session: "42 counted")]))
    assert "Count" in admin.get("/admin/bus/jobs").text
    key = new_key()
    for _ in range(2):
        assert admin.post("/admin/bus/jobs/probe.count/run", {"idempotency_key": key}).status_code == 303
    with as_system() as session:
        (run_id,) = session.scalars(select(JobRun.id))
    assert run_job(bus, run_id)
    for address in ("/admin/bus/jobs", "/admin/bus/jobs/probe.count"):
        assert "42 counted" in admin.get(address).text
    assert admin.get("/admin/bus/jobs/probe.unknown").status_code == 404
    assert admin.post("/admin/bus/jobs/probe.unknown/run").status_code == 404


def test_a_failed_run_is_shown_and_started_again(bus, install, as_system, admin):
    broken = [True]

    def run(session):
        if broken:
            raise RuntimeError("no paper")

    install(Probe("probe", jobs=[Job(name="probe.count", title="Count", run=run)]))
    admin.post("/admin/bus/jobs/probe.count/run")
    with as_system() as session:
        (run_id,) = session.scalars(select(JobRun.id))
    assert run_job(bus, run_id) is False
    assert "no paper" in admin.get("/admin/bus/failures").text
    broken.clear()
    assert admin.post(f"/admin/bus/runs/{run_id}/replay").status_code == 303
    assert run_job(bus, run_id) is True
    assert "no paper" not in admin.get("/admin/bus/failures").text


def test_who_publishes_and_who_hears_is_shown(bus, install, admin):
    install(Probe("probe"), Probe("other", hears=[write]), Probe("third", hears=[write], event="gone.thing_happened"))
    page = admin.get("/admin/bus/plugins").text
    for text in (NAME, "other.write", "gone.thing_happened", "third.write"):
        assert text in page


def test_others_may_not_look(app, people, browser_of):
    browser = browser_of(people.user("zhou", groups=("staff", "supervisor", "decision_maker")))
    for address in ("/admin/bus", "/admin/bus/failures", "/admin/bus/jobs", "/admin/bus/plugins"):
        assert browser.get(address).status_code == 403
