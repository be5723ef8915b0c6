"""Lines of success that the next page shows: they travel with the browser, so that saving writes no sign-in anew."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, g, request
from flask import session as flask_session

if TYPE_CHECKING:
    from core.auth.sessions import ServerSession

COOKIE = "zhike_toasts"
MOST = 5
LONGEST = 2000
"""Bytes of the cookie; a proxy in front takes some four thousand for all headers together."""


class Toasts:
    """The lines that wait in one browser, sealed with its sign-in: nobody else's, and none of another's making."""

    def __init__(self, secret_key: str) -> None:
        self.secret = secret_key.encode()
        self.sent = request.cookies.get(COOKIE, "")
        self.lines = self._read(self.sent)

    def _seal(self, body: str) -> str:
        text = f"toasts:{cast('ServerSession', flask_session).token}:{body}"
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _read(self, value: str) -> list[dict[str, str]]:
        seal, _dot, body = value.partition(".")
        if not body or not hmac.compare_digest(seal.encode(), self._seal(body).encode()):
            return []
        try:
            return cast("list[dict[str, str]]", json.loads(base64.urlsafe_b64decode(body)))
        except (ValueError, binascii.Error):
            return []

    def value(self) -> str:
        """Write the waiting lines; the oldest go where they are too much for a cookie."""
        lines = self.lines[-MOST:]
        while lines:
            body = base64.urlsafe_b64encode(json.dumps(lines, ensure_ascii=False).encode()).decode()
            if len(body) <= LONGEST:
                return f"{self._seal(body)}.{body}"
            lines = lines[1:]
        return ""


def toasts(secret_key: str) -> Toasts:
    """Give what waits in the browser of this request."""
    if "toasts" not in g:
        g.toasts = Toasts(secret_key)
    return cast("Toasts", g.toasts)


def keep_toasts(app: Flask, *, secure: bool) -> None:
    """Let the answers of an application carry what still waits to be shown."""

    @app.after_request
    def carry(response: Response) -> Response:
        found: Toasts | None = g.get("toasts")
        if found is None:
            return response
        value = found.value()
        if value:
            response.set_cookie(COOKIE, value, httponly=True, secure=secure, samesite="Lax", path="/")
        elif found.sent:
            response.delete_cookie(COOKIE, httponly=True, secure=secure, samesite="Lax", path="/")
        return response
