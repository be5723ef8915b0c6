"""What every view uses: rendering, redirects, one-time keys, messages for the user."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urlsplit

from flask import current_app, g, redirect, render_template, request, url_for
from flask import session as flask_session
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.models import IdempotencyKey
from core.auth.sessions import form_token
from core.db import insert_into
from core.errors import Refused
from core.i18n import _
from core.toasts import toasts

if TYPE_CHECKING:
    from core.app import Zhike
    from core.auth.sessions import ServerSession


RESTORED = "restored"
"""Set in a request that shows a draft again, in place of what a person sent."""


def zhike() -> Zhike:
    """Give this application's parts: configuration, database, registry."""
    return cast("Zhike", current_app.extensions["zhike"])


def is_fragment() -> bool:
    """Tell whether only a part of the page was asked for."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Render a page; 422 and the like by `status`. Answers differ by `HX-Request`."""
    if status == 422 and RESTORED in g:  # nobody sent what is wrong
        status = 200
    response = current_app.make_response(render_template(template, answer_status=status, **context))
    response.status_code = status
    response.headers.add("Vary", "HX-Request")
    return response


def go(endpoint: str, **values: Any) -> Response:
    """Redirect after a successful POST (303). With htmx the browser is told to go there."""
    return go_to(url_for(endpoint, **values))


def go_to(address: str) -> Response:
    """Redirect to an address of our own."""
    if is_fragment():
        response = current_app.make_response("")
        response.headers["HX-Redirect"] = address
        return response
    return redirect(address, code=303)


def parts_of(address: str) -> SplitResult:
    """Take an address apart that somebody sent; what no address can be, as half a host of IPv6, has no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def is_own_address(address: str) -> bool:
    """Tell whether an address that a form or a link names leads to a page of ours, and to nobody else's."""
    parts = parts_of(address)
    if not parts.path:
        return False
    return address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme


def toast(text: Any, *, href: str = "", link: Any = "", undo: str = "") -> None:
    """Show a line of success on the next page; `undo` is the address that takes it back by a POST."""
    line = {"text": str(text), "href": href, "link": str(link), "undo": undo}
    toasts(zhike().config.secret_key).lines.append(line)


def take_toasts() -> list[dict[str, str]]:
    """Give the lines waiting to be shown, once."""
    waiting = toasts(zhike().config.secret_key)
    lines, waiting.lines = waiting.lines, []
    return lines


def csrf_token() -> str:
    """Give the token that forms of this browser carry."""
    return form_token(zhike().config.secret_key, cast("ServerSession", flask_session))


def new_key() -> str:
    """Make the one-time key of a creating form."""
    return secrets.token_urlsafe(18)


def csp_nonce() -> str:
    """Give this answer's nonce, for the rare script that must stand in the page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast("str", g.csp_nonce)


def content_hash() -> str:
    """Fingerprint what a request asks for: its address and what it carries, without its tokens."""
    skipped = {"csrf_token", "idempotency_key"}
    pairs = sorted((k, v) for k in request.form if k not in skipped for v in request.form.getlist(k))
    files = sorted((name, file.filename or "") for name, file in request.files.items(multi=True))
    body = "" if request.form or request.files else hashlib.sha256(request.get_data()).hexdigest()
    return hashlib.sha256(json.dumps([request.path, pairs, files, body], ensure_ascii=False).encode()).hexdigest()


def sent_key() -> str | None:
    """Give the one-time key that this request carries; a long one by its hash."""
    key = request.form.get("idempotency_key") or request.headers.get("Idempotency-Key")
    return hashlib.sha256(key.encode()).hexdigest() if key and len(key) > 64 else key


class UsedKey(Refused):
    """A one-time key came again with other content."""


def repeated(session: Session) -> str | None:
    """Give the address that this form's one-time key led to, None when it is new. First in the transaction.

    Raises Refused when the key came with other content (promise R10).
    """
    key, user_id = sent_key(), current_access().user_id
    if not key or user_id is None:
        return None
    first = insert_into(session, IdempotencyKey).values(
        user_id=user_id, key=key, content_hash=content_hash(), location=""
    )
    # a second request with this key waits here until the first one has committed or rolled back
    if session.execute(first.on_conflict_do_nothing().returning(IdempotencyKey.key)).first() is not None:
        return None
    row = session.get_one(IdempotencyKey, (user_id, key), populate_existing=True)
    if row.content_hash != content_hash():
        raise UsedKey(
            _("This form was already sent with other content. Nothing was saved; reload the page and enter it again.")
        )
    return row.location


def remember(session: Session, address: str) -> str:
    """Keep where this form's one-time key led; return the address."""
    key, user_id = sent_key(), current_access().user_id
    if key and user_id is not None:
        mine = (IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
        session.execute(update(IdempotencyKey).where(*mine).values(location=address))
    return address
