"""Two clerks with a customer each, and a mail server that keeps what it takes and does what a test tells it."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core.bus.jobs import sweep_runs
from core.customers.models import Company, Contact, Email
from core.db import work
from core.mail.sending import use_server
from core.overlay import overlay


@dataclass
class Sink:
    """A server. `answers` maps an address to what it says to its RCPT, `after` to what it says after the text."""

    taken: list[tuple[str, bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    url: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        [address] = envelope.rcpt_tos
        if self.after.get(address) == "gone":
            self.taken.append((address, envelope.content))
            server.transport.abort()
            return "250 OK"
        if address in self.after:
            return self.after[address]
        self.taken.append((address, envelope.content))
        return "250 OK taken"


@pytest.fixture
def sink(app, as_system):
    found = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    found.url = f"smtp://127.0.0.1:{port}"
    parts = app.extensions["zhike"]
    use_server(parts.database, found.url, parts.config.home / "mail")
    with as_system() as session:
        overlay().change_setting(session, "core.mail_from", "news@press.example.com")
        overlay().change_setting(session, "core.mail_from_name", "知客传媒")
    yield found
    controller.stop()
    use_server(parts.database, None, parts.config.home / "mail")


@pytest.fixture
def house(people, as_system):
    market, press = people.department("市场部"), people.department("发行部")
    chief = people.user("chief", ("supervisor",), department=market)
    clerk = people.user("clerk", department=market, supervisor=chief)
    other = people.user("other", department=press)
    boss = people.user("boss", ("decision_maker",))
    with as_system() as session:
        mine = Company(name="四川川江源酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        theirs = Company(name="贵州赤河窖酒业有限公司", owner_id=other.id, entered_by_id=other.id)
        session.add_all([mine, theirs])
        session.flush()
        person = Contact(name="王建平", company_id=mine.id)
        session.add(person)
        session.flush()
        mail = Email(company_id=mine.id, contact_id=person.id, kind="office", address="Wang@river.example.com")
        session.add(mail)
        session.flush()
        ids = {"mine": mine.id, "theirs": theirs.id, "person": person.id, "mail": mail.id}
    return SimpleNamespace(chief=chief, clerk=clerk, other=other, boss=boss, **ids)


@pytest.fixture
def send(app):
    """Let the worker do what waits."""
    bus = app.extensions["zhike"].bus

    def run() -> int:
        return sweep_runs(bus)

    return run


@pytest.fixture
def reading(app):
    """Read as the program."""
    return lambda: work(app.extensions["zhike"].database, reason="test")
