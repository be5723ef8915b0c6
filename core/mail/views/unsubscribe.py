"""The page on which a recipient says that he wants no more: without signing in, and never by fetching it."""

from __future__ import annotations

from flask import current_app, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.guard import public
from core.db import system_session, system_transaction
from core.i18n import LOCALES, speaking
from core.mail.models import Letter
from core.mail.services.mailings import refuse_more
from core.mail.settings import FROM_NAME, text
from core.mail.text import key_of
from core.mail.views.base import blueprint
from core.web import render

TAGS = {"zh": "zh_CN", "zh-CN": "zh_CN", "zh-TW": "zh_CN", "zh-HK": "zh_CN", "en": "en"}


@blueprint.get("/unsubscribe/<mark>")
@public
def unsubscribe(mark: str) -> Response:
    """Ask once more: programs that look at links must not say no for people."""
    key = key_of(mark[:200])
    with system_session("mail: unsubscribe") as current:
        letter = current.scalars(select(Letter).where(Letter.key == key)).first()
        done = letter is not None and letter.unsubscribed_at is not None
        return _page(current, mark, _state(key, letter, done=done))


@blueprint.post("/unsubscribe/<mark>")
@public
def unsubscribe_now(mark: str) -> Response:
    """Bar the recipient at once; by the button, or by his program with one click (RFC 8058)."""
    key = key_of(mark[:200])
    with system_transaction("mail: unsubscribe") as current:
        letter = current.scalars(select(Letter).where(Letter.key == key).with_for_update()).first()
        if letter is not None:
            refuse_more(current, letter)
        state = _state(key, letter, done=True)
    if key is not None and request.form.get("List-Unsubscribe"):
        return Response("", 204)
    with system_session("mail: unsubscribe") as current:
        return _page(current, mark, state)


unsubscribe_now.zhike_token_free = True  # type: ignore[attr-defined]


def _state(key: str | None, letter: Letter | None, *, done: bool) -> str:
    if key is None:
        return "unknown"
    if letter is not None and letter.is_test:
        return "test"
    return "done" if done else "ask"


def _page(current: Session, mark: str, state: str) -> Response:
    locale = _spoken()
    house = text(current, FROM_NAME) or text(current, "core.house_name")
    chosen = locale if "locale" in request.args else None
    with speaking(locale):
        response = render(
            "mail/unsubscribe.html",
            404 if state == "unknown" else 200,
            state=state,
            house=house,
            here=url_for("mail.unsubscribe_now", mark=mark, locale=chosen),
            other=url_for("mail.unsubscribe", mark=mark, locale="zh_CN" if locale == "en" else "en"),
        )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    response.headers.add("Vary", "Accept-Language")
    return response


def _spoken() -> str:
    """Tell the language of who reads: that which he chose on the page, or for which his browser asks.

    Whose browser asks for neither of the two reads English; where it does not say, that of the house.
    """
    chosen = request.args.get("locale", "")
    if chosen in LOCALES:
        return chosen
    if not request.accept_languages:
        return str(current_app.extensions["zhike"].config.locale)
    return TAGS[request.accept_languages.best_match(TAGS, "en")]
