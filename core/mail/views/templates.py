"""Texts to begin letters and mailings with."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.step import steps
from core.mail.forms import KINDS, TemplateForm
from core.mail.models import MailTemplate
from core.mail.permissions import Perm
from core.mail.placeholders import CHINESE, TITLES, used
from core.mail.services.templates import change_template, drop_template, make_template
from core.mail.views.base import blueprint, me
from core.web import go, go_to, remember, render, repeated, toast

FIELDS = ("name", "kind", "subject", "body")


def _found(current: Session, template_id: int) -> MailTemplate:
    template = current.get(MailTemplate, template_id) if 0 < template_id < 2**53 else None
    if template is None:
        raise NotFound(_("There is no such template."))
    return template


@blueprint.get("/mailtemplates/<int:id>")
@require(Perm.TEMPLATE_READ)
def mailtemplate_detail(id: int) -> Response:
    """Show a template."""
    template = _found(session(), id)
    access = current_access()
    return render(
        "mail/template_detail.html",
        text={
            "id": template.id,
            "name": template.name,
            "kind": dict(KINDS)[template.kind],
            "subject": template.subject,
            "body": template.body,
            "by": names_of(session(), [template.entered_by_id]).get(template.entered_by_id or 0, ""),
            "updated_at": template.updated_at,
            "used": [TITLES[one] for one in used(template.subject, template.body)],
        },
        step=steps("mail.mailtemplate_", id),
        may_edit=access.may(Perm.TEMPLATE_EDIT),
        may_delete=access.may(Perm.TEMPLATE_DELETE),
        may_mail=access.may(Perm.MAILING_CREATE),
    )


@blueprint.route("/mailtemplates/new", methods=["GET", "POST"])
@require(Perm.TEMPLATE_CREATE)
def mailtemplate_new() -> Response:
    """Enter a template."""
    form = TemplateForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    made = make_template(current, {name: form.data[name] for name in FIELDS}, by=me())
                    address = remember(current, url_for("mail.mailtemplate_detail", id=made.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go_to(address)
    return _form(form, None)


@blueprint.route("/mailtemplates/<int:id>/edit", methods=["GET", "POST"])
@require(Perm.TEMPLATE_EDIT)
def mailtemplate_edit(id: int) -> Response:
    """Change a template; mailings that were made of it stay as they are."""
    template = _found(session(), id)
    form = TemplateForm(obj=template)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                values = {name: form.data[name] for name in FIELDS}
                change_template(current, _found(current, id), values, version=form.version.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Saved"))
            return go("mail.mailtemplate_detail", id=id)
    return _form(form, template)


def _form(form: TemplateForm, template: MailTemplate | None) -> Response:
    return render(
        "mail/template_form.html",
        422 if form.all_errors else 200,
        form=form,
        template_id=template.id if template is not None else None,
        placeholders=[(chinese, TITLES[name]) for chinese, name in CHINESE.items()],
    )


@blueprint.post("/mailtemplates/<int:id>/delete")
@require(Perm.TEMPLATE_DELETE)
def mailtemplate_delete(id: int) -> Response:
    """Delete a template; what was written with it stays."""
    with transaction() as current:
        drop_template(current, _found(current, id))
    toast(_("Template deleted"))
    return go("mail.mailtemplate_list")
