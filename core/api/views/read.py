"""What programs read: lists and records of any Resource, as its person sees them on pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlencode

import structlog
from flask import Response, g, request
from flask import session as flask_session
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.api import queries, services
from core.api.bodies import entries, form_of, lines_of
from core.api.fields import items, offered, tells_private, wanted
from core.api.schema import writing_of
from core.api.settings import CALLS_SETTING, ROWS_SETTING
from core.api.views import reading
from core.auth.access import current_access
from core.auth.audit import record, record_many
from core.auth.guard import token_needed
from core.auth.output import Shown, Visibility
from core.auth.sessions import ServerSession
from core.clock import local_today
from core.columns import Scoped, Versioned
from core.db import session, system_session, system_transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.lists import field_names, look, views_of
from core.listing.queries import Reader, allowed_ids, list_page
from core.listing.state import read_state
from core.overlay import overlay
from core.plugin import Field, Resource
from core.web import zhike

log = structlog.get_logger(__name__)

LONGEST_ON_RECORD = 2000
"""So much of a query goes into the trail; programs ask often, and a query may be very long."""


class TooMuch(Refused):
    """A program asked for more than it may within a minute or a day."""

    status = 429


def answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON, its keys in our order."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, content_type="application/json")


# --- how much ---------------------------------------------------------------------------------------------------------


def program() -> int | None:
    """Give the number of the token, where a program asks."""
    asking = cast("ServerSession", flask_session).program
    return asking.token_id if asking is not None else None


@reading.before_request
def count_request() -> None:
    """Count a program's request, and refuse it where there were too many in this minute."""
    asking = cast("ServerSession", flask_session).program
    if asking is None:
        return
    limit = overlay().setting(session(), CALLS_SETTING)
    g.rate = services.used_up(asking, limit) or _counted(asking.token_id, limit)
    if g.rate is not None and g.rate.over:
        raise TooMuch(_("This token may make %(n)s requests in a minute. Wait for the next one.", n=limit))


def _counted(token_id: int, limit: int) -> services.Rate | None:
    try:
        with system_transaction("api") as writing:
            return services.count_call(writing, token_id, request.remote_addr or "", limit)
    except OperationalError as error:  # a full disk stops no reading
        log.warning("a program's request was not counted", error=str(error.orig))
        return None


@reading.after_request
def tell_rate(response: Response) -> Response:
    """Tell the limit, what is left of it, and when it begins anew."""
    rate: services.Rate | None = g.get("rate")
    if rate is not None:
        response.headers["RateLimit-Limit"] = str(rate.limit)
        response.headers["RateLimit-Remaining"] = str(rate.left)
        response.headers["RateLimit-Reset"] = str(rate.reset)
        if rate.over:
            response.headers["Retry-After"] = str(rate.reset)
    response.headers.add("Vary", "Authorization, Accept-Language")
    return response


def check_day() -> None:
    """Refuse what goes beyond the records of a day; all programs of a person share it. A HEAD is given none."""
    if request.method == "HEAD":
        return
    limit, user_id = overlay().setting(session(), ROWS_SETTING), current_access().user_id
    if limit and user_id is not None and queries.rows_today(session(), user_id, local_today()) >= limit:
        _tell_limit(user_id, limit)
        raise TooMuch(_("Your programs were given %(n)s records today, which is the limit of a day.", n=f"{limit:,}"))


def _tell_limit(user_id: int, limit: int) -> None:
    with system_session("api: the limit of a day") as quiet:  # first: who is refused again and again writes nothing
        if services.limit_told(quiet, user_id, local_today()):
            return
    try:
        with system_transaction("api: the limit of a day") as writing:
            services.tell_limit(writing, user_id, limit, local_today())
    except OperationalError as error:  # a full disk: the program is refused all the same
        log.warning("nobody was told of a program's limit", error=str(error.orig))


def _put_on_record(resource: Resource, rows: Sequence[Shown], fields: Sequence[Field], asked: str | None) -> None:
    """Count the records given; put a list's query on record, and each look at what is private."""
    looked = [row.id for row in rows if tells_private(row, fields)]
    try:
        with system_transaction("api") as writing:
            given = 0 if request.method == "HEAD" else len(rows)
            _write_record(writing, resource, given, asked, _companies(resource, looked))
    except OperationalError as error:  # a full disk stops no reading, but what is private is not given unrecorded
        if looked:
            raise
        log.warning("a program's reading was not put on record", error=str(error.orig))


def _write_record(
    writing: Session, resource: Resource, rows: int, asked: str | None, looked: Sequence[tuple[int, int | None]]
) -> None:
    entity, token_id = resource.model.__tablename__, program()
    prefix = services.count_rows_given(writing, token_id, rows, local_today()) if token_id is not None else ""
    if asked is not None:
        changes = {"query": [None, asked[:LONGEST_ON_RECORD]], "rows": [None, rows]}
        record(writing, "api", entity=entity, changes=changes, note=prefix)
    lines = (
        {"entity": entity, "entity_id": id, "company_id": company, "changes": {}, "note": prefix}
        for id, company in looked
    )
    record_many(writing, "view", lines)


