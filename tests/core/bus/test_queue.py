"""The queue carries ids and nothing else; without it everything still happens, only later."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import select

from core.bus import publish
from core.bus.delivery import sweep
from core.bus.models import Delivery
from core.bus.queue import Queue
from core.errors import Misdeclared
from tests.core.bus.conftest import Probe, traces, write

NAME = "probe.thing_happened"


@pytest.fixture
def queue(tmp_path, test_database):
    """Give a queue of the kind that goes with the database under test."""
    url = test_database.url
    made = Queue(url if url.startswith("postgresql") else f"sqlite:///{tmp_path / 'queue' / 'queue.db'}")
    made.connect().storage.flush_queue()
    yield made
    made.close()


def test_messages_are_plain_json_with_ids_and_reach_their_handler_in_order(queue):
    queue.tell("deliver", 7)
    queue.tell("run_job", 8)
    queue.tell("sweep")
    assert queue.size() == 3
    messages = [json.loads(bytes(data)) for data in queue.connect().storage.enqueued_items()]
    assert [arguments for _id, _name, arguments in messages] == [["deliver", 7], ["run_job", 8], ["sweep"]]
    done = []
    queue.handlers = {kind: lambda *ids, kind=kind: done.append((kind, *ids)) for kind in ("deliver", "run_job")}
    huey = queue.connect()
    while (task := huey.dequeue()) is not None:
        huey.execute(task)
    assert done == [("deliver", 7), ("run_job", 8)]


def test_only_messages_can_be_written(queue):
    with pytest.raises(TypeError):
        queue.connect().serializer.serialize({"anything": "else"})


def test_a_damaged_file_is_made_anew(tmp_path):
    path = tmp_path / "queue.db"
    path.write_bytes(b"this is no database" * 1000)
    queue = Queue(f"sqlite:///{path}")
    queue.tell("sweep")
    assert queue.size() == 1
    queue.close()


def test_an_unreachable_queue_fails_no_save_and_is_left_alone_for_a_while(bus, install, as_system, monkeypatch):
    install(Probe("probe", hears=[write]))
    lost = Queue("postgresql://nobody@127.0.0.1:1/nothing")
    tries = []
    connect = lost.connect
    monkeypatch.setattr(lost, "connect", lambda: tries.append(time.monotonic()) or connect())
    monkeypatch.setattr(bus, "queue", lost)
    for number in range(5):
        with as_system() as session:
            publish(session, NAME, {"number": number})
    assert len(tries) == 1
    assert sweep(bus) == 5
    with as_system() as session:
        assert len(traces(session)) == 5
        assert set(session.scalars(select(Delivery.state))) == {"done"}


def test_an_address_of_another_kind_is_refused():
    with pytest.raises(Misdeclared, match="amqp"):
        Queue("amqp://localhost").connect()
