"""Times pages as a client on the same machine sees them, with the raw query's time beside them.

`python -m benchmarks.pages --companies 100000 [--database-url URL] [--home DIR]` prints JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.server import Client, environment, load, memory_of, served

ROUNDS = 60


def milliseconds(call: Callable[[], Any], rounds: int = ROUNDS) -> dict[str, float]:
    """Call and give p50 and p95 in milliseconds, after five warm-ups."""
    for _ in range(5):
        call()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return {"p50": round(statistics.median(taken), 2), "p95": round(statistics.quantiles(taken, n=20)[-1], 2)}


def page(client: Client, addresses: list[str]) -> Callable[[], None]:
    """Make a call that asks for one of the addresses in turn and insists on 200."""
    state = {"n": 0}

    def ask() -> None:
        address = addresses[state["n"] % len(addresses)]
        state["n"] += 1
        answer = client.get(address)
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {answer.status}")

    return ask


def next_page(client: Client, address: str) -> str | None:
    """Give the address behind the list's link to the next page."""
    import html

    found = re.search(r'href="([^"]*[?&;]after=[^"]*)"', client.get(address).text)
    return html.unescape(found[1]) if found else None


def deep(client: Client, pages: int) -> str:
    """Walk the list to its nth page; give that page's address."""
    address = "/companies"
    for _ in range(pages - 1):
        following = next_page(client, address)
        if following is None:
            break
        address = following
    return address


def raw(database_url: str, statement: str, rounds: int = ROUNDS) -> dict[str, float]:
    """Time a bare statement on the same database."""
    from sqlalchemy import text

    from core.db import make_engine

    engine = make_engine(database_url)
    with engine.connect() as connection:
        return milliseconds(lambda: connection.execute(text(statement)).fetchall(), rounds)


def lift_export_limit(database_url: str) -> None:
    """Let one person export more than a day's rows, as an administrator would set it."""
    from sqlalchemy import text

    from core.db import make_engine

    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM core_setting WHERE key = 'core.export_rows_a_day'"))
        connection.execute(text("INSERT INTO core_setting (key, value) VALUES ('core.export_rows_a_day', '10000000')"))
        connection.execute(text("UPDATE core_state_version SET version = version + 1 WHERE name = 'settings'"))
    engine.dispose()


def creating(client: Client) -> Callable[[], None]:
    """Make a call that enters a new customer."""
    rng = Random(time.time_ns())

    def create() -> None:
        name = f"基准{rng.randrange(10**12)}酒业有限公司"
        answer = client.post("/companies/new", {"name": name, "idempotency_key": f"b{rng.randrange(10**15)}"})
        if answer.status not in (302, 303):
            raise RuntimeError(f"creating answered {answer.status}")

    return create


def mixed(signed_in: Client, ids: range, users: int, seconds: float) -> dict[str, float]:
    """Let users work at once: lists, searches, records, creating; give actions a second and p95."""
    words = ["酒", "食品", "成都", "cdj", "鑫源", "饮料", "糖业", "恒"]
    taken: list[float] = []
    errors: list[str] = []
    stop = time.perf_counter() + seconds

    def work(number: int) -> None:
        rng = Random(number)
        client = signed_in.again()
        create = creating(client)
        while time.perf_counter() < stop:
            dice = rng.random()
            start = time.perf_counter()
            try:
                if dice < 0.35:
                    address = "/companies"
                elif dice < 0.65:
                    address = f"/companies?q={rng.choice(words)}"
                elif dice < 0.95:
                    address = f"/companies/{rng.choice(ids)}"
                else:
                    address = ""
                if address:
                    status = client.get(address).status
                    if status != 200:
                        errors.append(f"{address}: {status}")
                else:
                    create()
            except Exception as error:
                errors.append(repr(error))
            taken.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(users)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - begun
    return {
        "actions_per_s": round(len(taken) / lasted, 1),
        "p50": round(statistics.median(taken), 1),
        "p95": round(statistics.quantiles(taken, n=20)[-1], 1),
        "errors": len(errors),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="zhike-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    env = environment(home, options.database_url)
    loaded = load(env, options.companies)
    account = next(a for a in loaded["accounts"] if a["groups"] == ["decision_maker"])
    url = options.database_url or f"sqlite:///{home / 'zhike.db'}"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    first = loaded["ids"]["companies"]
    lift_export_limit(url)
    result: dict[str, Any] = {
        "companies": loaded["companies"],
        "contacts": loaded["contacts"],
        "database": url.split(":")[0],
    }
    with served(env) as (port, process, cold):
        result["cold_start_s"] = round(cold, 2)
        time.sleep(2)
        result["idle_memory_mb"] = round(memory_of(process), 1)
        client = Client(port)
        client.sign_in(account["name"], account["password"])
        rng = Random(7)
        records = [f"/companies/{first + rng.randrange(loaded['companies'])}" for _ in range(40)]
        result["list"] = milliseconds(page(client, ["/companies"]))
        result["list_bytes"] = len(client.get("/companies").body)
        result["page_500"] = milliseconds(page(client, [deep(client, 500)]))
        for name, words in {
            "search_1": ["酒", "川", "泉", "鑫"],
            "search_2": ["食品", "鑫源", "成都", "饮品"],
            "search_4": ["食品工业", "成都鑫源", "酒类营销", "玻璃制品"],
            "search_8": ["成都鑫源食品工业", "有限责任公司", "食品工业有限公司", "供应链管理有限公"],
            "search_initials": ["cdxy", "spgy", "jylx", "cq"],
        }.items():
            result[name] = milliseconds(page(client, [f"/companies?q={word}" for word in words]))
        result["open"] = milliseconds(page(client, records))
        result["create"] = milliseconds(creating(client))
        result["mixed_8"] = mixed(client, range(first, first + loaded["companies"]), 8, options.seconds)
        result["export_csv_s"] = None
        columns_page = client.get("/companies/export").text
        names = re.findall(r'name="column" value="(\w+)"[^>]* checked', columns_page)
        start = time.perf_counter()
        answer = client.post("/companies/export", {"query": "", "format": "csv", "column": names})
        if answer.status == 200:
            result["export_columns"] = len(names)
            result["export_csv_s"] = round(time.perf_counter() - start, 2)
            result["export_rows"] = answer.body.count(b"\n") - 1
    columns = "id, code, name, standing, city, owner_id, updated_at"
    result["raw_list"] = raw(url, f"SELECT {columns} FROM core_company ORDER BY updated_at DESC, id DESC LIMIT 21")
    result["raw_open"] = raw(url, f"SELECT * FROM core_company WHERE id = {first}")
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