def _companies(resource: Resource, ids: Sequence[int]) -> list[tuple[int, int | None]]:
    """Give records with the customer that each belongs to, as the trail keeps them."""
    if not ids or resource.customer is None:
        return [(id, None) for id in ids]
    model = resource.model
    rows = session().execute(select(model.id, getattr(model, resource.customer)).where(model.id.in_(ids)))
    return [(row[0], row[1]) for row in rows]


# --- what -------------------------------------------------------------------------------------------------------------


def resource_or_404(plugin: str, plural: str) -> Resource:
    """Find a resource that is switched on, for whoever may query it. Raises NotFound, Forbidden."""
    key = plural if plugin == "core" else f"{plugin}/{plural}"
    found = next((one for one in zhike().registry.resources() if one.key == key), None)
    if found is None or (request.view_args or {}).get("plugin") == "core":  # each record has one address
        raise NotFound(_("There is no such resource."))
    current_access().demand(found.code("query"))
    return found


@reading.get("/<plural>")
@reading.get("/<plugin>/<plural>")
@token_needed
def records(plural: str, plugin: str = "core") -> Response:
    """List records by the query words of the list page, with the address of what follows."""
    resource, access, current = resource_or_404(plugin, plural), current_access(), session()
    names = request.args.get("fields", "")
    fields = wanted(offered(resource, access, current), names, private=False)
    state = read_state(request.args.items(multi=True), field_names(resource), ignored=("fields",))
    seen = look(current, resource, access, state, views_of(current, resource, access))
    if seen.state.problems:
        told = {one.key: one.text for one in seen.state.problems}
        raise Refused(seen.state.problems[0].text, fields=told)
    check_day()
    page = list_page(current, resource, seen.state, access, [one.name for one in fields], sums=False, most=None)
    narrowed = f"&{urlencode({'fields': ','.join(one.name for one in fields)})}" if names else ""
    following = None
    if page.following:
        query = seen.query(seen.state.with_(after=page.following), paging=True)
        following = f"{request.script_root}{request.path}?{query}{narrowed}"
    _put_on_record(resource, page.rows, fields, (seen.query(seen.state) + narrowed).lstrip("&"))
    return answer({"items": items(page.rows, fields, current), "next": following})


@reading.get("/<plural>/<int:id>")
@reading.get("/<plugin>/<plural>/<int:id>")
@token_needed
def one_record(plural: str, id: int, plugin: str = "core") -> Response:
    """Give one record; 304 where the program has it already."""
    return record_answer(resource_or_404(plugin, plural), id)


def check_fields(resource: Resource) -> None:
    """Refuse a choice of fields that cannot be given, before anything is written. Raises Refused."""
    wanted(offered(resource, current_access(), session()), request.args.get("fields", ""), private=True)


def record_answer(resource: Resource, id: int, status: int = 200) -> Response:
    """Answer with a record as it is now: fields, and with what can be written the lines that belong to it."""
    access, current = current_access(), session()
    names = request.args.get("fields", "")
    fields = wanted(offered(resource, access, current), names, private=True)
    allowed = allowed_ids(current, resource, [id], access, resource.code("query"))
    rows = Reader(current, resource, access, [one.name for one in fields]).found(allowed)
    if not rows:
        raise NotFound(_("It was deleted, or you may not see it."))
    if status == 200 and request.method in ("GET", "HEAD"):
        check_day()
    told = items(rows, fields, current)[0]
    if not names:
        told |= _lines(resource, id)
    response = answer(told, status)
    response.set_etag(_mark(resource, id, response.get_data()))
    response.headers["Cache-Control"] = "private, no-cache"
    if request.method in ("GET", "HEAD"):
        response.make_conditional(request)
    if response.status_code != 304:
        _put_on_record(resource, rows, fields, None)
    return response


def _lines(resource: Resource, id: int) -> dict[str, Any]:
    """Give the lines of a record that the program may change, with the ids by which it does."""
    access = current_access()
    if "edit" not in writing_of(resource, access):
        return {}
    record = session().get(resource.model, id)
    if record is None or not access.may(resource.code("edit"), record if isinstance(record, Scoped) else None):
        return {}
    classes = Visibility(access, resource).of_record(record)
    form = form_of(resource, record, classes)
    return lines_of(resource, form, entries(resource, form, classes), private="private" in classes)


def _mark(resource: Resource, id: int, body: bytes) -> str:
    """Give the mark of a record's state: its version, and what stands beside it, as names and rights may change too."""
    model: Any = resource.model
    version = session().scalar(select(model.version).where(model.id == id)) if issubclass(model, Versioned) else None
    return f"{version or 0}-{hashlib.sha256(body).hexdigest()[:16]}"
