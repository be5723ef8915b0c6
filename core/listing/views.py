"""Mounts the pages of a list for a Resource: the list, its form, columns, views, batch actions and export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing import filters, services
from core.listing.batch import batch_page
from core.listing.binding import Binding, find_field
from core.listing.cell import cell_page
from core.listing.export_views import export_pages
from core.listing.forms import ViewForm
from core.listing.lists import Look, field_names, listed, look, preference, title_field, views_of
from core.listing.models import ListView
from core.listing.page import Place, show
from core.listing.preview import preview_page
from core.listing.queries import record_choices
from core.listing.state import ListState, from_form, read_query, read_state
from core.listing.step import step_page
from core.listing.values import RECORDS, reference
from core.plugin import Resource
from core.web import go_to, is_fragment, render, toast

blueprint = Blueprint("listing", __name__, template_folder="templates")


def resource_views(on: Blueprint, resource: Resource, *, at: str | None = None) -> None:
    """Mount the list pages of a resource on its blueprint, at `/<plural>`, as endpoints `<noun>_list` and so on.

    `at` is another address, where the plain one shows a page of the resource's own.
    """
    place = Place(f"{on.name}.{resource.name}_")
    query_right = resource.code("query")
    address = at or f"/{resource.plural}"

    def add(rule: str, what: str, view: Any, methods: Sequence[str] = ("GET",)) -> None:
        on.add_url_rule(address + rule, f"{resource.name}_{what}", view, methods=list(methods))

    @require(query_right)
    def list_() -> Response:
        """Show the list in the state of the address."""
        canonical = from_form(request.args.items(multi=True))
        if canonical is not None:
            return redirect(place.url("list", urlencode(canonical)))
        return show(resource, place, read_state(request.args.items(multi=True), field_names(resource)))

    @require(query_right)
    def filter_() -> Response:
        """Show the full form as a page of its own, as phones have it."""
        access = current_access()
        seen = _look(resource, read_state(request.args.items(multi=True), field_names(resource)))
        binding = Binding(resource, access, session())
        quick = filters.quick_controls(session(), resource, binding, seen)
        form = filters.form_controls(session(), resource, binding, seen, place.prefix + "options", everything=True)
        return render(
            "listing/filter.html",
            resource=resource,
            place=place,
            state=seen.state,
            query=seen.query(seen.state),
            quick=quick,
            form=form,
            carried=filters.carried(seen.state, [*quick, *form], seen),
        )

    @require(query_right)
    def options(field_name: str) -> Response:
        """Give the choices of a field that hold what was typed."""
        return _options(resource, field_name, request.args.get("q", "")[:100])

    @require(query_right)
    def columns() -> Response:
        """Show the columns to choose from."""
        seen = _look(resource, read_state(request.args.items(multi=True), field_names(resource)))
        return _columns_page(resource, place, seen)

    @require(query_right, own=True)
    def set_() -> Response:
        """Keep columns, their order, or whether the full form stands open; bring a view up to date."""
        return _set(resource, place)

    @require(query_right, own=True)
    def view_new() -> Response:
        """Save the state of the list as a view."""
        return _view_new(resource, place)

    @require(query_right, own=True)
    def view(view_id: int) -> Response:
        """Rename, share or delete a view."""
        return _view(resource, place, view_id)

    add("", "list", list_)
    add("/filter", "filter", filter_)
    add("/options/<field_name>", "options", options)
    add("/columns", "columns", columns)
    add("/set", "set", set_, ("POST",))
    add("/views/new", "view_new", view_new, ("GET", "POST"))
    add("/views/<int:view_id>", "view", view, ("GET", "POST"))
    export_pages(add, resource, place)
    codes = [*(a.permission for a in resource.actions), resource.code("export")]

    @require(*dict.fromkeys(codes))
    def batch() -> Any:
        """Do something with the selected rows, or show first what it would do."""
        return batch_page(resource, place)

    add("/batch", "batch", batch, ("POST",))

    @require(query_right)
    def preview(id: int) -> Response:
        """Show a record beside the list."""
        return preview_page(resource, id)

    @require(query_right)
    def step(id: int, way: str) -> Response:
        """Lead to the record beside this one in the list from which it was opened."""
        return step_page(resource, id, way)

    if resource.cells:
        rights = [resource.code(action) for action in dict.fromkeys(one.action for one in resource.cells)]

        @require(*rights)
        def cell(id: int, field_name: str) -> Response:
            """Change one field of a record in its cell of the list."""
            return cell_page(resource, place, id, field_name)

        add("/<int:id>/cells/<field_name>", "cell", cell, ("GET", "POST"))
    if resource.detail:
        add("/<int:id>/preview", "preview", preview)
        add("/<int:id>/step/<any(previous, next):way>", "step", step)


def _look(resource: Resource, state: ListState) -> Look:
    access = current_access()
    return look(session(), resource, access, state, views_of(session(), resource, access))


def _options(resource: Resource, name: str, text: str) -> Response:
    binding = Binding(resource, current_access(), session())
    field = find_field(resource, name)
    if field is None or not binding.knows(field) or not field.filterable:
        raise NotFound(_("There is no such field."))
    if field.kind in RECORDS:
        model = reference(binding.value(field))
        found = record_choices(session(), model, text) if model is not None else []
    else:
        found = filters.options(session(), field, text)
    return render("listing/options.html", options=found)


# --- columns and the like --------------------------------------------------------------------------------------------


def _columns_page(resource: Resource, place: Place, seen: Look) -> Response:
    access = current_access()
    binding = Binding(resource, access, session())
    title = title_field(resource)
    shown = [f for f in seen.columns if f.name != title.name]
    names = {f.name for f in shown}
    rest = [f for f in listed(resource) if f.name not in names and f.name != title.name and binding.knows(f)]
    template = "listing/columns_part.html" if is_fragment() else "listing/columns.html"
    return render(
        template, resource=resource, place=place, query=seen.query(seen.state), fixed=title, shown=shown, rest=rest
    )


def _set(resource: Resource, place: Place) -> Response:
    access = current_access()
    query = request.form.get("query", "")
    state = read_query(query, field_names(resource))
    seen = _look(resource, state)
    back = place.url("list", seen.query(seen.state))
    with transaction() as writing:
        if "more" in request.form:
            more = request.form["more"]
            services.set_preference(writing, access, resource.key, more=more if more in ("1", "all") else None)
        elif "update" in request.form:
            view = _find_view(resource, request.form["update"])
            columns = [f.name for f in seen.columns[1:]]
            plain = seen.state.with_(view="", edited=False)
            services.change_view(writing, access, view, query=plain.query(), columns=columns)
            toast(_("View updated"))
            back = place.url("list", f"view={view.id}")
        else:
            _set_columns(resource, writing, seen)
            if "move" in request.form:
                back = place.url("columns", seen.query(seen.state))
    return go_to(back)


def _set_columns(resource: Resource, writing: Any, seen: Look) -> None:
    """Keep the ticked columns in their order; `move` puts one a step up or down."""
    access = current_access()
    known = {f.name for f in listed(resource)}
    own = dict(preference(writing, resource, access).get("columns", {}))
    slot = seen.view.name if seen.view is not None and (seen.view.saved or seen.view.columns) else ""
    if "reset" in request.form:
        own.pop(slot, None)
    else:
        names = [n for n in dict.fromkeys(request.form.getlist("column")) if n in known]
        name, _colon, way = request.form.get("move", "").partition(":")
        if name in names and way in ("up", "down"):
            at = names.index(name)
            to = max(0, min(len(names) - 1, at + (-1 if way == "up" else 1)))
            names.insert(to, names.pop(at))
        own[slot] = names
    services.set_preference(writing, access, resource.key, columns=own)


# --- views -----------------------------------------------------------------------------------------------------------


def _view_new(resource: Resource, place: Place) -> Response:
    access = current_access()
    query = (
        request.form.get("query", "") if request.method == "POST" else request.query_string.decode("utf-8", "replace")
    )
    seen = _look(resource, read_query(query, field_names(resource)))
    form = ViewForm(access)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                plain = seen.state.with_(view="", edited=False)
                view = services.save_view(
                    writing,
                    access,
                    resource.key,
                    query=plain.query(),
                    columns=[f.name for f in seen.columns[1:]],
                    **form.values(),
                )
            toast(_("View %(name)s saved", name=view.name))
            return go_to(place.url("list", f"view={view.id}"))
        except Refused as refused:
            form.refuse(refused)
    return _view_page(resource, place, form, query, None)


def _view(resource: Resource, place: Place, view_id: int) -> Response:
    access = current_access()
    view = _find_view(resource, str(view_id))
    services.demand_view(access, view)
    form = ViewForm(access, obj=view)
    if request.method == "POST":
        try:
            if "delete" in request.form:
                with transaction() as writing:
                    services.delete_view(writing, access, view)
                toast(_("View %(name)s deleted", name=view.name))
                return go_to(place.url("list"))
            if form.validate():
                with transaction() as writing:
                    services.change_view(writing, access, view, **form.values())
                toast(_("Saved"))
                return go_to(place.url("list", f"view={view.id}"))
        except Refused as refused:
            form.refuse(refused)
    return _view_page(resource, place, form, f"view={view.id}", view)


def _view_page(resource: Resource, place: Place, form: ViewForm, query: str, view: ListView | None) -> Response:
    template = "listing/view_part.html" if is_fragment() else "listing/view.html"
    return render(
        template,
        422 if form.errors or form.form_errors else 200,
        resource=resource,
        place=place,
        form=form,
        query=query,
        view=view,
    )


def _find_view(resource: Resource, number: str) -> ListView:
    """Find a saved view that the person sees. Raises NotFound."""
    access = current_access()
    seen = {v.name for v in views_of(session(), resource, access) if v.saved}
    found = session().get(ListView, int(number)) if number in seen else None
    if found is None:
        raise NotFound(_("There is no such view."))
    return found
