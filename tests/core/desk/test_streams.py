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


def read_until(end, wanted):
    end.settimeout(10)
    heard = b""
    while wanted not in heard:
        piece = end.recv(4096)
        assert piece, heard
        heard += piece
    return heard


def test_a_page_is_asked_to_close_a_stream_that_it_may_not_keep_before_it_is_closed(app, monkeypatch):
    monkeypatch.setattr(streams, "LOOK", 0.1)
    monkeypatch.setattr(streams, "PARTING", 0.5)
    parts = app.extensions["zhike"]
    held = Streams(parts.database, parts.registry)
    (ours, page), (also_ours, deaf) = socket.socketpair(), socket.socketpair()
    with page, deaf:
        for one in (ours, also_ours):
            held.offer(one, 7, "no sign-in stands behind it")
            held.take(one)
        assert b"retry:" in read_until(page, b"event: again")
        page.close()
        read_until(deaf, b"event: again")
        assert deaf.recv(4096) == b""  # whoever does not go is closed
    assert len(held) == 0
