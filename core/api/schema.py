"""Describes the interface for programs as OpenAPI 3.1, made from the Resources as one person may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.api.fields import SCHEMAS, TEXT_SCHEMA, offered
from core.auth.access import Access
from core.custom import fields_of
from core.i18n import gettext
from core.listing.binding import Binding
from core.listing.lists import views_of
from core.listing.state import SIZES
from core.listing.values import OPERATORS
from core.plugin import Field, Resource

PREFIX = "/api/v1/"
PROBLEM = "application/problem+json"


def readable(resources: Sequence[Resource], access: Access) -> list[Resource]:
    """List the resources of which a person finds some records."""
    return [one for one in resources if access.may(one.code("query"))]


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
    return {
        "openapi": "3.1.0",
        "info": {
            "title": gettext("Zhike: interface for programs"),
            "version": "1",
            "description": gettext(
                "Every request carries a token: Authorization: Bearer …. A program reads what its person sees."
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
        "422": gettext("The query cannot be understood; errors by parameter"),
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
