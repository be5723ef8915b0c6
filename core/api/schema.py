"""Describes the interface for programs as OpenAPI 3.1, made from the Resources as one person may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import BooleanField
from wtforms.validators import DataRequired, InputRequired

from core.api.bodies import REFERENCES, entries, form_of, line_fields
from core.api.fields import SCHEMAS, TEXT_SCHEMA, offered
from core.auth.access import Access
from core.columns import Versioned
from core.custom import fields_of
from core.i18n import gettext
from core.listing.binding import Binding
from core.listing.lists import views_of
from core.listing.state import SIZES
from core.listing.values import OPERATORS
from core.overlay import overlay
from core.plugin import Field, Resource

PREFIX = "/api/v1/"
PROBLEM = "application/problem+json"


METHODS = {"create": "post", "edit": "patch", "delete": "delete"}
MOST_CHOICES = 60


def readable(resources: Sequence[Resource], access: Access) -> list[Resource]:
    """List the resources of which a person finds some records."""
    return [one for one in resources if access.may(one.code("query"))]


def writing_of(resource: Resource, access: Access | None = None) -> list[str]:
    """List the actions by which programs write a resource: what it declares, and a person may do of any record."""
    declared = {
        "create": resource.form is not None and resource.create is not None,
        "edit": resource.form is not None and resource.change is not None and issubclass(resource.model, Versioned),
        "delete": resource.remove is not None and issubclass(resource.model, Versioned),
    }
    able = [action for action, found in declared.items() if found]
    return able if access is None else [one for one in able if access.may(resource.code(one))]


def name_of(resource: Resource) -> str:
    """Give the name of a resource in the description: `companies`, `journals.subscriptions`."""
    return resource.key.replace("/", ".")


def document(session: Session, resources: Sequence[Resource], access: Access) -> dict[str, Any]:
    """Make the description of all that a person's programs may read."""
    shown = readable(resources, access)
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {**COMMON}
    for one in shown:
        fields = offered(one, access, session)
        schemas[name_of(one)] = _item_schema(one, fields)
        paths[f"{PREFIX}{one.key}"] = {"get": _list(session, one, access, fields)}
        paths[f"{PREFIX}{one.key}/{{id}}"] = {"get": _record(one, fields)}
        for action, method in METHODS.items():
            if action in writing_of(one, access):
                address = f"{PREFIX}{one.key}" + ("" if action == "create" else "/{id}")
                if action != "delete":
                    schemas[f"{name_of(one)}.{action}"] = body_schema(session, one, access, action)
                paths[address][method] = _writing(one, action)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": gettext("Zhike: interface for programs"),
            "version": "1",
            "description": gettext(
                "Every request carries a token: Authorization: Bearer …. A program reads what its person sees, and "
                "writes what he may change, where the token was given the right."
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name_of(one), "description": str(one.title_plural)} for one in shown],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
            "responses": _problems(),
            "headers": RATE_HEADERS,
        },
    }


