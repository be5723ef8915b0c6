"""Imports a file of companies: rows a second; and whether an import killed at half ends with exactly the same rows.

`python -m benchmarks.import_companies FILE [--database-url URL] [--kill] [--again]` prints JSON. The database must be
empty; with `--kill` the command is ended by `kill -9` when half of its rows are in, and started again. With `--again`
half of the rows, each written anew with a slip and without its id, come once more beside as many new ones: how many are
found to be there, rows a second, memory.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import io
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from benchmarks.server import ROOT, environment, zhike


def rows_of(path: Path) -> list[str]:
    """List the names that the file holds, in its column `name`; characters for private use are blanks to an import."""
    whole = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline=""))
    return [" ".join(re.sub("[\ue000-\uf8ff]", " ", row["name"]).split()) for row in rows]


def killed_at_half(command: list[str], env: dict[str, str], total: int) -> int:
    """Start the import and kill it once half of the rows are in; gives how many were."""
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            done = int(line.split(b"/")[0].strip().replace(b",", b"") or b"0") if b"/" in line else 0
            if done >= total // 2:
                process.kill()
                return done
    raise RuntimeError("the import ended before half of its rows were told")


def held(pid: int) -> float:
    """Give the proportional memory of a process in MB, everything counted; 0 for one gone."""
    with contextlib.suppress(OSError, TypeError):
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1024  # type: ignore[index]
    return 0


def measured(command: list[str], env: dict[str, str]) -> tuple[float, dict[str, Any], dict[str, Any]]:
    """Run an import; give its seconds, its answer, and what it took: processor time and memory.

    Memory is the proportional size of its processes, of each at its own peak and of all at theirs together.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        peak = {"importing": 0.0, "reading": 0.0, "together": 0.0}
        while process.poll() is None:
            now = {"importing": held(process.pid), "reading": 0.0}
            with contextlib.suppress(OSError):
                tasks = Path(f"/proc/{process.pid}/task").glob("*/children")  # of each of its threads
                now["reading"] = sum(held(int(child)) for task in tasks for child in task.read_text().split())
            now["together"] = sum(now.values())
            peak = {name: max(most, now[name]) for name, most in peak.items()}
            time.sleep(0.2)
        assert process.stdout is not None
        answer = json.loads(process.stdout.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.perf_counter() - started
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    memory = {f"{name}_mb": round(most) for name, most in peak.items()}
    return seconds, answer, {"cpu_seconds": round(spent, 1), **memory}


def again(path: Path, folder: Path, env: dict[str, str], likely: str) -> dict[str, Any]:
    """Import half of the rows once more, varied and mixed with as many companies that are new."""
    whole = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline="")))
    chance = random.Random(20)
    brands = "".join(sorted({row["name"][2:4] for row in rows[:2000]}))
    out = folder / "again.csv"
    with out.open("w", encoding="utf-8-sig", newline="") as made:
        writer = csv.writer(made)
        writer.writerow(["name", "province", "city", "district", "address"])
        for number, row in enumerate(rows):
            place = [row["province"], row["city"], row["district"]]
            if number % 2:
                writer.writerow([chance.choice(slips(row["name"], chance)), *place, row["address"]])
            else:
                brand = "".join(chance.choice(brands) for _ in range(3))
                trade = chance.choice(["食品", "酒业", "商贸", "印务", "文化传媒"])
                writer.writerow([f"{row['city'][:2]}{brand}{trade}有限公司", *place, f"{brand}路{number}号"])
    command = [sys.executable, "-m", "core.cli", "import", "companies", str(out), "--likely", likely, "--json"]
    dry, foretold, _spent = measured([*command, "--dry-run"], env)
    seconds, answer, spent = measured(command, env)
    found = answer["alike"] + answer["updated"] + answer["unchanged"] + answer["duplicates"]
    result = {"rows": len(rows), "there_already": len(rows) // 2, "found": found, "alike": answer["alike"]}
    result |= {"foretold_alike": foretold["alike"], "dry_run_rows_per_second": round(len(rows) / dry)}
    return {**result, "seconds": round(seconds, 2), "rows_per_second": round(len(rows) / seconds), **spent}


def slips(name: str, chance: random.Random) -> list[str]:
    """Write a name anew as people do: another legal form, two signs swapped, wide brackets, an end cut off."""
    place = chance.randrange(2, max(3, len(name) - 5))
    return [
        name.replace("有限责任公司", "公司").replace("有限公司", "公司"),
        name.replace("责任", "") if "责任" in name else name.replace("有限公司", "有限责任公司"),
        name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :],
        name.replace("(", "（").replace(")", "）") + " ",
        name[: len(name) - 2],
    ]


def main() -> None:
    """Import, kill where asked, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--likely", default="review", help="what is done with rows that are only alike; off: no check")
    options = parser.parse_args()
    names = rows_of(options.file)
    with tempfile.TemporaryDirectory(prefix="zhike-bench-") as folder:
        env = environment(Path(folder), options.database_url)
        zhike(env, "db", "upgrade")
        command = [sys.executable, "-m", "core.cli", "import", "companies", str(options.file.resolve()), "--json"]
        command += ["--likely", options.likely]
        result: dict[str, Any] = {"rows": len(names), "database": (options.database_url or "sqlite").split(":")[0]}
        if options.kill:
            result["killed_at"] = killed_at_half(command, env, len(names))
        seconds, answer, spent = measured(command, env)
        left = len(names) - result.get("killed_at", 0)
        result |= {"seconds": round(seconds, 2), "rows_per_second": round(left / seconds), "resumed": answer["resumed"]}
        result |= {"created": answer["created"], "alike": answer["alike"], **spent}
        url = options.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url or f"sqlite:///{Path(folder) / 'zhike.db'}")
        with engine.connect() as connection:
            found = Counter(connection.scalars(text("SELECT name FROM core_company")))
            documents = connection.scalar(text("SELECT count(*) FROM core_search_doc WHERE resource = 'company'"))
        wanted = Counter(names)
        result["missing"] = (wanted - found).total()
        result["too_many"] = (found - wanted).total()
        result["not_in_the_search"] = found.total() - int(documents or 0)
        if options.again:
            result["again"] = again(options.file, Path(folder), env, options.likely)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
