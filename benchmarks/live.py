"""Times the live badge: from the sending of a message to its event in the receiver's page, with many pages open.

`python -m benchmarks.live [--pages 200] [--crowd 300] [--database-url URL] [--home DIR]` prints JSON: pages without
streams, with them and while a crowd comes at once, in the same run; each open page is another person's.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import secrets
import selectors
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.messages import sent
from benchmarks.pages import page
from benchmarks.server import Client, environment, load, served
from benchmarks.tasks import COMPANIES, more_people

PAGES = ["/companies", "/tasks", "/messages", "/contacts", "/companies?q=成都", "/badge"]
ROUNDS = 25
WITHIN = 30.0


def sign_in_all(url: str, users: Sequence[int]) -> dict[int, str]:
    """Sign people in without their passwords; give their tokens."""
    from sqlalchemy import insert

    from core.auth.models import WebSession
    from core.auth.sessions import token_hash
    from core.db import make_engine

    engine, now = make_engine(url), dt.datetime.now(dt.UTC)
    tokens = {user: secrets.token_urlsafe(32) for user in users}
    table: Any = WebSession.__table__
    rows = [
        {"token_hash": token_hash(token), "user_id": user, "data": {}, "created_at": now, "seen_at": now}
        | {"address": "", "agent": "benchmark"}
        for user, token in tokens.items()
    ]
    with engine.begin() as connection:
        connection.execute(insert(table), rows)
    engine.dispose()
    return tokens


class Crowd:
    """Open event streams of many people, heard by one thread: when each was told what."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.selector = selectors.DefaultSelector()
        self.open: dict[int, socket.socket] = {}
        self.told: dict[int, list[float]] = {}
        self.refused = 0
        self.ended = False
        self.thread = threading.Thread(target=self._hear, daemon=True)
        self.thread.start()

    def join(self, tokens: dict[int, str]) -> None:
        """Open the stream of each of some people, all at once."""
        for user, token in tokens.items():
            line = socket.create_connection(("127.0.0.1", self.port), 30)
            head = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: zhike_session={token}\r\n\r\n"
            line.sendall(head.encode())
            line.setblocking(False)
            self.told[user] = []
            self.open[user] = line
            self.selector.register(line, selectors.EVENT_READ, user)

    def _hear(self) -> None:
        while not self.ended:
            for key, _events in self.selector.select(0.2):
                with contextlib.suppress(BlockingIOError):
                    self._read(key.data, key.fileobj)

    def _read(self, user: int, line: Any) -> None:
        text = line.recv(65536)
        now = time.perf_counter()
        if not text or text.startswith(b"HTTP/1.1 204"):
            self.refused += 1
            self.selector.unregister(line)
            return
        self.told[user] += [now] * text.count(b"data: ")

    def all_told(self) -> bool:
        """Wait until everybody has heard his figures once; False where somebody has not in time."""
        until = time.perf_counter() + WITHIN
        while time.perf_counter() < until:
            if sum(map(bool, self.told.values())) + self.refused >= len(self.told):
                return True
            time.sleep(0.02)
        return False

    def close(self) -> None:
        """Let all go."""
        self.ended = True
        self.thread.join()
        for line in self.open.values():
            line.close()


@contextlib.contextmanager
def asking(client: Client) -> Iterator[list[float]]:
    """Ask for pages one after the other beside what else is done; gives how long each took, in milliseconds."""
    taken: list[float] = []
    over = threading.Event()
    ask = page(client, PAGES)

    def go() -> None:
        while not over.is_set():
            start = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - start) * 1000)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()


def figures(taken: Sequence[float]) -> dict[str, float]:
    """Give median, p95 and the longest."""
    ordered = sorted(taken)
    p95 = statistics.quantiles(ordered, n=20)[-1] if len(ordered) > 1 else ordered[0]
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(p95, 2),
        "longest": round(ordered[-1], 2),
        "number": len(ordered),
    }


def rounds(send: Callable[[int], None], people: Sequence[int], crowd: Crowd | None) -> list[float]:
    """Send a message to one after the other; give how long each badge took, counted from the sending."""
    waited = []
    for number in range(ROUNDS):
        user = people[number * 7 % len(people)]
        before = len(crowd.told[user]) if crowd else 0
        start = time.perf_counter()
        send(user)
        if crowd is not None:
            while len(crowd.told[user]) <= before:
                if time.perf_counter() - start > WITHIN:
                    raise RuntimeError("a badge never came")
                time.sleep(0.002)
            waited.append((crowd.told[user][before] - start) * 1000)
        time.sleep(0.4)
    return waited


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--crowd", type=int, default=300)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="zhike-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    env = environment(home, options.database_url)
    loaded = load(env, COMPANIES)
    url = options.database_url or f"sqlite:///{home / 'zhike.db'}"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    users = more_people(url, options.pages + options.crowd)[: options.pages + options.crowd]
    tokens = sign_in_all(url, users)
    password = next(one["password"] for one in loaded["accounts"] if one["name"] == "sales")
    result: dict[str, Any] = {"database": url.split(":")[0], "pages": options.pages, "crowd": options.crowd}
    with served(env) as (port, _process, _cold):
        writer, reader = Client(port), Client(port)
        writer.sign_in("sales", password)
        reader.sign_in("sales", password)

        def send(user: int) -> None:
            sent(writer, {"to": f"u{user}", "title": "请回电", "content": "客户等你回电。"})

        open_pages, late = users[: options.pages], users[options.pages :]
        with asking(reader) as alone:
            rounds(send, open_pages, None)
        crowd = Crowd(port)
        crowd.join({user: tokens[user] for user in open_pages})
        result["all_have_their_figures"] = crowd.all_told()
        with asking(reader) as beside:
            result["badge_ms"] = figures(rounds(send, open_pages, crowd))
        start = time.perf_counter()
        with asking(reader) as rush:
            crowd.join({user: tokens[user] for user in late})
            result["crowd_has_its_figures"] = crowd.all_told()
            result["crowd_seconds"] = round(time.perf_counter() - start, 2)
            time.sleep(max(0.0, 3 - (time.perf_counter() - start)))
        with asking(reader) as full:
            result["badge_with_all_ms"] = figures(rounds(send, users, crowd))
        result["refused"] = crowd.refused
        crowd.close()
        for name, taken in (("alone", alone), ("beside", beside), ("rush", rush), ("full", full)):
            result[f"page_ms_{name}"] = figures(taken)
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
