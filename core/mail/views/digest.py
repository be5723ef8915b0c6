"""The page on which a person says when he wants the daily e-mail of what waits for him."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from core.auth.guard import signed_in
from core.auth.models import User
from core.clock import local_now
from core.db import session, transaction
from core.i18n import _
from core.mail.forms.digest import DigestForm
from core.mail.models import MailDigest
from core.mail.queries import outbox_state
from core.mail.services.digests import keep_wish
from core.mail.views.base import blueprint, me
from core.web import go, render, toast


@blueprint.route("/account/digest", methods=["GET", "POST"])
@signed_in
def digest() -> Response:
    """Show the wish, or keep it."""
    wish = session().get(MailDigest, me())
    given = {"days": "", "hour": "8"}
    if wish is not None:
        given = {"days": "working" if wish.working_days else "all", "hour": str(wish.hour)}
    form = DigestForm(data=given) if request.method != "POST" else DigestForm()
    if request.method == "POST" and form.validate():
        with transaction() as writing:
            hour = int(form.hour.data)
            first = keep_wish(writing, me(), days=form.days.data or "", hour=hour, now=local_now())
        if first is None:
            toast(_("Saved"))
        else:
            toast(_("Saved; the next one leaves on %(day)s, from %(hour)s on", day=first, hour=f"{hour:02}:00"))
        return go("auth.account")
    return render(
        "mail/digest.html",
        422 if form.all_errors else 200,
        form=form,
        address=session().get_one(User, me()).email or "",
        outbox=outbox_state(session()),
    )
