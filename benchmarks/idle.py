"""Measures how soon a server answers after its start, and its memory with nobody there and after a few pages.

`python -m benchmarks.idle [--database-url URL] [--rounds N]` prints JSON: seconds, and MB as the sum of proportional
set sizes of all its processes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.server import Client, environment, memory_of, served, zhike

PAGES = 20


def main() -> None:
    """Start the server a few times; the first start, which compiles, is left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        env = environment(Path(home), options.database_url)
        zhike(env, "db", "upgrade")
        starts, idle, used = [], [], []
        for number in range(options.rounds + 1):
            with served(env) as (port, process, seconds):
                time.sleep(8)  # the worker has looked at the tables by now
                idle_now = memory_of(process)
                for _ in range(PAGES):
                    Client(port).get("/login")
                if number:
                    starts.append(seconds)
                    idle.append(idle_now)
                    used.append(memory_of(process))
    result = {"cold_start_s": statistics.median(starts), "idle_mb": max(idle), "after_pages_mb": max(used)}
    print(json.dumps({key: round(value, 2) for key, value in result.items()}))


if __name__ == "__main__":
    main()
