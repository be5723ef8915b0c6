"""`zhike search`, `zhike duplicates`, `zhike parse-addresses`."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import access_of
from core.auth.models import User
from core.cli import say, the_app
from core.customers.addresses import parse_address
from core.customers.duplicates.engine import THRESHOLD
from core.customers.duplicates.reasons import in_words
from core.customers.models import ExternalReference
from core.customers.queries import duplicate_pairs, find_companies
from core.db import work
from core.errors import NotFound, Refused
from core.i18n import _
from core.plugin import Resource
from core.state import versions


@click.command()
@click.argument("text", required=False)
@click.option("--resource", default="companies", show_default=True, help="What to search: companies, contacts, …")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--as", "username", help="Only what this user may find. Without it: everything.")
@click.option("--file", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV: id,query")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV: id,rank,company_id")
@click.option("--json", "as_json", is_flag=True)
def search(
    text: str | None,
    resource: str,
    limit: int,
    username: str | None,
    source: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Find records by part of a name, pinyin initials, a contact, a phone number; the best first."""
    if (text is None) == (source is None) or (source is None) != (out is None):
        raise click.UsageError("give TEXT, or --file and --out")
    zhike = the_app().extensions["zhike"]
    try:
        found = zhike.registry.resource(resource)
    except KeyError:
        raise click.UsageError(f"there is no resource {resource}") from None
    with acting(zhike, username) as session:
        if source is None or out is None:
            say(answers(session, found, text or "", limit), as_json=as_json)
            return
        rows = search_file(session, found, source, out, min(limit, 10) if limit == 20 else limit)
    say({"rows": rows, "file": str(out)}, as_json=as_json)


@contextmanager
def acting(zhike: Any, username: str | None) -> Iterator[Session]:
    """Give a session of the program, or of a user with his rights. Raises NotFound."""
    with work(zhike.database, reason="search") as unit:
        if username is None:
            versions(unit.session)
            yield unit.session
            return
        user_id = unit.session.scalar(select(User.id).where(User.username == username))
        enabled = zhike.registry.enabled(unit.session)
        access = access_of(unit.session, user_id, zhike.registry.permissions, enabled) if user_id else None
        if access is None:
            raise NotFound(_("There is no active user %(name)s.", name=username))
    with work(zhike.database, actor=access) as unit:
        yield unit.session


def answers(session: Session, resource: Resource, text: str, limit: int) -> list[dict[str, Any]]:
    """Search one resource; companies are ranked, others come as their list does."""
    if resource.key == "companies":
        hits = find_companies(session, text, limit)
        known = external_ids(session, [hit.id for hit in hits])
        return [
            {
                "id": hit.id,
                "code": hit.code,
                "name": hit.name,
                "city": hit.city,
                "why": hit.why,
                "external_id": known.get(hit.id, ""),
            }
            for hit in hits
        ]
    if resource.search is None:
        raise click.UsageError(f"{resource.key} cannot be searched")
    from core.desk.queries import find_records

    return [{"id": one.id, "name": one.title} for one in find_records(session, resource, text, limit)]


