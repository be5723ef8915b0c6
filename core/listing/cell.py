"""Changes one field of a record in its cell of the list: by right, with a version check, through its service."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import Access, current_access
from core.auth.output import Visibility
from core.auth.queries.people import person_choices
from core.db import session, transaction
from core.errors import Conflict, NotFound, Refused
from core.forms import read_amount, read_date
from core.i18n import _, gettext
from core.listing.binding import find_field
from core.listing.lists import Look, field_names, look, title_field, views_of
from core.listing.page import Place
from core.listing.queries import ListPage, Reader, allowed_ids
from core.listing.state import read_query
from core.listing.table import card_fields, draw
from core.overlay import overlay
from core.plugin import CellEdit, Field, Resource
from core.web import go_to, is_fragment, render, toast

LONGEST = 1000
"""Characters of a field that is no column."""


def cell_page(resource: Resource, place: Place, record_id: int, name: str) -> Response:
    """Show the field of a cell, or save what was chosen and answer with the row."""
    access = current_access()
    cell = next((one for one in resource.cells if one.field == name), None)
    field = find_field(resource, name)
    if cell is None or field is None:
        raise NotFound(_("This cannot be changed here, or not by you."))
    held = allowed_ids(session(), resource, [record_id], access, _code(resource, cell))
    if not held or not Visibility(access, resource).anywhere(field.field_class):
        raise NotFound(_("This cannot be changed here, or not by you."))
    query = request.values.get("query", "")
    if request.method != "POST":
        return _form(resource, place, cell, field, record_id, query)
    try:
        with transaction() as writing:
            _write(writing, resource, cell, field, record_id, access)
    except Refused as refused:
        said = next(iter(refused.fields.values()), None) or refused.message
        return _form(resource, place, cell, field, record_id, query, problem=said)
    if not is_fragment():
        toast(gettext("Saved"))
        return go_to(place.url("list", query))
    return _row(resource, place, record_id, query)


def _code(resource: Resource, cell: CellEdit) -> str:
    return resource.code(cell.action)


def _write(writing: Session, resource: Resource, cell: CellEdit, field: Field, record_id: int, access: Access) -> None:
    record = writing.get(resource.model, record_id)
    if record is None:
        raise NotFound(_("It was deleted, or you may not see it."))
    access.demand(_code(resource, cell), record)
    sent = request.form.get("version", "")
    if sent != str(getattr(record, "version", "")):
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was saved; look at it again."))
    if cell.read is not None and request.form.get("before", now := cell.read(writing, record)) != now:
        raise Conflict(_("Somebody changed this record meanwhile. Nothing was saved; look at it again."))
    typed = request.form.get("value", "")
    if cell.read is not None and len(typed) > LONGEST:  # cut off, it would take away what stands behind
        raise Refused(_("%(n)s characters at most", n=LONGEST))
    value = typed if cell.read is not None else read_cell(writing, field, typed, _now(record, field))
    if cell.write is not None:
        cell.write(writing, record, value, by=access.user_id)
    elif resource.change is not None:
        resource.change(writing, record, {column_of(field): value}, by=access.user_id)


def column_of(field: Field) -> str:
    """Give the attribute of the record that a field stands for."""
    return field.path or field.name


def _now(record: Any, field: Field) -> Any:
    return getattr(record, column_of(field))


def choices_of(current: Session, field: Field, value: Any) -> list[tuple[str, Any]] | None:
    """List what a field can be, with what it is; None where anything can be typed."""
    empty = [] if field.required else [("", "—")]
    if field.kind == "user":
        return [*empty, *person_choices(current, keep=value)]
    if field.kind == "bool":
        return [("1", gettext("Yes")), ("", gettext("No"))]
    if field.kind == "choice" and field.dictionary is not None:
        codes = overlay().choices(current, field.dictionary, keep=[value] if value else [])
        return [*([] if value else empty), *codes]
    if field.choices is not None:
        return [*empty, *((str(code), title) for code, title in field.choices(current))]
    return None


def read_cell(current: Session, field: Field, text: str, before: Any) -> Any:
    """Turn what was typed or chosen into the field's kind of value; an empty text is none. Raises Refused."""
    text = text.strip()
    if field.dictionary is not None:
        text = overlay().present(current, field.dictionary, text)
    choices = choices_of(current, field, before)
    if choices is not None and text not in [str(code) for code, _title in choices]:
        raise Refused(_("Choose one of the list"))
    if field.kind == "bool":
        return text == "1"
    if not text:
        if field.required:
            raise Refused(_("This field cannot be empty."))
        return None
    if len(text) > (field.max_length or 200):
        raise Refused(_("%(n)s characters at most", n=field.max_length or 200))
    try:
        if field.kind == "user":
            return int(text)
        if field.kind == "date":
            return read_date(text)
        if field.kind == "number":
            return int(text)
        if field.kind == "money":
            return read_amount(text)
    except ValueError:
        raise Refused(_("This is no value for %(field)s.", field=str(field.title))) from None
    return text


def _form(
    resource: Resource, place: Place, cell: CellEdit, field: Field, record_id: int, query: str, *, problem: Any = None
) -> Response:
    """Draw the field: in the cell, or as a page where no script asks. A conflict shows what is there now."""
    current = session()
    record = current.get(resource.model, record_id)
    if record is None:
        raise NotFound(_("It was deleted, or you may not see it."))
    value = cell.read(current, record) if cell.read is not None else _now(record, field)
    typed = request.form.get("value") if problem is not None else None
    text = typed if typed is not None else "1" if value is True else "" if value in (None, False) else str(value)
    names = Reader(current, resource, current_access(), [title_field(resource).name]).found([record_id])
    return render(
        "listing/cell_form.html" if is_fragment() else "listing/cell.html",
        422 if problem is not None else 200,
        resource=resource,
        field=field,
        value=text,
        before=value if cell.read is not None else None,
        choices=choices_of(current, field, value) if cell.read is None else None,
        offers=cell.offers(current) if cell.offers is not None else (),
        longest=LONGEST if cell.read is not None else field.max_length or 200,
        version=getattr(record, "version", ""),
        query=query,
        problem=problem,
        name=names[0].get(title_field(resource).name) if names else "",
        action=url_for(f"{place.prefix}cell", id=record_id, field_name=cell.field),
        back=place.url("list", query),
    )


def _row(resource: Resource, place: Place, record_id: int, query: str) -> Response:
    """Answer with the row as the list draws it; with nothing where the person no longer finds it."""
    current, access = session(), current_access()
    seen: Look = look(
        current, resource, access, read_query(query, field_names(resource)), views_of(current, resource, access)
    )
    names = list(dict.fromkeys([*(f.name for f in seen.columns), *card_fields(resource, seen.columns)]))
    rows = Reader(current, resource, access, names).found(
        allowed_ids(current, resource, [record_id], access, resource.code("query"))
    )
    page = ListPage(rows=rows)
    return Response(draw(current, resource, access, seen, page, f"{place.prefix}preview").rows or Markup(""))
