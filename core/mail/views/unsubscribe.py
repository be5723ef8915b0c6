"""The page on which a recipient says that he wants no more: without signing in, and never by fetching it."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.guard import public
from core.db import system_session, system_transaction
from core.errors import NotFound
from core.i18n import _
from core.mail.models import Letter
from core.mail.services.mailings import refuse_more
from core.mail.settings import FROM_NAME, text
from core.mail.text import key_of
from core.mail.views.base import blueprint
from core.web import render


def _key(mark: str) -> str:
    key = key_of(mark[:200])
    if key is None:
        raise NotFound(_("This address is not complete. Open the link in the e-mail once more."))
    return key


@blueprint.get("/unsubscribe/<mark>")
@public
def unsubscribe(mark: str) -> Response:
    """Ask once more: programs that look at links must not say no for people."""
    key = _key(mark)
    with system_session("mail: unsubscribe") as current:
        letter = current.scalars(select(Letter).where(Letter.key == key)).first()
        return _page(mark, done=letter is not None and letter.unsubscribed_at is not None, current=current)


@blueprint.post("/unsubscribe/<mark>")
@public
def unsubscribe_now(mark: str) -> Response:
    """Bar the recipient at once; by the button, or by his program with one click (RFC 8058)."""
    key = _key(mark)
    with system_transaction("mail: unsubscribe") as current:
        letter = current.scalars(select(Letter).where(Letter.key == key).with_for_update()).first()
        if letter is not None:
            refuse_more(current, letter)
    if request.form.get("List-Unsubscribe"):
        return Response("", 204)
    with system_session("mail: unsubscribe") as current:
        return _page(mark, done=True, current=current)


unsubscribe_now.zhike_token_free = True  # type: ignore[attr-defined]


def _page(mark: str, *, done: bool, current: Any) -> Response:
    house = text(current, FROM_NAME) or text(current, "core.house_name")
    response = render("mail/unsubscribe.html", mark=mark, done=done, house=house)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response
