"""Types companies of a large register once more, in many ways, and says how often and how fast the right one is shown.

`python -m benchmarks.typing_duplicates [--companies 1000000] [--tries 500] [--database-url URL] [--home DIR]` prints
JSON: the share of tries with the right company among the first five, and the milliseconds of the query. The register is
invented; a home that was filled before is used again.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from benchmarks.duplicates import Written, invented
from benchmarks.server import environment, zhike
from benchmarks.variations import VARIATIONS, number_written
from core.config import load_config
from core.customers.models import Company, Phone
from core.customers.models.search import company_code
from core.customers.queries.likely import Typed, likely_duplicates
from core.customers.services.index import Named, index_companies
from core.customers.text import name_key, sort_key
from core.db import Database, work


def fill(database: Database, count: int, dice: random.Random) -> None:
    """Write companies with a telephone each, in portions."""
    written = Written(dice)
    rows: list[dict[str, Any]] = []
    for number, (name, unit, address) in enumerate(invented(count, dice), start=1):
        line, mobile, _person = written.reach(unit)
        company = {"id": number, "code": company_code(number), "name": name, "name_key": name_key(name)}
        company |= {"sort_key": sort_key(name), "division_code": unit.code, "province": unit.province}
        company |= {"city": unit.city, "district": unit.district, "address": address, "review_state": "reviewed"}
        rows.append({"company": company, "numbers": (line, mobile)})
        if len(rows) == 5000 or number == count:
            _write(database, rows)
            rows = []
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _write(database: Database, rows: list[dict[str, Any]]) -> None:
    with work(database, reason="benchmark") as unit:
        session = unit.session
        session.execute(insert(Company), [row["company"] for row in rows])
        numbers = [
            {
                "company_id": row["company"]["id"],
                "kind": "office",
                "number": digits,
                "digits": digits,
                "tail": digits[::-1],
            }
            for row in rows
            for digits in row["numbers"]
        ]
        session.connection().execute(insert(Phone.__table__), numbers)  # type: ignore[arg-type]
        named = (
            Named(c["id"], [c["name"]], places=(c["province"], c["city"], c["district"]))
            for c in (row["company"] for row in rows)
        )
        index_companies(session, named)
        session.commit()


def tries(database: Database, count: int, dice: random.Random) -> Iterator[tuple[int, str, Typed]]:
    """Type companies of the register once more: the name varied; place, address and number there or not."""
    with work(database, reason="benchmark") as unit:
        last = unit.session.scalar(select(func.max(Company.id))) or 0
        kinds = list(VARIATIONS)
        made = 0
        while made < count:
            company = unit.session.get(Company, dice.randrange(1, last + 1))
            assert company is not None
            kind = kinds[made % len(kinds)]
            name = VARIATIONS[kind](company.name, dice)
            if not name or name == company.name:
                kind, name = "same_name", company.name
            numbers = [number_written(phone.digits, dice) for phone in company.phones if dice.random() < 0.3]
            placed = dice.random() < 0.5 or kind in ("without_place", "brand_only")
            made += 1
            yield (
                company.id,
                kind,
                Typed(
                    name,
                    company.division_code or "" if placed else "",
                    company.address or "" if dice.random() < 0.4 else "",
                    numbers=tuple(numbers),
                ),
            )


def main() -> None:
    """Fill, type, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--home", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhike-bench-") as folder:
        home = options.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        zhike(environment(home, options.database_url), "db", "upgrade")
        database = Database(load_config(environment(home, options.database_url)))
        with work(database, reason="benchmark") as unit:
            known = unit.session.scalar(select(func.count()).select_from(Company)) or 0
        if not known:
            fill(database, options.companies, random.Random(options.seed))
        print(json.dumps(measured(database, options.tries, options.seed), ensure_ascii=False, indent=1))


def measured(database: Database, count: int, seed: int) -> dict[str, Any]:
    """Ask for every try and keep how long it took and whether the right one was shown."""
    seconds: list[float] = []
    used: list[float] = []
    shown: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for company, kind, typed in tries(database, count, random.Random(seed + 1)):
        with work(database, reason="benchmark") as unit:
            unit.session.scalar(select(1))
            started, before = time.perf_counter(), time.thread_time()
            found = likely_duplicates(unit.session, typed)
            seconds.append(time.perf_counter() - started)
            used.append(time.thread_time() - before)
        asked[kind] += 1
        shown[kind] += any(one.id == company for one in found)
    cuts = statistics.quantiles(seconds[10:] or seconds, n=100)
    return {
        "tries": count,
        "among_first_five": round(shown.total() / count, 4),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p95_ms": round(cuts[94] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "p95_ms_of_processor": round(statistics.quantiles(used[10:] or used, n=100)[94] * 1000, 1),
        "by_variation": {kind: f"{shown[kind]}/{number}" for kind, number in sorted(asked.items())},
    }


if __name__ == "__main__":
    main()
