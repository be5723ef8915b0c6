"""The print page: template, sheet, start, order, a preview of the first sheet, and the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, send_file
from sqlalchemy import select

from core.auth.access import Access, current_access
from core.auth.guard import signed_in
from core.auth.models import Department
from core.clock import local_now
from core.db import session, transaction
from core.errors import Forbidden, NotFound, Refused
from core.i18n import _, gettext
from core.plugin import PrintTemplate, Resource
from core.printing.free import fields_to_print
from core.printing.gather import ORDERS, Batch, gather, lines_of, made_pdf, right_of, words_of
from core.printing.models import PrintRun
from core.printing.services import check_quota, record_print, rows_left
from core.printing.sheets import Sheet, check_start, sheet_of, sheets_for
from core.web import render, zhike

blueprint = Blueprint("printing", __name__, template_folder="templates")

TENTHS = 10
"""The preview is drawn in tenths of a millimetre: browsers do not draw type of three units well."""
POINT = 25.4 / 72 * TENTHS


@dataclass(frozen=True)
class Wanted:
    """What the address asks to print."""

    resource: Resource
    template: PrintTemplate
    templates: list[PrintTemplate]
    query: str
    sheet: Sheet | None
    start: int
    order: str
    parts: tuple[str, ...] | None


def templates_of(resource: Resource) -> list[PrintTemplate]:
    """List the templates of a resource."""
    declared: list[PrintTemplate] = zhike().registry.declared("register_prints")
    return [t for t in declared if t.resource == resource.key]


def wanted() -> Wanted:
    """Read the address or form. Raises NotFound for what is not there."""
    given = request.values
    try:
        resource = zhike().registry.resource(given.get("resource", ""))
    except KeyError:
        raise NotFound(_("Nothing of this kind can be printed.")) from None
    templates = templates_of(resource)
    name = given.get("template") or (templates[0].name if templates else "")
    template = next((t for t in templates if t.name == name), None)
    if template is None:
        raise NotFound(_("There is no such print template."))
    if not current_access().may(resource.code("query")):
        raise Forbidden(_("You do not have the right to open this page."), permission=resource.code("query"))
    sheets = sheets_for(template.kind)
    chosen = given.get("sheet", "")
    sheet = sheet_of(template.kind, chosen if chosen in sheets else next(iter(sheets))) if sheets else None
    order = given.get("order", "postcode")
    # what was ticked for another template says nothing of this one
    parts = tuple(given.getlist("part")) if given.get("parted") in (template.name, "1") else None
    start = given.get("start", "1").strip()
    return Wanted(
        resource,
        template,
        templates,
        given.get("query", "")[:4000],
        sheet,
        int(start) if start.isdigit() and len(start) < 6 else 0,
        order if order in ORDERS else "postcode",
        parts,
    )


@blueprint.get("/print")
@signed_in
def wizard() -> Any:
    """Choose template, sheet, start and order; show the first sheet as it will be."""
    if "resource" not in request.args:
        return _overview()
    asked = wanted()
    problem: Any = None
    batch = Batch()
    try:
        if asked.sheet is not None:
            check_start(asked.sheet, asked.start)
        batch = gather(
            session(),
            current_access(),
            asked.template,
            asked.resource,
            asked.query,
            order=asked.order,
            parts=asked.parts,
        )
    except Refused as refused:
        problem = refused.message
    return _page(asked, batch, problem, 422 if problem else 200)


@blueprint.post("/print")
@signed_in
def print_pdf() -> Any:
    """Make the PDF, put it on record, and send it."""
    asked = wanted()
    access = current_access()
    access.demand(right_of(asked.template, asked.resource))
    template, sheet = asked.template, asked.sheet
    batch = Batch()
    try:
        batch = _gather(asked)
        check_quota(session(), access.user_id, template.quota, len(batch.rows))
        note = gettext("%(name)s · %(time)s", name=_who(access), time=f"{local_now():%Y-%m-%d %H:%M}")
        with made_pdf(template, batch, sheet, start=asked.start, parts=asked.parts, note=note) as (path, pages):
            with transaction() as writing:
                record_print(
                    writing,
                    user_id=access.user_id,
                    template=template.name,
                    resource=asked.resource.key,
                    quota=template.quota,
                    query=asked.query,
                    sheet=sheet.name if sheet else "",
                    rows=len(batch.rows),
                    pages=pages,
                    file=path,
                )
            opened = path.open("rb")  # the folder goes, the open file stays
        name = f"{template.title}-{local_now():%Y%m%d-%H%M}.pdf"
        return send_file(opened, "application/pdf", as_attachment=True, download_name=name)
    except Refused as refused:
        return _page(asked, batch, refused.message, refused.status)


def _who(access: Access) -> str:
    """Name who prints, with his department."""
    department = session().get(Department, access.department_id) if access.department_id is not None else None
    return f"{department.name} · {access.name}" if department is not None else access.name


def _gather(asked: Wanted) -> Batch:
    return gather(
        session(),
        current_access(),
        asked.template,
        asked.resource,
        asked.query,
        order=asked.order,
        parts=asked.parts,
    )


def _overview() -> Any:
    """Show what can be printed and what this person printed."""
    access = current_access()
    registry = zhike().registry
    resources = {r.key: r for r in registry.resources()}
    found = []
    for template in registry.declared("register_prints"):
        resource = resources.get(template.resource)
        if resource is not None and access.may(resource.code("query")):
            found.append(
                {
                    "title": template.title,
                    "of": resource.title_plural,
                    "kind": template.kind,
                    "href": "/print?" + urlencode({"resource": resource.key, "template": template.name}),
                    "may": access.may(right_of(template, resource)),
                }
            )
    titles = {t.name: t.title for t in registry.declared("register_prints")}
    runs = session().scalars(
        select(PrintRun).where(PrintRun.user_id == access.user_id).order_by(PrintRun.id.desc()).limit(20)
    )
    made = [
        {"at": r.printed_at, "title": titles.get(r.template, r.template), "rows": r.row_count, "pages": r.page_count}
        for r in runs
    ]
    return render("printing/overview.html", templates=found, runs=made)


def _page(asked: Wanted, batch: Batch, problem: Any, status: int) -> Any:
    access = current_access()
    code = right_of(asked.template, asked.resource)
    sheet, template = asked.sheet, asked.template
    count = len(batch.rows)
    return render(
        "printing/wizard.html",
        status,
        asked=asked,
        sheets=list(sheets_for(template.kind).values()),
        parts=_parts(asked, batch),
        columns=batch.columns,
        problem=problem,
        count=count,
        pages=sheet.pages(count, max(asked.start, 1)) if sheet and count else 0,
        left_out=[{"id": r["id"], "problem": r["problem"], "name": r.get("name", "")} for r in batch.left_out],
        noted=[{"note": r["note"], "name": r.get("name", "")} for r in batch.rows if r.get("note")],
        preview=preview(batch, sheet, max(asked.start, 1), asked.parts) if sheet and not problem else None,
        table=[[str(c["text"] if isinstance(c, dict) else c) for c in r["lines"]] for r in batch.rows[:30]]
        if sheet is None
        else None,
        words=words_of(session(), access, asked.resource, asked.query) if asked.query and not problem else "",
        why=None if access.may(code) else gettext("You do not have the right to print this (%(code)s).", code=code),
        left=rows_left(session(), access.user_id, template.quota),
    )


def _parts(asked: Wanted, batch: Batch) -> list[tuple[str, Any, bool]]:
    """List what can be left out of a label, or chosen for a list, and whether it is in."""
    if asked.template.context is None:
        fields = fields_to_print(session(), current_access(), asked.resource)
        return [(one.name, one.title, one.name in batch.chosen) for one in fields]
    return [(key, title, asked.parts is None or key in asked.parts) for key, title in asked.template.parts]


def preview(batch: Batch, sheet: Sheet, start: int, parts: tuple[str, ...] | None) -> dict[str, Any]:
    """Give the first sheet in millimetres, as the page draws it: labels with their place and lines."""
    size = sheet.size * POINT
    cells = []
    for place in range(sheet.per_page):
        _sheet, x, y = sheet.position(place)
        number = place - (start - 1)
        row = batch.rows[number] if 0 <= number < len(batch.rows) else None
        cells.append(
            {
                "x": x * TENTHS,
                "y": y * TENTHS,
                "used": place < start - 1,
                "lines": lines_of(row, parts) if row else [],
                "box": str(row.get("postcode") or "") if row and sheet.boxes else "",
            }
        )
    return {
        "width": sheet.page[0],
        "height": sheet.page[1],
        "page": [side * TENTHS for side in sheet.page],
        "label": [side * TENTHS for side in sheet.label],
        "inset": sheet.inset * TENTHS,
        "text": {"font-size": f"{size:.1f}"},
        "large": {"font-size": f"{size * 1.15:.1f}"},
        "cells": cells,
    }
