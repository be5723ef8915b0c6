"""A short message to each of some chosen contacts or customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.guard import require
from core.db import session, system_session, transaction
from core.errors import NotFound, Refused
from core.i18n import _, gettext
from core.listing.batch import read_ids
from core.mail.forms import SmsToManyForm
from core.mail.permissions import Perm
from core.mail.queries.audience import Recipient
from core.mail.queries.numbers import sms_recipients
from core.mail.resources.sms import sms_reason_titles
from core.mail.services.sms import write_to_many, written_today
from core.mail.settings import A_DAY, number
from core.mail.views.base import blueprint, me
from core.mail.views.mailings import audience, list_resource
from core.plugin import Resource
from core.registry import PluginFailed
from core.web import go_to, remember, render, repeated, toast

MOST = 300
NAMED = 20


@blueprint.route("/sms/many", methods=["GET", "POST"])
@require(Perm.SMS_CREATE)
def sms_many() -> Response:
    """Write to chosen rows of a list, and show first who gets it and who does not."""
    if request.method != "POST":
        form = SmsToManyForm(of=request.args.get("of", ""), chosen=",".join(request.args.getlist("id")))
    else:
        form = SmsToManyForm()
    resource = list_resource(form.of.data or "")
    chosen = read_ids((form.chosen.data or "").split(","))[: MOST + 1]
    if not chosen or len(chosen) > MOST:
        raise NotFound(_("Choose up to %(n)s records of the list first.", n=MOST))
    ids = audience(session(), resource, "", chosen)
    people: Sequence[Recipient] = ()
    try:
        people = _people(form, resource, ids)
        if request.method == "POST" and form.validate() and "look" not in request.form:
            return _write(form, resource, people, ids)
    except Refused as refused:
        form.refuse(refused)
    return _page(form, resource, people, len(chosen) - len(ids))


def _people(form: SmsToManyForm, resource: Resource, ids: Sequence[int]) -> list[Recipient]:
    kind, purpose = str(form.kind.data), str(form.purpose.data)
    try:
        with system_session("sms: who gets it") as everything:
            return sms_recipients(everything, resource.key, ids, kind=kind, purpose=purpose)
    except PluginFailed as failed:
        words = _("The module %(name)s cannot say who is not to be written to. Try later.", name=failed.plugin)
        raise Refused(words) from failed


def _write(form: SmsToManyForm, resource: Resource, people: Sequence[Recipient], ids: Sequence[int]) -> Response:
    with transaction() as current:
        address = repeated(current)
        if address is None:
            trail: dict[str, Any] = {"resource": resource.key, "query": list(ids)}
            about = {"kind": str(form.kind.data), "purpose": str(form.purpose.data)}
            count = write_to_many(current, form.text.data or "", people, **about, by=me(), **trail)
            address = remember(current, url_for("mail.sms_list", view="mine"))
            left = len(people) - count
            words = gettext("%(count)s short messages are in the outbox", count=count)
            toast(f"{words} · {gettext('%(count)s left out', count=left)}" if left else words)
    return go_to(address)


def _page(form: SmsToManyForm, resource: Resource, people: Sequence[Recipient], barred: int) -> Response:
    titles = sms_reason_titles(session())
    left_out = [one for one in people if one.reason]
    return render(
        "mail/sms_many.html",
        422 if form.all_errors else 200,
        form=form,
        back=url_for(str(resource.listing)),
        count=len(people) - len(left_out),
        names=[one.name for one in people if not one.reason][:NAMED],
        reasons=[(titles.get(why, why), n) for why, n in Counter(one.reason for one in left_out).most_common()],
        named=[(one.name, titles.get(one.reason, one.reason)) for one in left_out[:NAMED]],
        no_right=barred,
        limit=number(session(), A_DAY),
        today=written_today(session(), me()),
    )
