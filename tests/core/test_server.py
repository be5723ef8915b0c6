"""`zhike serve` and `zhike worker` as processes: they stop cleanly, live on when a part dies, refuse a bad start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text

from core import server as server_module
from core.migrate import Migrations
from tests.core.bus.conftest import spare_url
from tests.core.bus.killing import Server, emit, settled

_ = spare_url


@pytest.fixture
def server(tmp_path, spare_url):
    queue = f"sqlite:///{tmp_path / 'queue.db'}" if spare_url.startswith("sqlite") else spare_url
    made = Server(tmp_path, spare_url, queue)
    made.set_up()
    yield made
    if made.process is not None and made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()


def command(server, *words):
    return subprocess.run(
        server.command(*words), env=server.environment, cwd=server.home, capture_output=True, text=True, check=False
    )


def test_the_worker_lives_on_over_twenty_kills_and_the_server_stops_cleanly(server):
    server.start()
    assert int((server.home / "pid").read_text()) == server.process.pid
    seen = set()
    for _number in range(20):
        seen.add(server.kill_worker())
    emit(server, 1)
    assert settled(server, 3, patience=60)
    assert len(seen) == 20
    taken = server.stop()
    assert server.process.returncode == 0
    assert taken < 15
    assert not (server.home / "pid").exists()
    assert server.children() == []


def test_a_worker_that_has_grown_is_replaced_once_it_has_nothing_in_hand(server):
    server.start()
    before = server.worker()
    emit(server, 777)
    until = time.monotonic() + 60
    while server.worker() in (before, None) and time.monotonic() < until:
        time.sleep(0.2)
    assert server.worker() not in (before, None)
    emit(server, 1)
    assert settled(server, 6, patience=60)
    with server.rows() as connection:
        tries = connection.execute(text("SELECT tries FROM core_delivery WHERE subscriber = 'probe.slow'")).scalars()
        assert set(tries) == {1}  # nothing was cut off


def test_two_workers_share_the_work_and_the_log_is_json_with_ids(server):
    server.start()
    log = server.home / "worker.log"
    with log.open("wb") as out:
        second = subprocess.Popen(server.command("worker"), env=server.environment, cwd=server.home, stderr=out)
    try:
        until = time.monotonic() + 60
        while "worker started" not in log.read_text() and time.monotonic() < until:
            time.sleep(0.1)
        for number in range(1, 41):
            assert emit(server, number) == 200
        assert settled(server, 120, patience=90)
    finally:
        second.terminate()
        second.wait(20)
    assert second.returncode == 0
    with server.rows() as connection:
        effects = connection.exec_driver_sql("SELECT number, handler, count(*) FROM probe_effect GROUP BY 1, 2").all()
    assert len(effects) == 120
    assert {count for _number, _handler, count in effects} == {1}
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"worker started", "worker stopped"} <= {line["event"] for line in lines}
    assert emit(server, 1_000_050, "?break") == 500
    server.stop()
    failed = [json.loads(line) for line in (server.home / "server.log").read_text().splitlines()]
    (line,) = [line for line in failed if line["event"] == "request failed"]
    assert line["request_id"]
    assert "rolled back on purpose" in line["exception"]


def health(port: int) -> dict[str, object]:
    """Ask until a whole answer comes: orphans of the killed server may still take, and drop, the first connections."""
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_a_server_killed_whole_starts_again_with_the_same_command(server):
    server.start()
    for whole in (True, False):
        server.kill_server(whole=whole)
        assert health(server.port)["status"] == "ok"


def test_a_second_server_with_the_same_pidfile_is_refused(server):
    server.start()
    refused = command(server, "serve", "--port", "1", "--pidfile", str(server.home / "pid"))
    assert refused.returncode == 1
    assert str(server.home / "pid") in refused.stderr


def test_old_tables_are_refused_with_the_command_that_helps(server):
    with server.rows() as connection:
        connection.exec_driver_sql("UPDATE probe_alembic_version SET version_num = ''")
        connection.commit()
    for words in (("serve",), ("worker",), ("demo", "load")):
        refused = command(server, *words)
        assert refused.returncode == 1
        assert "zhike db upgrade" in refused.stderr


@pytest.mark.parametrize(("before", "counted"), [("", False), ("core_0001", True), ("core_0002", False)])
def test_the_database_takes_stock_after_a_migration_of_what_was_there(app, monkeypatch, before, counted):
    zhike = app.extensions["zhike"]
    done = [("core", before, "core_0002")]
    monkeypatch.setattr(Migrations, "behind", lambda _self: {"core": ("", "core_0002")})
    monkeypatch.setattr(Migrations, "upgrade", lambda _self, _owner: done)
    asked = []
    monkeypatch.setattr(server_module, "settle", lambda database, *, everything: asked.append((database, everything)))
    assert server_module.upgrade_tables(zhike) == done
    assert asked == ([(zhike.database, True)] if counted else [])


def test_an_unknown_role_is_wrong_usage(server):
    assert command(server, "serve", "--role", "web,baker").returncode == 2


def test_the_worker_leaves_when_its_parent_is_killed(server):
    server.start()
    worker = server.worker()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    until = time.monotonic() + 30
    trace = Path(f"/proc/{worker}")
    while trace.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not trace.exists()