COMMON: Mapping[str, Any] = {
    "Reference": {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    },
    "Problem": {
        "type": "object",
        "required": ["status", "title"],
        "properties": {
            "status": {"type": "integer"},
            "title": {"type": "string"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
}
RATE_HEADERS: Mapping[str, Any] = {
    name: {"schema": {"type": "integer"}} for name in ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
}


def _problems() -> dict[str, Any]:
    words = {
        "401": gettext("The token is missing, or does not work"),
        "403": gettext("The token lacks the right"),
        "404": gettext("There is no such thing, or it may not be seen"),
        "400": gettext("The body is no JSON, or a header is missing"),
        "409": gettext("It seems to be there already; candidates names what it may be"),
        "412": gettext("It was changed meanwhile"),
        "415": gettext("The body must be application/json"),
        "422": gettext("What was sent cannot be used; errors by parameter or field"),
        "428": gettext("If-Match is missing"),
        "429": gettext("Too many requests in this minute, or too many records today"),
    }
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {f"Problem{status}": {"description": text, "content": content} for status, text in words.items()}


def _answers(schema: Mapping[str, Any], *refusals: str, headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS}
    good = {
        "description": gettext("What was found"),
        "headers": {**told, **(headers or {})},
        "content": {"application/json": {"schema": schema}},
    }
    return {"200": good, **{status: {"$ref": f"#/components/responses/Problem{status}"} for status in refusals}}


def field_schema(field: Field) -> dict[str, Any]:
    """Describe the values of a field."""
    made = {**SCHEMAS.get(field.kind, TEXT_SCHEMA), "title": str(field.title)}
    if field.dictionary is not None:
        made["description"] = gettext("Codes of the dictionary %(name)s", name=field.dictionary)
    return made


def _item_schema(resource: Resource, fields: Sequence[Field]) -> dict[str, Any]:
    """Describe a record. Only its id is always there: what is not seen of a record is absent."""
    return {
        "type": "object",
        "title": str(resource.title),
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, **{one.name: field_schema(one) for one in fields}},
    }


def _query(name: str, description: str, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


def conditions(binding: Binding, resource: Resource) -> list[tuple[Field, Sequence[str]]]:
    """List the fields that a query may ask for, with their operators; `eq` is the first."""
    found = [one for one in fields_of(resource) if one.filterable and binding.knows(one)]
    return [(one, ("eq", *sorted(OPERATORS[one.kind] - {"eq"}))) for one in found]


def sortable(binding: Binding, resource: Resource) -> list[Field]:
    """List the fields by which a list can be sorted."""
    return [one for one in fields_of(resource) if one.sortable and binding.knows(one)]


def _fields_parameter(fields: Sequence[Field]) -> dict[str, Any]:
    text = gettext("Names of fields, with commas between: %(names)s", names=", ".join(one.name for one in fields))
    return _query("fields", text)


def _list(session: Session, resource: Resource, access: Access, fields: Sequence[Field]) -> dict[str, Any]:
    binding = Binding(resource, access, session)
    keys: dict[str, Any] = {}
    for one, operators in conditions(binding, resource):
        for op in operators:
            keys[one.name if op == "eq" else f"{one.name}__{op}"] = {"type": "string", "title": str(one.title)}
    order = ", ".join(one.name for one in sortable(binding, resource))
    views = ", ".join(f"{one.name} ({one.title})" for one in views_of(session, resource, access) if one.name)
    parameters = [
        _query("q", gettext("Key word, as in the field above the list")),
        _query("view", gettext("A view of the list: %(names)s", names=views or "—")),
        _query("sort", gettext("At most three fields, - for descending: %(names)s", names=order or "—")),
        _query("size", gettext("Records in one answer"), {"type": "integer", "enum": list(SIZES)}),
        _query("after", gettext("Where the answer begins; taken from next")),
        _fields_parameter(fields),
        {
            "name": "conditions",
            "in": "query",
            "description": gettext("Conditions as field=value or field__operator=value; all of them must hold"),
            "style": "form",
            "explode": True,
            "schema": {"type": "object", "properties": keys, "additionalProperties": False},
        },
    ]
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{name_of(resource)}"}}
    answer = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": items, "next": {"type": ["string", "null"], "format": "uri-reference"}},
    }
    return {
        "operationId": f"list_{resource.key.replace('/', '_')}",
        "summary": gettext("List of %(things)s", things=str(resource.title_plural)),
        "tags": [name_of(resource)],
        "parameters": parameters,
        "responses": _answers(answer, "401", "403", "422", "429"),
    }


def _record(resource: Resource, fields: Sequence[Field]) -> dict[str, Any]:
    known = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    responses = _answers(
        {"$ref": f"#/components/schemas/{name_of(resource)}"},
        *("401", "403", "404", "422", "429"),
        headers={"ETag": {"schema": {"type": "string"}}},
    )
    responses["304"] = {"description": gettext("It is as it was")}
    return {
        "operationId": f"get_{resource.key.replace('/', '_')}",
        "summary": gettext("One record: %(thing)s", thing=str(resource.title)),
        "tags": [name_of(resource)],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            _fields_parameter(fields),
            known,
        ],
        "responses": responses,
    }


def writable_names(session: Session, resource: Resource, access: Access) -> list[str]:
    """Name the fields and lines that programs of a person can write of a new record, or change."""
    able = [one for one in writing_of(resource, access) if one != "delete"]
    return list(body_schema(session, resource, access, able[0])["properties"]) if able else []


def body_schema(session: Session, resource: Resource, access: Access, action: str) -> dict[str, Any]:
    """Describe what is sent to make or change a record: what its form has and the person sees."""
    classes = frozenset({"brief", "inner"} | ({"private"} if access.may(resource.code("private")) else set()))
    form = form_of(resource, None, classes)
    properties: dict[str, Any] = {}
    required = []
    if action == "create" and resource.customer not in (None, "id") and resource.customer not in form:
        properties[str(resource.customer)] = {"type": "integer"}
        required.append(str(resource.customer))
    unchanging: frozenset[str] = frozenset() if action == "create" else getattr(form, "new_only", frozenset())
    for one in entries(resource, form, classes):
        if one.key in unchanging:
            continue
        field = form[one.key]
        if one.field is None:
            properties[one.name] = _lines_schema(session, field)
            continue
        if one.field.kind in REFERENCES:
            properties[one.name] = {"type": ["integer", "null"], "title": str(one.field.title)}
        else:
            properties[one.name] = _written_schema(session, one.field)
        if (most := getattr(field, "max_length", None)) and "string" in properties[one.name]["type"]:
            properties[one.name]["maxLength"] = most
        needed = any(isinstance(check, DataRequired | InputRequired) for check in field.validators)
        if needed and field.data in (None, "", []):
            required.append(one.name)
    made: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**made, "required": required} if action == "create" and required else made


