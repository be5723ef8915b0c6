"""A server with a throwaway plugin, killed again and again while events are published; then everything is counted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from core.db import make_engine

ROOT = Path(__file__).resolve().parents[3]

PLUGIN = '''
"""Counts what the bus does: each number is published once, and each of three handlers writes down that it heard it."""

import random
import time

from flask import Blueprint, request
from sqlalchemy import Integer, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.guard import public
from core.bus import publish
from core.columns import Keyed
from core.db import Base, system_transaction
from core.plugin import EventType, PluginInfo, Subscriber, hookimpl

LARGE = 777  # its handler takes much memory and keeps it

info = PluginInfo(name="probe", title="Probe")
blueprint = Blueprint("probe", __name__, url_prefix="/probe")


class Sent(Base):
    __tablename__ = "probe_sent"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)


class Effect(Keyed, Base):
    __tablename__ = "probe_effect"
    number: Mapped[int] = mapped_column(Integer)
    handler: Mapped[str] = mapped_column(String(20))


@blueprint.post("/emit/<int:number>")
@public
def emit(number):
    with system_transaction("probe") as session:
        if session.get(Sent, number) is None:
            session.add(Sent(number=number))
            publish(session, "probe.number_sent", {"number": number})
            if "break" in request.args:
                session.flush()
                raise RuntimeError("rolled back on purpose")
    return "saved"


emit.zhike_token_free = True


def quick(session, event):
    session.add(Effect(number=event["number"], handler="quick"))


kept = []


def slow(session, event):
    if event["number"] == LARGE:
        kept.append(b"x" * 60_000_000)
        time.sleep(6)  # longer than the time between two looks of the clock
    session.add(Effect(number=event["number"], handler="slow"))
    session.flush()
    time.sleep(0.01)


def shaky(session, event):
    session.add(Effect(number=event["number"], handler="shaky"))
    session.flush()
    if random.random() < 0.05:
        raise RuntimeError("shaky on purpose")


@hookimpl
def register_blueprints():
    return [blueprint]


@hookimpl
def register_events():
    return [EventType(name="probe.number_sent", title="A number was sent", fields={"number": int})]


@hookimpl
def register_subscribers():
    return [Subscriber(event="probe.number_sent", handler=handler) for handler in (quick, slow, shaky)]
'''

MIGRATION = """
import sqlalchemy as sa
from alembic import op

from core.columns import BigId

revision = "probe_0001_initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("probe_sent", sa.Column("number", sa.Integer, primary_key=True))
    op.create_table(
        "probe_effect",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("handler", sa.String(20), nullable=False),
    )


def downgrade():
    op.drop_table("probe_effect")
    op.drop_table("probe_sent")
