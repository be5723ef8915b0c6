"""Workbench, search, palette, side panel, drawers, preferences, help, time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request, url_for
from flask import session as flask_session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import public, signed_in
from core.auth.models import Department, User
from core.auth.permissions import Perm
from core.auth.queries.people import groups
from core.auth.sessions import token_hash
from core.auth.words import group_title
from core.clock import local_now
from core.db import session, transaction
from core.desk import cards, look, services
from core.desk.ahead import next_date
from core.desk.figures import figures
from core.desk.frame import Shell, bell, build_frame, person_in_words
from core.desk.layouts import Arrangement, give_to_group, moved, placed, resized
from core.desk.live.streams import STREAMS
from core.desk.marks import marked
from core.desk.menu import all_menus, new_entries
from core.desk.search import PAGE_LIMIT, PALETTE_LIMIT, answers
from core.desk.start import start_choices, start_of
from core.desk.still import still
from core.desk.visited import read_visited
from core.desk.words import clock_text, date_text, greeting, is_english, rights_in_words
from core.errors import NotFound
from core.i18n import LOCALES, _, gettext
from core.web import go_to, is_fragment, is_own_address, render, toast

blueprint = Blueprint("desk", __name__, template_folder="templates")
blueprint.add_app_template_global(still, "still")


# --- what every template knows ---------------------------------------------------------------------------------------


@blueprint.app_context_processor
def frame_of_page() -> dict[str, Any]:
    """Give templates the frame and the look; nobody signed in sees a bare page."""
    try:
        chosen = look.look()
        signed = current_access().user_id is not None
    except Exception:
        current_app.logger.exception("the frame cannot be built")
        chosen, signed = look.Look(), False
    return {"shell": Shell() if signed else None, "look": chosen}


# --- workbench -------------------------------------------------------------------------------------------------------


@blueprint.get("/")
@signed_in
def workbench() -> Response:
    """Show the cards of the person's work; core's at once, a plugin's after the page and each by itself."""
    access, now = current_access(), local_now()
    layout = cards.layout(access, chosen())
    return render(
        "desk/workbench.html",
        greeting=greeting(access.name, now),
        date=" · ".join(filter(None, [date_text(now.date()), next_date(access)])),
        figures=figures(access),
        cards=[cards.drawn(card, layout.sizes[card.name]) for card in layout.shown],
        hidden=layout.hidden,
        create=new_entries(access),
        without_rights=not any(map(access.may, access.scopes)),
        arranging=(arranging := "arrange" in request.args),
        pressed=request.args.get("arrange", ""),
        roles=_roles() if arranging and access.may(Perm.SETTING_ADMIN) else [],
    )


@blueprint.get("/cards/<name>")
@signed_in
def card(name: str) -> Any:
    """Show the body of one card; when it fails, a note in its place."""
    found = cards.card_named(current_access(), name)
    if found is None:
        raise NotFound(_("There is no such card, or it is not for you."))
    body = cards.body(found)
    if is_fragment():
        return body
    return render("desk/card.html", card=found, body=body)


@blueprint.post("/cards")
@signed_in
def arrange() -> Response:
    """Move, widen, hide, show or reset cards; an administrator also gives his arrangement to a role."""
    access = current_access()
    name, action = request.form.get("card", ""), request.form.get("action", "")
    layout = cards.layout(access, chosen())
    now = layout.arrangement()
    if action in ("role", "unrole"):
        _give_to_role(request.form.get("role", ""), now if action == "role" else None)
        return go_to(url_for("desk.workbench", arrange=1))
    if action in ("forward", "back"):
        now = moved(now, name, -1 if action == "forward" else 1)
    elif action == "place":
        now = placed(now, name, request.form.get("before", ""))
    elif action in ("wider", "narrower") and name in layout.sizes:
        now = resized(now, name, layout.sizes[name], 1 if action == "wider" else -1)
    elif action in ("hide", "show"):
        hidden = now.hidden | {name} if action == "hide" else now.hidden - {name}
        now = replace(now, hidden=hidden & {card.name for card in layout.all})
    _choose({"cards": None if action == "reset" else now.plain()})
    if name not in layout.sizes:
        return go_to(url_for("desk.workbench", arrange=1))
    return go_to(url_for("desk.workbench", arrange=f"{name} {action}"))


