"""Imports a file of companies: rows a second; and whether an import killed at half ends with exactly the same rows.

`python -m benchmarks.import_companies FILE [--database-url URL] [--kill]` prints JSON. The database must be empty; with
`--kill` the command is ended by `kill -9` when half of its rows are in, and started again.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
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


def main() -> None:
    """Import, kill where asked, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    names = rows_of(options.file)
    with tempfile.TemporaryDirectory(prefix="zhike-bench-") as folder:
        env = environment(Path(folder), options.database_url)
        zhike(env, "db", "upgrade")
        command = [sys.executable, "-m", "core.cli", "import", "companies", str(options.file.resolve()), "--json"]
        result: dict[str, Any] = {"rows": len(names), "database": (options.database_url or "sqlite").split(":")[0]}
        if options.kill:
            result["killed_at"] = killed_at_half(command, env, len(names))
        started = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        answer = json.loads(done.stdout)
        left = len(names) - result.get("killed_at", 0)
        result |= {"seconds": round(seconds, 2), "rows_per_second": round(left / seconds), "resumed": answer["resumed"]}
        result["created"] = answer["created"]
        url = options.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url or f"sqlite:///{Path(folder) / 'zhike.db'}")
        with engine.connect() as connection:
            found = Counter(connection.scalars(text("SELECT name FROM core_company")))
            documents = connection.scalar(text("SELECT count(*) FROM core_search_doc WHERE resource = 'company'"))
        wanted = Counter(names)
        result["missing"] = (wanted - found).total()
        result["too_many"] = (found - wanted).total()
        result["not_in_the_search"] = found.total() - int(documents or 0)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
