"""What is one's own beside every page: the quick panel and shortcuts under a star."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import signed_in
from core.db import transaction
from core.desk import cards, stars
from core.desk.views import blueprint, chosen, local_address
from core.errors import Refused
from core.i18n import gettext
from core.plugin import DashboardCard
from core.web import go, go_to, is_fragment, render, toast

__all__ = ["blueprint"]

QUICK = 3
"""So many cards stand in the quick panel until somebody chooses which."""


@blueprint.app_context_processor
def own_of_page() -> dict[str, Any]:
    """Give templates the star of the page; nobody signed in has none."""
    return {"star_here": _star_here}


def _star_here() -> stars.Here | None:
    access = current_access()
    return stars.here(access) if access.user_id is not None and request.method == "GET" else None


def quick_cards() -> list[DashboardCard]:
    """List the cards of the quick panel: those that the person chose, else the first of the workbench."""
    layout = cards.layout(current_access(), chosen())
    names = chosen().get("quick")
    return layout.shown[:QUICK] if names is None else [one for one in layout.all if one.name in names]


@blueprint.get("/quick")
@signed_in
def quick() -> Response:
    """Show the personal quick panel beside any page: shortcuts and cards."""
    template = "desk/quick_part.html" if is_fragment() else "desk/quick.html"
    stay = bool(chosen().get("quick_stay"))
    return render(template, cards=quick_cards(), shortcuts=stars.shortcuts(current_access()), stay=stay)


@blueprint.post("/stars")
@signed_in
def star() -> Response:
    """Put a page under a star, or take it away."""
    user_id = current_access().user_id
    assert user_id is not None
    path = request.form.get("path", "")
    with transaction() as writing:
        if request.form.get("on") == "1":
            stars.put_star(writing, user_id, path, request.form.get("title", ""))
        else:
            stars.drop_star(writing, user_id, path)
    toast(gettext("Kept among your shortcuts") if request.form.get("on") == "1" else gettext("No longer a shortcut"))
    return go_to(local_address(request.form.get("next", "")))


@blueprint.get("/shortcuts")
@signed_in
def shortcuts() -> Response:
    """Show one's shortcuts to put in order, rename and remove, and what stands in the quick panel."""
    return _shortcuts()


def _shortcuts(refused: Any = None) -> Response:
    """Draw the page; what was typed stays where its address was `refused`."""
    access = current_access()
    shown = {one.name for one in quick_cards()}
    return render(
        "desk/shortcuts.html",
        422 if refused else 200,
        refused=refused,
        typed=request.form if refused else {},
        shortcuts=stars.shortcuts(access),
        quick=[(one.name, one.title, one.name in shown) for one in cards.layout(access, chosen()).all],
        stay=bool(chosen().get("quick_stay")),
    )


@blueprint.post("/shortcuts/<int:id>")
@signed_in
def shortcut(id: int) -> Response:
    """Change one shortcut."""
    user_id = current_access().user_id
    assert user_id is not None
    with transaction() as writing:
        stars.change_star(writing, user_id, id, request.form.get("action", "rename"), request.form.get("title", ""))
    return go_to(url_for("desk.shortcuts", _anchor=f"s{id}"))


@blueprint.post("/shortcuts")
@signed_in
def shortcut_new() -> Response:
    """Make a shortcut of an address that was typed or pasted."""
    user_id = current_access().user_id
    assert user_id is not None
    path = request.form.get("path", "").strip().removeprefix(request.host_url.rstrip("/") + request.script_root)
    try:
        with transaction() as writing:
            stars.put_star(writing, user_id, path, request.form.get("title", ""))
    except Refused as refused:
        return _shortcuts(refused.message)
    toast(gettext("Kept among your shortcuts"))
    return go("desk.shortcuts")
