"""How many event streams one process and one person may have."""

from __future__ import annotations

import socket

from core.desk.live import streams
from core.desk.live.streams import Streams


def test_one_person_gets_so_many_streams_and_others_still_theirs(app, monkeypatch):
    monkeypatch.setattr(streams, "EACH", 2)
    parts = app.extensions["zhike"]
    held = Streams(parts.database, parts.registry)
    ends = [socket.socketpair()[0] for _number in range(4)]
    try:
        assert [held.offer(one, 7, "token") for one in ends[:3]] == [True, True, False]
        assert held.offer(ends[3], 8, "token") is True
    finally:
        for one in ends:
            one.close()
