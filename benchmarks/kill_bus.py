"""1,000 events over 20 kill -9 of worker and server, on each database and each queue: what is missing, what double.

python benchmarks/kill_bus.py [--events N] [--kills N] [--database URL] [--redis URL] [--only sqlite-redis ...]
[--json FILE]

`--database` names a PostgreSQL server on which databases may be made (default: ZHIKE_TEST_DATABASE_URL); without one
only SQLite is measured. `--redis` names a Redis database that holds nothing else (default redis://127.0.0.1:6379/9).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.core.bus.killing import Server, run


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Make a PostgreSQL database for one run, where there is a server to make it on."""
    if not server:
        yield ""
        return
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"zhike_kill_{os.getpid()}"
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()


def empty_redis(url: str) -> None:
    """Forget what an earlier run left."""
    from redis import Redis

    with Redis.from_url(url) as client:
        client.flushdb()


def main() -> int:
    """Run every combination that is asked for; the exit code is 1 when one of them broke the promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", default=os.environ.get("ZHIKE_TEST_DATABASE_URL", ""))
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/9")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    databases = ["sqlite", *(["postgresql"] if options.database else [])]
    results = {}
    for database in databases:
        for queue in ("sqlite", "postgresql", "redis"):
            name = f"{database}-{queue}"
            if (options.only and name not in options.only) or (queue == "postgresql" and not options.database):
                continue
            with tempfile.TemporaryDirectory() as folder, new_database(options.database) as spare:
                home = Path(folder)
                queues = {"sqlite": f"sqlite:///{home / 'queue.db'}", "postgresql": spare, "redis": options.redis}
                if queue == "redis":
                    empty_redis(options.redis)
                url = spare if database == "postgresql" else f"sqlite:///{home / 'kill.db'}"
                server = Server(home, url, queues[queue])
                server.set_up()
                server.start()
                count = run(server, events=options.events, kills=options.kills)
            results[name] = {**asdict(count), "good": count.good}
            print(
                f"database {database:<10} queue {queue:<10} {count.events} events, {count.kills} kills: "
                f"{count.missing} missing, {count.double} double, {count.foreign} of rolled-back saves, "
                f"{count.gave_up} gave up, {count.tries} tries, {count.seconds:.0f} s, stop {count.stopped:.1f} s",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    return 0 if all(result["good"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