def external_ids(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Give the ids that companies had in the file they came from."""
    rows = select(ExternalReference.record_id, ExternalReference.external_id).where(
        ExternalReference.resource == "company", ExternalReference.record_id.in_(ids)
    )
    return dict(session.execute(rows.order_by(ExternalReference.id.desc())).all())


def search_file(session: Session, resource: Resource, source: Path, out: Path, limit: int) -> int:
    """Answer every query of a file; the external id stands for a company that was imported with one."""
    count = 0
    with source.open(encoding="utf-8-sig", newline="") as given, out.open("w", encoding="utf-8", newline="") as made:
        writer = csv.writer(made)
        writer.writerow(["id", "rank", "company_id"])
        for row in csv.DictReader(given):
            for rank, hit in enumerate(answers(session, resource, row["query"], limit), start=1):
                writer.writerow([row["id"], rank, hit.get("external_id") or hit["id"]])
            count += 1
    return count


@click.command()
@click.argument("resource")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV: id1,id2,score,reasons"
)
@click.option("--threshold", type=click.FloatRange(0.01, 1), default=THRESHOLD, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def duplicates(resource: str, out: Path, threshold: float, as_json: bool) -> None:
    """Find the records of RESOURCE (companies) that are probably one; the surest pairs first."""
    if resource != "companies":
        raise click.BadParameter("use: companies", param_hint="RESOURCE")
    zhike = the_app().extensions["zhike"]
    started = time.monotonic()
    progress = Progress()
    with work(zhike.database, reason="duplicates") as unit:
        versions(unit.session)
        pairs = sorted(duplicate_pairs(unit.session, threshold, progress.tell), key=lambda pair: (-pair.score, pair))
        known = all_external_ids(unit.session)
    with out.open("w", encoding="utf-8", newline="") as made:
        writer = csv.writer(made)
        writer.writerow(["id1", "id2", "score", "reasons"])
        for pair in pairs:
            ids = (known.get(one) or one for one in (pair.first, pair.second))
            writer.writerow([*ids, f"{pair.score:.4f}", "; ".join(in_words(pair.reasons))])
    say(
        {
            "records": progress.records,
            "pairs": len(pairs),
            "threshold": threshold,
            "seconds": round(time.monotonic() - started, 2),
            "file": str(out),
        },
        as_json=as_json,
    )


class Progress:
    """Shows on standard error how far the comparison is, once a second."""

    def __init__(self) -> None:
        self.records = 0
        self.shown = time.monotonic()

    def tell(self, step: str, done: int, total: int) -> None:
        """Take the position and show it now and then."""
        self.records = max(self.records, total)
        if time.monotonic() - self.shown >= 1:
            self.shown = time.monotonic()
            of = f" / {total:,}" if total else ""
            click.echo(f"{step} {done:,}{of}", err=True)


def all_external_ids(session: Session) -> dict[int, str]:
    """Give the ids that companies had in the file they came from, the latest one of each."""
    reference = ExternalReference.__table__.c
    rows = select(reference.record_id, reference.external_id).where(reference.resource == "company")
    return dict(session.connection().execute(rows.order_by(reference.id)).all())


PLACE = ("province", "city", "district", "code", "postcode", "area_code")
EVERY = 5000


@click.command("parse-addresses")
@click.argument("source", metavar="IN.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("out", metavar="OUT.csv", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def parse_addresses(source: Path, out: Path, as_json: bool) -> None:
    """Read province, city and district with code, postcode and area code out of addresses.

    IN.csv has the columns id, address and, if known, area_code_hint; OUT.csv has id and what was found. What an address
    leaves open is empty.
    """
    parse_address("成都市")  # the tables of places are read before the clock starts
    started = time.monotonic()
    rows = districts = 0
    terminal = sys.stderr.isatty()
    try:
        with (
            source.open(encoding="utf-8-sig", newline="") as given,
            out.open("w", encoding="utf-8", newline="") as made,
        ):
            reader = csv.DictReader(given)
            if missing := {"id", "address"}.difference(reader.fieldnames or ()):
                names = ", ".join(sorted(missing))
                raise Refused(_("%(file)s has no column %(names)s.", file=str(source), names=names))
            writer = csv.writer(made)
            writer.writerow(["id", *PLACE])
            for row in reader:
                place = parse_address(row["address"] or "", row.get("area_code_hint") or "")
                writer.writerow([row["id"], *(getattr(place, name) for name in PLACE)])
                rows += 1
                districts += bool(place.district)
                if rows % EVERY == 0:
                    click.echo(f"{rows:,}", err=True, nl=not terminal)
                    if terminal:
                        click.echo("\r", err=True, nl=False)
    except UnicodeDecodeError:
        raise Refused(_("%(file)s is not UTF-8.", file=str(source))) from None
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}") from error
    seconds = time.monotonic() - started
    answer = {"rows": rows, "districts": districts, "seconds": round(seconds, 2), "file": str(out)}
    say(answer | {"rows_per_second": round(rows / seconds) if seconds else 0}, as_json=as_json)
