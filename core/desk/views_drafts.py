"""Keeping, offering and restoring what was typed into any form and not saved yet."""

from __future__ import annotations

from typing import cast

import structlog
from flask import g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import signed_in
from core.clock import to_local
from core.db import current_work, session, transaction
from core.desk import drafts
from core.desk.stars import address_here
from core.desk.views import blueprint, local_address
from core.errors import Refused
from core.i18n import gettext
from core.web import RESTORED, go_to
from core.work import ONLY_SHOWS

__all__ = ["blueprint"]

log = structlog.get_logger(__name__)
PLAIN_FORM = "application/x-www-form-urlencoded"

blueprint.add_app_template_global(drafts.draft_here, "draft_here")


@blueprint.post("/drafts")
@signed_in
def draft_keep() -> Response:
    """Keep what stands in the form at the address `of`; the answer is a line of text."""
    user_id = cast("int", current_access().user_id)
    try:
        with transaction() as writing:
            pairs = request.form.items(multi=True)
            kept_at = drafts.keep_draft(writing, user_id, request.args.get("of", ""), pairs)
    except Refused as refused:
        return Response(str(refused.message), mimetype="text/plain")
    return Response(gettext("Draft kept %(time)s", time=f"{to_local(kept_at):%H:%M}"), mimetype="text/plain")


@blueprint.post("/drafts/drop")
@signed_in
def draft_drop() -> Response:
    """Drop the draft of the form at the address `of`, and go back to it."""
    address = request.form.get("of", "")
    with transaction() as writing:
        drafts.drop_draft(writing, cast("int", current_access().user_id), address)
    return go_to(local_address(request.script_root + address))


@blueprint.before_app_request
def restore() -> Response | None:
    """Show a form with its draft: the page gets the draft as if it were sent, and saves nothing."""
    user_id = current_access().user_id if "work" in g else None
    if request.method != "POST" or request.mimetype != PLAIN_FORM or user_id is None:
        return None  # a file or the body of a program is read by its own view, within its own limit
    if drafts.RESTORE not in request.form:
        return None
    pairs = drafts.draft_of(session(), user_id, address_here())
    if pairs is None:
        return go_to(request.script_root + address_here())
    current_work().info[ONLY_SHOWS] = gettext("This page cannot show the draft. Nothing was saved.")
    setattr(g, RESTORED, True)
    request.form = request.parameter_storage_class(pairs)  # type: ignore[assignment]
    return None


@blueprint.after_app_request
def drop_saved(response: Response) -> Response:
    """Drop the draft of a form that was saved: the page leads elsewhere. Only forms that have one tell its address."""
    sent = vars(request).get("form")
    address = sent.get(drafts.THERE) if sent else None
    if not address or "work" not in g or not (300 <= response.status_code < 400 or "HX-Redirect" in response.headers):
        return response
    user_id = current_access().user_id
    if user_id is not None and RESTORED not in g:
        try:
            with transaction() as writing:
                drafts.drop_draft(writing, user_id, address)
        except SQLAlchemyError:  # the save stands; the draft is offered once more
            log.exception("the draft of a saved form stays")
    return response
