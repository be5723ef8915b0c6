"""Serves the built front end and plugins' files: hashed names, cached for a year."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from markupsafe import Markup

from core.auth.guard import public

YEAR = 31_536_000


def static_blueprint(folder: Path) -> Blueprint:
    """Make the blueprint of `/static`."""
    blueprint = Blueprint("static_files", __name__, url_prefix="/static")

    @blueprint.get("/<path:name>")
    @public
    def file(name: str) -> Response:
        response = send_from_directory(folder, name, max_age=YEAR)
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response

    return blueprint


@functools.cache
def _manifest() -> dict[str, str]:
    path = Path(__file__).parent / "static" / "manifest.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def asset(name: str) -> str:
    """Give the address of a built file by its plain name, e.g. `app.css`. A missing build shows as the plain name.

    The list is read once: a process serves the build that it was started with.
    """
    try:
        hashed = _manifest().get(name, name)
    except OSError:
        hashed = name
    return f"/static/{hashed}"


@functools.lru_cache(maxsize=1024)
def icon(name: str, kind: str = "") -> Markup:
    """Draw an icon of the sprite; `kind` is a class, `l` for the large one."""
    shape = Markup('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>')
    return shape.format(f" {kind}" if kind else "", asset("sprite.svg"), name)
