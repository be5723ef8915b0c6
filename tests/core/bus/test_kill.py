"""Events survive kill -9 of worker and server: none is missing, no effect is there twice (promise R11)."""

from __future__ import annotations

from tests.core.bus.killing import Server, run


def test_no_event_is_lost_or_doubled_over_kills_of_worker_and_server(tmp_path, spare_url):
    queue = f"sqlite:///{tmp_path / 'queue.db'}" if spare_url.startswith("sqlite") else spare_url
    server = Server(tmp_path, spare_url, queue)
    server.set_up()
    server.start()
    count = run(server, events=200, kills=5)
    assert count.good, count
    assert count.tries >= 600
    assert server.process.returncode == 0
    assert count.stopped < 15
