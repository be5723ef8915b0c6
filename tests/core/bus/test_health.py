"""`/healthz`, `/metrics`, and what people see while the database is away."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import event, text

from core.bus import publish
from core.bus.models import Delivery
from tests.core.bus.conftest import Probe, write


@contextmanager
def database_away(app):
    """Let every connection be refused, as while the database server restarts."""
    engine = app.extensions["zhike"].database.engine
    refused = engine.dialect.loaded_dbapi.OperationalError

    def refuse(*_):
        raise refused("connection refused")

    event.listen(engine, "do_connect", refuse)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)


def test_a_healthy_server_says_so(app, browser_of):
    answer = browser_of().get("/healthz")
    assert answer.status_code == 200
    assert {answer.json[part] for part in ("status", "database", "migrations", "queue")} == {"ok"}


def test_without_its_database_it_says_503_and_recovers_by_itself(app, people, browser_of):
    browser = browser_of(people.user("zhou"))
    assert browser.get("/account").status_code == 200
    with database_away(app):
        answer = browser.get("/healthz")
        assert (answer.status_code, answer.json["database"]) == (503, "away")
        page = browser.get("/account")
        assert page.status_code == 503
        assert 'role="alert"' in page.text or "<h1" in page.text
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/account").status_code == 200


def test_old_tables_make_it_unfit(app, browser_of, as_system):
    with as_system() as session:
        session.connection().execute(text("UPDATE core_alembic_version SET version_num = 'core_0001_foundation'"))
    answer = browser_of().get("/healthz")
    assert answer.status_code == 503
    assert answer.json["migrations"]["core"]["at"] == "core_0001_foundation"


def test_a_broken_plugin_and_a_lost_queue_are_told_but_do_not_matter(app, browser_of, bus, monkeypatch):
    monkeypatch.setitem(bus.registry.broken, "probe", "raised at import")
    monkeypatch.setattr(bus.queue, "size", lambda: 1 / 0)
    answer = browser_of().get("/healthz")
    assert answer.status_code == 200
    assert "probe" in answer.json["plugins"]["broken"]
    assert answer.json["queue"] == "away"


def test_figures_are_for_the_machine_itself_and_administrators(app, browser_of, people):
    assert browser_of().get("/metrics").status_code == 200
    staff, admin = people.user("zhou"), people.user("root", groups=("system_administrator",))
    elsewhere = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}
    through_a_proxy = {"headers": {"X-Forwarded-For": "203.0.113.9"}}
    for outside in (elsewhere, through_a_proxy):
        assert browser_of().get("/metrics", **outside).status_code == 403
        assert browser_of(staff).get("/metrics", **outside).status_code == 403
        assert browser_of(admin).get("/metrics", **outside).status_code == 200


def test_figures_count_what_waits(app, browser_of, bus, install, as_system):
    install(Probe("probe", hears=[write]))
    with as_system() as session:
        publish(session, "probe.thing_happened", {"number": 1})
        publish(session, "probe.thing_happened", {"number": 2})
    with as_system() as session:
        session.get(Delivery, 1).state = "gave_up"
    lines = browser_of().get("/metrics").text.splitlines()
    assert "zhike_bus_waiting 1.0" in lines
    assert "zhike_bus_gave_up 1.0" in lines
