"""Pages of publications and of the issue calendar."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from core.auth.guard import require
from core.clock import local_today
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.listing import steps
from core.web import go, go_to, remember, render, repeated, toast
from plugins.journals.forms import IssueForm, PublicationForm
from plugins.journals.models import Issue, Publication
from plugins.journals.permissions import Perm
from plugins.journals.queries.issues import issues_of_year, stage_of, years_of
from plugins.journals.services.calendar import change_issue, generate_issues
from plugins.journals.services.publications import WRITTEN, enter_publication, save_publication
from plugins.journals.views.base import blueprint, check_version, found, word
from plugins.journals.views.dispatch import issue_page

ISSUE_FIELDS = ("label", "cover_date", "closing_date", "dispatch_date", "theme")


@blueprint.get("/publications/<int:publication_id>")
@require(Perm.PUBLICATION_READ)
def publication_detail(publication_id: int) -> Any:
    """Show a publication and its issues of a year."""
    return _publication(publication_id)


def _publication(publication_id: int, refused: Any = None) -> Any:
    """Show a publication; `refused` says why its issues were not made."""
    current = session()
    publication = found(current, Publication, publication_id, Perm.PUBLICATION_READ)
    years = years_of(current, publication_id)
    year = request.args.get("year", default=local_today().year, type=int)
    issues = issues_of_year(current, publication_id, year) if 1900 <= year <= 2200 else []
    stages = stage_of(current, [i["id"] for i in issues])
    return render(
        "journals/publication_detail.html",
        422 if refused else 200,
        refused=refused,
        publication=publication,
        step=steps("journals.publication_", publication_id),
        frequency=word(current, "frequency", publication.frequency),
        editions=[word(current, "edition", code) for code in publication.editions],
        years=years,
        year=year,
        next_year=request.form.get("year", max([*years, local_today().year - 1]) + 1),
        issues=[
            {**i, "stage": stages[i["id"]], "stage_title": word(current, "stage", stages[i["id"]])} for i in issues
        ],
    )


@blueprint.route("/publications/new", methods=["GET", "POST"])
@require(Perm.PUBLICATION_CREATE)
def publication_new() -> Any:
    """Enter a publication."""
    form = PublicationForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                address = repeated(current)
                if address is None:
                    made = enter_publication(current, {name: form.data[name] for name in WRITTEN})
                    address = remember(current, url_for("journals.publication_detail", publication_id=made.id))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Publication saved"))
            return go_to(address)
    return render("journals/publication_form.html", 422 if form.errors else 200, form=form, publication_id=None)


@blueprint.route("/publications/<int:publication_id>/edit", methods=["GET", "POST"])
@require(Perm.PUBLICATION_EDIT)
def publication_edit(publication_id: int) -> Any:
    """Change a publication."""
    form = PublicationForm(obj=found(session(), Publication, publication_id, Perm.PUBLICATION_EDIT))
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                publication = found(current, Publication, publication_id, Perm.PUBLICATION_EDIT)
                check_version(publication, form.version.data)
                save_publication(current, publication, {name: form.data[name] for name in WRITTEN})
        except Refused as refused:
            form.refuse(refused)
        else:
            return go("journals.publication_detail", publication_id=publication_id)
    status = 422 if form.errors else 200
    return render("journals/publication_form.html", status, form=form, publication_id=publication_id)


@blueprint.post("/publications/<int:publication_id>/issues")
@require(Perm.ISSUE_EDIT)
def issues_make(publication_id: int) -> Any:
    """Make the issues of a year."""
    year = request.form.get("year", default=0, type=int)
    found(session(), Publication, publication_id, Perm.PUBLICATION_READ)
    if not 1990 <= year <= 2200:
        return _publication(publication_id, _("Enter a year, for example 2027."))
    try:
        with transaction() as current:
            made = generate_issues(current, found(current, Publication, publication_id, Perm.PUBLICATION_READ), year)
            number = len(made)
    except Refused as refused:
        return _publication(publication_id, refused.message)
    toast(_("%(n)s issues made for %(year)s", n=number, year=year))
    return go("journals.publication_detail", publication_id=publication_id, year=year)


@blueprint.get("/issues/<int:issue_id>")
@require(Perm.ISSUE_READ)
def issue_detail(issue_id: int) -> Any:
    """Show an issue and its dispatch runs."""
    return issue_page(issue_id)


@blueprint.route("/issues/<int:issue_id>/edit", methods=["GET", "POST"])
@require(Perm.ISSUE_EDIT)
def issue_edit(issue_id: int) -> Any:
    """Change one issue."""
    form = IssueForm(obj=found(session(), Issue, issue_id, Perm.ISSUE_EDIT))
    if request.method == "POST" and form.validate():
        try:
            with transaction() as current:
                issue = found(current, Issue, issue_id, Perm.ISSUE_EDIT)
                check_version(issue, form.version.data)
                change_issue(current, issue, {name: form.data[name] for name in ISSUE_FIELDS})
        except Refused as refused:
            form.refuse(refused)
        else:
            return go("journals.issue_detail", issue_id=issue_id)
    return render("journals/issue_form.html", 422 if form.errors else 200, form=form, issue_id=issue_id)