def _written_schema(session: Session, field: Field) -> dict[str, Any]:
    made = field_schema(field)
    if field.kind == "number" or field.kind == "money":
        made["type"] = ["number", "string", "null"]
    if field.dictionary is not None:
        _options(session, made, field.dictionary)
    return made


def _options(session: Session, made: dict[str, Any], dictionary: str) -> None:
    """Name the codes of a dictionary, where they are not too many."""
    codes = [str(code) for code, _title in overlay().choices(session, dictionary)]
    if len(codes) > MOST_CHOICES:
        return
    if "items" in made:
        made["items"] = {"type": "string", "enum": codes}
    else:
        made["enum"] = [*codes, None]


def _lines_schema(session: Session, lines: Any) -> dict[str, Any]:
    """Describe lines such as phones: those with an id are changed, those not named are taken away."""
    properties: dict[str, Any] = {"id": {"type": "integer"}}
    for name, field in line_fields(lines).items():
        kind = "boolean" if isinstance(field, BooleanField) else "string"
        properties[name] = {"type": [kind, "null"], "title": str(field.label.text)}
        if dictionary := getattr(field, "dictionary", None):
            _options(session, properties[name], dictionary)
    item = {"type": "object", "additionalProperties": False, "properties": properties}
    return {"type": ["array", "null"], "title": str(lines.label.text), "items": item}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}


def _writing(resource: Resource, action: str) -> dict[str, Any]:
    """Describe the making, changing or removing of a record."""
    thing = str(resource.title)
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    known = _header("If-Match", gettext("The ETag of the record as the program knows it"))
    once = _header(
        "Idempotency-Key", gettext("A key of your own: sent again with the same body, it makes no second one")
    )
    reason = _query("duplicate_reason", gettext("Why it is entered although it seems to be there already"))
    refusals = {"create": ("400", "409", "415", "422"), "edit": ("400", "404", "409", "412", "415", "422", "428")}
    told = _answers(
        {"$ref": f"#/components/schemas/{name_of(resource)}"},
        *("401", "403", *refusals.get(action, ("404", "412", "422", "428")), "429"),
        headers={"ETag": {"schema": {"type": "string"}}},
    )
    good = told.pop("200")
    if action == "create":
        good["headers"]["Location"] = {"schema": {"type": "string", "format": "uri-reference"}}
        good["description"] = gettext("It was made, now or when this key came first")
        told = {"201": good, **told}
    elif action == "edit":
        told = {"200": {**good, "description": gettext("It was changed")}, **told}
    else:
        told = {"204": {"description": gettext("It is in the bin")}, **told}
    made: dict[str, Any] = {
        "operationId": f"{action}_{resource.key.replace('/', '_')}",
        "summary": {
            "create": gettext("Make one: %(thing)s", thing=thing),
            "edit": gettext("Change one: %(thing)s", thing=thing),
            "delete": gettext("Put one into the bin: %(thing)s", thing=thing),
        }[action],
        "tags": [name_of(resource)],
        "parameters": [once] if action == "create" else [number, known],
        "responses": told,
    }
    if action != "delete":
        if resource.twins is not None:
            made["parameters"].append(reason)
        schema = {"$ref": f"#/components/schemas/{name_of(resource)}.{action}"}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return made
