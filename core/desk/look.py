"""How the product looks to one person: language, theme, density, side panel, single-letter keys."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import request
from flask import session as flask_session

from core.auth.models import User
from core.db import session

THEMES = ("light", "dark", "auto")
DENSITIES = ("cozy", "standard", "compact")
PANELS = ("open", "folded")


@dataclass(frozen=True)
class Look:
    """One person's choices."""

    theme: str = "light"
    density: str = "standard"
    panel: str = "open"
    letters: bool = True
    quick: bool = False


def look() -> Look:
    """Give the choices of whoever is signed in; kept with the sign-in, so that no page asks the database."""
    kept = flask_session.get("look")
    if kept:
        return Look(**kept)
    user_id = getattr(flask_session, "user_id", None)
    if user_id is None:
        theme = request.cookies.get("zhike_theme", "")
        return Look(theme=theme if theme in THEMES else "light")
    user = session().get(User, user_id)
    return keep(user) if user is not None else Look()


def keep(user: User) -> Look:
    """Note a user's choices with his sign-in and return them."""
    chosen = Look(
        theme=user.theme if user.theme in THEMES else "light",
        density=user.density if user.density in DENSITIES else "standard",
        panel="folded" if user.prefs.get("panel") == "folded" else "open",
        letters=bool(user.prefs.get("letters", True)),
        quick=bool(user.prefs.get("quick_stay")),
    )
    kept: dict[str, Any] = asdict(chosen)
    flask_session["look"] = kept
    if user.locale:
        flask_session["locale"] = user.locale
    return chosen
