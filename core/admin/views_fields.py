"""The pages on which administrators add fields to resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request, url_for
from sqlalchemy.orm.exc import StaleDataError

from core.admin import fields as rules
from core.admin.forms_fields import CLASS_TITLES, KIND_TITLES, CustomFieldForm
from core.admin.views import blueprint
from core.auth.guard import require
from core.auth.models import CustomField
from core.auth.permissions import Perm
from core.custom import dictionary_of
from core.db import session, transaction
from core.errors import Conflict, Refused
from core.i18n import _, either
from core.plugin import Resource
from core.web import go, new_key, remember, render, repeated, toast, zhike

__all__ = ["blueprint"]


def _resources() -> list[Resource]:
    return [one for one in zhike().registry.resources() if one.extensible]


def _resource(key: str) -> Resource:
    return next((one for one in _resources() if one.key == key), None) or abort(404)


def _found(field_id: int) -> tuple[CustomField, Resource]:
    field = rules.find_field(session(), field_id)
    return field, _resource(field.resource)


def _row(field: CustomField) -> dict[str, Any]:
    return {
        "id": field.id,
        "name": field.name,
        "title": either(field.title, field.title_en or field.title),
        "kind": dict(KIND_TITLES)[field.kind],
        "seen": dict(CLASS_TITLES)[field.field_class],
        "section": either(field.section or "", field.section_en or field.section or ""),
        "required": field.required,
        "only_once": field.only_once,
        "default_column": field.default_column,
        "sortable": field.sortable,
        "waits": (field.sortable or field.only_once) and not field.indexed,
        "retired": field.retired,
        "dictionary": dictionary_of(field.id) if field.kind in ("choice", "choices") else None,
    }


@blueprint.get("/admin/fields")
@require(Perm.DICTIONARY_ADMIN)
def field_list() -> Any:
    """List the added fields of every resource that takes some."""
    groups = [(one, [_row(field) for field in rules.fields_in(session(), one.key)]) for one in _resources()]
    return render("admin/field_list.html", groups=groups)


@blueprint.route("/admin/fields/new", methods=["GET", "POST"])
@require(Perm.DICTIONARY_ADMIN)
def field_new() -> Any:
    """Add a field."""
    resource = _resource(request.values.get("resource", "companies"))
    form = CustomFieldForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                if not repeated(current):
                    made = rules.create_field(current, resource, form.values(), form.first_choices)
                    remember(current, url_for("admin.field_list", _anchor=f"field-{made.id}"))
            toast(_("The field %(title)s is there", title=form.title.data))
            return go("admin.field_list")
        except Refused as refused:
            form.refuse(refused)
    elif request.method != "POST":
        form.idempotency_key.data = new_key()
    return _page(form, resource, None)


@blueprint.route("/admin/fields/<int:field_id>/edit", methods=["GET", "POST"])
@require(Perm.DICTIONARY_ADMIN)
def field_edit(field_id: int) -> Any:
    """Change a field; its kind and name stay."""
    field, resource = _found(field_id)
    form = CustomFieldForm(obj=field)
    form.fix_kind()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                again = rules.find_field(current, field_id)
                rules.change_field(current, resource, again, form.values(), version=form.version.data)
            toast(_("The field %(title)s is saved", title=form.title.data))
            return go("admin.field_list")
        except (Conflict, StaleDataError):
            form.refuse(Refused(_("Somebody changed this field meanwhile. Nothing was overwritten.")))
        except Refused as refused:
            form.refuse(refused)
    return _page(form, resource, _row(field))


def _page(form: CustomFieldForm, resource: Resource, field: Mapping[str, Any] | None) -> Any:
    status = 422 if form.all_errors else 200
    return render("admin/field_form.html", status, form=form, resource=resource, field=field)


@blueprint.post("/admin/fields/<int:field_id>/<any(up, down, retire, restore):action>")
@require(Perm.DICTIONARY_ADMIN)
def field_action(field_id: int, action: str) -> Any:
    """Move a field, take it off the forms or put it back."""
    _found(field_id)
    with transaction() as current:
        field = rules.find_field(current, field_id)
        if action in ("up", "down"):
            rules.move_field(current, field, up=action == "up")
        else:
            rules.retire_field(current, field, retired=action == "retire")
        title = field.title
    if action == "retire":
        toast(_("The field %(title)s is retired; its values stay", title=title))
    elif action == "restore":
        toast(_("The field %(title)s is on the forms again", title=title))
    return go("admin.field_list")


@blueprint.route("/admin/fields/<int:field_id>/delete", methods=["GET", "POST"])
@require(Perm.DICTIONARY_ADMIN)
def field_delete(field_id: int) -> Any:
    """Delete a field with all its values, once its title was typed."""
    field, resource = _found(field_id)
    count = rules.count_values(session(), resource, field)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            with transaction() as current:
                again = rules.find_field(current, field_id)
                rules.delete_field(current, again, request.form.get("typed", ""), count)
            toast(_("The field %(title)s is deleted", title=field.title))
            return go("admin.field_list")
        except Refused as found:
            refused = found
    return render(
        "admin/field_delete.html",
        422 if refused else 200,
        resource=resource,
        field=_row(field),
        name=field.title,
        count=count,
        refused=refused.message if refused else None,
    )
