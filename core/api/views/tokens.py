"""A person's own tokens: the list, a new one, the end of one."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.api import queries, services
from core.api.forms import TokenForm
from core.api.permissions import Perm
from core.api.schema import readable, writing_of
from core.api.settings import CALLS_SETTING, ROWS_SETTING
from core.api.views import pages
from core.auth.access import current_access
from core.auth.again import confirm
from core.auth.guard import require, signed_in
from core.clock import local_today
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.web import go, go_to, remember, render, repeated, toast, zhike


def _me() -> int:
    found = current_access().user_id
    assert found is not None
    return found


def _choices() -> list[tuple[str, Any]]:
    """List the resources of which the person finds something; each can be open to his programs."""
    mine = readable(zhike().registry.resources(), current_access())
    return [(queries.noun_of(one), one.title_plural) for one in mine]


def _writable() -> list[tuple[str, Any]]:
    """List the resources of which the person may enter, change or delete something, and programs can."""
    access = current_access()
    mine = [one for one in readable(zhike().registry.resources(), access) if writing_of(one, access)]
    return [(queries.noun_of(one), one.title_plural) for one in mine]


def _private() -> bool:
    """Tell whether the person sees private fields of anything."""
    access = current_access()
    return any(access.may(one.code("private")) for one in readable(zhike().registry.resources(), access))


@pages.get("/account/tokens")
@signed_in
def token_list() -> Response:
    """List the own tokens."""
    return render(
        "api/tokens.html",
        tokens=queries.tokens_of(session(), _me()),
        titles={queries.noun_of(one): one.title_plural for one in zhike().registry.resources(everywhere=True)},
        today=local_today(),
        may_make=current_access().may(Perm.CREATE),
        calls=overlay().setting(session(), CALLS_SETTING),
        rows=overlay().setting(session(), ROWS_SETTING),
        used=queries.rows_today(session(), _me(), local_today()),
    )


@pages.route("/account/tokens/new", methods=["GET", "POST"])
@require(Perm.CREATE)
def token_new() -> Response:
    """Make a token and show it, this once."""
    form = TokenForm(_choices(), _writable(), local_today())
    if not form.writes.choices:
        del form.writes
    if not _private():
        del form.private
    if request.method == "POST" and form.validate():
        try:
            confirmed = confirm(form.password.data or "")
            with transaction() as writing:
                if repeated(writing) is not None:  # it was shown, and is known to nobody any more
                    return go("api.token_list")
                writes = (form.writes.data or []) if "writes" in form else []
                token = services.make_token(
                    writing,
                    confirmed,
                    title=form.title.data or "",
                    nouns=list(dict.fromkeys([*(form.nouns.data or []), *writes])),
                    writes=writes,
                    private="private" in form and bool(form.private.data),
                    expires_on=form.expires_on.data,
                    today=local_today(),
                )
                remember(writing, url_for("api.token_list"))
            return render("api/token.html", made=token, title=form.title.data)
        except Refused as refused:
            form.refuse(refused)
    return render("api/token_form.html", 422 if form.all_errors else 200, form=form)


@pages.post("/account/tokens/<int:id>/revoke")
@signed_in
def token_revoke(id: int) -> Response:
    """End one of the own tokens at once."""
    with transaction() as writing:
        ended = services.revoke_token(writing, _me(), id)
    toast(_("%(title)s no longer works", title=ended.title))
    return go_to(url_for("api.token_list"))