def _give_to_role(group: str, arrangement: Arrangement | None) -> None:
    current_access().demand(Perm.SETTING_ADMIN)
    titles = dict(_roles())
    if group not in titles:
        raise NotFound(_("There is no such group."))
    with transaction() as writing:
        give_to_group(writing, group, arrangement)
    if arrangement is None:
        toast(gettext("%(role)s: the default workbench is back", role=titles[group]))
    else:
        toast(gettext("%(role)s now begin with this workbench", role=titles[group]))


def _roles() -> list[tuple[str, str]]:
    return [(group.name, str(group_title(group.name, group.title))) for group in groups(session())]


# --- the bell and the live channel -----------------------------------------------------------------------------------

ENDLESS = str(1 << 50)
"""The length that a stream's head names: it ends when one of the two ends it."""


@blueprint.get("/badge")
@signed_in
def badge() -> Response:
    """Give the figures of the bell; 204 when they are still those that the page shows."""
    signed: Any = flask_session
    signed.touch = False  # a page that asks by itself is nobody at work
    found = bell(current_access())
    if request.args.get("mark") == found.mark:
        return Response(status=204)
    return jsonify(found.plain())


@blueprint.get("/live")
@public
def live() -> Response:
    """Open this page's stream of figures; 204 where this process holds none, then the page asks every 20 seconds.

    204 also where the sign-in has ended: a browser complains of any other answer that is no stream.
    """
    if current_access().user_id is None:
        return Response(status=204)
    signed: Any = flask_session
    signed.touch = False
    streams = current_app.extensions.get(STREAMS)
    connection = request.environ.get("gunicorn.socket")
    if streams is None or connection is None or request.method != "GET":
        return Response(status=204)
    if not streams.offer(connection, current_access().user_id, token_hash(signed.token)):
        return Response(status=204)
    head = {"Content-Length": ENDLESS, "X-Accel-Buffering": "no"}
    return Response(mimetype="text/event-stream", headers=head)


# --- finding ---------------------------------------------------------------------------------------------------------


@blueprint.get("/search")
@signed_in
def search() -> Response:
    """Show everything that matches; the palette without scripts."""
    text = request.args.get("q", "")[:200]
    return render("desk/search.html", text=text, sections=answers(current_access(), text, PAGE_LIMIT))


@blueprint.route("/palette", methods=["GET", "POST"])
@signed_in
def palette() -> Response:
    """Give the answers that the palette shows; a browser sends along the pages that it remembers."""
    text, at = request.args.get("q", "")[:200], request.args.get("at", "")[:500]
    pages = read_visited(request.form.get("visited", "[]"))
    sections = answers(current_access(), text, PALETTE_LIMIT, at, pages)
    return render("desk/palette_part.html", text=text, sections=sections, marked=marked)


@blueprint.get("/panel")
@signed_in
def panel() -> Response:
    """Give the side panel with its figures counted now."""
    path = request.args.get("path", "/")
    frame = build_frame(None, "", path, counting=True, menu=request.args.get("menu"), on=request.args.get("on"))
    return render("core/panel.html", frame=frame)


@blueprint.get("/menu")
@blueprint.get("/menu/<key>")
@signed_in
def menu_page(key: str | None = None) -> Response:
    """Show the main menus as a page: for phones, and for File without scripts."""
    access = current_access()
    menus = all_menus(access, key, figures=True)
    if key is not None and key != "file" and not menus:
        abort(404)
    now = local_now()
    return render(
        "desk/menu.html",
        key=key,
        menus=menus,
        create=new_entries(access) if key in (None, "file") else [],
        person=person_in_words(access),
        rights=rights_in_words(access),
        now=clock_text(now),
        can_leave="auth.logout" in current_app.view_functions,
    )


