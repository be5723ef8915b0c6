"""Imports files of customers as they come into a fresh instance, and writes what arrived as one table.

`python -m benchmarks.messy_import FILE… --out ROWS.csv [--database-url URL]`: the mapping is found by the import
itself. One line for each row that was taken, read back from the database; refused rows are in `ROWS.errors-N.csv`.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text

from benchmarks.server import ROOT, environment, zhike

COLUMNS = (
    "file", "company", "contact", "title", "mobile", "phone", "ext", "fax", "email", "province", "city", "district",
    "postcode", "journal", "copies", "amount", "date",
)  # fmt: skip
KEPT = {"journal": "publication", "copies": "copies", "amount": "amount", "date": "starts_on"}
TAKEN = ("created", "alike", "updated", "unchanged")


def grouped(connection: Connection, statement: str) -> dict[int, list[Mapping[str, Any]]]:
    """Read rows by their company, in their order."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    for row in connection.execute(text(statement)).mappings():
        found.setdefault(row["company_id"], []).append(dict(row))
    return found


def arrived(connection: Connection) -> Iterator[dict[str, Any]]:
    """Give what each row of each import made, updated or found as it was."""
    companies = {
        row["id"]: row
        for row in connection.execute(
            text("SELECT id, name, province, city, district, postcode, primary_contact_id FROM core_company")
        ).mappings()
    }
    people = grouped(connection, "SELECT id, company_id, name, position_title FROM core_contact ORDER BY id")
    numbers = grouped(
        connection,
        "SELECT id, company_id, contact_id, kind, digits, number, extension FROM core_phone ORDER BY position, id",
    )
    mails = grouped(connection, "SELECT id, company_id, address FROM core_email ORDER BY position, id")
    statement = text(
        "SELECT b.filename, r.number, r.outcome, r.record_id, r.detail FROM core_import_row r"
        " JOIN core_import_batch b ON b.id = r.batch_id ORDER BY b.id, r.number"
    )
    for row in connection.execute(statement).mappings():
        if row["outcome"] not in TAKEN:
            continue
        detail = row["detail"] or {}
        detail = json.loads(detail) if isinstance(detail, str) else detail
        added = detail.get("added", {})
        company = companies[row["record_id"]]
        contact = own(people.get(company["id"], ()), None, detail.get("contact", company["primary_contact_id"]))
        phones = numbers.get(company["id"], ())
        here = set(added.get("core_phone", ()))
        phones = sorted(
            phones, key=lambda p: (p["id"] not in here, p["contact_id"] != (contact["id"] if contact else None))
        )
        mail = own(mails.get(company["id"], ()), added.get("core_email"), None)
        office = next((p for p in phones if p["kind"] not in ("mobile", "fax")), None)
        fax = next((p for p in phones if p["kind"] == "fax"), None)
        mine = [p for p in phones if contact and p["contact_id"] == contact["id"]]
        mobile = next((p for p in (*mine, *phones) if p["kind"] == "mobile"), None)
        kept = detail.get("kept", {})
        yield {
            "file": row["filename"],
            "company": company["name"],
            "contact": contact["name"] if contact else "",
            "title": contact["position_title"] if contact else "",
            "mobile": mobile["digits"] if mobile else "",
            "phone": office["digits"] if office else "",
            "ext": office["extension"] if office else "",
            "fax": fax["digits"] if fax else "",
            "email": mail["address"] if mail else "",
            **{name: company[name] or "" for name in ("province", "city", "district", "postcode")},
            **{name: kept.get(f"journals.{key}", "") for name, key in KEPT.items()},
        }


def own(rows: Sequence[Mapping[str, Any]], added: Sequence[int] | None, usual: int | None) -> Mapping[str, Any] | None:
    """Give the one that the row itself brought, else the company's first."""
    wanted: set[int | None] = {*added} if added else {usual}
    return next((one for one in rows if one["id"] in wanted), rows[0] if rows else None)


def main() -> None:
    """Import, read back, and tell what the imports said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    said = []
    with tempfile.TemporaryDirectory(prefix="zhike-bench-") as folder:
        env = environment(Path(folder), options.database_url)
        zhike(env, "db", "upgrade")
        for number, path in enumerate(options.files, start=1):
            report = options.out.with_suffix(f".errors-{number}.csv")
            command = [sys.executable, "-m", "core.cli", "import", "companies", str(path.resolve()), "--json"]
            command += ["--report", str(report.resolve())]
            done = subprocess.run(
                command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            said.append(json.loads(done.stdout))
        url = options.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        with create_engine(url or f"sqlite:///{Path(folder) / 'zhike.db'}").connect() as connection:
            rows = list(arrived(connection))
    with options.out.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    print(json.dumps(said, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
