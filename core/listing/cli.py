"""`zhike export`: rows of a resource into a file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from core.auth.access import Access, access_of, current_access
from core.auth.models import User
from core.clock import local_today
from core.db import current_work, session, system_transaction, transaction, work
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing import services
from core.listing.export import Written, exportable, write_file
from core.listing.figures import count_exportable
from core.listing.lists import field_names, look, views_of
from core.listing.state import ListState, read_state
from core.plugin import Resource


@click.command()
@click.argument("resource")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--query", help='Conditions as in the list\'s address, as JSON: {"q": "…", "owner__in": "1,2"}.')
@click.option("--columns", help="Names of columns with commas between; all that may be exported when left out.")
@click.option("--encoding", type=click.Choice(["utf-8", "gb18030"]), default="utf-8", help="Characters of a CSV file.")
@click.option("--as", "username", help="Only what this user may export, within his limit. Without it: everything.")
@click.option("--json", "as_json", is_flag=True)
def export(
    resource: str,
    file: Path,
    query: str | None,
    columns: str | None,
    encoding: str,
    username: str | None,
    as_json: bool,
) -> None:
    """Write rows of RESOURCE (companies, journals/subscriptions) into FILE (.csv or .xlsx); it is put on record."""
    from core.cli import say, the_app

    app = the_app()
    zhike = app.extensions["zhike"]
    kind = file.suffix.lower().removeprefix(".")
    if kind not in ("csv", "xlsx"):
        raise click.UsageError("FILE must end in .csv or .xlsx")
    pairs = read_pairs(query)
    with acting(zhike, username):
        try:
            found = zhike.registry.resource(resource)
        except KeyError:
            raise click.UsageError(f"there is no resource {resource}") from None
        access = current_access() if username else everything(zhike, found)
        state = _state(found, access, pairs)
        names = columns.split(",") if columns else [f.name for f in exportable(found, access, session())]
        if username:
            access.demand(found.code("export"))
        part = file.with_name(f".{file.name}.part")
        try:
            with part.open("w+b") as out:
                written = _write(out, found, access, state, names, kind, encoding, whole=not username)
            _put_on_record(found, access, state, names, kind, written, username)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    say({"rows": written.rows, "file": str(file), "sha256": written.sha256}, as_json=as_json)


@contextlib.contextmanager
def acting(zhike: Any, username: str | None) -> Iterator[None]:
    """Open a unit of work of the program, or of a user with his rights."""
    with work(zhike.database, reason="export") as unit:
        if username is None:
            yield
            return
        user_id = unit.session.scalar(select(User.id).where(User.username == username))
        enabled = zhike.registry.enabled(unit.session)
        access = access_of(unit.session, user_id, zhike.registry.permissions(), enabled) if user_id else None
        if access is None:
            raise NotFound(_("There is no active user %(name)s.", name=username))
    with work(zhike.database, actor=access) as unit:
        unit.info["may_write"] = True  # the count and the record of the export, which its right decides
        yield


def everything(zhike: Any, resource: Resource, *codes: str) -> Access:
    """Give the rights of the program itself: everything but secret fields, and the further codes."""
    scopes = {p.code: "all" for p in zhike.registry.permissions()}
    scopes.update({resource.code(a): "all" for a in ("query", "read", "private", "export")})
    scopes.update(dict.fromkeys(codes, "all"))
    return Access(
        user_id=None, username="", name="", groups=(), department_id=None, scopes=scopes, sources={}, people={}
    )


def read_pairs(query: str | None) -> list[tuple[str, str]]:
    """Read the JSON of `--query`: values are texts, numbers or lists of them. Raises UsageError."""
    try:
        given = json.loads(query) if query else {}
    except ValueError as error:
        raise click.UsageError(f"--query is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise click.UsageError("--query must be a JSON object")
    pairs = []
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, (str, int, float)):
                raise click.UsageError(f"--query: {name} must be a text, a number or a list of them")
            pairs.append((str(name), str(int(one) if isinstance(one, bool) else one)))
    return pairs


def _state(resource: Resource, access: Access, pairs: list[tuple[str, str]]) -> ListState:
    state = read_state(pairs, field_names(resource))
    seen = look(session(), resource, access, state, views_of(session(), resource, access))
    if seen.state.problems:
        raise Refused(seen.state.problems[0].text)
    return seen.state


def _write(
    out: Any,
    resource: Resource,
    access: Access,
    state: ListState,
    names: list[str],
    kind: str,
    encoding: str,
    *,
    whole: bool,
) -> Written:
    left = None if whole else services.rows_left(session(), access, local_today())
    if left is not None:
        count = count_exportable(session(), resource, state, access, None)
        if count > left:
            raise services.beyond(count, left)
    return write_file(out, session(), resource, access, state, names, kind=kind, encoding=encoding, whole=whole)


def _put_on_record(
    resource: Resource,
    access: Access,
    state: ListState,
    names: list[str],
    kind: str,
    written: Written,
    username: str | None,
) -> None:
    if username is None:
        with system_transaction("export", database=current_work().database) as writing:
            services.record_export(writing, resource.key, state.query(), names, written.rows, written.sha256, kind)
        return
    with transaction() as writing:
        services.spend_rows(writing, access, local_today(), written.rows)
        services.record_export(writing, resource.key, state.query(), names, written.rows, written.sha256, kind)