@blueprint.get("/colleagues/<int:id>")
@signed_in
def colleague(id: int) -> Response:
    """Show who a colleague is and how to reach him at work."""
    user = session().get(User, id)
    if user is None or not user.active:
        raise NotFound(_("There is no such colleague."))
    department = session().get(Department, user.department_id) if user.department_id else None
    facts = [
        (gettext("Department"), department.name if department else ""),
        (gettext("Position"), user.position or ""),
        (gettext("Groups"), "、".join(str(group_title(g.name, g.title)) for g in user.groups)),
        (gettext("Phone"), user.phone or ""),
        (gettext("Email"), user.email or ""),
    ]
    return render("desk/colleague.html", id=id, name=user.name, facts=facts)


# --- one's own choices -----------------------------------------------------------------------------------------------

CHOICES: dict[str, tuple[str, ...]] = {
    "locale": LOCALES,
    "theme": look.THEMES,
    "density": look.DENSITIES,
    "panel": look.PANELS,
}


@blueprint.get("/preferences")
@signed_in
def preferences_page() -> Response:
    """Show language, theme, density, keys and the first page to choose from."""
    access = current_access()
    starts = start_choices(access)
    return render(
        "desk/preferences.html",
        locale="en" if is_english() else "zh_CN",
        starts=starts,
        start=start_of(access, chosen()),
    )


@blueprint.post("/preferences")
@signed_in
def preferences() -> Response:
    """Keep what was chosen with the user; also sent by the buttons of the top bar."""
    changes: dict[str, Any] = {
        name: request.form[name] for name, allowed in CHOICES.items() if request.form.get(name) in allowed
    }
    if "start" in request.form and request.form["start"] in dict(start_choices(current_access())):
        changes["start"] = request.form["start"]
    if "quick_set" in request.form:
        changes["quick"] = request.form.getlist("quick")[:50]
    if request.form.get("quick_stay") in ("on", "off"):
        changes["quick_stay"] = request.form["quick_stay"] == "on"
    if "letters" in request.form:
        changes["letters"] = request.form.getlist("letters")[-1] == "on"
    _choose(changes)
    if "whole" in request.form:
        toast(gettext("Saved"))
    response = go_to(local_address(request.form.get("next", "")))
    if "locale" in changes:
        response.set_cookie("zhike_locale", changes["locale"], max_age=31_536_000, samesite="Lax", path="/")
    if "theme" in changes:
        response.set_cookie("zhike_theme", changes["theme"], max_age=31_536_000, samesite="Lax", path="/")
    return response


@blueprint.get("/start")
@signed_in
def start() -> Response:
    """Go where the person wants to be after signing in."""
    return go_to(start_of(current_access(), chosen()))


def local_address(address: str) -> str:
    """Give an address of our own, the workbench for anything else."""
    return address if is_own_address(address) else url_for("desk.workbench")


def chosen() -> dict[str, Any]:
    """Give what the person chose for himself."""
    user = session().get(User, current_access().user_id)
    return dict(user.prefs) if user is not None else {}


def _choose(changes: dict[str, Any]) -> None:
    user_id = current_access().user_id
    assert user_id is not None
    with transaction() as writing:
        look.keep(services.choose(writing, user_id, changes))


# --- keys and time ----------------------------------------------------------------------------------------------------


@blueprint.get("/keys")
@signed_in
def keys() -> Response:
    """Show the keys; the script hides those that the page behind does not have."""
    return render("desk/keys_part.html" if is_fragment() else "desk/keys.html")


@blueprint.get("/time")
@public
def time() -> Response:
    """Tell the server's time in its own zone."""
    return jsonify(now=local_now().isoformat())
