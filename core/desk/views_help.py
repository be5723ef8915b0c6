"""Help in its place: what a page is for, its questions and keys; and the manual, which leads to all of it."""

from __future__ import annotations

from pathlib import Path

from flask import current_app, request, url_for
from jinja2 import Template
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import signed_in
from core.db import session
from core.desk.menu import all_menus
from core.desk.views import blueprint
from core.desk.words import is_english
from core.overlay import overlay
from core.web import is_fragment, render

__all__ = ["blueprint"]

GENERAL = "desk/help/general"
KINDS = {"list": "listing/help/list", "new": "listing/help/form", "edit": "listing/help/form"}
"""What is said besides on pages of a kind, by the end of their name."""


@blueprint.app_template_global("help_url")
def help_url() -> str:
    """Give the address of the help for the page that is being shown."""
    return url_for("desk.help_page", name=request.endpoint or "desk.workbench")


@blueprint.get("/help")
@signed_in
def help_index() -> Response:
    """Show the manual: the first page, and the help of every page that the person may open."""
    topics = [
        (menu.title, [(entry.title, url_for("desk.help_page", name=entry.endpoint)) for entry in lines])
        for menu, lines in all_menus(current_access())
    ]
    return _help("desk.workbench", whole=True, topics=topics)


@blueprint.get("/help/<name>")
@signed_in
def help_page(name: str) -> Response:
    """Show the help of one page, as a page or in the drawer."""
    return _help(name, whole=not is_fragment())


def names_of(endpoint: str) -> list[str]:
    """Give where the help of a page may lie, the nearest first: of the page, of its thing, of its area, for all."""
    area, _dot, page = endpoint.partition(".")
    thing = page.rpartition("_")[0]
    return [f"{area}/help/{name}" for name in (page, thing, "index") if name] + [GENERAL]


def find(names: list[str], language: str) -> Template:
    """Find the first of some help pages that there is."""
    tried = [f"{name}.{language}.html" for name in names]
    return current_app.jinja_env.select_template([one for one in tried if safe_name(one)])


def _help(endpoint: str, *, whole: bool, topics: object = ()) -> Response:
    language = "en" if is_english() else "zh"
    parts = [find(names_of(endpoint), language)]
    kind = KINDS.get(endpoint.rpartition("_")[2]) if "_" in endpoint else None
    if kind is not None:
        parts.append(find([kind], language))
    body = Markup("\n").join(Markup(one.render()) for one in parts)  # noqa: S704  our own templates, escaped
    contact = overlay().setting(session(), "core.help_contact")
    template = "desk/help.html" if whole else "desk/help_part.html"
    return render(template, body=body, contact=contact, topics=topics)


def safe_name(template: str) -> bool:
    """Tell whether a template's name made from an address stays among the help pages."""
    return ".." not in Path(template).parts and template.replace("/", "").replace("_", "").replace(".", "").isalnum()