"""

HANDLERS = ("quick", "slow", "shaky")


def write_plugin(folder: Path) -> None:
    """Write the plugin as an installed distribution: a package, and the entry point that names it."""
    package = folder / "zhike_probe"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(PLUGIN, encoding="utf-8")
    (package / "migrations" / "probe_0001_initial.py").write_text(MIGRATION, encoding="utf-8")
    facts = folder / "zhike_probe-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: zhike-probe\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text("[zhike.plugins]\nprobe = zhike_probe.plugin\n", encoding="utf-8")


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """`zhike serve` as a process group of its own."""

    home: Path
    database_url: str
    queue_url: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment of a deployment of its own, with the plugin installed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ZHIKE_")}
        return {
            **kept,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.home / 'site'}",
            "ZHIKE_HOME": str(self.home),
            "ZHIKE_DATABASE_URL": self.database_url,
            "ZHIKE_QUEUE_URL": self.queue_url,
            "ZHIKE_ENV": "production",
            "ZHIKE_SECRET_KEY": "0123456789abcdef" * 4,
        }

    def command(self, *words: str) -> list[str]:
        """Spell a command of zhike."""
        return [sys.executable, "-m", "core.cli", *words]

    def set_up(self) -> None:
        """Install the plugin and make the tables."""
        write_plugin(self.home / "site")
        subprocess.run(self.command("db", "upgrade"), env=self.environment, cwd=self.home, check=True)

    def start(self) -> None:
        """Start it with one and the same command each time, and wait until it answers."""
        log = (self.home / "server.log").open("ab")
        self.process = subprocess.Popen(
            self.command("serve", "--port", str(self.port), "--pidfile", str(self.home / "pid")),
            env=self.environment,
            cwd=self.home,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login", timeout=5):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError("the server does not answer:\n" + (self.home / "server.log").read_text()[-3000:])

    def children(self) -> list[int]:
        """List the processes below the parent."""
        assert self.process is not None
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def worker(self) -> int | None:
        """Find the process of the worker role: the child that does not listen."""
        for pid in self.children():
            try:
                command = Path(f"/proc/{pid}/comm").read_text().strip()
                if command == "zhike-worker":
                    return pid
            except OSError:
                continue
        return None

    def kill_worker(self) -> int:
        """Kill -9 the worker, whose parent starts another; give its process id."""
        until = time.monotonic() + 30
        while (pid := self.worker()) is None:
            if time.monotonic() > until:
                raise RuntimeError("no worker was started again")
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}/comm").exists() and time.monotonic() < until:
            time.sleep(0.01)
        return pid

    def kill_server(self, *, whole: bool) -> None:
        """Kill -9 the parent alone or with all its children, and start the server again."""
        assert self.process is not None
        if whole:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.start()

    def stop(self) -> float:
        """Stop it as an administrator does; tell how long it took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(30)
        return time.monotonic() - begun

    @contextmanager
    def rows(self) -> Iterator[Any]:
        """Read the database past the application."""
        engine = make_engine(self.database_url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


@dataclass
class Count:
    """What came of it."""

    events: int = 0
    kills: int = 0
    missing: int = 0
    double: int = 0
    foreign: int = 0
    gave_up: int = 0
    seconds: float = 0.0
    tries: int = 0
    stopped: float = 0.0

    @property
    def good(self) -> bool:
        """Tell whether the promise was kept."""
        return not (self.missing or self.double or self.foreign or self.gave_up)


def emit(server: Server, number: int, query: str = "") -> int:
    """Send a number until the server has answered; give the status."""
    while True:
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}/probe/emit/{number}{query}", method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            if error.code == 500 and query:
                return 500
            time.sleep(0.1)
        except OSError:
            time.sleep(0.05)


def settled(server: Server, wanted: int, *, patience: float) -> bool:
    """Wait until so many deliveries are done or have given up."""
    until = time.monotonic() + patience
    with server.rows() as connection:
        while time.monotonic() < until:
            over = text("SELECT count(*) FROM core_delivery WHERE state IN ('done', 'gave_up')")
            if connection.execute(over).scalar_one() == wanted:
                return True
            connection.rollback()
            time.sleep(0.25)
    return False


def run(server: Server, *, events: int, kills: int, patience: float = 900.0) -> Count:
    """Publish events from four clients, kill the worker and the server in turn, wait until all is done, and count."""
    begun = time.monotonic()
    numbers = iter(range(1, events + 1))
    sent: list[int] = []
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            if number % 10 == 0:
                emit(server, 1_000_000 + number, "?break")
            emit(server, number)
            sent.append(number)

    clients = [threading.Thread(target=client, daemon=True) for _ in range(4)]
    for one in clients:
        one.start()
    for kill in range(kills):
        while len(sent) < events * (kill + 1) // (kills + 2) and any(one.is_alive() for one in clients):
            time.sleep(0.005)
        if kill % 2 == 0:
            server.kill_worker()
        else:
            server.kill_server(whole=kill % 4 == 1)
    for one in clients:
        one.join()
    count = Count(events=events, kills=kills)
    settled(server, events * len(HANDLERS), patience=patience)
    with server.rows() as connection:
        found = Counter(tuple(row) for row in connection.execute(text("SELECT number, handler FROM probe_effect")))
        published = connection.execute(text("SELECT count(*) FROM core_event WHERE name LIKE 'probe.%'")).scalar_one()
        gave_up = text("SELECT count(*) FROM core_delivery WHERE state = 'gave_up'")
        count.gave_up = connection.execute(gave_up).scalar_one()
        count.tries = connection.execute(text("SELECT sum(tries) FROM core_delivery")).scalar_one()
    expected = {(number, handler) for number in range(1, events + 1) for handler in HANDLERS}
    count.missing = len(expected - found.keys())
    count.double = sum(times - 1 for key, times in found.items())
    count.foreign = len(found.keys() - expected) + published - events
    count.stopped = server.stop()
    count.seconds = time.monotonic() - begun
    return count
