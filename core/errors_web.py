"""Turns errors into pages and problem documents that say what happened and what to do."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from flask import Flask, Response, request, url_for
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from core.auth.guard import SignInNeeded
from core.auth.sessions import PROGRAMS
from core.auth.words import right_title
from core.desk.drafts import THERE
from core.errors import Beyond, Conflict, Forbidden, NotFound, Refused
from core.i18n import _
from core.web import go_to, is_fragment, is_own_address, parts_of, render, zhike

log = structlog.get_logger(__name__)


class SessionExpired(HTTPException):
    """The form's token is not this browser's: the sign-in ended meanwhile, or the form is not ours."""

    code = 419
    description = "The form's token does not match."


def wants_json() -> bool:
    """Tell whether the answer goes to a program."""
    return request.path.startswith(PROGRAMS) or request.accept_mimetypes.best == "application/json"


def _problem(status: int, title: Any, detail: Any = "", **more: Any) -> Response:
    from flask import jsonify

    response: Response = jsonify({"status": status, "title": str(title), "detail": str(detail), **more})
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _no_token() -> Response:
    """Tell a program that its token is missing, or does not work."""
    sent = "Authorization" in request.headers
    detail = (
        _("The token does not work: it expired, was revoked, or was never given.")
        if sent
        else _("Send the token with every request: Authorization: Bearer …")
    )
    answer = _problem(401, _("A token is needed"), detail)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="zhike"' + (', error="invalid_token"' if sent else "")
    return answer


def _right_in_words(code: str | None) -> Any:
    """Name a right as its pages do; by its code where nothing that is installed declares it."""
    known = zhike().registry.permissions(everywhere=True)
    return next((right_title(one) for one in known if one.code == code), code)


def _came_from() -> str:
    """Give the page of ours from which a request came, else the start page."""
    found = parts_of(request.referrer or "")
    if found.netloc != request.host:
        return "/"
    return f"{found.path or '/'}?{found.query}" if found.query else found.path or "/"


def _draft() -> str:
    """Give the page that offers the draft of what was sent, an empty text where none was kept."""
    sent = vars(request).get("form") or {}
    address = sent.get(THERE, "")
    return request.script_root + address if is_own_address(address) else ""


def _page(status: int, title: Any, text: Any, **context: Any) -> Any:
    if wants_json():
        return _problem(status, title, text)
    template = "core/error_fragment.html" if is_fragment() else "core/error.html"
    return render(template, status, error_status=status, error_title=title, error_text=text, **context)


def register_error_pages(app: Flask) -> None:
    """Register the handlers (ui.md 6.14)."""

    @app.errorhandler(SignInNeeded)
    def sign_in_needed(error: SignInNeeded) -> Any:
        if request.path.startswith(PROGRAMS):
            return _no_token()
        if wants_json():
            return _problem(401, _("Sign in first"))
        if is_fragment():
            return expired(SessionExpired(), 401)
        target = request.full_path.rstrip("?") if request.method == "GET" else _came_from()
        return go_to(url_for("auth.login", next=target))

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> Any:
        if wants_json():
            return _problem(403, _("This needs a right that you do not hold"), error.message, right=error.permission)
        return _page(
            403,
            _("This page needs a right that you do not hold"),
            error.message,
            right=_right_in_words(error.permission),
        )

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Any:
        return _page(404, _("This record does not exist or was deleted"), error.message)

    @app.errorhandler(StaleDataError)
    @app.errorhandler(Conflict)
    def conflict(error: Exception) -> Any:
        text = (
            error.message
            if isinstance(error, Conflict)
            else _("Somebody saved this record while you were editing it. Nothing was overwritten.")
        )
        return _page(409, _("This record was changed just now"), text)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Any:
        if wants_json():
            fields = {name: str(message) for name, message in error.fields.items()}
            more = {**error.more, **({"errors": fields} if fields else {})}
            return _problem(error.status, _("This could not be done"), error.message, **more)
        beyond = error if isinstance(error, Beyond) else None
        return _page(error.status, _("This could not be done"), error.message, beyond=beyond)

    @app.errorhandler(SessionExpired)
    def expired(error: SessionExpired, status: int = 419) -> Any:
        text = _("Sign in again and repeat the last step. Nothing was saved.")
        return _page(status, _("Your sign-in has ended"), text, came_from=_came_from())

    @app.errorhandler(OperationalError)
    def database_away(error: OperationalError) -> Any:
        log.error("database error", error=str(error.orig))
        text = str(error.orig).lower()
        if "full" in text:
            return _page(
                507,
                _("The disk is full"),
                _("Nothing was saved. Reading still works. Tell the administrator, then try again."),
            )
        bare = {} if wants_json() else {"shell": None}  # the frame would ask the database again
        title = _("The database cannot be reached just now")
        return _page(503, title, _("Nothing was saved. Try again in a few seconds."), **bare)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        texts = {
            400: (
                _("The request could not be understood"),
                _("Nothing was saved. Go back, check what was entered and try again."),
            ),
            404: (_("This page was not found"), _("Check the address, or search for what you need.")),
            405: (_("This page cannot be used this way"), _("Go back and use the buttons of the page.")),
            413: (_("What was sent is too large"), _("Nothing was saved. Send a smaller file.")),
            429: (_("Too many tries"), _("Wait a moment, then try again.")),
        }
        if error.code is not None and error.code < 400:
            return error.get_response()
        if request.path.startswith(PROGRAMS):
            texts[405] = (_("This method cannot be used here"), _("Nothing was saved. Allow names those that can."))
            texts[415] = (_("The body must be application/json"), _("Nothing was saved."))
        title, text = texts.get(error.code or 500, (_("This could not be done"), _("Nothing was saved.")))
        answer = _page(error.code or 500, title, text)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return answer

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Any:
        incident = secrets.token_hex(4)
        log.error("request failed", incident=incident, path=request.path, exc_info=error)
        if app.testing:
            raise error
        return _page(
            500,
            _("Something went wrong"),
            _(
                "What you typed is not lost: go back and try again. "
                "If it happens again, tell the administrator the number."
            ),
            incident=incident,
            draft=_draft(),
        )
