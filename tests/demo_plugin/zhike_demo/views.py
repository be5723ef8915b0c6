"""Pages of visits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import shown
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing import resource_views
from core.web import go, go_to, remember, render, repeated, toast
from zhike_demo.forms import VisitForm
from zhike_demo.lists import VISIT
from zhike_demo.models import Visit
from zhike_demo.permissions import Perm
from zhike_demo.services import change_visit, make_visit

blueprint = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates")
resource_views(blueprint, VISIT)

FIELDS = ("company_id", "topic", "visited_on", "outcome", "cost", "report")


def _visit(current: Session, visit_id: int, code: str) -> Visit:
    """Find a visit that the right reaches; another's is as unknown as none."""
    visit = current.get(Visit, visit_id)
    if visit is None or not current_access().may(code, visit):
        raise NotFound(_("There is no such visit, or it is not yours to see."))
    return visit


@blueprint.get("/visits/<int:visit_id>")
@require(Perm.VISIT_READ)
def visit_detail(visit_id: int) -> Any:
    """Show a visit."""
    visit = _visit(session(), visit_id, Perm.VISIT_READ)
    return render("demo/visit_detail.html", visit=shown(visit, VISIT, current_access()))


@blueprint.route("/visits/new", methods=["GET", "POST"])
@require(Perm.VISIT_CREATE)
def visit_new() -> Any:
    """Record a visit."""
    form = VisitForm(company_id=request.args.get("company_id", type=int)) if request.method != "POST" else VisitForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    visit = make_visit(current, {name: form.data[name] for name in FIELDS})
                    address = remember(current, url_for("demo.visit_detail", visit_id=visit.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Visit saved"), href=address, link=_("View"))
            return go_to(address)
    return render("demo/visit_form.html", 422 if form.errors else 200, form=form, visit=None)


@blueprint.route("/visits/<int:visit_id>/edit", methods=["GET", "POST"])
@require(Perm.VISIT_EDIT)
def visit_edit(visit_id: int) -> Any:
    """Change a visit."""
    visit = _visit(session(), visit_id, Perm.VISIT_EDIT)
    form = VisitForm(obj=visit)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                visit = _visit(current, visit_id, Perm.VISIT_EDIT)
                values = {name: form.data[name] for name in FIELDS}
                change_visit(current, visit, values, version=form.version.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return go("demo.visit_detail", visit_id=visit_id)
    return render("demo/visit_form.html", 422 if form.errors else 200, form=form, visit=visit_id)


@blueprint.post("/visits/<int:visit_id>/delete")
@require(Perm.VISIT_DELETE)
def visit_delete(visit_id: int) -> Any:
    """Delete a visit."""
    with transaction() as current:
        current.delete(_visit(current, visit_id, Perm.VISIT_DELETE))
    toast(_("Visit deleted"))
    return go("demo.visit_list")
