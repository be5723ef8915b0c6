"""What programs write: records of the resources that declare how, by the forms and services of their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, current_app, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType

from core.api.bodies import entries, fill, form_of, in_words, parsed, values_of
from core.api.queries import prefix_of
from core.api.schema import writing_of
from core.api.views import reading
from core.api.views.read import check_day, check_fields, program, record_answer, resource_or_404
from core.auth.access import current_access
from core.auth.guard import token_writes
from core.auth.output import Visibility
from core.columns import Scoped
from core.db import current_work, session, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _
from core.listing.queries import allowed_ids
from core.plugin import Resource
from core.web import UsedKey, remember, repeated

LARGEST_BODY = 1_000_000
TAG = re.compile(r'(?:W/)?"(\d{1,15})(?:-[0-9a-f]+)?"')


class KeyNeeded(Refused):
    """A record was to be made without the key that makes repeating safe."""

    status = 400


class VersionNeeded(Refused):
    """A record was to be changed by one who does not say which state of it he knows."""

    status = 428


class Stale(Refused):
    """The record is no longer as the program knows it."""

    status = 412


def _demand(resource: Resource, action: str) -> None:
    """Raise MethodNotAllowed where the resource does not declare how."""
    able = writing_of(resource)
    if action not in able:
        methods = ["GET", "HEAD", "OPTIONS"]
        names = {"create": "POST"} if action == "create" else {"edit": "PATCH", "delete": "DELETE"}
        raise MethodNotAllowed([*methods, *(names[one] for one in able if one in names)])


def _body() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return parsed(request.get_data())


@contextmanager
def _told(names: dict[str, str]) -> Iterator[None]:
    """Tell what a service refuses by the names that programs use, and what changed meanwhile as stale."""
    try:
        yield
    except (Conflict, StaleDataError):
        raise _stale() from None
    except IntegrityError:
        raise Conflict(_("Another record that was saved just now stands against it. Nothing was saved.")) from None
    except Refused as refused:
        refused.fields = {in_words(key, names): text for key, text in refused.fields.items()}
        raise


def _stale() -> Stale:
    return Stale(_("It was changed meanwhile. Nothing was overwritten: read it again, with its new ETag."))


def _reason() -> str:
    return request.args.get("duplicate_reason", "")[:200]


def _note_program() -> None:
    """Let the lines of the trail tell that a program wrote, and with which token."""
    token_id = program()
    if token_id is not None:
        current_work().info["note"] = f"API {prefix_of(session(), token_id)}"


@reading.before_request
def limit_body() -> None:
    """No record is as large as a file may be."""
    request.max_content_length = LARGEST_BODY


@reading.post("/<plural>")
@reading.post("/<plugin>/<plural>")
@token_writes
def new_record(plural: str, plugin: str = "core") -> Response:
    """Make a record, once for each key; a repeat gets the same one as it is now."""
    resource, access = resource_or_404(plugin, plural), current_access()
    _demand(resource, "create")
    access.demand(resource.code("create"))
    if not request.headers.get("Idempotency-Key", "").strip():
        problem = _("Send a key of your own for each record: Idempotency-Key: …")
        raise KeyNeeded(problem, fields={"Idempotency-Key": problem})
    check_day()
    check_fields(resource)
    body = _body()
    _note_program()
    names: dict[str, str] = {}
    try:
        with _told(names), transaction() as writing:
            address = repeated(writing)
            if address is None:
                id = _create(writing, resource, body, names)
                address = remember(writing, f"{request.script_root}{request.path.rstrip('/')}/{id}")
    except UsedKey:
        problem = _("This key was sent already with other content. Nothing was saved; take a new key.")
        raise UsedKey(problem, fields={"Idempotency-Key": problem}) from None
    session().expire_all()  # what was written is read as it now is
    answered = record_answer(resource, int(address.rsplit("/", 1)[1]), status=201)
    answered.headers["Location"] = address
    return answered


def _create(writing: Any, resource: Resource, body: dict[str, Any], names: dict[str, str]) -> int:
    assert resource.create is not None
    access = current_access()
    classes = frozenset({"brief", "inner"} | ({"private"} if access.may(resource.code("private")) else set()))
    form = form_of(resource, None, classes)
    names.update({one.key: one.name for one in entries(resource, form, classes)})
    parent = _parent(writing, resource, form, body)
    values = {**values_of(form, fill(resource, form, body, classes, whole=True), whole=True), **parent}
    written = resource.twins(writing, values, None, _reason()) if resource.twins is not None else None
    record = resource.create(writing, values, by=access.user_id)
    writing.flush()
    if written is not None:
        written(record)
    return int(record.id)


def _parent(writing: Any, resource: Resource, form: Any, body: dict[str, Any]) -> dict[str, Any]:
    """Take the customer out of what was sent where the page asks for it before the form. Raises Refused."""
    name = resource.customer
    if name in (None, "id") or name in form:
        return {}
    from core.customers.models import Company

    value = body.pop(name, None)
    number = value.get("id") if isinstance(value, dict) else value
    whole = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**53
    company = writing.get(Company, number) if whole else None
    if company is None or not company.is_alive:
        problem = _("There is no such customer")
        raise Refused(problem, fields={str(name): problem})
    return {str(name): company.id}


def _record(writing: Any, resource: Resource, id: int, action: str) -> Any:
    """Find a record that the program may find and change, in the state that it knows. Raises Refused."""
    access = current_access()
    record = None
    if allowed_ids(writing, resource, [id], access, resource.code("query")):
        record = writing.get(resource.model, id)
    if record is None or getattr(record, "deleted_at", None) is not None:
        raise NotFound(_("It was deleted, or you may not see it."))
    access.demand(resource.code(action), record if isinstance(record, Scoped) else None)
    sent = request.headers.get("If-Match", "")
    if not sent.strip():
        problem = _("Say which state you know: If-Match with the ETag of the record")
        raise VersionNeeded(problem, fields={"If-Match": problem})
    if str(record.version) not in TAG.findall(sent):
        raise _stale()
    return record


@reading.patch("/<plural>/<int:id>")
@reading.patch("/<plugin>/<plural>/<int:id>")
@token_writes
def changed_record(plural: str, id: int, plugin: str = "core") -> Response:
    """Change the fields that are sent."""
    resource, access = resource_or_404(plugin, plural), current_access()
    _demand(resource, "edit")
    assert resource.change is not None
    check_day()
    check_fields(resource)
    body = _body()
    _note_program()
    names: dict[str, str] = {}
    with _told(names), transaction() as writing:
        record = _record(writing, resource, id, "edit")
        classes = Visibility(access, resource).of_record(record)
        form = form_of(resource, record, classes)
        names.update({one.key: one.name for one in entries(resource, form, classes)})
        values = values_of(form, fill(resource, form, body, classes, whole=False), whole=False)
        if values.keys() - {"known"}:
            written = resource.twins(writing, values, record, _reason()) if resource.twins is not None else None
            resource.change(writing, record, values, by=access.user_id, version=record.version)
            writing.flush()
            if written is not None:
                written(record)
    session().expire_all()
    return record_answer(resource, id)


@reading.delete("/<plural>/<int:id>")
@reading.delete("/<plugin>/<plural>/<int:id>")
@token_writes
def removed_record(plural: str, id: int, plugin: str = "core") -> Response:
    """Put a record into the bin."""
    resource = resource_or_404(plugin, plural)
    _demand(resource, "delete")
    assert resource.remove is not None
    _note_program()
    with _told({}), transaction() as writing:
        resource.remove(writing, _record(writing, resource, id, "delete"), by=current_access().user_id)
        writing.flush()
    return current_app.response_class(status=204)
